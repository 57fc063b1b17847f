//! Running other programs in the project's folder.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

/// All features of the crate, for what checks and tests everything.
pub(crate) const EVERYTHING: &str = "otel,paywall,postgres";

/// The folder of the workspace's `Cargo.toml`.
///
/// Cargo names the member's folder when it runs this program, which stays right after a move.
pub(crate) fn root() -> PathBuf {
    let member = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    member.parent().map_or(member.clone(), Path::to_path_buf)
}

/// A program that runs in the project's folder.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    // Cargo describes xtask to xtask; a cargo started from here must not take that for its own.
    for (key, _) in env::vars_os() {
        let about_xtask = key
            .to_str()
            .is_some_and(|key| key.starts_with("CARGO_PKG_") || key.starts_with("CARGO_MANIFEST_"));
        if about_xtask {
            command.env_remove(key);
        }
    }
    command
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// `PATH` with these folders before all others.
pub(crate) fn path_with(folders: &[&Path]) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let own = folders.iter().map(|folder| folder.to_path_buf());
    env::join_paths(own.chain(env::split_paths(&path)))
        .context("The project's folder must not have a colon in its path")
}

/// Runs a program with its output shown, and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        return Ok(());
    }
    bail!("`{}` failed ({status}).", line(command))
}

/// What a program prints, or nothing when it is missing or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What cargo knows of a crate that the workspace is built with.
pub(crate) fn metadata(name: &str) -> Result<Value> {
    let text = output(cargo().args(["metadata", "--format-version", "1"]))
        .context("cargo does not say what crates there are")?;
    let mut metadata: Value = serde_json::from_str(&text).context("cargo's answer is not JSON")?;
    let packages = metadata["packages"].as_array_mut();
    let found = packages.and_then(|list| list.iter_mut().find(|package| package["name"] == name));
    let found = found.with_context(|| format!("cargo knows no crate {name}"))?;
    Ok(found.take())
}

/// Looks a program up on PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

pub(crate) fn not_started(command: &Command, error: &std::io::Error) -> anyhow::Error {
    let name = command.get_program().to_string_lossy();
    if error.kind() == ErrorKind::NotFound {
        anyhow!("`{name}` is not installed or not on PATH; install it and run this again.")
    } else {
        anyhow!("`{name}` cannot be started: {error}.")
    }
}

/// The command as a person would type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_on_the_path_only() {
        assert!(find("sh").is_some());
        assert!(find("no-program-of-this-name").is_none());
    }

    #[test]
    fn output_of_a_failing_program_is_nothing() {
        assert_eq!(output(program("echo").arg("word")), Some("word".to_owned()));
        assert_eq!(output(&mut program("false")), None);
        assert_eq!(output(&mut program("no-program-of-this-name")), None);
    }

    #[test]
    fn a_failure_names_the_command_without_its_folder() {
        let error = run(program("/bin/sh").args(["-c", "exit 3"])).map_err(|e| e.to_string());
        let message = "`sh -c exit 3` failed (exit status: 3).";
        assert_eq!(error, Err(message.to_owned()));
    }
}
