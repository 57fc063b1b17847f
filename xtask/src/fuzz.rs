//! Runs the fuzz targets of `fuzz/`, one after the other, and stops at the first finding.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command::{path_with, program, root, run};
use crate::setup;

/// An input that takes longer than so many seconds is a finding.
const SLOW: u32 = 20;

#[derive(Args)]
pub(crate) struct Options {
    /// One target; without it all of them
    target: Option<String>,
    /// For so long each
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Repeat this one input
    #[arg(long, requires = "target", value_name = "FILE")]
    input: Option<PathBuf>,
}

/// `cargo xtask fuzz [target] [--seconds N] [--input file]`
pub(crate) fn command(options: &Options) -> Result<()> {
    let mut chosen = targets(&root())?;
    if let Some(name) = &options.target {
        if !chosen.contains(name) {
            let known = chosen.join(", ");
            bail!("`{name}` is not a fuzz target; there are {known}.");
        }
        chosen = vec![name.clone()];
    }
    let tool = setup::fuzzing()?;
    println!("building the fuzz targets (some minutes the first time)…");
    run(fuzz(&tool, "build")?.args(&options.target))?;
    for target in &chosen {
        if let Some(input) = &options.input {
            let mut repeat = fuzz(&tool, "run")?;
            repeat.arg(target).arg(env::current_dir()?.join(input));
            return run(&mut repeat)
                .with_context(|| format!("The target `{target}` fails on {}", input.display()));
        }
        println!("\n== {target}, {} seconds", options.seconds);
        let found = || findings(&root(), target);
        let before = found()?;
        if let Err(error) = run(&mut run_target(&tool, target, options.seconds)?) {
            return Err(error.context(sentence(target, found()?.difference(&before))));
        }
    }
    println!("\nNothing was found.");
    Ok(())
}

/// The names of the targets: those of their files.
fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("fuzz/fuzz_targets");
    let files = fs::read_dir(&folder)
        .context("fuzz/fuzz_targets cannot be read; take it from the repository again.")?;
    let mut names = Vec::new();
    for file in files {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        names.extend(name.map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// `cargo fuzz`, by the nightly compiler. No sanitizer: what is looked for are panics, overflows and
/// broken promises, in several times as many inputs; the project has no unsafe code.
fn fuzz(tool: &Path, word: &str) -> Result<Command> {
    let mut command = program("rustup");
    command
        .args(["run", setup::rust::NIGHTLY, "cargo", "fuzz", word])
        .args(["--sanitizer", "none"])
        // The flags of this project's builds are not meant for these.
        .env_remove("RUSTFLAGS")
        .env("PATH", path_with(&[tool])?);
    Ok(command)
}

fn run_target(tool: &Path, target: &str, seconds: u32) -> Result<Command> {
    // What is new goes to the first folder.
    let corpus = format!("fuzz/corpus/{target}");
    fs::create_dir_all(root().join(&corpus))?;
    let mut command = fuzz(tool, "run")?;
    command
        .args([target, &corpus, &format!("fuzz/seeds/{target}"), "--"])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={SLOW}"))
        .arg("-print_final_stats=1");
    Ok(command)
}

/// The inputs that a target has failed on.
fn findings(root: &Path, target: &str) -> Result<BTreeSet<PathBuf>> {
    let folder = root.join("fuzz/artifacts").join(target);
    match fs::read_dir(folder) {
        Ok(files) => files.map(|file| Ok(file?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error.into()),
    }
}

fn sentence<'a>(target: &str, new: impl Iterator<Item = &'a PathBuf>) -> String {
    let root = root();
    let inside = |file: &'a PathBuf| file.strip_prefix(&root).unwrap_or(file).display();
    let Some(file) = new.map(inside).next() else {
        // The same input as in an earlier run, or none at all.
        return format!(
            "The target `{target}` fails; see above, and fuzz/artifacts/{target} for its inputs"
        );
    };
    format!(
        "The target `{target}` fails on {file}; repeat it with \
         `cargo xtask fuzz {target} --input {file}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_named_with_the_way_to_repeat_it() {
        let file = root().join("fuzz/artifacts/logs/crash-1");
        let said = sentence("logs", [&file].into_iter());
        assert!(said.contains("`cargo xtask fuzz logs --input fuzz/artifacts/logs/crash-1`"));
        assert!(sentence("logs", std::iter::empty()).contains("fuzz/artifacts/logs"));
    }
}
