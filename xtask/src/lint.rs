//! Formatting, clippy natively and for wasm32, documentation, JavaScript and its types.

use anyhow::Result;

use crate::command::{cargo, program, run};
use crate::project::no_arguments;
use crate::setup;

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];
const STRICT: [&str; 3] = ["--", "-D", "warnings"];
/// What TypeScript checks, each with its own settings in `tests/types/`.
const ROOMS: [&str; 5] = ["tsconfig", "www", "demo", "contracts", "e2e"];

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
        .env("RUSTDOCFLAGS", "-D warnings"))?;
    step("JavaScript");
    run(program("node_modules/.bin/eslint").arg("."))?;
    step("types of JavaScript and of the package's declarations");
    for room in ROOMS {
        let project = format!("tests/types/{room}.json");
        run(program("node_modules/.bin/tsc").args(["--project", &project]))?;
    }
    Ok(())
}

fn step(name: &str) {
    println!("\n== {name}");
}
