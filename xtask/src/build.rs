//! Builds the npm package's WebAssembly.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::command::run;
use crate::project::{self, no_arguments};
use crate::setup;
use crate::tools::Tools;

/// `cargo xtask build`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    no_arguments("build", arguments)?;
    build(&setup::everything()?)
}

/// Writes `pkg/dist` and shows how large it became.
pub(crate) fn build(tools: &Tools) -> Result<()> {
    println!("building the WebAssembly (about a minute the first time)…");
    let folder = project::root().join("pkg/dist");
    // Nothing of an earlier build, such as a `.gitignore` that npm obeys, may get into the package.
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).context("pkg/dist cannot be emptied");
        }
        _ => {}
    }
    // The package's own files beside the folder are kept by hand: none are made here.
    run(tools.wasm_pack("build")?.args([
        "--release",
        "--target",
        "web",
        "--no-pack",
        "--no-gitignore",
        "--out-dir",
        "pkg/dist",
        "--out-name",
        "microraiden",
        "--",
        "--config",
        &shorter_paths()?,
    ]))?;
    minify(tools, &folder.join("microraiden.js"))?;
    show_sizes(&folder)
}

/// Setting for cargo: messages of panics name source files without where they lie on this machine.
fn shorter_paths() -> Result<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let sources = home.unwrap_or_default().join("registry/src");
    let mut flags = Vec::new();
    // One folder for each registry that ever was used; there may be none yet.
    for folder in fs::read_dir(sources).into_iter().flatten() {
        flags.push(format!("--remap-path-prefix={}=", folder?.path().display()));
    }
    flags.push(format!(
        "--remap-path-prefix={}=",
        project::root().display()
    ));
    Ok(format!(
        "target.wasm32-unknown-unknown.rustflags={}",
        serde_json::to_string(&flags)?
    ))
}

/// White space and long names in the glue would be half of its download.
fn minify(tools: &Tools, file: &Path) -> Result<()> {
    let mut esbuild = tools.program("node_modules/.bin/esbuild")?;
    let out = format!("--outfile={}", file.display());
    run(esbuild.arg(file).args([
        "--minify",
        "--format=esm",
        "--allow-overwrite",
        "--log-level=warning",
        &out,
    ]))
}

fn show_sizes(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).context("wasm-pack has not written pkg/dist")?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|file| {
            file.extension()
                .is_some_and(|end| end == "wasm" || end == "js")
        })
        .collect();
    files.sort();
    println!("{:<36}{:>10}{:>10}", "file", "bytes", "gzip");
    for file in files {
        let content = fs::read(&file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let packed = gzipped(&content).map_or_else(|| "-".to_owned(), |size| size.to_string());
        println!(
            "{:<36}{:>10}{packed:>10}",
            format!("pkg/dist/{name}"),
            content.len()
        );
    }
    Ok(())
}

/// How many bytes go over the network; nothing when there is no `gzip` here.
fn gzipped(content: &[u8]) -> Option<usize> {
    let mut gzip = Command::new("gzip");
    gzip.args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = gzip.spawn().ok()?;
    let mut input = child.stdin.take()?;
    let content = content.to_vec();
    // Written from beside, since gzip answers before it has read everything.
    let writer = std::thread::spawn(move || input.write_all(&content));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    output.status.success().then_some(output.stdout.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_bytes_become_fewer() {
        let size = gzipped(&vec![7; 1_000_000]);
        assert!(size.is_some_and(|size| size < 10_000), "{size:?}");
    }
}
