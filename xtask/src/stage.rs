//! Steps that are timed and named, so that a failure says where it happened.

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
        Self {
            command,
            done: Vec::new(),
        }
    }

    /// Runs one stage under a heading.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        what: &str,
        work: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        println!("\n== {name}: {what}");
        let start = Instant::now();
        work().with_context(|| {
            format!(
                "{}The stage `{name}` failed; `{} {name}` runs it alone",
                self, self.command
            )
        })?;
        self.done.push((name, start.elapsed()));
        Ok(())
    }
}

impl std::fmt::Display for Stages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, duration) in &self.done {
            writeln!(f, "{name:<12} passed {:>8}", text(*duration))?;
        }
        Ok(())
    }
}

fn text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{seconds}.{} s", duration.subsec_millis() / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(text(Duration::from_millis(1_460)), "1.4 s");
        assert_eq!(text(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_failure_names_the_stage_and_what_passed_before() {
        let mut stages = Stages::new("cargo xtask test");
        assert!(stages.run("native", "first", || Ok(())).is_ok());
        let failed = stages.run("e2e", "second", || anyhow::bail!("it broke"));
        let message = failed
            .map_err(|error| format!("{error:#}"))
            .err()
            .unwrap_or_default();
        assert!(message.starts_with("native "), "{message}");
        assert!(
            message.ends_with("`cargo xtask test e2e` runs it alone: it broke"),
            "{message}"
        );
    }
}
