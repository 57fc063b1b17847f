//! Packages of Debian and its relatives.

use std::env;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};

use crate::command::{find, output, program, run};

/// Whether sudo may be used without a question.
static YES: AtomicBool = AtomicBool::new(false);

/// From now on sudo is used without a question.
pub(crate) fn say_yes() {
    YES.store(true, Ordering::Relaxed);
}

/// Makes sure that something is there, by installing these packages where it is not.
pub(crate) fn ensure(what: &str, packages: &[&str], is_there: impl Fn() -> bool) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    if find("apt-get").is_none() {
        bail!("{what} is missing and there is no apt-get here; install it and run this again");
    }
    println!("{what} is missing; installing it (about a minute)…");
    install(packages)?;
    if !is_there() {
        bail!("{what} is still missing after its installation");
    }
    Ok(())
}

/// Installs packages of the system, as root, or by sudo if the user allows it.
fn install(packages: &[&str]) -> Result<()> {
    let root = output(program("id").arg("-u")).as_deref() == Some("0");
    let line = format!("apt-get install {}", packages.join(" "));
    if !root && find("sudo").is_none() {
        bail!("Root is needed to install packages and sudo is missing; run as root: {line}");
    }
    if !root && !allowed(&line)? {
        bail!("Nothing was installed. Run this as root, or the command here with --yes: {line}");
    }
    let install = ["install", "--yes", "--no-install-recommends"];
    apt(root, &["update"])
        .and_then(|()| apt(root, &[&install, packages].concat()))
        .with_context(|| {
            format!("Packages cannot be installed; run `{line}` yourself, then try again")
        })
}

/// CI has nobody to ask.
fn allowed(line: &str) -> Result<bool> {
    if YES.load(Ordering::Relaxed) || env::var_os("CI").is_some() {
        return Ok(true);
    }
    if !stdin().is_terminal() {
        return Ok(false);
    }
    print!("Run `sudo {line}`? [y/N] ");
    stdout().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn apt(root: bool, arguments: &[&str]) -> Result<()> {
    let mut command = program(if root { "env" } else { "sudo" });
    run(command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .args(arguments))
}
