//! Node and the npm packages of the lock file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::command::{find, output, program, root, run};
use crate::version::{major, reported};

const OLDEST_NODE: u32 = 20;

/// Checks that a usable Node is there.
fn node() -> Result<()> {
    let Some(answer) = output(program("node").arg("--version")) else {
        bail!(
            "Node is not installed or not on PATH; install Node {OLDEST_NODE} or newer with npm."
        );
    };
    if reported(&answer)
        .and_then(major)
        .is_none_or(|found| found < OLDEST_NODE)
    {
        bail!("Node {answer} is too old; install Node {OLDEST_NODE} or newer.");
    }
    if find("npm").is_none() {
        bail!("npm is not on PATH; install it beside Node.");
    }
    Ok(())
}

/// Installs the project's own packages, unless exactly those are there.
pub(super) fn packages() -> Result<()> {
    node()?;
    installed("")
}

/// Installs the packages that the measurements compare with.
pub(crate) fn rivals() -> Result<()> {
    installed("benches/rivals")
}

/// Installs what checks the packed package.
pub(crate) fn package_checks() -> Result<()> {
    installed("tests/package")
}

/// Installs the packages of a folder's `package-lock.json`, unless exactly those are there.
fn installed(folder: &str) -> Result<()> {
    let folder = root().join(folder);
    let wanted = read(&folder.join("package-lock.json"))
        .context("package-lock.json cannot be read; take it from the repository again.")?;
    let installed = read(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some_and(|installed| is_installed(&wanted, &installed)) {
        return Ok(());
    }
    println!(
        "installing the npm packages of {} (about half a minute)…",
        folder.display()
    );
    let mut npm = program("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder);
    run(&mut npm).context(
        "The npm packages cannot be installed; check that the npm registry can be reached, \
         then try again",
    )
}

/// The packages by folder, of a lock file or of npm's note on what it installed.
fn read(file: &Path) -> Option<Map<String, Value>> {
    let text = fs::read_to_string(file).ok()?;
    let lock: Value = serde_json::from_str(&text).ok()?;
    lock["packages"].as_object().cloned()
}

/// Optional packages for other machines are not installed, and the root is no package.
fn is_installed(wanted: &Map<String, Value>, installed: &Map<String, Value>) -> bool {
    let mut packages = wanted.iter().filter(|(folder, _)| !folder.is_empty());
    let complete = packages.all(|(folder, package)| match installed.get(folder) {
        Some(there) => ["version", "integrity"]
            .iter()
            .all(|key| package[key] == there[key]),
        None => package["optional"] == true,
    });
    complete && installed.keys().all(|folder| wanted.contains_key(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    fn lock() -> Map<String, Value> {
        map(json!({
            "": {"name": "root"},
            "node_modules/a": {"version": "1.0.0", "integrity": "x"},
            "node_modules/b": {"version": "2.0.0", "integrity": "y", "optional": true},
        }))
    }

    #[test]
    fn optional_packages_may_be_missing_and_others_not() {
        let a = json!({"node_modules/a": {"version": "1.0.0", "integrity": "x"}});
        assert!(is_installed(&lock(), &map(a)));
        let b = json!({"node_modules/b": {"version": "2.0.0", "integrity": "y"}});
        assert!(!is_installed(&lock(), &map(b)));
    }

    #[test]
    fn another_version_or_content_or_package_is_not_the_lock() {
        for other in [
            json!({"node_modules/a": {"version": "1.0.1", "integrity": "x"}}),
            json!({"node_modules/a": {"version": "1.0.0", "integrity": "z"}}),
            json!({"node_modules/a": {"version": "1.0.0", "integrity": "x"},
                   "node_modules/c": {"version": "1.0.0"}}),
        ] {
            assert!(!is_installed(&lock(), &map(other.clone())), "{other}");
        }
    }
}
