//! Measures the receiver under load.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::{build_native, built, folder, machine, parsed, show};
use crate::command::{program, run};
use crate::setup;

#[derive(Args)]
pub(crate) struct Options {
    /// Compare these stores by channels and processes instead: `sqlite`, `postgres`
    #[arg(long, value_delimiter = ',')]
    store: Vec<String>,
    /// How many processes share a store (1,2,4)
    #[arg(long, value_delimiter = ',', requires = "store")]
    processes: Vec<String>,
    /// How many channels there are (1,100,10000,1000000)
    #[arg(long, value_delimiter = ',', requires = "store")]
    channels: Vec<String>,
    /// Payments have numbers, in windows that are full
    #[arg(long, requires = "store")]
    numbers: bool,
    /// Write the figures into a file, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// `cargo xtask load [--store sqlite,postgres [--processes 1,2] [--channels 100,10000] [--numbers]] [--json file]`
pub(crate) fn command(options: &Options) -> Result<()> {
    build_native(&["-p", "microraiden-bench", "--bin", "microraiden-load"])?;
    // Not the system's folder for temporary files, which may be no disk.
    let folder = folder()?;
    let file = folder.join("load.json");
    let mut load = program(built("microraiden-load"));
    load.arg(if options.store.is_empty() {
        "tables"
    } else {
        "stores"
    });
    load.arg(&file).arg(&folder);
    for (name, values) in [
        ("store", &options.store),
        ("processes", &options.processes),
        ("channels", &options.channels),
    ] {
        if !values.is_empty() {
            load.arg(format!("--{name}={}", values.join(",")));
        }
    }
    if options.numbers {
        load.arg("--numbers");
    }
    if options.store.iter().any(|store| store == "postgres") {
        setup::postgres()?;
    }
    run(&mut load)?;
    let mut report = machine::describe();
    report["native"] = parsed(&file)?;
    show(&report, options.json.as_deref())
}
