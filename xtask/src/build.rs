//! Builds the npm package's WebAssembly.

use std::fs;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::command::{EVERYTHING, cargo, program, root, run};
use crate::setup;
use crate::setup::side_by_side::Share;
use crate::tools::Tools;

/// `cargo xtask build`
pub(crate) fn command() -> Result<()> {
    build(&setup::package()?)
}

/// Writes `pkg/dist`: the module and its glue, as wasm-pack makes them, the module as text, the script for QR codes, and
/// the custom elements in a few files.
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
    inline()?;
    qr_code()?;
    run(program("node").arg("pkg/bundle.mjs"))
}

/// Takes the script that makes QR codes, with its licence, into the package: pages without a bundler find it there.
fn qr_code() -> Result<()> {
    let from = root().join("node_modules/lean-qr");
    let read = |name: &str| {
        fs::read_to_string(from.join(name)).with_context(|| format!("lean-qr has no {name}"))
    };
    let script = format!(
        "// @ts-nocheck\n/*\n{}*/\n{}",
        read("LICENSE")?,
        read("index.mjs")?
    );
    fs::write(root().join("pkg/dist/qr-code.js"), script)
        .context("pkg/dist/qr-code.js cannot be written")
}

/// Compiles what wasm-pack will find compiled: it asks cargo for the same.
pub(crate) fn crates(share: Share) -> Result<()> {
    let module = ["--lib", "--release", "--target", "wasm32-unknown-unknown"];
    run(share.bound(cargo().args(["build", "--quiet"]).args(module)))
}

/// What is compiled for this machine, beside the module.
#[derive(Clone, Copy)]
pub(crate) enum Programs {
    /// The paywall server.
    Server,
    /// Everything that tests start, with the features that `cargo test` compiled it with: a run of all tests compiles
    /// nothing twice.
    ForTests,
}

impl Programs {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Server => &["--features", "paywall", "--bin", "microraiden-paywall"],
            Self::ForTests => &[
                "--workspace",
                "--features",
                EVERYTHING,
                "--bins",
                "--examples",
            ],
        }
    }

    /// Builds them.
    pub(crate) fn build(self) -> Result<()> {
        println!("building the paywall server (some minutes the first time)…");
        run(cargo().arg("build").args(self.arguments()))
    }

    /// The same beside other work, whose words it does not mix with its own.
    pub(crate) fn build_quietly(self, share: Share) -> Result<()> {
        let quiet = ["build", "--quiet"];
        run(share.bound(cargo().args(quiet).args(self.arguments())))
    }
}

/// Builds the live text of the demo.
pub(crate) fn stream() -> Result<()> {
    run(cargo().args(["build", "--features", "paywall", "--example", "stream"]))
}

/// Writes the module as base64 text into a script, for `microraiden/inline`.
fn inline() -> Result<()> {
    let folder = root().join("pkg/dist");
    let module =
        fs::read(folder.join("microraiden_bg.wasm")).context("wasm-pack left no module")?;
    let script = format!("export default \"{}\";\n", STANDARD.encode(module));
    fs::write(folder.join("bytes.js"), script).context("pkg/dist/bytes.js cannot be written")
}
