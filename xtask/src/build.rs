//! Builds the npm package's WebAssembly.

use anyhow::Result;

use crate::command::run;
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
    ]))
}
