//! Installs what is missing; what is there already is left alone.

pub(crate) mod apt;
mod browser;
mod cargo_tool;
pub(crate) mod npm;
pub(crate) mod postgres;
pub(crate) mod rust;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::command::{find, program, run};
use crate::project::no_arguments;
use crate::tools::Tools;
use crate::version;

/// `cargo xtask setup`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    no_arguments("setup", arguments)?;
    everything()?;
    println!("Everything is there.");
    Ok(())
}

/// What a build of the WebAssembly needs.
pub(crate) fn package() -> Result<Tools> {
    npm::node()?;
    rust::wasm_target()?;
    npm::packages()?;
    Ok(Tools {
        wasm_pack: cargo_tool::wasm_pack().ensure()?,
        wasm_bindgen: cargo_tool::wasm_bindgen(version::wasm_bindgen()?).ensure()?,
        browser: None,
    })
}

/// What a development chain needs.
pub(crate) fn chain() -> Result<()> {
    npm::node()?;
    npm::packages()?;
    run(program("node").arg("contracts/build.mjs")).context("The contracts cannot be built")
}

/// What the browser's tests, the measurements and the demo need.
pub(crate) fn everything() -> Result<Tools> {
    let tools = package()?;
    chain()?;
    let browser = Some(browser::ensure()?);
    Ok(Tools { browser, ..tools })
}

/// What the linters need.
pub(crate) fn linters() -> Result<()> {
    npm::node()?;
    npm::packages()?;
    rust::wasm_target()?;
    rust::component("rustfmt", "fmt")?;
    rust::component("clippy", "clippy")
}

/// What the fuzz targets need: a C++ compiler for libFuzzer, the nightly compiler and cargo-fuzz, whose
/// folder is returned.
pub(crate) fn fuzzing() -> Result<PathBuf> {
    cpp()?;
    rust::nightly()?;
    cargo_tool::cargo_fuzz().ensure()
}

fn cpp() -> Result<()> {
    if find("c++").is_some() {
        return Ok(());
    }
    if find("apt-get").is_none() {
        bail!("A C++ compiler is missing and there is no apt-get here; install one as `c++`.");
    }
    println!("installing a C++ compiler (about half a minute)…");
    apt::install(&["g++"])
}
