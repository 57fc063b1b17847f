//! Builds the npm package's WebAssembly.

mod callbacks;
mod declarations;
mod names;
mod parts;

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Map, Value};
use sha2::{Digest, Sha384};

use crate::command::{cargo, run, run_silently};
use crate::project::{self, no_arguments};
use crate::setup;
use crate::setup::rust::builds_std;
use crate::tools::Tools;

/// What the glue and the first part are called.
const NAME: &str = "microraiden";

/// Small first.
const OPTIMISATION: [&str; 4] = [
    "-Oz",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// A part's own functions are called by their names and not through the table, whose places nobody
/// fills anew.
const DIRECT: [&str; 2] = [
    "--directize",
    "--pass-arg=directize-initial-contents-immutable",
];

/// What the compiler uses of WebAssembly.
const FEATURES: [&str; 9] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-extended-const",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// What the standard library is built anew for: no messages of panics; and references to JavaScript's
/// values in a list of the glue instead of a table of the module, for which each exported function
/// would have a wrapper, all together a kilobyte of download.
const OWN_STD: [&str; 5] = [
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
    "-Zfmt-debug=none",
    "-Ctarget-feature=-reference-types,-multivalue",
];

/// `cargo xtask build`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    no_arguments("build", arguments)?;
    build(&setup::everything()?)
}

/// Writes `pkg/dist` and shows how large it became.
///
/// The library is compiled as one module and taken apart (see `src/wasm/parts.rs`); `wasm-bindgen`
/// writes the glue around the first part, and each part is optimised by itself.
pub(crate) fn build(tools: &Tools) -> Result<()> {
    println!("building the WebAssembly (about a minute the first time)…");
    let folder = project::root().join("pkg/dist");
    // Nothing of an earlier build may get into the package.
    empty(&folder)?;
    let parts = parts::take_apart(tools, &compile()?)?;
    run(tools
        .program(tools.wasm_bindgen.join("wasm-bindgen"))?
        .args([
            "--target",
            "web",
            "--keep-lld-exports",
            "--out-name",
            NAME,
            "--out-dir",
        ])
        .arg(&folder)
        .arg(&parts.first))?;
    declarations::without_dispose(&folder.join(format!("{NAME}.d.ts")))?;
    callbacks::drop_uncalled(&parts.first_bound(&folder))?;
    optimise(tools, &parts.first_bound(&folder), &[])?;
    let mut integrity = Map::new();
    for (name, file) in &parts.later {
        let placed = folder.join(format!("{name}.wasm"));
        fs::copy(file, &placed)?;
        optimise(tools, &placed, &DIRECT)?;
        integrity.insert((*name).to_owned(), sha384(&placed)?.into());
    }
    bundle(tools, &folder, &Value::Object(integrity))?;
    names::shorten(
        &parts.first_bound(&folder),
        &folder.join(format!("{NAME}.js")),
    )?;
    show_sizes(&folder)
}

fn empty(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be emptied", folder.display()))
        }
        _ => Ok(fs::create_dir_all(folder)?),
    }
}

/// Compiles the library as one module, with what taking it apart needs to know.
fn compile() -> Result<PathBuf> {
    let target = project::root().join("target/package");
    let mut compiler = cargo();
    if builds_std() {
        compiler.env("RUSTC_BOOTSTRAP", "1").args([
            "-Zbuild-std=std,panic_abort",
            "-Zbuild-std-features=optimize_for_size",
        ]);
    }
    run(compiler
        .args([
            "build",
            "--release",
            "--lib",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .args(["--features", "parts", "--config", &flags()?, "--target-dir"])
        .arg(&target)
        // Its flags would take the place of those above.
        .env_remove("RUSTFLAGS"))?;
    Ok(target.join("wasm32-unknown-unknown/release/microraiden.wasm"))
}

/// Setting for cargo: the linker tells what refers to what, and messages of panics name source files
/// without where they lie on this machine.
fn flags() -> Result<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let sources = home.unwrap_or_default().join("registry/src");
    let mut flags = vec!["-Clink-arg=--emit-relocs".to_owned()];
    if builds_std() {
        flags.extend(OWN_STD.map(str::to_owned));
    }
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

fn optimise(tools: &Tools, file: &Path, first: &[&str]) -> Result<()> {
    let mut wasm_opt = tools.program("node_modules/.bin/wasm-opt")?;
    wasm_opt.arg(file).args(FEATURES).args(first);
    // It warns of names that it does not know, and removes all of them.
    run_silently(wasm_opt.args(OPTIMISATION).arg("-o").arg(file))
}

/// The hash by which a browser knows the file again.
fn sha384(file: &Path) -> Result<String> {
    let hash = Sha384::digest(fs::read(file)?);
    Ok(format!("sha384-{}", BASE64_STANDARD.encode(hash)))
}

/// One script of the glue and what it imports. White space and long names would be half of it.
fn bundle(tools: &Tools, folder: &Path, integrity: &Value) -> Result<()> {
    let file = folder.join(format!("{NAME}.js"));
    let mut esbuild = tools.program("node_modules/.bin/esbuild")?;
    run(esbuild.arg(&file).args([
        "--bundle",
        "--minify",
        "--format=esm",
        "--allow-overwrite",
        "--log-level=warning",
        &format!("--define:INTEGRITY={integrity}"),
        &format!("--outfile={}", file.display()),
    ]))?;
    fs::remove_dir_all(folder.join("snippets")).context("the glue imports nothing")
}

fn show_sizes(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).context("pkg/dist is not there")?;
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
