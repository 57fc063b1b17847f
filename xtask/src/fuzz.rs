//! Runs the fuzz targets of `fuzz/`, one after the other, and stops at the first finding.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use anyhow::{Context, Result, bail};

use crate::command::{program, run};
use crate::project::{self, Usage};
use crate::setup;

const DEFAULT_SECONDS: u32 = 60;
/// An input that takes longer than so many seconds is a finding.
const SLOW: u32 = 20;

/// `cargo xtask fuzz [target] [--seconds N] [--input file]`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let known = targets(&project::root())?;
    let wish = Wish::read(arguments, &known)?;
    let tool = setup::fuzzing()?;
    println!("building the fuzz targets (some minutes the first time)…");
    run(fuzz(&tool, "build")?.args(wish.target.as_deref()))?;
    if let Some((target, input)) = wish.target.as_ref().zip(wish.input.as_ref()) {
        let mut repeat = fuzz(&tool, "run")?;
        repeat.arg(target).arg(env::current_dir()?.join(input));
        return run(&mut repeat).with_context(|| format!("The target `{target}` fails on {input}"));
    }
    let chosen = known.iter().filter(|name| wish.is_for(name));
    for target in chosen {
        println!("\n== {target}, {} seconds", wish.seconds);
        let found = || findings(&project::root(), target);
        let before = found()?;
        if let Err(error) = run(&mut run_target(&tool, target, wish.seconds)?) {
            return Err(error.context(sentence(target, found()?.difference(&before))));
        }
    }
    println!("\nNothing was found.");
    Ok(())
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    /// One target; `None`: all.
    target: Option<String>,
    /// For each target.
    seconds: u32,
    /// Run the target with this input alone.
    input: Option<String>,
}

impl Wish {
    fn read(arguments: &[String], known: &[String]) -> Result<Self> {
        let mut wish = Self {
            target: None,
            seconds: DEFAULT_SECONDS,
            input: None,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--seconds" => {
                    let number = words.next().and_then(|text| text.parse().ok());
                    wish.seconds = number.filter(|seconds| *seconds > 0).ok_or_else(|| {
                        Usage("`--seconds` wants a whole number, at least 1.".to_owned())
                    })?;
                }
                "--input" => {
                    let file = words.next().cloned();
                    wish.input =
                        Some(file.ok_or_else(|| Usage("`--input` wants a file.".to_owned()))?);
                }
                name if wish.target.is_none() && known.iter().any(|target| target == name) => {
                    wish.target = Some(name.to_owned());
                }
                name => bail!(Usage(format!(
                    "`{name}` is not a fuzz target; there are {}. One or none may be named.",
                    known.join(", ")
                ))),
            }
        }
        if wish.input.is_some() && wish.target.is_none() {
            bail!(Usage("`--input` wants a target to be named.".to_owned()));
        }
        Ok(wish)
    }

    fn is_for(&self, target: &str) -> bool {
        self.target.as_ref().is_none_or(|wanted| wanted == target)
    }
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
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [tool.to_path_buf()]
        .into_iter()
        .chain(env::split_paths(&path));
    let mut command = program("rustup");
    command
        .args(["run", setup::rust::NIGHTLY, "cargo", "fuzz", word])
        .args(["--sanitizer", "none"])
        // The flags of this project's builds are not meant for these.
        .env_remove("RUSTFLAGS")
        .env("PATH", env::join_paths(folders)?);
    Ok(command)
}

fn run_target(tool: &Path, target: &str, seconds: u32) -> Result<Command> {
    // What is new goes to the first folder.
    let corpus = format!("fuzz/corpus/{target}");
    fs::create_dir_all(project::root().join(&corpus))?;
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
    let root = project::root();
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

    fn read(words: &[&str]) -> Result<Wish> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Wish::read(&words, &["headers".to_owned(), "logs".to_owned()])
    }

    #[test]
    fn one_known_target_or_all_for_some_time() {
        let all = read(&[]).ok();
        assert!(all.is_some_and(|wish| wish.is_for("logs") && wish.seconds == DEFAULT_SECONDS));
        let one = read(&["--seconds", "5", "logs"]).ok();
        assert!(one.is_some_and(|wish| {
            wish.is_for("logs") && !wish.is_for("headers") && wish.seconds == 5
        }));
        let again = read(&["logs", "--input", "file"]).ok();
        assert!(again.is_some_and(|wish| wish.input.as_deref() == Some("file")));
    }

    #[test]
    fn other_words_are_refused() {
        for wrong in [
            &["cookies"][..],
            &["logs", "headers"],
            &["--seconds"],
            &["--seconds", "0"],
            &["--seconds", "1.5"],
            &["--input", "file"],
            &["logs", "--input"],
        ] {
            let refused = read(wrong).err();
            assert!(
                refused.is_some_and(|error| error.is::<Usage>()),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn a_finding_is_named_with_the_way_to_repeat_it() {
        let file = project::root().join("fuzz/artifacts/logs/crash-1");
        let said = sentence("logs", [&file].into_iter());
        assert!(said.contains("`cargo xtask fuzz logs --input fuzz/artifacts/logs/crash-1`"));
        assert!(sentence("logs", std::iter::empty()).contains("fuzz/artifacts/logs"));
    }
}
