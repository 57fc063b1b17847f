//! The compiler's own parts: the wasm target, rustfmt, clippy, the nightly toolchain.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, find, output, program, run};

const TARGET: &str = "wasm32-unknown-unknown";

/// The toolchain of the fuzz targets, whose build takes settings that are not stable.
pub(crate) const NIGHTLY: &str = "nightly";

/// Makes sure that the compiler can build for wasm32.
pub(super) fn wasm_target() -> Result<()> {
    let folder = output(program("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    if folder.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    rustup(&["target", "add", TARGET])
}

/// Makes sure that `cargo <word>` works.
pub(super) fn component(name: &str, word: &str) -> Result<()> {
    if output(cargo().args([word, "--version"])).is_some() {
        return Ok(());
    }
    rustup(&["component", "add", name])
}

/// Makes sure that the nightly toolchain is there, of whatever day.
pub(super) fn nightly() -> Result<()> {
    if output(program("rustup").args(["run", NIGHTLY, "rustc", "--version"])).is_some() {
        return Ok(());
    }
    rustup(&["toolchain", "install", NIGHTLY, "--profile", "minimal"])
}

fn rustup(arguments: &[&str]) -> Result<()> {
    let line = format!("rustup {}", arguments.join(" "));
    if find("rustup").is_none() {
        bail!("`{line}` is needed and rustup is not on PATH; install rustup and run this again.");
    }
    println!("{line} (up to a minute)…");
    run(program("rustup").args(arguments)).context("Check the network and try again")
}
