//! Runs the tests, cheapest first, and stops at the first failure.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::bench;
use crate::build;
use crate::command::{cargo, program, run};
use crate::project::{self, Usage};
use crate::setup;
use crate::stage::Stages;

const NAMES: [&str; 4] = ["native", "contracts", "browser", "e2e"];

/// `cargo xtask test [stage]`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let only = chosen(arguments)?;
    let wanted = |name| only.is_none_or(|only| only == name);
    let mut stages = Stages::new("cargo xtask test");
    if wanted("native") {
        stages.run(
            "native",
            "protocol, receiver, stores and paywall on this machine",
            native,
        )?;
    }
    if wanted("contracts") {
        stages.run(
            "contracts",
            "the contracts on a development chain",
            contracts,
        )?;
    }
    if wanted("browser") {
        stages.run("browser", "the library's classes in Chromium", browser)?;
    }
    if wanted("e2e") {
        stages.run("e2e", "page, package, paywall and chain in Chromium", e2e)?;
    }
    println!("\n{stages}");
    Ok(())
}

fn chosen(arguments: &[String]) -> Result<Option<&str>> {
    match arguments {
        [] => Ok(None),
        [name] if NAMES.contains(&name.as_str()) => Ok(Some(name)),
        [name, ..] => bail!(Usage(format!(
            "`{name}` is not a stage of the tests; there are {}. One or none may be named.",
            NAMES.join(", ")
        ))),
    }
}

fn native() -> Result<()> {
    setup::chain()?;
    setup::postgres::ensure()?;
    run(cargo().args(["test", "--workspace", "--features", "paywall,postgres"]))
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
    let settings = webdriver_settings(&project::root(), &driven.chromium)?;
    command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings);
    run(&mut command)
}

/// `webdriver.json`, or a copy of it where another browser is to be used than it names.
fn webdriver_settings(root: &Path, chromium: &Path) -> Result<std::path::PathBuf> {
    const BINARY: &str = "/goog:chromeOptions/binary";
    let file = root.join("webdriver.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(&file)?)
        .context("webdriver.json is not JSON; take it from the repository again.")?;
    let Some(binary) = settings.pointer_mut(BINARY) else {
        bail!("webdriver.json names no browser; take it from the repository again.");
    };
    if binary
        .as_str()
        .is_some_and(|named| Path::new(named) == chromium)
    {
        return Ok(file);
    }
    *binary = Value::String(chromium.display().to_string());
    let copy = root.join("target/webdriver.json");
    fs::create_dir_all(root.join("target"))?;
    fs::write(&copy, settings.to_string())?;
    Ok(copy)
}

fn e2e() -> Result<()> {
    let tools = setup::everything()?;
    build::build(&tools)?;
    bench::check_size(&tools)?;
    paywall()?;
    run(tools.program("node_modules/.bin/playwright")?.arg("test"))
}

/// Builds the server that demo and tests start.
pub(crate) fn paywall() -> Result<()> {
    println!("building the paywall server (about two minutes the first time)…");
    run(cargo().args([
        "build",
        "--features",
        "paywall",
        "--bin",
        "microraiden-paywall",
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn one_known_stage_or_none() {
        assert!(chosen(&[]).is_ok_and(|stage| stage.is_none()));
        assert!(chosen(&words(&["e2e"])).is_ok_and(|stage| stage == Some("e2e")));
        for wrong in [words(&["all"]), words(&["e2e", "native"])] {
            let refused = chosen(&wrong).err();
            assert!(
                refused.is_some_and(|error| error.is::<Usage>()),
                "{wrong:?}"
            );
        }
    }
}
