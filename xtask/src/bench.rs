//! Measures speed and size, always beside other libraries in the same run.

mod c_library;
pub(crate) mod load;
mod machine;
mod table;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build;
use crate::command::{cargo, run};
use crate::project::{self, Usage};
use crate::setup;
use crate::tools::Tools;

const PARTS: [&str; 3] = ["size", "native", "browser"];
const SECTIONS: [&str; 3] = ["signing", "start-up", "paid"];

/// What a command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    part: Option<String>,
    /// Sections of the browser's part.
    sections: Vec<String>,
    check: bool,
    json: Option<PathBuf>,
}

/// `cargo xtask bench [browser|native|size] [--check] [--json file]`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let wish = read(arguments)?;
    if wish.check {
        let tools = setup::everything()?;
        build::build(&tools)?;
        return check_size(&tools);
    }
    let wanted = |name| wish.part.as_deref().is_none_or(|part| part == name);
    let mut report = machine::describe();
    if wanted("native") {
        report["native"] = native()?;
    }
    if wanted("size") || wanted("browser") {
        let tools = setup::everything()?;
        setup::npm::rivals()?;
        let folder = project::root().join("target/bench");
        fs::create_dir_all(&folder)?;
        let absent = c_library::ensure(&folder).err();
        build::build(&tools)?;
        if wanted("size") {
            report["size"] = script(&tools, "size", &[], absent.as_ref())?;
        }
        if wanted("browser") {
            server()?;
            report["browser"] = script(&tools, "browser", &wish.sections, absent.as_ref())?;
        }
    }
    println!("\n{}", table::all(&report));
    if let Some(file) = wish.json {
        fs::write(&file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
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
    sections: &[String],
    absent: Option<&anyhow::Error>,
) -> Result<Value> {
    let file = project::root().join(format!("target/bench/{name}.json"));
    let mut node = tools.program("node")?;
    node.arg(format!("benches/{name}.mjs"))
        .arg("--out")
        .arg(&file)
        .args(sections)
        .env("MICRORAIDEN_PAYWALL", built("microraiden-paywall"));
    if let Some(reason) = absent {
        node.env("BENCH_C_LIBRARY", format!("{reason:#}"));
    }
    run(&mut node)?;
    parsed(&file)
}

/// The measurements of this machine's own code.
fn native() -> Result<Value> {
    println!("building the native measurements (some minutes the first time)…");
    run(cargo()
        .args(["build", "--profile", "native", "-p", "microraiden-bench"])
        .args(["--bin", "microraiden-bench"]))?;
    println!("measuring native code…");
    let folder = project::root().join("target/bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join("native.json");
    run(crate::command::program(built("microraiden-bench")).arg(&file))?;
    parsed(&file)
}

/// The server at full speed, so that its time does not cover what is compared.
fn server() -> Result<()> {
    println!("building the paywall server (some minutes the first time)…");
    run(cargo()
        .args(["build", "--profile", "native", "--features", "paywall"])
        .args(["--bin", "microraiden-paywall"]))
}

fn parsed(file: &Path) -> Result<Value> {
    let text = fs::read(file).with_context(|| format!("{} is missing", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", file.display()))
}

/// A program of the profile `native`.
fn built(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| project::root().join("target"), PathBuf::from);
    target.join("native").join(name)
}

fn read(arguments: &[String]) -> Result<Wish> {
    let mut wish = Wish::default();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--check" => wish.check = true,
            "--json" => match rest.next() {
                Some(file) => wish.json = Some(file.into()),
                None => bail!(Usage("--json needs the name of a file.".to_owned())),
            },
            name if wish.part.is_none() && PARTS.contains(&name) => {
                wish.part = Some(name.to_owned());
            }
            name if wish.part.as_deref() == Some("browser") && SECTIONS.contains(&name) => {
                wish.sections.push(name.to_owned());
            }
            other => bail!(Usage(format!(
                "`{other}` is not understood; `cargo xtask bench` takes one of {} or none, \
                 `browser` any of {}, `size` --check, and all of them --json file.",
                PARTS.join(", "),
                SECTIONS.join(", ")
            ))),
        }
    }
    if wish.check && wish.part.as_deref() != Some("size") {
        bail!(Usage("--check goes with `bench size` only.".to_owned()));
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(line: &str) -> Result<Wish> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        read(&words)
    }

    #[test]
    fn one_part_or_all() {
        assert!(wish("").is_ok_and(|wish| wish == Wish::default()));
        let browser = wish("browser paid signing --json out.json");
        assert!(browser.is_ok_and(|wish| {
            wish.part.as_deref() == Some("browser")
                && wish.sections == ["paid", "signing"]
                && wish.json == Some(PathBuf::from("out.json"))
        }));
        assert!(wish("size --check").is_ok_and(|wish| wish.check));
    }

    #[test]
    fn wrong_lines_are_refused() {
        for line in [
            "all",
            "size native",
            "native paid",
            "--json",
            "--check",
            "browser --check",
        ] {
            let refused = wish(line).err();
            assert!(refused.is_some_and(|error| error.is::<Usage>()), "{line}");
        }
    }
}
