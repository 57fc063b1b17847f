//! This version of the paywall and an older one over one database.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{EVERYTHING, cargo, output, program, root, run};
use crate::setup;

/// How the names of these tests begin.
const TESTS: &str = "upgrade::";

/// `cargo xtask upgrade --from REVISION`
pub(crate) fn command(from: &str) -> Result<()> {
    let commit = commit(from)?;
    setup::chain()?;
    setup::postgres()?;
    let folder = root().join("target/upgrade");
    let sources = check_out(&commit, &folder)?;
    println!("building the paywall of {from} (some minutes the first time)…");
    let target = folder.join("target");
    run(cargo()
        .current_dir(&sources)
        .args(["build", "--locked", "--features", "paywall,postgres"])
        .args(["--bin", "microraiden-paywall", "--target-dir"])
        .arg(&target))
    .with_context(|| format!("The paywall of {from} can't be built"))?;
    run(cargo()
        .args(["test", "--features", EVERYTHING, "--test", "programs"])
        .args([TESTS, "--", "--ignored", "--nocapture"])
        .env(
            "MICRORAIDEN_OLDER_PAYWALL",
            target.join("debug/microraiden-paywall"),
        )
        .env("MICRORAIDEN_OLDER_SOURCES", sources))
}

fn commit(revision: &str) -> Result<String> {
    let name = format!("{revision}^{{commit}}");
    output(program("git").args(["rev-parse", "--verify", "--end-of-options", &name]))
        .with_context(|| format!("`{revision}` is no revision of this repository"))
}

/// The sources of a commit, in one folder for all, so that the next one is built upon the last. The clone borrows
/// this repository's objects, also those that are made later.
fn check_out(commit: &str, folder: &Path) -> Result<PathBuf> {
    let sources = folder.join("sources");
    if !sources.join(".git").exists() {
        let mut clone = program("git");
        clone.args(["clone", "--quiet", "--shared", "--no-checkout", "."]);
        run(clone.arg(&sources))?;
    }
    let mut git = program("git");
    git.current_dir(&sources);
    run(git.args(["checkout", "--quiet", "--force", "--detach", commit]))?;
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_revisions_are_built() {
        let commit = commit("HEAD").expect("a repository");
        assert_eq!(commit.len(), 40);
        for none in ["no-such-revision", "--all", "HEAD:Cargo.toml"] {
            let error = super::commit(none).map_err(|error| error.to_string());
            let sentence = format!("`{none}` is no revision of this repository");
            assert_eq!(error, Err(sentence));
        }
    }
}
