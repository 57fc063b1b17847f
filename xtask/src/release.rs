//! What is checked before a release: dependencies, versions, and the interfaces against the last release.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::command::{EVERYTHING, cargo, metadata, output, path_with, program, root, run};
use crate::{audit, setup};

/// `cargo xtask release-check`
pub(crate) fn command(options: &audit::Options) -> Result<()> {
    let version = version()?;
    audit::command(options)?;
    // Tags are the versions that were released.
    let Some(tag) = output(program("git").args(["describe", "--tags", "--abbrev=0"])) else {
        println!("Nothing was released before; there is nothing to compare {version} with.");
        return Ok(());
    };
    let before = tag.trim_start_matches('v');
    if before == version {
        bail!("{version} was released; what is to be released now needs another version.");
    }
    println!("comparing with {tag}…");
    let mut git = program("git");
    git.args(["diff", "--exit-code", &tag, "--", "pkg/*.d.ts"]);
    if run(&mut git).is_err() && is_patch(before, &version) {
        bail!("pkg/*.d.ts are not those of {tag}: {version} must be more than a patch of it.");
    }
    let tool = setup::semver()?;
    let mut semver = cargo();
    semver
        .args(["semver-checks", "--package", "microraiden"])
        .args(["--features", EVERYTHING, "--baseline-rev", &tag])
        .env("PATH", path_with(&[&tool])?);
    run(&mut semver).context("The crate's interface breaks what its version promises")
}

/// The version to be released, which crate, npm package and change log must agree on.
fn version() -> Result<String> {
    let read = |file: &'static str| fs::read_to_string(root().join(file)).context(file);
    let package: Value = serde_json::from_str(&read("pkg/package.json")?)?;
    let of_crate = metadata("microraiden")?["version"].clone();
    let version = package["version"].as_str().unwrap_or_default();
    if of_crate != version {
        bail!("Cargo.toml has version {of_crate} and pkg/package.json {version}.");
    }
    if !read("pkg/module.js")?.contains(&format!("const VERSION = \"{version}\";")) {
        bail!("pkg/module.js needs `const VERSION = \"{version}\";`.");
    }
    let heading = format!("## {version}");
    let first = read("CHANGELOG.md")?;
    let first = first.lines().find(|line| line.starts_with("## "));
    if first.is_none_or(|line| line.split(" (").next() != Some(&heading)) {
        bail!("The first heading of CHANGELOG.md has to be `{heading}`.");
    }
    Ok(version.to_owned())
}

/// Whether a release of this version promises the interface of the one before.
fn is_patch(before: &str, version: &str) -> bool {
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    !before.contains('-') && minor(before) == minor(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_have_one_version() {
        assert!(version().is_ok(), "{:?}", version());
    }

    #[test]
    fn a_patch_keeps_the_interface_and_nothing_before_a_release_does() {
        assert!(is_patch("0.1.0", "0.1.1"));
        assert!(!is_patch("0.1.0", "0.2.0"));
        assert!(!is_patch("0.1.0-alpha", "0.1.0"));
    }
}
