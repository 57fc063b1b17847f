//! Metered streams: answers that are paid for while they flow. `docs/streams.md` specifies them.

mod meter_request;

use core::fmt;
use core::num::NonZeroU32;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use rustls::crypto::ring::default_provider;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::protocol::Amount;
use crate::protocol::header::name;

pub(super) use meter_request::MeterRequest;

/// The seconds for which a payment may be late.
const GRACE: Duration = Duration::from_secs(5);
/// Streams at once.
const MOST_OPEN: usize = 10_000;

/// How the answers of a layer are metered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metering {
    interval: NonZeroU32,
    grace: Duration,
    most: usize,
}

impl Metering {
    /// One payment is for so many seconds.
    pub const fn every(seconds: NonZeroU32) -> Self {
        Self {
            interval: seconds,
            grace: GRACE,
            most: MOST_OPEN,
        }
    }

    /// For how long an interval that is not paid for may be waited for; nothing flows meanwhile. Default: 5
    /// seconds.
    #[must_use]
    pub const fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// How many answers may flow at once; beyond that, requests are answered 503 and not charged. Default:
    /// 10,000.
    #[must_use]
    pub const fn most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    fn length(&self) -> Duration {
        Duration::from_secs(self.interval.get().into())
    }
}

/// Why an answer flows no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unpaid {
    /// The next interval was not paid for within the grace: the reader has stopped, or can't pay.
    #[error("the next interval was not paid for")]
    Late,
    /// The layer does not meter its answers.
    #[error("the answer is not metered: see `PaywallLayer::metered`")]
    NotMetered,
}

/// A name that nobody can guess.
type Id = String;

/// The meters of a layer's answers.
pub(super) struct Meters {
    metering: Metering,
    open: Mutex<HashMap<Id, Weak<Meter>>>,
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.metering.fmt(f)
    }
}

impl Meters {
    pub(super) fn new(metering: Metering) -> Self {
        let open = Mutex::default();
        Self { metering, open }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Id, Weak<Meter>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A meter for an answer of this price, nothing of which is paid for. `None`: there are too many, or no
    /// random numbers.
    pub(super) fn begin(self: &Arc<Self>, price: Amount) -> Option<Stream> {
        let mut random = [0; 16];
        let source = default_provider().secure_random;
        source.fill(&mut random).ok()?;
        let id = hex::encode(random);
        let meter = Arc::new(Meter {
            id: id.clone(),
            price,
            count: tokio::sync::Mutex::default(),
            more: Notify::new(),
            meters: Arc::clone(self),
        });
        let mut open = self.open();
        if open.len() >= self.metering.most {
            // Dropping the meter takes the lock.
            drop(open);
            return None;
        }
        open.insert(id, Arc::downgrade(&meter));
        Some(Stream(meter))
    }

    /// `None`: its answer has ended.
    pub(super) fn find(&self, id: &str) -> Option<Stream> {
        let open = self.open();
        let found = open.get(id).and_then(Weak::upgrade);
        drop(open);
        found.map(Stream)
    }
}

/// The meter of one answer: there for as long as the answer.
struct Meter {
    id: Id,
    price: Amount,
    /// Held while an interval is being charged, so that none is charged twice, and none after the end.
    count: tokio::sync::Mutex<Count>,
    /// An interval was paid for.
    more: Notify,
    meters: Arc<Meters>,
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.meters.open().remove(&self.id);
    }
}

/// Intervals of an answer, counted from 1.
#[derive(Default)]
pub(super) struct Count {
    paid: u64,
    begun: u64,
    /// When the one that has begun is over.
    over: Option<Instant>,
    ended: bool,
}

/// Whether an interval may be paid for.
pub(super) enum Due {
    /// It may.
    Now,
    /// It is paid for.
    Paid,
    /// Others come before it: at most one is paid ahead.
    Early,
    /// The answer flows no further.
    Ended,
}

impl Count {
    pub(super) fn due(&self, interval: u64) -> Due {
        if interval <= self.paid {
            return Due::Paid;
        }
        if self.ended {
            return Due::Ended;
        }
        // The first one is always due.
        let ahead = self.begun.max(1).saturating_add(1);
        match interval <= ahead && interval == self.paid.saturating_add(1) {
            true => Due::Now,
            false => Due::Early,
        }
    }

    pub(super) const fn paid(&self) -> u64 {
        self.paid
    }
}

/// A metered answer, from the side of the service and of payments.
#[derive(Clone)]
pub(super) struct Stream(Arc<Meter>);

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who knows the id may pay for it, and no more.
        f.debug_tuple("Stream").field(&self.0.id).finish()
    }
}

impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Stream {}

impl Stream {
    pub(super) fn price(&self) -> Amount {
        self.0.price
    }

    /// To be held while an interval is charged.
    pub(super) async fn count(&self) -> tokio::sync::MutexGuard<'_, Count> {
        self.0.count.lock().await
    }

    /// The interval was paid for.
    pub(super) fn pay(&self, count: &mut Count, interval: u64) {
        count.paid = count.paid.max(interval);
        self.0.more.notify_waiters();
    }

    /// What is announced of it, which does not keep the answer alive. `paid`: how many intervals are.
    pub(super) fn name(&self, paid: u64) -> StreamName {
        let meter = Arc::downgrade(&self.0);
        StreamName { meter, paid }
    }

    pub(super) async fn charge_more(&self) -> Result<(), Unpaid> {
        let meter = &self.0;
        let metering = &meter.meters.metering;
        let over = meter.count.lock().await.over;
        if let Some(over) = over {
            sleep_until(over).await;
        }
        let last = Instant::now() + metering.grace;
        loop {
            let more = meter.more.notified();
            let mut count = meter.count.lock().await;
            if count.ended {
                return Err(Unpaid::Late);
            }
            if count.paid > count.begun {
                count.begun = count.begun.saturating_add(1);
                count.over = Some(Instant::now() + metering.length());
                return Ok(());
            }
            if Instant::now() >= last {
                count.ended = true;
                return Err(Unpaid::Late);
            }
            drop(count);
            // Whether it was notified or is late, the next round tells.
            let _ = timeout_at(last, more).await;
        }
    }
}

/// The name of a meter, for the sender.
pub(super) struct StreamName {
    meter: Weak<Meter>,
    paid: u64,
}

impl StreamName {
    /// Tells the sender of the meter, unless the service has dropped it: then the answer is an ordinary one.
    pub(super) fn announce(&self, headers: &mut HeaderMap) {
        let Some(meter) = self.meter.upgrade() else {
            return;
        };
        let interval = meter.meters.metering.interval;
        // Relative to the URL that was asked for, whatever lies between the sender and this layer.
        insert(
            headers,
            name::STREAM,
            format!("?{}={}", meter_request::NAME, meter.id),
        );
        insert(headers, name::STREAM_INTERVAL, interval.to_string());
        insert(headers, name::STREAM_PAID, self.paid.to_string());
    }
}

/// Sets a header of a stream.
pub(super) fn insert(headers: &mut HeaderMap, name: &'static str, value: String) {
    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::try_from(value)) {
        headers.insert(name, value);
    }
}
