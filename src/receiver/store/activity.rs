//! How busy a store is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a store has done, and what waits for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreActivity {
    /// The same number for all stores of a process that share one file or one pool of sessions, and so tell the same
    /// activity. `None`: it shares nothing.
    pub place: Option<u64>,
    /// Commits that waiting writes shared.
    pub groups: GroupSizes,
    /// The sessions with a database; `None`: there are none.
    pub sessions: Option<Sessions>,
}

/// How many writes shared each commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupSizes {
    /// All writes in these.
    pub writes: u64,
    /// Commits by the first of [`BOUNDS`](Self::BOUNDS) that they do not exceed; at last those that exceed all.
    pub commits: [u64; Self::BOUNDS.len() + 1],
}

impl GroupSizes {
    /// Writes in a commit.
    pub const BOUNDS: [u64; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

    /// All commits.
    pub fn total(&self) -> u64 {
        self.commits.iter().sum()
    }
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

/// Counts the groups of one place.
#[derive(Debug)]
pub(super) struct GroupCount {
    place: u64,
    writes: AtomicU64,
    commits: [AtomicU64; GroupSizes::BOUNDS.len() + 1],
}

impl Default for GroupCount {
    fn default() -> Self {
        static PLACES: AtomicU64 = AtomicU64::new(0);
        Self {
            place: PLACES.fetch_add(1, Ordering::Relaxed),
            writes: AtomicU64::default(),
            commits: Default::default(),
        }
    }
}

#[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
impl GroupCount {
    pub(super) fn add(&self, writes: usize) {
        let writes = writes as u64;
        self.writes.fetch_add(writes, Ordering::Relaxed);
        let place = GroupSizes::BOUNDS.partition_point(|bound| *bound < writes);
        if let Some(commits) = self.commits.get(place) {
            commits.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn activity(&self) -> StoreActivity {
        let commits = self.commits.each_ref();
        StoreActivity {
            place: Some(self.place),
            groups: GroupSizes {
                writes: self.writes.load(Ordering::Relaxed),
                commits: commits.map(|commits| commits.load(Ordering::Relaxed)),
            },
            sessions: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GroupCount;

    #[test]
    fn each_commit_is_counted_under_the_first_bound_that_holds_it() {
        let count = GroupCount::default();
        for writes in [1, 1, 2, 3, 4, 5, 129, 256, 1024, 1025] {
            count.add(writes);
        }
        let told = count.activity().groups;
        assert_eq!(told.commits, [2, 1, 2, 1, 0, 0, 0, 0, 2, 0, 1, 1]);
        assert_eq!((told.total(), told.writes), (10, 2450));
        assert_ne!(
            count.activity().place,
            GroupCount::default().activity().place
        );
    }
}
