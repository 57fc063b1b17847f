//! The programs the project's commands use, once the set-up has found or installed them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::program;
use crate::project;

/// Where the programs are.
pub(crate) struct Tools {
    /// The folder of `wasm-pack`.
    pub(crate) wasm_pack: PathBuf,
    /// The folder of `wasm-bindgen` and its test runner.
    pub(crate) wasm_bindgen: PathBuf,
    /// For what needs one.
    pub(crate) browser: Option<Browser>,
}

/// A browser that programs drive.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

impl Tools {
    /// A program that finds wasm-bindgen, wasm-opt and the browser of this project.
    pub(crate) fn program(&self, name: impl AsRef<std::ffi::OsStr>) -> Result<Command> {
        let mut command = program(name);
        command.env("PATH", self.path()?);
        if let Some(browser) = &self.browser {
            command
                .env("CHROMIUM", &browser.chromium)
                .env("CHROMEDRIVER", &browser.chromedriver);
        }
        Ok(command)
    }

    /// `wasm-pack`, which downloads nothing: all it needs is on its PATH.
    pub(crate) fn wasm_pack(&self, verb: &str) -> Result<Command> {
        let mut command = self.program(self.wasm_pack.join("wasm-pack"))?;
        command.arg(verb).args(["--mode", "no-install"]);
        Ok(command)
    }

    fn path(&self) -> Result<OsString> {
        let modules = project::root().join("node_modules/.bin");
        let own = [self.wasm_bindgen.as_path(), modules.as_path()];
        let path = env::var_os("PATH").unwrap_or_default();
        let all = own
            .into_iter()
            .map(Path::to_path_buf)
            .chain(env::split_paths(&path));
        env::join_paths(all).context("The project's folder must not have a colon in its path")
    }
}
