//! Installs what is missing; what is there already is left alone.

pub(crate) mod apt;
mod browser;
mod cargo_tool;
pub(crate) mod npm;
pub(crate) mod rust;
pub(crate) mod side_by_side;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::build::{self, Programs};
use crate::command::{find, program, run};
use crate::tools::Tools;
use crate::version;

use cargo_tool::{
    CARGO_DENY, CARGO_FUZZ, GECKODRIVER, Installed, SEMVER_CHECKS, WASM_BINDGEN, WASM_PACK,
};
use side_by_side::Job;

/// `cargo xtask setup`
pub(crate) fn command() -> Result<()> {
    everything()?;
    println!("Everything is there.");
    Ok(())
}

/// What a build of the WebAssembly needs.
pub(crate) fn package() -> Result<Tools> {
    built(Vec::new())
}

/// The tools. While any of them is compiled, so are the module's crates and `others`.
fn built(others: Vec<Job>) -> Result<Tools> {
    rust::wasm_target()?;
    let pack = WASM_PACK.here()?;
    let bindgen = WASM_BINDGEN.at(&version::wasm_bindgen()?)?;
    let mut jobs: Vec<Job> = [&pack, &bindgen]
        .into_iter()
        .filter_map(Installed::missing)
        .collect();
    if jobs.is_empty() {
        npm::packages()?;
    } else {
        jobs.push(Job::new("the module", 120, build::crates));
        jobs.push(Job::new("npm packages", 10, |_| npm::packages()));
        jobs.extend(others);
        side_by_side::all(jobs)?;
    }
    Ok(Tools {
        wasm_pack: pack.folder,
        wasm_bindgen: bindgen.folder,
        browser: None,
    })
}

/// What a development chain needs.
pub(crate) fn chain() -> Result<()> {
    npm::packages()?;
    run(program("node").arg("contracts/build.mjs")).context("The contracts cannot be built")
}

/// What the browser's tests and the measurements need.
pub(crate) fn everything() -> Result<Tools> {
    // First, because it may ask.
    let browser = Some(browser::ensure()?);
    let tools = package()?;
    chain()?;
    Ok(Tools { browser, ..tools })
}

/// What the demo and the tests with its chain need, which then build these programs; a person brings a browser.
pub(crate) fn demo(alone: bool, programs: Programs) -> Result<Tools> {
    let browser = alone.then(browser::ensure).transpose()?;
    let server = Job::new("the server", 165, move |share| {
        programs.build_quietly(share)
    });
    let tools = built(vec![server])?;
    chain()?;
    Ok(Tools { browser, ..tools })
}

/// What the journeys in all browsers need: the tools, and Firefox's driver.
pub(crate) fn browsers() -> Result<(Tools, PathBuf)> {
    // First, because it may ask.
    browser::others()?;
    let tools = demo(true, Programs::Server)?;
    let driver = GECKODRIVER.ensure()?.join("geckodriver");
    Ok((tools, driver))
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
    .with_context(|| format!("initdb has to lie in {VERSIONS}/<version>/bin"))?;
    const POOLER: &str = "/usr/sbin/pgbouncer";
    apt::ensure("PgBouncer", &["pgbouncer"], || Path::new(POOLER).is_file())
}

/// What reads the dashboard, the alert rules and the unit of the documents. Debian enables Prometheus as a service of
/// its own, which nothing here needs.
pub(crate) fn operations() -> Result<()> {
    apt::ensure("promtool", &["prometheus"], || find("promtool").is_some())?;
    apt::ensure("systemd-analyze", &["systemd"], || {
        find("systemd-analyze").is_some()
    })
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
