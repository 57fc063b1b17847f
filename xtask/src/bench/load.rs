//! Measures the receiver under load.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, program, run};
use crate::project::{self, Usage};

use super::{built, machine, parsed, table};

/// `cargo xtask load [--json file]`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let json = read(arguments)?;
    println!("building the receiver at full speed (some minutes the first time)…");
    run(cargo()
        .args(["build", "--profile", "native", "-p", "microraiden-bench"])
        .args(["--bin", "microraiden-load"]))?;
    // Not the system's folder for temporary files, which may be no disk.
    let folder = project::root().join("target/bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join("load.json");
    run(program(built("microraiden-load")).arg(&file).arg(&folder))?;
    let mut report = machine::describe();
    report["native"] = parsed(&file)?;
    println!("\n{}", table::all(&report));
    if let Some(file) = json {
        fs::write(&file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

fn read(arguments: &[String]) -> Result<Option<PathBuf>> {
    match arguments {
        [] => Ok(None),
        [option, file] if option == "--json" => Ok(Some(file.into())),
        _ => bail!(Usage(
            "`cargo xtask load` takes nothing, or --json and the name of a file.".to_owned()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_or_nothing() {
        let words =
            |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
        assert!(read(&[]).is_ok_and(|file| file.is_none()));
        let file = read(&words("--json out.json"));
        assert!(file.is_ok_and(|file| file == Some("out.json".into())));
        for wrong in ["--json", "out.json", "--json a b"] {
            let refused = read(&words(wrong)).err();
            assert!(refused.is_some_and(|error| error.is::<Usage>()), "{wrong}");
        }
    }
}
