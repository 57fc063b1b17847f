//! Programs that cargo installs, each version in its own folder of the user's cache.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{cargo, find, output, program, run};
use crate::version::reported;

use super::side_by_side::{self, Job, Share};

/// A tool is built to be there soon, not to be fast: each runs for seconds at most.
const LIGHT: [(&str, &str); 5] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_INCREMENTAL", "0"),
];

/// One program at one version.
pub(super) struct CargoTool {
    package: &'static str,
    /// A program of the package.
    binary: &'static str,
    version: &'static str,
    /// How long one core compiles it, in seconds.
    cpu: u64,
    flags: &'static [&'static str],
}

/// Builds the npm package and runs the tests in the browser.
pub(super) const WASM_PACK: CargoTool = CargoTool {
    package: "wasm-pack",
    binary: "wasm-pack",
    version: "0.15.1",
    cpu: 170,
    flags: &["--locked"],
};

/// Writes the JavaScript around the WebAssembly; its version must be that of the crate of the same name.
pub(super) const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    binary: "wasm-bindgen",
    version: "",
    cpu: 155,
    // Its lock file names a dependency that the registry does not have any more. TLS is for drivers of browsers on
    // other machines.
    flags: &["--no-default-features"],
};

/// Drives Firefox.
pub(super) const GECKODRIVER: CargoTool = CargoTool {
    package: "geckodriver",
    binary: "geckodriver",
    version: "0.37.1",
    cpu: 150,
    flags: &["--locked"],
};

/// Runs the fuzz targets.
pub(super) const CARGO_FUZZ: CargoTool = CargoTool {
    package: "cargo-fuzz",
    binary: "cargo-fuzz",
    version: "0.13.2",
    cpu: 80,
    flags: &["--locked"],
};

/// Checks the dependencies.
pub(super) const CARGO_DENY: CargoTool = CargoTool {
    package: "cargo-deny",
    binary: "cargo-deny",
    version: "0.20.2",
    cpu: 300,
    flags: &["--locked"],
};

/// Compares the crate's interface with that of the last release.
pub(super) const SEMVER_CHECKS: CargoTool = CargoTool {
    package: "cargo-semver-checks",
    binary: "cargo-semver-checks",
    version: "0.51.0",
    cpu: 600,
    flags: &["--locked"],
};

impl CargoTool {
    /// The folder of the program, which is installed if no fitting one is there.
    pub(super) fn ensure(&'static self) -> Result<PathBuf> {
        let tool = self.at(self.version)?;
        side_by_side::all(tool.missing().into_iter().collect())?;
        Ok(tool.folder)
    }

    /// A fitting one on PATH, else that of the cache.
    pub(super) fn at(&'static self, version: &str) -> Result<Installed> {
        let on_path = find(self.binary).filter(|file| reports(file, version));
        let folder = match on_path.as_deref().and_then(Path::parent) {
            Some(folder) => folder.to_path_buf(),
            None => root(self, version)?.join("bin"),
        };
        Ok(Installed {
            tool: self,
            version: version.to_owned(),
            folder,
        })
    }

    /// The same in the version that is fixed here.
    pub(super) fn here(&'static self) -> Result<Installed> {
        self.at(self.version)
    }

    fn install(&self, version: &str, root: &Path, share: Share) -> Result<()> {
        if self.download(version, root) {
            return Ok(());
        }
        let package = self.package;
        let mut install = cargo();
        install
            .args([
                "install",
                package,
                "--version",
                version,
                "--force",
                "--quiet",
            ])
            .args(self.flags)
            .arg("--root")
            .arg(root);
        // The flags of this project's builds are not meant for a tool.
        install
            .current_dir("/")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR")
            .envs(LIGHT);
        run(share.bound(&mut install)).with_context(|| {
            format!(
                "{package} {version} cannot be installed; check that a C compiler is there \
                 (apt-get install build-essential) and the network works, then try again"
            )
        })
    }

    /// Takes a ready program, where `cargo binstall` is there and finds one.
    fn download(&self, version: &str, root: &Path) -> bool {
        if find("cargo-binstall").is_none() {
            return false;
        }
        let mut binstall = cargo();
        binstall
            .args(["binstall", self.package, "--version", version])
            .args([
                "--no-confirm",
                "--force",
                "--disable-strategies",
                "compile",
                "--root",
            ])
            .arg(root)
            .current_dir("/");
        let file = root.join("bin").join(self.binary);
        output(&mut binstall).is_some() && reports(&file, version)
    }
}

/// A program where it is, or is to be.
pub(super) struct Installed {
    tool: &'static CargoTool,
    version: String,
    pub(super) folder: PathBuf,
}

impl Installed {
    /// The work that puts it there, unless it is there.
    pub(super) fn missing(&self) -> Option<Job<'static>> {
        if reports(&self.folder.join(self.tool.binary), &self.version) {
            return None;
        }
        let (tool, version) = (self.tool, self.version.clone());
        let name = format!("{} {version}", tool.package);
        let work = move |share| tool.install(&version, &root(tool, &version)?, share);
        Some(Job::new(name, tool.cpu, work))
    }
}

fn reports(program_file: &Path, version: &str) -> bool {
    let answer = output(program(program_file).arg("--version"));
    answer.as_deref().and_then(reported) == Some(version)
}

fn root(tool: &CargoTool, version: &str) -> Result<PathBuf> {
    Ok(cache()?.join(format!("{}-{version}", tool.package)))
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
