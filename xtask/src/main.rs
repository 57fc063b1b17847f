//! The project's own commands: `cargo xtask help`.

mod audit;
mod bench;
mod build;
mod chaos;
mod command;
mod demo;
mod deploy;
#[cfg(test)]
#[path = "../../tests/support/documented.rs"]
mod documented;
mod fuzz;
mod lint;
mod package;
mod pictures;
mod release;
mod setup;
mod soak;
mod stage;
mod test;
mod tools;
mod upgrade;
mod version;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands. Each installs what it needs itself, and nothing else.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_version_flag = true)]
#[command(
    after_help = "CHROMIUM and CHROMEDRIVER name other browser and driver binaries than those of the system."
)]
struct Arguments {
    /// Install packages of the system by sudo without asking, and deploy without asking; with the variable CI set,
    /// nobody is asked about packages either
    #[arg(long, global = true)]
    yes: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a development chain, the paywall and its page
    Demo(demo::Options),
    /// Deploy a channel manager for your token to your chain
    Deploy(deploy::Options),
    /// Run all tests, or one stage
    Test {
        #[arg(value_enum)]
        stage: Option<test::Stage>,
    },
    /// Check formatting, clippy natively and for wasm32, documentation, JavaScript and its types
    Lint,
    /// Check the licences, sources and advisories of all dependencies
    Audit(audit::Options),
    /// Check what is to be released: the audit, and the interfaces against those of the last release
    ReleaseCheck(audit::Options),
    /// Measure speed and size, always beside other libraries
    Bench(bench::Options),
    /// Measure payments each second with a durable write for each, beside the bare recovery of their signatures
    Load(bench::load::Options),
    /// Kill server, node and store while they are paid, over a file, a database, and three servers over a database that fails over
    Chaos {
        /// How often the database fails over
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
        failovers: u32,
        /// Repeat a run
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Open, pay, top up and close 50 channels through nodes that lag and fail
    Soak {
        /// For how long they pay
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
        minutes: u64,
        /// Repeat a run
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Have this version of the paywall and an older one sell over one database, as during an upgrade
    Upgrade {
        /// The older one: a tag, a branch or a commit, which is built in target/upgrade
        #[arg(long, value_name = "REVISION")]
        from: String,
    },
    /// Feed the readers of everything that comes from outside with made-up inputs
    Fuzz(fuzz::Options),
    /// Build the npm package's WebAssembly into pkg/dist
    Build,
    /// Build, check and pack the npm package
    Package,
    /// Look at the page in all its states: pictures on a contact sheet in target/pictures, and axe
    Pictures(pictures::Options),
    /// Install what the other commands need and is not there yet
    Setup,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.yes {
        setup::apt::say_yes();
    }
    let done = match arguments.command {
        Command::Demo(options) => demo::command(&options),
        Command::Deploy(options) => deploy::command(&options, arguments.yes),
        Command::Test { stage } => test::command(stage),
        Command::Lint => lint::command(),
        Command::Audit(options) => audit::command(&options),
        Command::ReleaseCheck(options) => release::command(&options),
        Command::Bench(options) => bench::command(&options),
        Command::Load(options) => bench::load::command(&options),
        Command::Chaos { failovers, seed } => chaos::command(failovers, seed),
        Command::Soak { minutes, seed } => soak::command(minutes, seed),
        Command::Upgrade { from } => upgrade::command(&from),
        Command::Fuzz(options) => fuzz::command(&options),
        Command::Build => build::command(),
        Command::Package => package::command(),
        Command::Pictures(options) => pictures::command(&options),
        Command::Setup => setup::command(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_documents_are_read() {
        let lines = documented::commands(&command::root(), &["cargo", "xtask"]);
        assert!(lines.len() > 4);
        for (file, line) in lines {
            let line = std::iter::once("xtask".to_owned()).chain(line);
            let read = Arguments::try_parse_from(line);
            assert!(read.is_ok(), "{file}: {:?}", read.err());
        }
    }

    fn parses(line: &str) -> bool {
        Arguments::try_parse_from(["xtask"].into_iter().chain(line.split_whitespace())).is_ok()
    }

    #[test]
    fn documented_lines_are_read() {
        for line in [
            "demo --port 0 --generation 0.1 --once",
            "test --yes",
            "deploy --rpc-url http://node --keystore key.json --token 0xaa",
            "deploy --rpc-url http://node --keystore key.json --password-file p --token 0xaa --generation 0.1 \
             --challenge-period 500 --chain-id 1 --out folder --yes",
            "test e2e",
            "test consumers",
            "test browsers",
            "test matrix",
            "bench",
            "bench browser paid signing --json out.json",
            "bench browser --rounds 1",
            "bench size --check",
            "bench --json out.json",
            "load --json out.json",
            "load --store sqlite,postgres --processes 1,4 --channels 100",
            "soak --minutes 5 --seed 7",
            "chaos",
            "chaos --failovers 3 --seed 7",
            "upgrade --from v0.1.0",
            "fuzz",
            "fuzz headers --seconds 5",
            "fuzz headers --input file",
            "release-check --offline",
            "package",
            "pictures",
            "pictures --language de --language ar --only key --only channel --no-axe",
        ] {
            assert!(parses(line), "{line}");
        }
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "demo --port 65536",
            "demo --generation 0.3",
            "demo once",
            "deploy --rpc-url http://node --keystore key.json",
            "deploy --rpc-url http://node --keystore key.json --token 0xaa --generation 0.3",
            "deploy --rpc-url http://node --keystore key.json --token 0xaa --challenge-period 499",
            "deploy --rpc-url http://node --keystore key.json --token 0xaa --password secret",
            "test all",
            "test e2e native",
            "lint all",
            "bench size native",
            "bench native paid",
            "bench browser --check",
            "bench browser --rounds 0",
            "bench --json",
            "load out.json",
            "soak",
            "soak --minutes 0",
            "chaos --failovers 0",
            "upgrade",
            "upgrade v0.1.0",
            "fuzz --seconds 0",
            "fuzz --seconds 1.5",
            "fuzz --input file",
            "pictures --language la",
            "pictures key",
        ] {
            assert!(!parses(line), "{line}");
        }
    }
}
