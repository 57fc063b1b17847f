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
    version: String,
    /// Whether to build with the dependencies the program was released with.
    locked: bool,
    takes: &'static str,
}

/// Builds the npm package and runs the tests in the browser.
pub(super) fn wasm_pack() -> CargoTool {
    CargoTool {
        package: "wasm-pack",
        binary: "wasm-pack",
        version: "0.15.1".to_owned(),
        locked: true,
        takes: "about 2 minutes",
    }
}

/// Writes the JavaScript around the WebAssembly; must fit the crate of the same name.
pub(super) fn wasm_bindgen(version: String) -> CargoTool {
    CargoTool {
        package: "wasm-bindgen-cli",
        binary: "wasm-bindgen",
        version,
        // Its lock file names a dependency that the registry does not have any more.
        locked: false,
        takes: "3 to 5 minutes",
    }
}

/// Runs the fuzz targets.
pub(super) fn cargo_fuzz() -> CargoTool {
    CargoTool {
        package: "cargo-fuzz",
        binary: "cargo-fuzz",
        version: "0.13.2".to_owned(),
        locked: true,
        takes: "about a minute",
    }
}

impl CargoTool {
    /// The folder of the program, which is installed if no fitting one is there.
    pub(super) fn ensure(&self) -> Result<PathBuf> {
        let on_path = find(self.binary).filter(|file| self.fits(file));
        if let Some(folder) = on_path.as_deref().and_then(Path::parent) {
            return Ok(folder.to_path_buf());
        }
        let root = cache()?.join(format!("{}-{}", self.package, self.version));
        let folder = root.join("bin");
        if !self.fits(&folder.join(self.binary)) {
            self.install(&root)?;
        }
        Ok(folder)
    }

    fn fits(&self, file: &Path) -> bool {
        output(program(file).arg("--version"))
            .is_some_and(|answer| reported(&answer) == Some(self.version.as_str()))
    }

    fn install(&self, root: &Path) -> Result<()> {
        let Self {
            package,
            version,
            takes,
            ..
        } = self;
        println!("installing {package} {version} ({takes})…");
        let mut install = cargo();
        install
            .args([
                "install",
                package,
                "--version",
                version,
                "--force",
                "--root",
            ])
            .arg(root);
        if self.locked {
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
