//! Pictures of the page in all its states, and what axe finds in them.

use anyhow::Result;
use clap::Args;

use crate::build::Programs;
use crate::command::run;
use crate::{build, setup};

#[derive(Args)]
pub(crate) struct Options {
    /// Look at the page in these languages only [default: all]
    #[arg(long = "language", value_name = "LANGUAGE", value_parser = ["en", "de", "ar"])]
    languages: Vec<String>,
    /// Make only the journeys whose titles contain one of these texts
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Take only these looks, by their names, as in "320 light"
    #[arg(long = "look", value_name = "NAME")]
    looks: Vec<String>,
    /// Leave axe out
    #[arg(long)]
    no_axe: bool,
}

/// `cargo xtask pictures`
pub(crate) fn command(options: &Options) -> Result<()> {
    let tools = setup::demo(true, Programs::Server)?;
    build::build(&tools)?;
    Programs::Server.build()?;
    let mut node = tools.program("node")?;
    node.arg("tests/states/pictures.mjs");
    for language in &options.languages {
        node.args(["--language", language]);
    }
    for text in &options.only {
        node.args(["--only", text]);
    }
    for name in &options.looks {
        node.args(["--look", name]);
    }
    if options.no_axe {
        node.arg("--no-axe");
    }
    run(&mut node)
}
