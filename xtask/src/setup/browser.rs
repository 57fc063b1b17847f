//! Chromium and its driver, from the system.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::apt;
use crate::command::{find, output, program};
use crate::tools::Browser;
use crate::version::{major, reported};

/// Chromium and ChromeDriver.
pub(super) fn ensure() -> Result<Browser> {
    let (chromium, chromedriver) = match (chromium()?, driver()?) {
        (Some(chromium), Some(driver)) => (chromium, driver),
        _ => {
            install()?;
            let missing = "is still missing after its installation; name it in";
            (
                chromium()?.with_context(|| format!("Chromium {missing} CHROMIUM"))?,
                driver()?.with_context(|| format!("ChromeDriver {missing} CHROMEDRIVER"))?,
            )
        }
    };
    check(&chromium, &chromedriver)?;
    Ok(Browser {
        chromium,
        chromedriver,
    })
}

fn chromium() -> Result<Option<PathBuf>> {
    Ok(named("CHROMIUM")?.or_else(|| find("chromium")))
}

fn driver() -> Result<Option<PathBuf>> {
    Ok(named("CHROMEDRIVER")?.or_else(|| find("chromedriver")))
}

fn named(variable: &str) -> Result<Option<PathBuf>> {
    let Some(file) = env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
    else {
        return Ok(None);
    };
    if !file.is_file() {
        bail!(
            "{variable} names {}, which is no file; correct or unset it.",
            file.display()
        );
    }
    Ok(Some(file))
}

fn install() -> Result<()> {
    if find("apt-get").is_none() {
        bail!(
            "Chromium or ChromeDriver is missing and there is no apt-get here; install both in the \
             same version, and name them in CHROMIUM and CHROMEDRIVER if they are not on PATH."
        );
    }
    println!("installing Chromium and ChromeDriver (about a minute)…");
    apt::install(&["chromium", "chromium-driver"])
}

/// A driver refuses a browser of another version in words that hide the reason.
fn check(chromium: &Path, driver: &Path) -> Result<()> {
    let version = |file: &Path| {
        let answer = output(program(file).arg("--version"))?;
        reported(&answer).and_then(major)
    };
    match (version(chromium), version(driver)) {
        (Some(browser), Some(driver)) if browser == driver => Ok(()),
        (Some(browser), Some(driver)) => bail!(
            "Chromium has version {browser} and ChromeDriver {driver}; install both in the same \
             version."
        ),
        (None, _) => bail!(
            "{} does not start; install Chromium again.",
            chromium.display()
        ),
        (_, None) => bail!(
            "{} does not start; install ChromeDriver again.",
            driver.display()
        ),
    }
}
