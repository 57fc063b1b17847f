//! Formatting, clippy natively and for wasm32, documentation.

use anyhow::Result;

use crate::command::{cargo, run};
use crate::project::no_arguments;
use crate::setup;

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];
const STRICT: [&str; 3] = ["--", "-D", "warnings"];

/// `cargo xtask lint`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    no_arguments("lint", arguments)?;
    setup::linters()?;
    step("formatting");
    run(cargo().args(["fmt", "--all", "--check"]))?;
    step("clippy on this machine");
    let native = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        "paywall,postgres",
    ];
    run(cargo().args(native).args(STRICT))?;
    step("clippy of the layer without the server");
    run(cargo().args(["clippy", "--features", "layer"]).args(STRICT))?;
    step("clippy of the core alone");
    run(cargo().arg("clippy").args(STRICT))?;
    step("clippy for wasm32");
    run(cargo()
        .args(["clippy", "--all-targets"])
        .args(WASM)
        .args(STRICT))?;
    step("documentation");
    let documentation = [
        "doc",
        "--no-deps",
        "--workspace",
        "--features",
        "paywall,postgres",
    ];
    run(cargo()
        .args(documentation)
        .env("RUSTDOCFLAGS", "-D warnings"))
}

fn step(name: &str) {
    println!("\n== {name}");
}
