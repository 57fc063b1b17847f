//! Rate limits.
//!
//! | who | what counts | identified by |
//! |---|---|---|
//! | address | every request but a preflight, before any of it is read | the connection; an IPv6 client by its first 64 bits |
//! | sender | every accepted payment, and every refused one that only the sender can have signed | the signature |
//!
//! A request over a limit is answered 429 with `Retry-After`, and nothing is taken for it. Proofs that others
//! could send, forged or seen before, do not count: nobody can use up another sender's quota.
//!
//! The counts are in memory, for at most 65,536 clients at a time. Further clients are not counted: a limit
//! per client does not help against so many.

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
use crate::receiver::AcceptError;

#[cfg(feature = "paywall")]
pub(super) mod address;

/// The most clients that are counted at a time.
const CLIENTS: usize = 65_536;

/// The least time between two evictions of idle clients.
const SWEEP: Duration = Duration::from_secs(1);

/// A quota: that many requests may come at once, and it refills evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit(Quota);

impl RateLimit {
    /// Requests a second.
    pub fn per_second(requests: NonZeroU32) -> Self {
        Self(Quota::per_second(requests))
    }

    /// Requests an hour.
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

/// The quotas of senders.
pub(super) struct SenderLimit {
    limiter: Limiter<Address>,
    /// Senders without quota, and when it refills.
    spent: Mutex<HashMap<Address, Instant>>,
}

impl SenderLimit {
    pub(super) fn new(rate: RateLimit) -> Self {
        Self {
            limiter: Limiter::new(rate),
            spent: Mutex::default(),
        }
    }

    /// Whether this sender has quota left. Counts nothing, as the signature is not verified yet.
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

    /// Counts a payment if only its sender can have signed it.
    pub(super) fn count(&self, payment: &Payment, outcome: Result<(), &AcceptError>) {
        let counts = match outcome {
            Ok(()) | Err(AcceptError::AboveDeposit(_)) => true,
            // Others may hold older proofs: a withdrawal publishes one.
            Err(
                AcceptError::InvalidAmount(known)
                | AcceptError::DepositTooLow(known)
                | AcceptError::Credit(_, known),
            ) => payment.proof.balance > known.balance,
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

    /// Counts a request. Returns the time to wait if it used up the quota; an error with that time if there
    /// was none left.
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

    /// Evicts idle clients if there are too many.
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
