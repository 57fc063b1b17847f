//! How busy a store is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a store has done, and what waits for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreActivity {
    /// Commits that waiting writes shared, one or more of them each.
    pub groups: u64,
    /// The writes in these.
    pub grouped: u64,
    /// The sessions with a database; `None`: there are none.
    pub sessions: Option<Sessions>,
}

/// Sessions with a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// How many there are.
    pub open: u64,
    /// The most there may be.
    pub most: u64,
    /// Those that nobody uses.
    pub idle: u64,
    /// Calls that wait for one.
    pub waiting: u64,
    /// How often one was asked for, since the start.
    pub asked: u64,
    /// How long these calls waited for it, all together.
    pub waited: Duration,
}

/// Counts how long calls wait for a session.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "postgres"), allow(dead_code))]
pub(super) struct WaitCount {
    asked: AtomicU64,
    micros: AtomicU64,
}

#[cfg_attr(not(feature = "postgres"), allow(dead_code))]
impl WaitCount {
    pub(super) fn add(&self, waited: Duration) {
        let micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    pub(super) fn waited(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

/// Counts groups.
#[derive(Debug, Default)]
pub(super) struct GroupCount {
    groups: AtomicU64,
    grouped: AtomicU64,
}

#[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
impl GroupCount {
    pub(super) fn add(&self, writes: usize) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.grouped.fetch_add(writes as u64, Ordering::Relaxed);
    }

    pub(super) fn activity(&self) -> StoreActivity {
        StoreActivity {
            groups: self.groups.load(Ordering::Relaxed),
            grouped: self.grouped.load(Ordering::Relaxed),
            sessions: None,
        }
    }
}
