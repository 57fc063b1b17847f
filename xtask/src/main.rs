//! The project's own commands: `cargo xtask help`.

mod bench;
mod build;
mod command;
mod demo;
mod fuzz;
mod lint;
mod project;
mod setup;
mod stage;
mod test;
mod tools;
mod version;

use std::process::ExitCode;

use anyhow::Result;

const HELP: &str = "\
cargo xtask <command>

  demo [--port 5000] [--generation 0.2] [--once]
                  starts a development chain, the paywall and its page; with --once it runs by
                  itself in headless Chromium and prints every step
  test [stage]    runs all tests, or one stage: native, contracts, browser, e2e
  lint            formatting, clippy natively and for wasm32, documentation, JavaScript and its types
  bench [part] [--json file]
                  measures everything beside other libraries, or one part: browser, native, size;
                  `bench size --check` fails where the package is above its budget
  load [--json file]
                  measures payments each second with a durable write for each, beside the bare
                  recovery of their signatures
  fuzz [target] [--seconds 60]
                  feeds the readers of everything that comes from outside with made-up inputs, for
                  so long each; `fuzz target --input file` repeats one input
  build           builds the npm package's WebAssembly into pkg/dist
  setup           installs what the other commands need and is not there yet
  help            shows this text

Every command installs what it needs itself, and nothing else. It asks before it installs packages of the
system by sudo, unless --yes is given or the variable CI is set.
CHROMIUM and CHROMEDRIVER name other browser and driver binaries than those of the system.";

/// What a command line asks for.
type Command = fn(&[String]) -> Result<()>;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|word| word == "--yes") {
        arguments.retain(|word| word != "--yes");
        setup::apt::say_yes();
    }
    let Some((name, rest)) = arguments.split_first() else {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    };
    let command: Command = match name.as_str() {
        "setup" => setup::command,
        "build" => build::command,
        "test" => test::command,
        "bench" => bench::command,
        "load" => bench::load::command,
        "demo" => demo::command,
        "fuzz" => fuzz::command,
        "lint" => lint::command,
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("`{name}` is not a command here; `cargo xtask help` lists them.");
            return ExitCode::from(2);
        }
    };
    match command(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<project::Usage>() => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}
