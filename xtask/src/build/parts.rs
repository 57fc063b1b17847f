//! Takes the compiled module apart into the files that are loaded one after the other.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{NAME, empty};
use crate::command::run;
use crate::project;
use crate::tools::Tools;

/// The split points of the library.
const SPLIT: [&str; 2] = ["paying", "managing"];
/// The part that holds what several others need.
const SHARED: &str = "shared";

/// The module in several files.
pub(super) struct Parts {
    /// What `init` loads. The glue is still to be written.
    pub(super) first: PathBuf,
    /// The others, by name.
    pub(super) later: Vec<(&'static str, PathBuf)>,
}

impl Parts {
    /// The first part once the glue is written into a folder.
    pub(super) fn first_bound(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{NAME}_bg.wasm"))
    }
}

pub(super) fn take_apart(tools: &Tools, module: &Path) -> Result<Parts> {
    let folder = project::root().join("target/package/parts");
    empty(&folder)?;
    run(tools
        .program(tools.wasm_split.join("wasm-split-cli"))?
        .arg(module)
        .arg(&folder)
        .args(["--target", "web", "--out-name", NAME]))?;
    let mut later = vec![(SHARED, shared(&folder)?)];
    for name in SPLIT {
        later.push((name, folder.join(format!("split_{name}.wasm"))));
    }
    Ok(Parts {
        first: folder.join(format!("{NAME}.wasm")),
        later,
    })
}

/// With two split points there is one file for both.
fn shared(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).context("the module was not taken apart")?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("chunk_") {
            found.push(path);
        }
    }
    match <[PathBuf; 1]>::try_from(found) {
        Ok([file]) => Ok(file),
        Err(other) => bail!(
            "The module came apart into {} common files, and `src/wasm/parts.js` loads one.",
            other.len()
        ),
    }
}
