//! Where the project lies, and how a command line is refused.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// The folder of the workspace's `Cargo.toml`.
///
/// Cargo names the member's folder when it runs this program, which stays right after a move.
pub(crate) fn root() -> PathBuf {
    let member = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    member.parent().map_or(member.clone(), Path::to_path_buf)
}

/// A command line that asks for something that does not exist.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// For commands that take no arguments.
pub(crate) fn no_arguments(command: &str, arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        bail!(Usage(format!(
            "`cargo xtask {command}` takes no arguments, but got `{argument}`."
        )));
    }
    Ok(())
}
