//! Builds, checks and packs the npm package.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::command::{metadata, program, root, run};
use crate::{bench, build, setup};

/// What the package has to hold, and nothing else but the custom elements, one by one and in a few files.
const CONTENTS: [&str; 29] = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "core.js",
    "demo.d.ts",
    "demo.js",
    "dist/bytes.js",
    "dist/microraiden.js",
    "dist/microraiden_bg.wasm",
    "dist/qr-code.js",
    "docs/errors.md",
    "elements.d.ts",
    "errors.d.ts",
    "files.d.ts",
    "files.js",
    "index.d.ts",
    "index.js",
    "inline.d.ts",
    "inline.js",
    "kept-files.js",
    "module.js",
    "node.js",
    "package.json",
    "paying-worker.js",
    "service-worker.d.ts",
    "service-worker.js",
    "values.js",
    "wasm.d.ts",
];

/// The folders of the custom elements.
const ELEMENTS: [&str; 2] = ["dist/elements/", "elements/"];
/// What they have to hold among others.
const OF_ELEMENTS: [&str; 4] = [
    "dist/elements/article.html",
    "dist/elements/index.js",
    "dist/elements/text.js",
    "elements/index.js",
];

/// `cargo xtask package`
pub(crate) fn command() -> Result<()> {
    let tools = setup::package()?;
    setup::npm::package_checks()?;
    build::build(&tools)?;
    bench::check_size(&tools)?;
    links()?;
    let file = pack()?;
    let check = |name: &str| program(root().join("tests/package/node_modules/.bin").join(name));
    run(check("publint").args(["run", "--strict"]).arg(&file))?;
    // The module itself has no types but those of bundlers; CommonJS can't import the package.
    run(check("attw")
        .arg(&file)
        .args(["--profile", "esm-only", "--exclude-entrypoints", "wasm"]))?;
    println!("\n{file} is ready to be published.");
    Ok(())
}

/// Packs the package into `target`, and fails where its contents are not those expected.
fn pack() -> Result<String> {
    run(program("node").arg("pkg/prepack.mjs"))?;
    let mut npm = program("npm");
    // Its script was run above; what it prints would mix with the answer.
    npm.args(["pack", "./pkg", "--json", "--ignore-scripts"])
        .args(["--pack-destination", "target"]);
    let answer = npm.output().context("npm cannot be started")?;
    if !answer.status.success() {
        bail!(
            "npm pack failed: {}",
            String::from_utf8_lossy(&answer.stderr)
        );
    }
    let answer: Value =
        serde_json::from_slice(&answer.stdout).context("npm's answer is not JSON")?;
    let files = answer[0]["files"].as_array();
    let mut names: Vec<&str> = files
        .into_iter()
        .flatten()
        .filter_map(|file| file["path"].as_str())
        .collect();
    names.sort_unstable();
    let (elements, names): (Vec<_>, Vec<_>) = names
        .into_iter()
        .partition(|name| ELEMENTS.iter().any(|folder| name.starts_with(folder)));
    let lacks = OF_ELEMENTS.iter().any(|name| !elements.contains(name));
    if names != CONTENTS || lacks {
        bail!(
            "The package holds {names:?} and {elements:?}, and should hold {CONTENTS:?} and {OF_ELEMENTS:?}."
        );
    }
    let name = answer[0]["filename"]
        .as_str()
        .context("npm names no file")?;
    Ok(format!("target/{name}"))
}

/// Checks that crate and package name the same repository.
fn links() -> Result<()> {
    let of_crate = metadata("microraiden")?["repository"].clone();
    let text = fs::read_to_string(root().join("pkg/package.json"))?;
    let package: Value = serde_json::from_str(&text).context("pkg/package.json is not JSON")?;
    let Some(repository) = of_crate.as_str() else {
        println!(
            "Cargo.toml names no `repository`. Before publishing set it there, and `repository`, `homepage` and \
             `bugs` in pkg/package.json."
        );
        return Ok(());
    };
    let named = package["repository"]["url"].as_str().unwrap_or_default();
    let complete = package["homepage"].is_string() && package["bugs"].is_object();
    if !named.contains(repository) || !complete {
        bail!("pkg/package.json needs `repository`, `homepage` and `bugs` of {repository}.");
    }
    Ok(())
}
