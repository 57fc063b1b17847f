//! Installs what is missing; what is there already is left alone.

pub(crate) mod apt;
mod browser;
mod cargo_tool;
pub(crate) mod npm;
pub(crate) mod rust;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::{find, program, run};
use crate::tools::Tools;
use crate::version;

use cargo_tool::{CARGO_DENY, CARGO_FUZZ, SEMVER_CHECKS, WASM_BINDGEN, WASM_PACK};

/// `cargo xtask setup`
pub(crate) fn command() -> Result<()> {
    everything()?;
    println!("Everything is there.");
    Ok(())
}

/// What a build of the WebAssembly needs.
pub(crate) fn package() -> Result<Tools> {
    rust::wasm_target()?;
    npm::packages()?;
    Ok(Tools {
        wasm_pack: WASM_PACK.ensure()?,
        wasm_bindgen: WASM_BINDGEN.at(&version::wasm_bindgen()?)?,
        browser: None,
    })
}

/// What a development chain needs.
pub(crate) fn chain() -> Result<()> {
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
    npm::packages()?;
    rust::wasm_target()?;
    rust::component("rustfmt", "fmt")?;
    rust::component("clippy", "clippy")
}

/// What the tests with PostgreSQL need, which start a server of their own.
pub(crate) fn postgres() -> Result<()> {
    // Where Debian keeps a folder for each version.
    const VERSIONS: &str = "/usr/lib/postgresql";
    apt::ensure("PostgreSQL", &["postgresql"], || {
        let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
        versions
            .map(|version| version.path().join("bin/initdb"))
            .any(|program| program.is_file())
    })
    .with_context(|| format!("initdb has to lie in {VERSIONS}/<version>/bin"))
}

/// What the fuzz targets need: a C++ compiler for libFuzzer, the nightly compiler and cargo-fuzz, whose
/// folder is returned.
pub(crate) fn fuzzing() -> Result<PathBuf> {
    apt::ensure("A C++ compiler", &["g++"], || find("c++").is_some())?;
    rust::nightly()?;
    CARGO_FUZZ.ensure()
}

/// The folder of `cargo deny`.
pub(crate) fn audit() -> Result<PathBuf> {
    CARGO_DENY.ensure()
}

/// The folder of `cargo semver-checks`.
pub(crate) fn semver() -> Result<PathBuf> {
    SEMVER_CHECKS.ensure()
}
