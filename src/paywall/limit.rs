//! How much one client may ask for.
//!
//! | who | what counts | known by |
//! |---|---|---|
//! | address | every request but a preflight, before anything is read of it | the connection; an IPv6 client by the first 64 bits |
//! | sender | every payment that was taken, and every wrong one that only the sender can have signed | the signature |
//!
//! A request over a limit is answered 429 with `Retry-After`, and nothing is taken for it. What
//! anybody could send in a sender's name, such as a forged proof or one that was seen before, does
//! not count for the sender: nobody can use up the share of another.
//!
//! The books are kept in memory, for at most 65,536 clients in the time of one rate. If there are
//! more, the others are not counted: a limit per client is no help against so many.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::protocol::Address;
use crate::protocol::header::Payment;
use crate::receiver::{AcceptError, Accepted};

#[cfg(feature = "paywall")]
pub(super) mod address;

/// The most clients that are counted at a time.
const CLIENTS: usize = 65_536;

/// How often clients that were silent for long enough are forgotten at most.
const SWEEP: Duration = Duration::from_secs(1);

/// How many requests in which time. That many may come at once; then the share grows back evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit(Quota);

impl RateLimit {
    /// So many requests a second.
    pub fn per_second(requests: NonZeroU32) -> Self {
        Self(Quota::per_second(requests))
    }

    /// So many requests an hour.
    pub fn per_hour(requests: NonZeroU32) -> Self {
        Self(Quota::per_hour(requests))
    }
}

/// How long to wait before asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany(Duration);

impl TooMany {
    /// For `Retry-After`: whole seconds, never too few.
    pub(super) fn seconds(self) -> u64 {
        let started = u64::from(self.0.subsec_nanos() > 0);
        (self.0.as_secs() + started).max(1)
    }
}

/// What senders have used up.
pub(super) struct SenderLimit {
    limiter: Limiter<Address>,
    /// Who has nothing left, and until when.
    spent: Mutex<HashMap<Address, Instant>>,
}

impl SenderLimit {
    pub(super) fn new(rate: RateLimit) -> Self {
        Self {
            limiter: Limiter::new(rate),
            spent: Mutex::default(),
        }
    }

    /// Whether a payment of this sender may be looked at. Counts nothing, as it is not known yet
    /// who sent it.
    pub(super) fn check(&self, sender: Address) -> Result<(), TooMany> {
        let mut spent = lock(&self.spent);
        let Some(until) = spent.get(&sender) else {
            return Ok(());
        };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            spent.remove(&sender);
            return Ok(());
        }
        Err(TooMany(left))
    }

    /// Counts a payment, if only its sender can have sent it.
    pub(super) fn count(&self, payment: &Payment, outcome: &Result<Accepted, AcceptError>) {
        let counts = match outcome {
            Ok(_) | Err(AcceptError::AboveDeposit(_)) => true,
            // Older proofs may be known to others: a withdrawal publishes one on the chain.
            Err(AcceptError::InvalidAmount(known) | AcceptError::DepositTooLow(known)) => {
                payment.proof.balance > known.balance
            }
            Err(_) => false,
        };
        if !counts {
            return;
        }
        if let Ok(Some(wait)) | Err(wait) = self.limiter.count(payment.sender) {
            let mut spent = lock(&self.spent);
            let now = Instant::now();
            if spent.len() >= CLIENTS {
                spent.retain(|_, until| *until > now);
            }
            if spent.len() < CLIENTS {
                spent.insert(payment.sender, now + wait);
            }
        }
    }
}

/// Requests counted by client.
struct Limiter<K: Hash + Eq + Clone> {
    governor: RateLimiter<K, HashMapStateStore<K>, MonotonicClock, StateInformationMiddleware>,
    quota: Quota,
    swept: Mutex<Option<Instant>>,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(RateLimit(quota): RateLimit) -> Self {
        let governor = RateLimiter::hashmap_with_clock(quota, MonotonicClock);
        Self {
            governor: governor.with_middleware(),
            quota,
            swept: Mutex::default(),
        }
    }

    /// Counts a request. If it was the last one for now, how long it takes to the next; an error if
    /// it was one too many, which is not counted.
    fn count(&self, client: K) -> Result<Option<Duration>, Duration> {
        if !self.has_room() {
            return Ok(None);
        }
        match self.governor.check_key(&client) {
            Ok(share) if share.remaining_burst_capacity() == 0 => {
                Ok(Some(self.quota.replenish_interval()))
            }
            Ok(_) => Ok(None),
            Err(until) => Err(until.wait_time_from(self.governor.clock().now())),
        }
    }

    /// Forgets the silent if there are too many clients.
    fn has_room(&self) -> bool {
        if self.governor.len() < CLIENTS {
            return true;
        }
        let mut swept = lock(&self.swept);
        if swept.is_none_or(|at| at.elapsed() >= SWEEP) {
            self.governor.retain_recent();
            *swept = Some(Instant::now());
        }
        self.governor.len() < CLIENTS
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
