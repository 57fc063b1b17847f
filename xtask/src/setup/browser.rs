//! Chromium and its driver, and the other browsers that tests drive, from the system.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::apt;
use crate::command::{find, output, program};
use crate::tools::Browser;
use crate::version::{major, reported};

/// Chromium and ChromeDriver: those that `CHROMIUM` and `CHROMEDRIVER` name, else those on PATH.
pub(super) fn ensure() -> Result<Browser> {
    let chromium = named("CHROMIUM")?;
    let driver = named("CHROMEDRIVER")?;
    let chromium = || chromium.clone().or_else(|| find("chromium"));
    let driver = || driver.clone().or_else(|| find("chromedriver"));
    apt::ensure(
        "Chromium or ChromeDriver",
        &["chromium", "chromium-driver"],
        || chromium().is_some() && driver().is_some(),
    )
    .context(
        "Both have to be there, of one version; CHROMIUM and CHROMEDRIVER name what is not on PATH",
    )?;
    let browser = Browser {
        chromium: chromium().context("Chromium is gone")?,
        chromedriver: driver().context("ChromeDriver is gone")?,
    };
    // A driver refuses a browser of another version in words that hide the reason.
    let (chromium, driver) = (version(&browser.chromium)?, version(&browser.chromedriver)?);
    if chromium != driver {
        bail!(
            "Chromium has version {chromium} and ChromeDriver {driver}; install both in the same version."
        );
    }
    Ok(browser)
}

/// Firefox; WebKitGTK with its browser and driver; and a screen for it, because it has no headless mode.
pub(super) fn others() -> Result<()> {
    let firefox = || find("firefox-esr").or_else(|| find("firefox"));
    apt::ensure(
        "Firefox, WebKitWebDriver or Xvfb",
        &["firefox-esr", "webkit2gtk-driver", "xvfb"],
        || firefox().is_some() && find("WebKitWebDriver").is_some() && find("Xvfb").is_some(),
    )
}

fn named(variable: &str) -> Result<Option<PathBuf>> {
    let value = env::var_os(variable).filter(|value| !value.is_empty());
    let file = value.map(PathBuf::from);
    if let Some(file) = file.as_ref().filter(|file| !file.is_file()) {
        let file = file.display();
        bail!("{variable} names {file}, which is no file; correct or unset it.");
    }
    Ok(file)
}

fn version(file: &Path) -> Result<u32> {
    let answer = output(program(file).arg("--version"));
    let version = answer.as_deref().and_then(reported).and_then(major);
    version.with_context(|| format!("{} does not start; install it again.", file.display()))
}
