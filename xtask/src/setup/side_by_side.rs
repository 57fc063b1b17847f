//! Work that needs nothing of each other, done at once: a single build leaves a core idle where one crate waits for
//! another.

use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How often it is said what is left.
const EVERY: Duration = Duration::from_secs(30);

/// One piece of work.
pub(super) struct Job<'a> {
    pub(super) name: String,
    /// How long one core works on it, as measured.
    pub(super) cpu: Duration,
    pub(super) work: Box<dyn FnOnce(Share) -> Result<()> + Send + 'a>,
}

/// How many compilers one piece of work starts at most: all of them at once need memory.
#[derive(Clone, Copy)]
pub(crate) struct Share(usize);

impl Share {
    fn of(cores: usize, jobs: usize) -> Self {
        // Half, because the last ones are to have more than their part.
        Self(if jobs > 1 { cores.div_ceil(2) } else { cores })
    }

    /// Tells a cargo.
    pub(crate) fn bound(self, cargo: &mut Command) -> &mut Command {
        cargo.env("CARGO_BUILD_JOBS", self.0.to_string())
    }
}

impl<'a> Job<'a> {
    pub(super) fn new(
        name: impl Into<String>,
        seconds: u64,
        work: impl FnOnce(Share) -> Result<()> + Send + 'a,
    ) -> Self {
        Self {
            name: name.into(),
            cpu: Duration::from_secs(seconds),
            work: Box::new(work),
        }
    }
}

/// Does all of it, says meanwhile what is left, and fails by the first failure once all have ended.
pub(super) fn all(jobs: Vec<Job>) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let mut left: Vec<(String, Duration)> =
        jobs.iter().map(|job| (job.name.clone(), job.cpu)).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = Share::of(cores, jobs.len());
    let begun = Instant::now();
    println!("{}", report(&left, Duration::ZERO, cores));
    thread::scope(|scope| {
        let (ended, ends) = mpsc::channel();
        for (index, job) in jobs.into_iter().enumerate() {
            let ended = Sender::clone(&ended);
            scope.spawn(move || ended.send((index, (job.work)(share))));
        }
        // What is left is heard of until the last sender is gone.
        drop(ended);
        let mut failure = None;
        let names: Vec<String> = left.iter().map(|(name, _)| name.clone()).collect();
        let mut done = Duration::ZERO;
        loop {
            match ends.recv_timeout(EVERY) {
                Ok((index, result)) => {
                    let Some(name) = names.get(index) else { break };
                    if let Err(error) = result.with_context(|| name.clone()) {
                        failure.get_or_insert(error);
                    }
                    done += take(&mut left, name);
                    println!("{name}: done after {}", words(begun.elapsed()));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if !left.is_empty() {
                let works = begun.elapsed().saturating_mul(count(cores));
                println!("{}", report(&left, works.saturating_sub(done), cores));
            }
        }
        failure.map_or(Ok(()), Err)
    })
}

fn take(left: &mut Vec<(String, Duration)>, name: &str) -> Duration {
    let place = left.iter().position(|(known, _)| known == name);
    place.map_or(Duration::ZERO, |place| left.swap_remove(place).1)
}

fn count(cores: usize) -> u32 {
    u32::try_from(cores).unwrap_or(u32::MAX).max(1)
}

/// What is left, after this much work on it.
fn report(left: &[(String, Duration)], worked: Duration, cores: usize) -> String {
    let names: Vec<&str> = left.iter().map(|(name, _)| name.as_str()).collect();
    let whole: Duration = left.iter().map(|(_, cpu)| *cpu).sum();
    let rest = whole.saturating_sub(worked) / count(cores);
    format!("building {} ({})…", names.join(", "), about(rest))
}

/// Without a precision that no estimate has.
fn about(time: Duration) -> String {
    match time.as_secs().div_ceil(60) {
        0 => "it takes longer than usual".to_owned(),
        1 => "up to a minute left".to_owned(),
        minutes => format!("about {minutes} minutes left"),
    }
}

fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{} min {} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use anyhow::bail;

    use super::*;

    #[test]
    fn jobs_run_at_once() {
        let both = Barrier::new(2);
        let job = |name: &'static str| {
            Job::new(name, 1, |_| {
                both.wait();
                Ok(())
            })
        };
        assert!(all(vec![job("a"), job("b")]).is_ok());
    }

    #[test]
    fn a_failure_names_its_job_and_waits_for_the_others() {
        let (ended, ends) = mpsc::channel();
        let good = Job::new("good", 1, move |_| Ok(ended.send(())?));
        let bad = Job::new("bad", 1, |_| bail!("no compiler"));
        let error = all(vec![bad, good]).unwrap_err();
        assert_eq!(format!("{error:#}"), "bad: no compiler");
        assert!(ends.try_recv().is_ok());
    }

    #[test]
    fn work_that_is_alone_has_all_cores_and_other_work_half() {
        let shares = [(2, 1), (2, 4), (1, 4), (8, 4)].map(|(cores, jobs)| Share::of(cores, jobs).0);
        assert_eq!(shares, [2, 1, 1, 4]);
    }

    #[test]
    fn what_is_left_shrinks_with_the_work_done() {
        let left = [
            ("a".to_owned(), Duration::from_secs(200)),
            ("b".to_owned(), Duration::from_secs(160)),
        ];
        let after = |seconds| report(&left, Duration::from_secs(seconds), 2);
        assert_eq!(after(0), "building a, b (about 3 minutes left)…");
        assert_eq!(after(200), "building a, b (about 2 minutes left)…");
        assert_eq!(after(300), "building a, b (up to a minute left)…");
        assert_eq!(after(500), "building a, b (it takes longer than usual)…");
    }
}
