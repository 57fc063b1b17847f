//! Measures speed and size, always beside other libraries in the same run.

mod c_library;
pub(crate) mod load;
mod machine;
mod table;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand, value_parser};
use serde_json::Value;

use crate::command::{cargo, program, root, run};
use crate::tools::Tools;
use crate::{build, setup};

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    part: Option<Part>,
    /// Write the figures into a file, too
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What to measure alone.
#[derive(Subcommand)]
enum Part {
    /// Pages in Chromium
    Browser {
        #[arg(value_parser = ["signing", "start-up", "paid-start", "paid", "parallel"])]
        sections: Vec<String>,
        /// Other than the usual number: 1 shows whether every page still works
        #[arg(long, value_parser = value_parser!(u32).range(1..))]
        rounds: Option<u32>,
    },
    /// This machine's own code
    Native,
    /// The package
    Size {
        /// Only fail where the package is above its budget
        #[arg(long)]
        check: bool,
    },
}

/// `cargo xtask bench [browser|native|size] [--json file]`
pub(crate) fn command(options: &Options) -> Result<()> {
    let part = options.part.as_ref();
    if let Some(Part::Size { check: true }) = part {
        let tools = setup::everything()?;
        build::build(&tools)?;
        return check_size(&tools);
    }
    let mut report = machine::describe();
    if matches!(part, None | Some(Part::Native)) {
        report["native"] = native()?;
    }
    if !matches!(part, Some(Part::Native)) {
        let tools = setup::everything()?;
        setup::npm::rivals()?;
        let absent = c_library::ensure(&folder()?).err();
        build::build(&tools)?;
        if !matches!(part, Some(Part::Browser { .. })) {
            report["size"] = script(&tools, "size", &[], absent.as_ref())?;
        }
        if !matches!(part, Some(Part::Size { .. })) {
            server()?;
            let mut arguments = Vec::new();
            if let Some(Part::Browser { sections, rounds }) = part {
                arguments.clone_from(sections);
                arguments.extend(rounds.map(|rounds| format!("--rounds={rounds}")));
            }
            report["browser"] = script(&tools, "browser", &arguments, absent.as_ref())?;
        }
    }
    show(&report, options.json.as_deref())
}

/// Prints all tables, and writes the figures into a file if one is named.
fn show(report: &Value, file: Option<&Path>) -> Result<()> {
    println!("\n{}", table::all(report));
    if let Some(file) = file {
        fs::write(file, serde_json::to_string_pretty(report)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

/// Where measurements leave their files.
fn folder() -> Result<PathBuf> {
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Fails where `pkg/` as it was built last is above the budget.
pub(crate) fn check_size(tools: &Tools) -> Result<()> {
    run(tools.program("node")?.args(["benches/size.mjs", "--check"]))
        .context("The package has become larger than its budget")
}

/// Runs one of the scripts, which writes its tables into a file.
fn script(
    tools: &Tools,
    name: &str,
    arguments: &[String],
    absent: Option<&anyhow::Error>,
) -> Result<Value> {
    let file = folder()?.join(format!("{name}.json"));
    let mut node = tools.program("node")?;
    node.arg(format!("benches/{name}.mjs"))
        .arg("--out")
        .arg(&file)
        .args(arguments)
        .env("MICRORAIDEN_PAYWALL", built("microraiden-paywall"));
    if let Some(reason) = absent {
        node.env("BENCH_C_LIBRARY", format!("{reason:#}"));
    }
    run(&mut node)?;
    parsed(&file)
}

/// The measurements of this machine's own code.
fn native() -> Result<Value> {
    build_native(&["-p", "microraiden-bench", "--bin", "microraiden-bench"])?;
    println!("measuring native code…");
    let file = folder()?.join("native.json");
    run(program(built("microraiden-bench")).arg(&file))?;
    parsed(&file)
}

/// The server at full speed, so that its time does not cover what is compared.
fn server() -> Result<()> {
    build_native(&["--features", "paywall", "--bin", "microraiden-paywall"])
}

fn parsed(file: &Path) -> Result<Value> {
    let text = fs::read(file).with_context(|| format!("{} is missing", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", file.display()))
}

/// Builds a program at full speed.
fn build_native(arguments: &[&str]) -> Result<()> {
    println!("building for this machine (some minutes the first time)…");
    run(cargo()
        .args(["build", "--profile", "native"])
        .args(arguments))
}

/// Where [`build_native`] puts a program.
fn built(name: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("native").join(name)
}
