//! Programs that cargo installs, each version in its own folder of the user's cache.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{cargo, find, output, program, run};
use crate::version::reported;

/// One program at one version.
pub(super) struct CargoTool {
    package: &'static str,
    /// A program of the package.
    binary: &'static str,
    version: &'static str,
    takes: &'static str,
}

/// Builds the npm package and runs the tests in the browser.
pub(super) const WASM_PACK: CargoTool = CargoTool {
    package: "wasm-pack",
    binary: "wasm-pack",
    version: "0.15.1",
    takes: "about 2 minutes",
};

/// Writes the JavaScript around the WebAssembly; its version must be that of the crate of the same name.
pub(super) const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    binary: "wasm-bindgen",
    version: "",
    takes: "3 to 5 minutes",
};

/// Runs the fuzz targets.
pub(super) const CARGO_FUZZ: CargoTool = CargoTool {
    package: "cargo-fuzz",
    binary: "cargo-fuzz",
    version: "0.13.2",
    takes: "about a minute",
};

/// Checks the dependencies.
pub(super) const CARGO_DENY: CargoTool = CargoTool {
    package: "cargo-deny",
    binary: "cargo-deny",
    version: "0.20.2",
    takes: "3 to 5 minutes",
};

/// Compares the crate's interface with that of the last release.
pub(super) const SEMVER_CHECKS: CargoTool = CargoTool {
    package: "cargo-semver-checks",
    binary: "cargo-semver-checks",
    version: "0.51.0",
    takes: "about 10 minutes",
};

impl CargoTool {
    /// The folder of the program, which is installed if no fitting one is there.
    pub(super) fn ensure(&self) -> Result<PathBuf> {
        self.at(self.version)
    }

    /// The same in another version.
    pub(super) fn at(&self, version: &str) -> Result<PathBuf> {
        let fits = |file: &PathBuf| {
            let answer = output(program(file).arg("--version"));
            answer.as_deref().and_then(reported) == Some(version)
        };
        let on_path = find(self.binary).filter(fits);
        if let Some(folder) = on_path.as_deref().and_then(Path::parent) {
            return Ok(folder.to_path_buf());
        }
        let root = cache()?.join(format!("{}-{version}", self.package));
        let folder = root.join("bin");
        if !fits(&folder.join(self.binary)) {
            self.install(version, &root)?;
        }
        Ok(folder)
    }

    fn install(&self, version: &str, root: &Path) -> Result<()> {
        let package = self.package;
        println!("installing {package} {version} ({})…", self.takes);
        let mut install = cargo();
        install
            .args(["install", package, "--version", version, "--force"])
            .arg("--root")
            .arg(root);
        // The lock file of wasm-bindgen-cli names a dependency that the registry does not have any more.
        if package != WASM_BINDGEN.package {
            install.arg("--locked");
        }
        // The flags of this project's builds are not meant for a tool.
        install
            .current_dir("/")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR");
        run(&mut install).with_context(|| {
            format!(
                "{package} {version} cannot be installed; check that a C compiler is there \
                 (apt-get install build-essential) and the network works, then try again"
            )
        })
    }
}

fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME") {
        Some(folder) if Path::new(&folder).is_absolute() => PathBuf::from(folder),
        _ => env::home_dir()
            .context("HOME is not set; set it to your home folder")?
            .join(".cache"),
    };
    Ok(base.join("microraiden"))
}
