//! Deploys a channel manager to a chain of one's own.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::command::{program, run};
use crate::setup;

/// What `cargo xtask deploy` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// The node: http:// or https://
    #[arg(long)]
    rpc_url: String,
    /// The keystore (version 3) of the account that deploys and pays for gas
    #[arg(long, value_name = "FILE")]
    keystore: PathBuf,
    /// A file with its password; default: the environment variable MICRORAIDEN_KEY_PASSWORD
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The token of the channels, which has to be on the chain already
    #[arg(long, value_name = "ADDRESS")]
    token: String,
    /// The contract generation
    #[arg(long, value_enum, default_value = "0.2")]
    generation: Generation,
    /// Blocks that a receiver has to answer a close request: at least 500, and longer than it may be out of order
    #[arg(long, value_name = "BLOCKS", default_value_t = 5000, value_parser = clap::value_parser!(u32).range(500..))]
    challenge_period: u32,
    /// The chain that is meant; if the node is of another one, nothing is sent
    #[arg(long)]
    chain_id: Option<u64>,
    /// The folder for the record of the deployment, and for the compiler's input, by which explorers verify it
    #[arg(long, value_name = "FOLDER", default_value = "deployments")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Generation {
    #[value(name = "0.1")]
    First,
    #[value(name = "0.2")]
    Second,
}

/// `cargo xtask deploy`. `yes`: nobody is asked whether to send the transaction.
pub(crate) fn command(options: &Options, yes: bool) -> Result<()> {
    setup::chain()?;
    let here = env::current_dir()?;
    run(program("node")
        .arg("contracts/deploy.mjs")
        .args(options.arguments(&here, yes)))
}

impl Options {
    /// What the script gets. It runs in the project's folder, and a person may type paths in another one.
    fn arguments(&self, here: &Path, yes: bool) -> Vec<String> {
        let path = |path: &Path| here.join(path).display().to_string();
        let generation = match self.generation {
            Generation::First => "0.1",
            Generation::Second => "0.2",
        };
        let named = [
            ("rpc-url", Some(self.rpc_url.clone())),
            ("keystore", Some(path(&self.keystore))),
            ("password-file", self.password_file.as_deref().map(path)),
            ("token", Some(self.token.clone())),
            ("generation", Some(generation.to_owned())),
            ("challenge-period", Some(self.challenge_period.to_string())),
            ("chain-id", self.chain_id.map(|id| id.to_string())),
            ("out", Some(path(&self.out))),
        ];
        let named = named.into_iter();
        let named = named.filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
        named.chain(yes.then(|| "--yes".to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn the_script_gets_what_was_typed_with_whole_paths() {
        let line = "x --rpc-url http://node --keystore k.json --token 0xaa --generation 0.1";
        let Ok(line) = Line::try_parse_from(line.split(' ')) else {
            unreachable!("it is a line");
        };
        let told = line.options.arguments(Path::new("/here"), true);
        let expected = [
            "--rpc-url=http://node",
            "--keystore=/here/k.json",
            "--token=0xaa",
            "--generation=0.1",
            "--challenge-period=5000",
            "--out=/here/deployments",
            "--yes",
        ];
        assert_eq!(told, expected);
    }
}
