//! Formatting, clippy natively and for wasm32, documentation, JavaScript and its types.

use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{EVERYTHING, cargo, metadata, program, run};
use crate::setup;

/// What TypeScript checks, each with its own settings in `tests/types/`.
const ROOMS: [&str; 6] = ["tsconfig", "www", "demo", "contracts", "e2e", "benches"];

/// `cargo xtask lint`
pub(crate) fn command() -> Result<()> {
    setup::linters()?;
    step("formatting", cargo().args(["fmt", "--all", "--check"]))?;
    let everything = ["--workspace", "--all-targets", "--features", EVERYTHING];
    step("clippy on this machine", &mut clippy(&everything))?;
    step("clippy without features", &mut clippy(&[]))?;
    for feature in features()? {
        let name = format!("clippy with the feature `{feature}` alone");
        step(&name, &mut clippy(&["--features", &feature]))?;
    }
    let wasm = ["--all-targets", "--target", "wasm32-unknown-unknown"];
    step("clippy for wasm32", &mut clippy(&wasm))?;
    let mut documentation = cargo();
    documentation
        .args(["doc", "--no-deps", "--workspace", "--features", EVERYTHING])
        .env("RUSTDOCFLAGS", "-D warnings");
    step("documentation", &mut documentation)?;
    step("JavaScript", program("node_modules/.bin/eslint").arg("."))?;
    for room in ROOMS {
        let project = format!("tests/types/{room}.json");
        let mut compiler = program("node_modules/.bin/tsc");
        compiler.args(["--project", &project]);
        step(&format!("types of JavaScript: {project}"), &mut compiler)?;
    }
    let mut compose = program("node_modules/.bin/dclint");
    compose.args(["--max-warnings", "0", "demo/deploy/compose.yaml"]);
    step("the compose file", &mut compose)?;
    step(
        "pages, links and blocks of the documents",
        program("node").arg("tests/types/documents.mjs"),
    )?;
    step(
        "types of examples",
        program("node").arg("tests/types/blocks.mjs"),
    )
}

fn step(name: &str, command: &mut Command) -> Result<()> {
    println!("\n== {name}");
    run(command)
}

fn clippy(arguments: &[&str]) -> Command {
    let mut clippy = cargo();
    clippy.arg("clippy").args(arguments);
    clippy.args(["--", "-D", "warnings"]);
    clippy
}

/// The features of the crate, in the order of their names.
fn features() -> Result<Vec<String>> {
    let package = metadata("microraiden")?;
    let features = package["features"].as_object();
    let features = features.context("cargo does not say what features there are")?;
    Ok(features.keys().cloned().collect())
}
