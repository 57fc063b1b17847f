//! When what fails: the same for the same seed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::chance::Chance;

const SEED: &str = "MICRORAIDEN_CHAOS_SEED";

/// One failure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    /// From the end of the one before.
    pub(crate) after: Duration,
    /// How long it is down; more where starting takes its time.
    pub(crate) down: Duration,
}

/// What fails over some seconds.
pub(crate) struct Plan {
    pub(crate) server: Vec<Outage>,
    pub(crate) node: Vec<Outage>,
    pub(crate) store: Vec<Outage>,
    /// Pages that die, each so long after the one before, and a number by which to choose whose.
    pub(crate) pages: Vec<(Duration, u64)>,
}

/// The chance of this run, which it prints.
pub(crate) fn seeded() -> Chance {
    let seed = match std::env::var(SEED) {
        Ok(text) => text.parse().expect("a number as seed"),
        Err(_) => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a time after 1970")
            .as_millis() as u64,
    };
    println!("{SEED}={seed}");
    Chance(seed)
}

impl Plan {
    pub(crate) fn new(chance: &mut Chance, seconds: u64) -> Self {
        Self {
            server: outages(chance, seconds, 200..2000, 0..400),
            node: outages(chance, seconds, 800..4000, 0..1200),
            store: outages(chance, seconds, 500..3500, 0..600),
            pages: outages(chance, seconds, 100..900, 0..1)
                .iter()
                .map(|outage| (outage.after, chance.next()))
                .collect(),
        }
    }
}

fn outages(
    chance: &mut Chance,
    seconds: u64,
    after: std::ops::Range<u64>,
    down: std::ops::Range<u64>,
) -> Vec<Outage> {
    let mut within = |range: &std::ops::Range<u64>| {
        Duration::from_millis(range.start + chance.below(range.end - range.start))
    };
    let mut outages = Vec::new();
    let mut at = Duration::ZERO;
    loop {
        let outage = Outage {
            after: within(&after),
            down: within(&down),
        };
        at += outage.after + outage.down;
        if at > Duration::from_secs(seconds) {
            return outages;
        }
        outages.push(outage);
    }
}
