//! The programs the project's commands use, once the set-up has found or installed them.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command::{path_with, program, root};

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
    pub(crate) fn program(&self, name: impl AsRef<OsStr>) -> Result<Command> {
        let mut command = program(name);
        let modules = root().join("node_modules/.bin");
        command.env("PATH", path_with(&[&self.wasm_bindgen, &modules])?);
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
        command.args([verb, "--mode", "no-install"]);
        Ok(command)
    }
}
