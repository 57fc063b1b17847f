//! Checks all dependencies as `deny.toml` says: licences, sources, versions, advisories.

use anyhow::{Context, Result};
use clap::Args;

use crate::command::{cargo, path_with, run};
use crate::setup;

#[derive(Args)]
pub(crate) struct Options {
    /// Leave out the advisories, whose database is fetched from the network
    #[arg(long)]
    offline: bool,
}

/// `cargo xtask audit`
pub(crate) fn command(options: &Options) -> Result<()> {
    let tool = setup::audit()?;
    let mut checks = vec!["bans", "licenses", "sources"];
    if !options.offline {
        checks.push("advisories");
    }
    println!("checking {}…", checks.join(", "));
    let mut deny = cargo();
    deny.args(["deny", "check", "--hide-inclusion-graph"]);
    deny.args(checks).env("PATH", path_with(&[&tool])?);
    run(&mut deny).context(
        "See deny.toml; where the database of advisories can't be fetched, --offline leaves it out",
    )
}
