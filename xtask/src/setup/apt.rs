//! Packages of Debian and its relatives.

use anyhow::{Context, Result, bail};

use crate::command::{find, output, program, run};

/// Installs packages of the system, as root or by sudo.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let root = output(program("id").arg("-u")).as_deref() == Some("0");
    let line = format!("apt-get install {}", packages.join(" "));
    if !root && find("sudo").is_none() {
        bail!("Root is needed to install packages and sudo is missing; run as root: {line}");
    }
    apt(root, &["update"], &line)?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(packages);
    apt(root, &install, &line)
}

fn apt(root: bool, arguments: &[&str], line: &str) -> Result<()> {
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
    run(&mut command).with_context(|| {
        format!("Packages cannot be installed; run `{line}` yourself, then try again")
    })
}
