//! Steps that are timed and named, so that a failure says where it happened.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Runs named stages in order and remembers how long each took.
pub(crate) struct Stages {
    command: &'static str,
    done: Vec<(&'static str, Duration)>,
}

impl Stages {
    /// `command` is what a person types before the name of a stage to run it alone.
    pub(crate) const fn new(command: &'static str) -> Self {
        let done = Vec::new();
        Self { command, done }
    }

    /// Runs one stage under a heading.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        println!("\n== {name}");
        let start = Instant::now();
        work().with_context(|| {
            let command = self.command;
            format!("{self}The stage `{name}` failed; `{command} {name}` runs it alone")
        })?;
        self.done.push((name, start.elapsed()));
        Ok(())
    }
}

impl fmt::Display for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, duration) in &self.done {
            let (minutes, seconds) = (duration.as_secs() / 60, duration.as_secs() % 60);
            writeln!(f, "{name:<12} passed {minutes:>3} min {seconds:02} s")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_stage_and_what_passed_before() {
        let mut stages = Stages::new("cargo xtask test");
        assert!(stages.run("native", || Ok(())).is_ok());
        let failed = stages.run("e2e", || anyhow::bail!("it broke"));
        let message = failed.map_err(|error| format!("{error:#}"));
        let lines = "native       passed   0 min 00 s\n\
            The stage `e2e` failed; `cargo xtask test e2e` runs it alone: it broke";
        assert_eq!(message, Err(lines.to_owned()));
    }
}
