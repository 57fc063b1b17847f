//! Starts the demo: a development chain, the paywall and its page.

use std::os::unix::process::CommandExt;

use anyhow::{Result, bail};

use crate::build;
use crate::command::not_started;
use crate::project::Usage;
use crate::setup;
use crate::test;

/// `cargo xtask demo [--port N] [--generation G] [--once]`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    check(arguments)?;
    let tools = setup::everything()?;
    build::build(&tools)?;
    test::paywall()?;
    let mut node = tools.program("node")?;
    node.arg("demo/demo.mjs").args(arguments);
    // The demo takes this program's place, so that Ctrl-C and signals reach what has to end.
    let error = node.exec();
    Err(not_started(&node, &error))
}

/// Refuses a wrong command line before minutes of building.
fn check(arguments: &[String]) -> Result<()> {
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let (good, wanted) = match name.as_str() {
            "--once" => (true, ""),
            "--port" => (
                rest.next().is_some_and(|port| port.parse::<u16>().is_ok()),
                "a port number up to 65535, or 0 for any free port",
            ),
            "--generation" => (
                rest.next()
                    .is_some_and(|value| ["0.1", "0.2"].contains(&value.as_str())),
                "0.1 or 0.2",
            ),
            _ => bail!(Usage(format!(
                "`{name}` is not an option of the demo; there are --port, --generation, --once."
            ))),
        };
        if !good {
            bail!(Usage(format!("{name} needs {wanted}.")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(line: &str) -> Option<String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        check(&words).err().map(|error| error.to_string())
    }

    #[test]
    fn good_lines_pass() {
        for line in ["", "--once", "--port 0 --generation 0.1 --once"] {
            assert_eq!(checked(line), None, "{line}");
        }
    }

    #[test]
    fn bad_lines_say_what_is_wanted() {
        for line in [
            "--port",
            "--port 65536",
            "--port x",
            "--generation 0.3",
            "--twice",
            "once",
        ] {
            assert!(checked(line).is_some(), "{line}");
        }
        assert_eq!(
            checked("--generation"),
            Some("--generation needs 0.1 or 0.2.".to_owned())
        );
    }
}
