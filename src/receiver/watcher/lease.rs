//! Which process follows the chain, of several over one store.
//!
//! | who | does |
//! |---|---|
//! | the holder of the lease | polls, and answers close requests; tells the others what it found with each renewal |
//! | the others | ask for the lease, and take over what the holder tells ([`Report`]); channels they read in the store |
//! | the holder, where it can't renew | stops [`MARGIN`] before the lease ends, by its own clock, in the middle of a poll if need be |
//! | the holder, whose nodes have been silent for [`PATIENCE`] | gives the lease back, and asks for it again after [`REST`] |
//!
//! What the holder told stands for a minute after its poll, as it does for the holder itself where no node answers.
//! Where two act at once after all (a database that lost the newest lease in a failover), the store refuses what the
//! slower one writes.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{info, warn};

use super::error::WatchError;
use super::report::Report;
use super::{Watcher, silent_from_now};
use crate::chain::Transport;
use crate::receiver::store::{LeaseAnswer, LeaseClaim, StoreError};
use crate::receiver::{ChainStatus, Receiver};

/// How long a lease lasts that is not renewed.
const TIME: Duration = Duration::from_secs(10);
/// So long before its end the holder stops.
const MARGIN: Duration = Duration::from_secs(2);
/// Between two renewals, or two looks at another one's lease.
const RENEW: Duration = Duration::from_secs(2);
/// How long the holder's nodes may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the lease is left to others then.
const REST: Duration = Duration::from_secs(5);
/// How long a payment that asks for news waits for a poll that the holder begins after that. Less than it waits at all.
const NEWS: Duration = Duration::from_millis(2800);
/// Between two looks for news.
const LOOK: Duration = Duration::from_millis(200);

/// Where this process stands.
#[derive(Clone, Debug)]
enum Standing {
    /// The store has not answered yet.
    Unknown,
    /// There is no lease.
    Alone,
    /// It has the lease, and acts until then.
    Leads(Instant),
    /// Somebody else has it, and told this of a poll that began at that time.
    Follows(Option<(Arc<str>, Instant)>),
}

impl Standing {
    /// Whether the store has told, and not too long ago.
    fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Leads(until) => Instant::now() < *until,
            Self::Alone | Self::Follows(_) => true,
        }
    }
}

/// A process's part in the lease. It ends with this value.
pub(super) struct Lease {
    shared: Arc<Shared>,
    keeper: Option<JoinHandle<()>>,
    /// Since when no poll was complete, because no node answered.
    silent: Option<Instant>,
    /// When this process began its last poll.
    began: Instant,
}

struct Shared {
    holder: String,
    standing: watch::Sender<Standing>,
    /// Asks for a claim at once.
    now: Notify,
    wish: Mutex<Wish>,
}

/// What the next claim says.
#[derive(Default)]
struct Wish {
    report: Option<(String, Instant)>,
    /// The lease is not asked for before.
    rests_until: Option<Instant>,
    /// The lease is to be given back.
    gives_back: bool,
    /// It is not asked for any more after that.
    leaves: bool,
}

impl Lease {
    pub(super) fn new() -> Self {
        let hasher = RandomState::new();
        let (high, low) = (hasher.hash_one(0_u8), hasher.hash_one(1_u8));
        let shared = Shared {
            holder: format!("{high:016x}{low:016x}"),
            standing: watch::Sender::new(Standing::Unknown),
            now: Notify::new(),
            wish: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
            keeper: None,
            silent: None,
            began: Instant::now(),
        }
    }

    fn start(&mut self, receiver: &Arc<Receiver>) {
        if self.keeper.is_none() {
            let (shared, receiver) = (Arc::clone(&self.shared), Arc::clone(receiver));
            self.keeper = Some(tokio::spawn(async move { shared.keep(&receiver).await }));
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.abort();
        }
    }
}

impl Shared {
    fn wish(&self) -> std::sync::MutexGuard<'_, Wish> {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_claim(&self, now: Instant) -> LeaseClaim {
        let wish = self.wish();
        let report = wish.report.clone();
        let rests = wish.rests_until.is_some_and(|end| now < end);
        LeaseClaim {
            holder: self.holder.clone(),
            takes: wish.gives_back || !rests,
            time: if wish.gives_back {
                Duration::ZERO
            } else {
                TIME
            },
            report: report.map(|(text, made)| (text, now.duration_since(made))),
        }
    }

    /// Renews the lease, or looks after it, for as long as it is not ended.
    async fn keep(&self, receiver: &Receiver) {
        let mut failing = false;
        loop {
            let sent = Instant::now();
            let claim = self.next_claim(sent);
            let gives_back = claim.time.is_zero();
            if gives_back {
                // Somebody else may have it as soon as the store knows, whether that is heard of here or not.
                self.stand(receiver, Standing::Follows(None));
            }
            match receiver.store().lease(claim).await {
                Ok(answer) => {
                    failing = false;
                    if gives_back {
                        self.wish().gives_back = false;
                    }
                    let standing = match answer {
                        LeaseAnswer::Alone => Standing::Alone,
                        LeaseAnswer::Held { .. } if gives_back => Standing::Follows(None),
                        LeaseAnswer::Held { takeovers } => {
                            self.note_leading(receiver, takeovers);
                            Standing::Leads(sent + (TIME - MARGIN))
                        }
                        LeaseAnswer::NotHeld { report, age } => {
                            let made = sent.checked_sub(age);
                            Standing::Follows(report.map(Arc::from).zip(made))
                        }
                    };
                    let alone = matches!(standing, Standing::Alone);
                    self.stand(receiver, standing);
                    if alone || (gives_back && self.wish().leaves) {
                        return;
                    }
                }
                Err(error) => {
                    if !failing {
                        warn!(%error, "who follows the chain can't be asked for now");
                    }
                    failing = true;
                    // What is known ends by itself; this is why.
                    receiver.state().then = ChainStatus::StoreUnavailable;
                    self.standing.send_modify(|_| {});
                }
            }
            let _ = timeout(RENEW, self.now.notified()).await;
        }
    }

    /// Takes note of what holds from now on.
    fn stand(&self, receiver: &Receiver, standing: Standing) {
        let ends = match standing {
            Standing::Leads(until) => Some(until),
            _ => None,
        };
        let leads = matches!(standing, Standing::Alone | Standing::Leads(_));
        if !leads {
            // What it found is old once it leads again.
            self.wish().report = None;
            self.note_following();
        }
        {
            let mut state = receiver.state();
            (state.lease.leads, state.lease_ends) = (leads, ends);
        }
        self.standing.send_replace(standing);
    }

    fn note_leading(&self, receiver: &Receiver, takeovers: u64) {
        let mut state = receiver.state();
        if !state.lease.leads {
            if takeovers > 0 {
                state.lease.takeovers += 1;
            }
            drop(state);
            info!(takeovers, "this process follows the chain from now on");
        }
    }

    fn note_following(&self) {
        if !matches!(*self.standing.borrow(), Standing::Follows(_)) {
            info!("another process follows the chain; this one sells by what that one finds");
        }
    }

    fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// Waits until the process must not act any more.
    async fn lost(&self) {
        let mut standing = self.standing.subscribe();
        loop {
            let Standing::Leads(until) = *standing.borrow_and_update() else {
                return;
            };
            if until <= Instant::now() {
                return;
            }
            tokio::select! {
                () = sleep_until(until) => {}
                changed = standing.changed() => if changed.is_err() {
                    return;
                },
            }
        }
    }

    /// Has the store told that the lease is free. If it does not answer, the lease ends by itself.
    async fn give_back(&self) {
        self.wish().gives_back = true;
        // An answer to a claim from before, the end of its own standing, the answer.
        for _ in 0..3 {
            if self.wish().gives_back {
                self.look().await;
            }
        }
    }

    /// Waits for the next answer of the store, or a moment.
    async fn look(&self) {
        let mut standing = self.standing.subscribe();
        self.now.notify_one();
        let _ = timeout(RENEW, standing.changed()).await;
    }
}

impl<T: Transport> Watcher<T> {
    /// Polls, if this process follows the chain, and otherwise learns what the one that does has found. `Ok`:
    /// everything up to the head minus the confirmations is applied, or was a moment ago by that other process.
    /// Stores that have no leases have every process poll.
    pub async fn turn(&mut self) -> Result<(), WatchError> {
        self.take_turn(false).await
    }

    /// The same; `urgent`: a payment waits for news.
    pub(super) async fn take_turn(&mut self, urgent: bool) -> Result<(), WatchError> {
        self.lease.start(&self.receiver);
        if !self.lease.shared.standing().is_known() {
            self.lease.shared.look().await;
        }
        let standing = self.lease.shared.standing();
        match standing {
            Standing::Alone => self.poll().await,
            Standing::Leads(_) if standing.is_known() => self.lead().await,
            Standing::Leads(_) | Standing::Unknown => Err(self.unheard()),
            Standing::Follows(_) => self.hear(urgent).await,
        }
    }

    /// Gives the lease back, so that another process need not wait for its end.
    pub async fn leave(&mut self) {
        let shared = Arc::clone(&self.lease.shared);
        if let Standing::Leads(_) = shared.standing() {
            shared.wish().leaves = true;
            shared.give_back().await;
        }
    }

    /// Nobody has told anything that can be used: what is known stands for a while.
    fn unheard(&self) -> WatchError {
        let then = self.receiver.state().then;
        self.receiver.end_status(silent_from_now(), then);
        StoreError::Overtaken.into()
    }

    /// Polls for as long as this process has the lease.
    async fn lead(&mut self) -> Result<(), WatchError> {
        let shared = Arc::clone(&self.lease.shared);
        self.lease.began = Instant::now();
        let polled = tokio::select! {
            biased;
            () = shared.lost() => None,
            polled = self.poll() => Some(polled),
        };
        let Some(polled) = polled else {
            warn!("the lease is lost in the middle of a poll");
            return Err(self.unheard());
        };
        self.tell();
        match &polled {
            Err(WatchError::Chain(_)) => {
                let since = *self.lease.silent.get_or_insert_with(Instant::now);
                if since.elapsed() >= PATIENCE {
                    warn!("no node answers this process: another one may follow the chain");
                    self.lease.silent = None;
                    shared.wish().rests_until = Some(Instant::now() + REST);
                    shared.give_back().await;
                }
            }
            _ => self.lease.silent = None,
        }
        polled
    }

    /// Tells the others at once what is known now.
    pub(super) fn tell(&self) {
        let began = self.lease.began;
        let told = Report::of(&self.receiver, self.head_ends, began).to_text();
        self.lease.shared.wish().report = Some((told, began));
        self.lease.shared.now.notify_one();
    }

    /// Takes over what the holder of the lease has told.
    async fn hear(&mut self, urgent: bool) -> Result<(), WatchError> {
        let shared = Arc::clone(&self.lease.shared);
        let made = |standing: &Standing| match standing {
            Standing::Follows(Some((_, made))) => Some(*made),
            _ => None,
        };
        let (known, began) = (made(&shared.standing()), Instant::now());
        loop {
            shared.look().await;
            let newest = made(&shared.standing());
            // A poll that had begun before may have read the chain before the payment's channel was in it.
            let is_news = match newest {
                Some(made) => made > began,
                None => known.is_some(),
            };
            if !urgent || is_news || began.elapsed() > NEWS {
                break;
            }
            sleep(LOOK).await;
        }
        let (text, made) = match shared.standing() {
            Standing::Follows(Some(told)) => told,
            // Meanwhile the lease came to this process.
            Standing::Leads(_) => return self.lead().await,
            Standing::Alone => return self.poll().await,
            Standing::Follows(None) | Standing::Unknown => return Err(self.unheard()),
        };
        let Some(report) = Report::read(&text) else {
            return Err(self.unheard());
        };
        report.apply(&self.receiver, made);
        // What was seen in blocks without enough confirmations was seen by somebody else.
        self.viewed = 0;
        match self.receiver.status() {
            ChainStatus::Ready | ChainStatus::EtherTooLow => Ok(()),
            ChainStatus::Offline | ChainStatus::StoreUnavailable => Err(self.unheard()),
        }
    }
}
