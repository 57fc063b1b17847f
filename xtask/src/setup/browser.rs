//! Chromium and its driver, from the system.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{find, output, program, run};
use crate::version::{major, reported};

/// The paths of Chromium and ChromeDriver.
pub(super) fn ensure() -> Result<(PathBuf, PathBuf)> {
    let (chromium, driver) = match (chromium()?, driver()?) {
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
    check(&chromium, &driver)?;
    Ok((chromium, driver))
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
    const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
    if find("apt-get").is_none() {
        bail!(
            "Chromium or ChromeDriver is missing and there is no apt-get here; install both in the \
             same version, and name them in CHROMIUM and CHROMEDRIVER if they are not on PATH."
        );
    }
    println!("installing Chromium and ChromeDriver (about a minute)…");
    apt(&["update"])?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(PACKAGES);
    apt(&install)
}

fn apt(arguments: &[&str]) -> Result<()> {
    let root = output(program("id").arg("-u")).as_deref() == Some("0");
    if !root && find("sudo").is_none() {
        bail!(
            "Chromium and ChromeDriver need root to be installed and sudo is missing; run as root: \
             apt-get install chromium chromium-driver"
        );
    }
    let mut command = if root {
        program("apt-get")
    } else {
        let mut sudo = program("sudo");
        sudo.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    };
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(arguments);
    run(&mut command).context(
        "Chromium cannot be installed; run `apt-get install chromium chromium-driver` yourself, \
         then try again",
    )
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
