//! A database that several processes share, with the receiver's lease; and how a process reaches it.

use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::time::Duration;

use microraiden::receiver::store::{Batch, LeaseAnswer, LeaseClaim, StoreFuture, Trail};
use microraiden::receiver::{Channel, ChannelKey, MemoryStore, Select, Store, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::chance::Chance;

pub(crate) struct Database {
    inner: Mutex<Inner>,
    /// So many seconds of a process are ten of the database's.
    pace: u32,
}

struct Inner {
    kept: Arc<MemoryStore>,
    lease: Option<Row>,
    chance: Chance,
}

/// The row of the lease, in the time of the processes.
#[derive(Clone)]
struct Row {
    holder: String,
    expires: Instant,
    takeovers: u64,
    report: Option<(String, Instant)>,
}

impl Database {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let inner = Inner {
            kept: Arc::default(),
            lease: None,
            chance: Chance(chance.next()),
        };
        Self {
            inner: Mutex::new(inner),
            pace: 9 + chance.below(3) as u32,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic")
    }

    pub(crate) fn kept(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.lock().kept)
    }

    /// Another copy of the channels takes their place; nobody has the lease.
    pub(crate) fn replace(&self, kept: MemoryStore) {
        let mut inner = self.lock();
        (inner.kept, inner.lease) = (Arc::new(kept), None);
    }

    /// After a failover the newest lease is not there.
    pub(crate) fn lose_lease(&self) {
        self.lock().lease = None;
    }

    /// As `src/receiver/store/postgres/lease.rs` has it.
    fn answer(&self, claim: LeaseClaim) -> LeaseAnswer {
        let now = Instant::now();
        let row = &mut self.lock().lease;
        let is_free = |row: &Row| row.holder == claim.holder || row.expires <= now;
        if !claim.takes || !row.as_ref().is_none_or(is_free) {
            let report = row.as_ref().and_then(|row| row.report.clone());
            let age = report.as_ref().map(|(_, made)| now - *made);
            return LeaseAnswer::NotHeld {
                report: report.map(|(text, _)| text),
                age: age.unwrap_or_default(),
            };
        }
        let before = row.take();
        let (takeovers, report) = before.map_or((0, None), |before| {
            let changes = u64::from(before.holder != claim.holder);
            (before.takeovers + changes, before.report)
        });
        *row = Some(Row {
            holder: claim.holder,
            expires: now + claim.time * self.pace / 10,
            takeovers,
            report: claim.report.map(|(text, age)| (text, now - age)).or(report),
        });
        LeaseAnswer::Held { takeovers }
    }
}

/// A process, and whether it stands still or does not reach the database.
#[derive(Default)]
pub(crate) struct Plight {
    is_frozen: watch::Sender<bool>,
    is_cut_off: Mutex<bool>,
    waker: Mutex<Option<Waker>>,
}

impl Plight {
    pub(crate) fn freeze(&self, frozen: bool) {
        self.is_frozen.send_replace(frozen);
        if let Some(waker) = self.waker.lock().expect("no panic").take() {
            waker.wake();
        }
    }

    pub(crate) fn cut_off(&self, cut_off: bool) {
        *self.is_cut_off.lock().expect("no panic") = cut_off;
    }

    pub(crate) fn is_frozen(&self) -> bool {
        *self.is_frozen.borrow()
    }

    /// Whether it stands still; then it is woken when it goes on.
    pub(crate) fn holds(&self, waker: &Waker) -> bool {
        let frozen = self.is_frozen();
        *self.waker.lock().expect("no panic") = frozen.then(|| waker.clone());
        frozen
    }

    async fn goes_on(&self) {
        let mut frozen = self.is_frozen.subscribe();
        frozen.wait_for(|frozen| !frozen).await.expect("a plight");
    }
}

/// The database as one process reaches it.
pub(crate) struct Link {
    pub(crate) database: Arc<Database>,
    pub(crate) plight: Arc<Plight>,
}

/// What becomes of one question.
struct Trip {
    there: Duration,
    back: Duration,
    arrives: bool,
    returns: bool,
}

impl Link {
    fn trip(&self) -> Trip {
        let cut_off = *self.plight.is_cut_off.lock().expect("no panic");
        let chance = &mut self.database.lock().chance;
        let mut time = || {
            Duration::from_millis(match chance.below(100) {
                0..90 => 0,
                90..99 => chance.below(300),
                _ => chance.below(8000),
            })
        };
        let (there, back) = (time(), time());
        if !cut_off {
            return Trip {
                there,
                back,
                arrives: true,
                returns: true,
            };
        }
        let hangs = chance.percent(30);
        Trip {
            there,
            back: Duration::from_millis(if hangs { chance.below(12_000) } else { 0 }),
            arrives: chance.percent(40),
            returns: false,
        }
    }

    async fn ask<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let trip = self.trip();
        rest(trip.there).await;
        let answer = match trip.arrives {
            true => Some(work.await),
            false => None,
        };
        rest(trip.back).await;
        let lost = || StoreError::Unavailable("scripted".to_owned());
        answer.filter(|_| trip.returns).unwrap_or(Err(lost()))
    }
}

async fn rest(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

impl Store for Link {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        Box::pin(self.ask(async move { self.database.kept().get(key).await }))
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        Box::pin(self.ask(async move { self.database.kept().list(select, after, limit).await }))
    }

    fn write(&self, batch: Batch) -> StoreFuture<'_, ()> {
        Box::pin(self.ask(async move { self.database.kept().write(batch).await }))
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        Box::pin(self.ask(async move { self.database.kept().trail().await }))
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        Box::pin(self.ask(async move { self.database.kept().transactions().await }))
    }

    /// Only this is asked for in the background, so that it has to stand still by itself.
    fn lease(&self, claim: LeaseClaim) -> StoreFuture<'_, LeaseAnswer> {
        Box::pin(async move {
            self.plight.goes_on().await;
            let answer = self.ask(async { Ok(self.database.answer(claim)) }).await;
            self.plight.goes_on().await;
            answer
        })
    }
}
