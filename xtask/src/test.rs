//! Runs the tests, cheapest first, and stops at the first failure.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::Value;

use crate::build::Programs;
use crate::command::{EVERYTHING, cargo, program, root, run};
use crate::stage::Stages;
use crate::{bench, build, setup};

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// Protocol, receiver, stores and paywall on this machine
    Native,
    /// The contracts on a development chain
    Contracts,
    /// The library's classes in Chromium
    Browser,
    /// Page, package, paywall and chain in Chromium, with the other contract generation and a wallet where they differ most
    E2e,
    /// The packed package in pages, bundlers and frameworks; a run of all stages tries the quick ones only
    Consumers,
    /// The most important journeys in Chromium, Firefox and WebKit; a run of all stages leaves them out
    Browsers,
    /// All that `e2e` tests, with both contract generations and both signers; a run of all stages leaves it out
    Matrix,
}

impl Stage {
    /// Whether a run of all stages has it.
    const fn is_usual(self) -> bool {
        !matches!(self, Self::Browsers | Self::Matrix)
    }
}

/// `cargo xtask test [stage]`
pub(crate) fn command(only: Option<Stage>) -> Result<()> {
    let mut stages = Stages::new("cargo xtask test");
    for stage in Stage::value_variants() {
        if only.map_or(stage.is_usual(), |only| only == *stage) {
            let (name, work): (_, fn() -> Result<()>) = match stage {
                Stage::Native => ("native", native),
                Stage::Contracts => ("contracts", contracts),
                Stage::Browser => ("browser", browser),
                Stage::E2e => ("e2e", || e2e("core")),
                Stage::Consumers if only.is_none() => ("consumers", || consumers("quick")),
                Stage::Consumers => ("consumers", || consumers("all")),
                Stage::Browsers => ("browsers", browsers),
                Stage::Matrix => ("matrix", || e2e("all")),
            };
            stages.run(name, work)?;
        }
    }
    println!("\n{stages}");
    Ok(())
}

fn native() -> Result<()> {
    setup::chain()?;
    setup::postgres()?;
    setup::operations()?;
    run(cargo().args(["test", "--workspace", "--features", EVERYTHING]))
}

fn contracts() -> Result<()> {
    setup::chain()?;
    run(program("node").args(["--test", "tests/contracts/"]))
}

fn browser() -> Result<()> {
    let tools = setup::everything()?;
    let driven = tools.browser.as_ref().context("there is no browser")?;
    let mut command = tools.wasm_pack("test")?;
    command
        .args(["--headless", "--chrome", "--chromedriver"])
        .arg(&driven.chromedriver);
    let settings = webdriver_settings(&root(), &driven.chromium)?;
    run(command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings))
}

/// `webdriver.json`, or a copy of it where another browser is to be used than it names.
fn webdriver_settings(root: &Path, chromium: &Path) -> Result<PathBuf> {
    let file = root.join("webdriver.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(&file)?)
        .context("webdriver.json is not JSON; take it from the repository again.")?;
    let Some(binary) = settings.pointer_mut("/goog:chromeOptions/binary") else {
        bail!("webdriver.json names no browser; take it from the repository again.");
    };
    if binary.as_str().map(Path::new) == Some(chromium) {
        return Ok(file);
    }
    *binary = Value::String(chromium.display().to_string());
    let copy = root.join("target/webdriver.json");
    fs::create_dir_all(root.join("target"))?;
    fs::write(&copy, settings.to_string())?;
    Ok(copy)
}

/// `part` is "core" or "all", see `playwright.config.mjs`.
fn e2e(part: &str) -> Result<()> {
    let tools = setup::demo(true, Programs::ForTests)?;
    build::build(&tools)?;
    bench::check_size(&tools)?;
    Programs::ForTests.build()?;
    let mut playwright = tools.program("node_modules/.bin/playwright")?;
    run(playwright.arg("test").env("MICRORAIDEN_E2E", part))
}

/// Installs the packed package into projects as people have them, which pay with it.
fn consumers(which: &str) -> Result<()> {
    let tools = setup::demo(true, Programs::ForTests)?;
    build::build(&tools)?;
    Programs::ForTests.build()?;
    let mut node = tools.program("node")?;
    run(node.args(["--test", "tests/package/"]))?;
    run(tools
        .program("node")?
        .args(["tests/consumers/run.mjs", which]))
}

/// The same journeys in each browser, by its own driver.
fn browsers() -> Result<()> {
    let (tools, geckodriver) = setup::browsers()?;
    build::build(&tools)?;
    Programs::Server.build()?;
    let journeys = "tests/browsers/journeys.test.mjs";
    let mut node = tools.program("node")?;
    node.args(["--test", "--test-reporter=spec", journeys]);
    run(node.env("GECKODRIVER", geckodriver))
}
