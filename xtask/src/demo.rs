//! Starts the demo: a development chain, the paywall and its page.

use std::os::unix::process::CommandExt;

use anyhow::Result;
use clap::Args;

use crate::build::Programs;
use crate::command::not_started;
use crate::{build, setup};

#[derive(Args)]
pub(crate) struct Options {
    /// Where the page is served; 0 takes any free port [default: 5000, with --once 0]
    #[arg(long)]
    port: Option<u16>,
    /// Of the contracts
    #[arg(long, default_value = "0.2", value_parser = ["0.1", "0.2"])]
    generation: String,
    /// Run by itself in headless Chromium and print every step
    #[arg(long)]
    once: bool,
}

/// `cargo xtask demo`
pub(crate) fn command(options: &Options) -> Result<()> {
    let tools = setup::demo(options.once, Programs::Server)?;
    build::build(&tools)?;
    Programs::Server.build()?;
    if !options.once {
        build::stream()?;
    }
    let mut node = tools.program("node")?;
    node.args(["demo/demo.mjs", "--generation", &options.generation]);
    if let Some(port) = options.port {
        node.args(["--port", &port.to_string()]);
    }
    if options.once {
        node.arg("--once");
    }
    // The demo takes this program's place, so that Ctrl-C and signals reach what has to end.
    let error = node.exec();
    Err(not_started(&node, &error))
}
