//! Builds the npm package's WebAssembly.

use anyhow::Result;

use crate::command::run;
use crate::project::no_arguments;
use crate::setup;
use crate::tools::Tools;

/// `cargo xtask build`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    no_arguments("build", arguments)?;
    build(&setup::package()?)
}

/// Writes `pkg/dist`: the module and its glue, as wasm-pack makes them.
pub(crate) fn build(tools: &Tools) -> Result<()> {
    println!("building the WebAssembly (about a minute the first time)…");
    run(tools.wasm_pack("build")?.args([
        "--release",
        "--target",
        "web",
        // The declarations are hand-kept in pkg/index.d.ts, the package's description in package.json.
        "--no-typescript",
        "--no-pack",
        "--out-dir",
        "pkg/dist",
    ]))
}
