//! PostgreSQL, from the system: the tests start a server of their own.

use std::fs;

use anyhow::{Result, bail};

use super::apt;
use crate::command::find;

/// Where Debian keeps a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Makes sure that its programs are there.
pub(crate) fn ensure() -> Result<()> {
    if is_there() {
        return Ok(());
    }
    if find("apt-get").is_none() {
        bail!(
            "PostgreSQL is missing and there is no apt-get here; install it so that initdb lies in \
             {VERSIONS}/<version>/bin."
        );
    }
    println!("installing PostgreSQL (about a minute)…");
    apt::install(&["postgresql"])?;
    if is_there() {
        return Ok(());
    }
    bail!("PostgreSQL is still missing in {VERSIONS} after its installation.")
}

fn is_there() -> bool {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join("bin/initdb"))
        .any(|program| program.is_file())
}
