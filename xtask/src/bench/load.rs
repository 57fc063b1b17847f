//! Measures the receiver under load.

use std::path::Path;

use anyhow::Result;

use super::{build_native, built, folder, machine, parsed, show};
use crate::command::{program, run};

/// `cargo xtask load [--json file]`
pub(crate) fn command(json: Option<&Path>) -> Result<()> {
    build_native(&["-p", "microraiden-bench", "--bin", "microraiden-load"])?;
    // Not the system's folder for temporary files, which may be no disk.
    let folder = folder()?;
    let file = folder.join("load.json");
    run(program(built("microraiden-load")).arg(&file).arg(&folder))?;
    let mut report = machine::describe();
    report["native"] = parsed(&file)?;
    show(&report, json)
}
