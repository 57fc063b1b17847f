//! Polls before their time, which payments ask for.
//!
//! A sender pays as soon as its node shows the confirmation, which may be long before the receiver's next
//! poll. So a payment in a channel that is unknown or unconfirmed, or above the confirmed deposit, has the
//! chain polled at once, waits for that poll, and is decided again. What the poll finds is subject to the
//! same confirmations as ever.
//!
//! | bound | value |
//! |---|---|
//! | pause between two polls, of all senders together | [`LEAST_PAUSE`] |
//! | polls for one sender | one in [`REFUSED_FOR`]: until then what the last one found is the answer |
//! | payments that wait at a time | [`WAITING`] |
//! | wait of a payment | [`LONGEST_WAIT`] |
//!
//! Only payments that the sender has signed ask for a poll.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, timeout};

use crate::protocol::Address;

/// The least pause between the end of a poll and the next one.
pub(super) const LEAST_PAUSE: Duration = Duration::from_millis(200);
/// How long a sender whose channel was not found is not looked for again.
const REFUSED_FOR: Duration = Duration::from_millis(500);
/// How many payments may wait for a poll at a time.
const WAITING: usize = 64;
/// How many senders are remembered; further ones are not looked for until the first are forgotten.
const SENDERS: usize = 4096;
/// A payment does not wait longer than this for a poll.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// What payments and the watcher's loop share.
pub(super) struct EarlyPolls {
    wanted: Notify,
    /// How many polls began, and how many of them ended. No loop: `None`.
    polls: watch::Sender<Option<Polls>>,
    waiting: Semaphore,
    /// When the chain was last polled for a sender.
    asked: Mutex<HashMap<Address, Instant>>,
}

#[derive(Clone, Copy, Default)]
struct Polls {
    begun: u64,
    ended: u64,
}

impl EarlyPolls {
    pub(super) fn new() -> Self {
        Self {
            wanted: Notify::new(),
            polls: watch::Sender::new(None),
            waiting: Semaphore::new(WAITING),
            asked: Mutex::default(),
        }
    }

    /// Asks for a poll and waits until it has ended. `false`: there was none for this payment.
    pub(super) async fn wait(&self, sender: Address) -> bool {
        let Some(polls) = *self.polls.borrow() else {
            return false;
        };
        let Ok(_permit) = self.waiting.try_acquire() else {
            return false;
        };
        if !self.is_due(sender) {
            return false;
        }
        // One that has begun already may have read the chain too early.
        let awaited = polls.begun + 1;
        self.wanted.notify_one();
        let mut polls = self.polls.subscribe();
        let ended = polls.wait_for(|polls| polls.is_none_or(|polls| polls.ended >= awaited));
        matches!(timeout(LONGEST_WAIT, ended).await, Ok(Ok(_)))
    }

    /// Whether a payment waits for the poll that begins, or for the next one.
    pub(super) fn are_awaited(&self) -> bool {
        self.waiting.available_permits() < WAITING
    }

    fn is_due(&self, sender: Address) -> bool {
        let mut asked = self
            .asked
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let now = Instant::now();
        if asked.len() >= SENDERS {
            asked.retain(|_, at| now.duration_since(*at) < REFUSED_FOR);
        }
        let is_recent = |at: &Instant| now.duration_since(*at) < REFUSED_FOR;
        if asked.len() >= SENDERS || asked.get(&sender).is_some_and(is_recent) {
            return false;
        }
        asked.insert(sender, now);
        true
    }

    /// Waits for the next poll: `interval`, or less if a payment asks. Whether one did.
    pub(super) async fn rest(&self, interval: Duration) -> bool {
        tokio::time::sleep(LEAST_PAUSE.min(interval)).await;
        let rest = interval.saturating_sub(LEAST_PAUSE);
        timeout(rest, self.wanted.notified()).await.is_ok()
    }

    pub(super) fn begin(&self) {
        self.polls
            .send_modify(|polls| polls.get_or_insert_default().begun += 1);
    }

    pub(super) fn end(&self) {
        self.polls.send_modify(|polls| {
            let polls = polls.get_or_insert_default();
            polls.ended = polls.begun;
        });
    }

    /// No loop polls any more, so nobody waits for one.
    pub(super) fn stop(&self) {
        self.polls.send_replace(None);
    }
}
