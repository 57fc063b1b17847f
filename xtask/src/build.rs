//! Builds the npm package's WebAssembly.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};

use crate::command::{root, run};
use crate::setup;
use crate::tools::Tools;

/// `cargo xtask build`
pub(crate) fn command() -> Result<()> {
    build(&setup::package()?)
}

/// Writes `pkg/dist`: the module and its glue, as wasm-pack makes them.
pub(crate) fn build(tools: &Tools) -> Result<()> {
    println!("building the WebAssembly (about a minute the first time)…");
    // The declarations are hand-kept in pkg/index.d.ts, the package's description in package.json.
    run(tools.wasm_pack("build")?.args([
        "--release",
        "--target",
        "web",
        "--no-typescript",
        "--no-pack",
        "--out-dir",
        "pkg/dist",
    ]))?;
    mark(&root().join("pkg/dist"))
}

/// Writes the same mark into module and glue, by which a page notices that a cache has mixed two builds.
fn mark(folder: &Path) -> Result<()> {
    let (module, glue) = (
        folder.join("microraiden_bg.wasm"),
        folder.join("microraiden.js"),
    );
    let (mut code, mut script) = (fs::read(&module)?, fs::read_to_string(&glue)?);
    let mut hasher = DefaultHasher::new();
    (&code, &script).hash(&mut hasher);
    let build = format!("{:016x}", hasher.finish());
    // A custom section: its id, its length, the length of its name, name and content.
    let name = "microraiden-build";
    let length = |text: &str| u8::try_from(text.len()).context("too long for one byte");
    code.extend([0, 1 + length(name)? + length(&build)?, length(name)?]);
    code.extend([name, &build].concat().bytes());
    script.push_str(&format!("export const BUILD = \"{build}\";\n"));
    fs::write(module, code)?;
    Ok(fs::write(glue, script)?)
}
