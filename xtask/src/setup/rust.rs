//! The compiler's own parts: the wasm target, rustfmt, clippy.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, find, output, program, run};

const TARGET: &str = "wasm32-unknown-unknown";

/// Makes sure that the compiler can build for wasm32.
pub(super) fn wasm_target() -> Result<()> {
    let folder = output(program("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    if folder.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    println!("adding the Rust target {TARGET} (about half a minute)…");
    rustup(
        &["target", "add", TARGET],
        &format!("the Rust target {TARGET}"),
    )
}

/// Makes sure that `cargo <word>` works.
pub(super) fn component(name: &str, word: &str) -> Result<()> {
    if output(cargo().args([word, "--version"])).is_some() {
        return Ok(());
    }
    println!("adding the Rust component {name} (a few seconds)…");
    rustup(&["component", "add", name], name)
}

/// The toolchain of the fuzz targets, whose build takes settings that are not stable.
pub(crate) const NIGHTLY: &str = "nightly";

/// Makes sure that the nightly toolchain is there, of whatever day.
pub(super) fn nightly() -> Result<()> {
    if output(program("rustup").args(["run", NIGHTLY, "rustc", "--version"])).is_some() {
        return Ok(());
    }
    println!("installing the Rust toolchain {NIGHTLY} (about a minute)…");
    rustup(
        &["toolchain", "install", NIGHTLY, "--profile", "minimal"],
        &format!("the Rust toolchain {NIGHTLY}"),
    )
}

fn rustup(arguments: &[&str], what: &str) -> Result<()> {
    if find("rustup").is_none() {
        bail!("{what} is missing and rustup is not on PATH; install rustup and run this again.");
    }
    run(program("rustup").args(arguments))
        .with_context(|| format!("{what} cannot be installed; check the network and try again"))
}
