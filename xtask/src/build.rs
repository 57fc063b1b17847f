//! Builds the npm package's WebAssembly.

use std::fs;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::command::{root, run};
use crate::setup;
use crate::tools::Tools;

/// `cargo xtask build`
pub(crate) fn command() -> Result<()> {
    build(&setup::package()?)
}

/// Writes `pkg/dist`: the module and its glue, as wasm-pack makes them, and the module as text.
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
    inline()
}

/// Writes the module as base64 text into a script, for `microraiden/inline`.
fn inline() -> Result<()> {
    let folder = root().join("pkg/dist");
    let module =
        fs::read(folder.join("microraiden_bg.wasm")).context("wasm-pack left no module")?;
    let script = format!("export default \"{}\";\n", STANDARD.encode(module));
    fs::write(folder.join("bytes.js"), script).context("pkg/dist/bytes.js cannot be written")
}
