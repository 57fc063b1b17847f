//! The receiving side: verifies and accepts payments, follows the chain, agrees to closing, and
//! answers close requests below what was paid.
//!
//! | amount | rule |
//! |---|---|
//! | accepted balance | never decreases, never above the confirmed deposit; stored before content is served |
//! | charged | never above the accepted balance, and the same unless requests are numbered; each payment number is charged once |
//! | closing balance | equals the accepted balance, or what was charged; once agreed to or sent, nothing is accepted above it, also through reorganisations |
//!
//! A payment is accepted in one atomic and durable step of the [`Store`], so that two requests with one
//! proof are never both served. Before that step the signature is verified and the channel read without
//! a lock: what is refused (a forgery, a proof seen elsewhere, a question) delays no payment. The calls of
//! a [`Receiver`] need a Tokio runtime.
//!
//! Signatures are made and verified on the runtime's own threads: one takes at most 0.2 ms, less than a
//! write to disk. Tokio starts hundreds of blocking threads, on which a flood of forged payments would
//! compete with the runtime for the processor.

mod accept;
mod channel;
mod closing;
mod collect;
pub mod contract;
mod early_poll;
mod numbered;
mod payout;
mod restored;
pub mod store;
mod terms;
mod watcher;

pub use accept::{AcceptError, Accepted, AcceptedState};
pub use channel::{Account, Channel, ChannelStatus, DepositLevel};
pub use channel::{Charge, PaymentWindow, ResourceHash, WIDTH as PAYMENT_WINDOW};
pub use channel::{Payout, PayoutTransaction, Withdrawal};
pub use closing::{Agreement, CloseError};
pub use collect::{Claim, CollectError};
pub use contract::FindError;
pub use numbered::{Charged, NumberedRequest};
#[cfg(feature = "postgres")]
pub use store::PgStore;
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{ChannelKey, Identity, MemoryStore, OpenError, Select, Store};
pub use store::{StoreError, StoreExt, Totals};
pub use terms::{CreditTerms, Terms};
pub use watcher::{HeadAge, Inconsistency, SharedNode, SharedNodes, WatchError, Watcher};

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use tokio::time::Instant;
use tracing::{Instrument, debug_span};

use crate::chain::ManagerContract;
use crate::protocol::header::Payment;
use crate::protocol::{Address, Amount, BalanceProof, ChannelId, PrivateKey, Signature};
use early_poll::EarlyPolls;

/// The target of the spans of a payment, by which traces (feature `otel`) choose them.
pub(crate) const SPANS: &str = "microraiden::span";

/// Whether the chain is known well enough to accept payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainStatus {
    /// Payments can be accepted: everything up to the head minus the confirmations is applied.
    Ready,
    /// No node has answered for a minute, or the nodes' answers are inconsistent.
    Offline,
    /// The receiver's account has too little ether for as many disputes as [`Terms::covered_disputes`]
    /// says.
    EtherTooLow,
    /// The store has not answered for a minute, or has not since the chain was read last.
    StoreUnavailable,
}

/// How far the chain was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncProgress {
    /// The node's newest block.
    pub newest: u64,
    /// The last block whose events were applied.
    pub synced: Option<u64>,
    /// When the newest block was made, if that is known.
    pub head_time: Option<SystemTime>,
    /// How many nodes keep up.
    pub nodes: usize,
    /// When a node last answered.
    pub seen: SystemTime,
}

/// Counts of what nodes did wrong since the start. After each the receiver waits; it forgets nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainFaults {
    /// A node refused a request that it answers at other times, or did not answer.
    pub failed: u64,
    /// A block below the head was null.
    pub unknown: u64,
    /// A head was too old, too far behind, or below what was applied.
    pub behind: u64,
    /// A block had another hash that did not last, or that its parents and children contradict.
    pub flapped: u64,
    /// Events of applied blocks had been left out or made up.
    pub short: u64,
    /// Two nodes began to disagree about confirmed blocks.
    pub disagreed: u64,
    /// Confirmed blocks were replaced, and what lay above the fork was rolled back.
    pub rollbacks: u64,
}

impl SyncProgress {
    /// Blocks of the node whose events were not applied, among them those without enough
    /// confirmations.
    pub fn lag(&self) -> u64 {
        match self.synced {
            Some(synced) => self.newest.saturating_sub(synced),
            None => self.newest.saturating_add(1),
        }
    }
}

/// Channels that the receiver has to close on the chain, most of them because of a close request
/// below what was paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disputes {
    /// How many there were at the last poll.
    pub waiting: u64,
    /// How many more are skipped, because they are not worth their gas.
    pub skipped: u64,
    /// Transactions made for them since the start, including those that replace one with a higher fee.
    pub transactions: u64,
    /// How often a step failed since the start; each is tried again.
    pub failures: u64,
}

/// Which of several processes over one store follows the chain and answers close requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeaseState {
    /// Whether this one does.
    pub leads: bool,
    /// How often this one took that over from another one since its start.
    pub takeovers: u64,
}

/// One account that is paid through one channel manager.
pub struct Receiver {
    contract: ManagerContract,
    terms: Terms,
    key: PrivateKey,
    store: Arc<dyn Store>,
    state: Mutex<State>,
    early_polls: EarlyPolls,
}

/// What is known of the chain, and is found out anew after a restart.
struct State {
    status: ChainStatus,
    /// When the status ends, unless it is set anew before.
    status_ends: Option<Instant>,
    /// What it is from then on.
    then: ChainStatus,
    lease: LeaseState,
    /// When this process does not lead any more, unless it renews its lease.
    lease_ends: Option<Instant>,
    progress: Option<SyncProgress>,
    disputes: Disputes,
    faults: ChainFaults,
    /// Whether a watcher decides when payments may be accepted.
    is_watched: bool,
    /// Channels whose closing was requested in blocks without enough confirmations.
    closing: BTreeSet<ChannelKey>,
    /// Channels whose dispute costs more than it brings.
    skipped: BTreeSet<ChannelKey>,
    /// The gas limit of the last transaction made for a dispute; 0 before the first one.
    dispute_gas: u64,
}

impl State {
    fn status(&self) -> ChainStatus {
        match self.status_ends {
            Some(end) if end <= Instant::now() => self.then,
            _ => self.status,
        }
    }
}

fn payment_span() -> tracing::Span {
    debug_span!(target: SPANS, "payment")
}

impl Receiver {
    /// A receiver that has not seen the chain yet: offline until a [`Watcher`] has. The store must hold
    /// the channels of this contract and this account only.
    pub fn new(contract: ManagerContract, key: PrivateKey, store: Arc<dyn Store>) -> Self {
        let state = State {
            status: ChainStatus::Offline,
            status_ends: None,
            then: ChainStatus::Offline,
            lease: LeaseState::default(),
            lease_ends: None,
            progress: None,
            disputes: Disputes::default(),
            faults: ChainFaults::default(),
            is_watched: false,
            closing: BTreeSet::new(),
            skipped: BTreeSet::new(),
            dispute_gas: 0,
        };
        Self {
            contract,
            terms: Terms::of(&contract),
            key,
            store,
            state: Mutex::new(state),
            early_polls: EarlyPolls::new(),
        }
    }

    /// With these terms instead of the defaults.
    pub fn with_terms(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// The operator's settings.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The contract.
    pub fn contract(&self) -> &ManagerContract {
        &self.contract
    }

    /// The account that is paid.
    pub fn address(&self) -> Address {
        self.key.address()
    }

    /// The channels.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment, so a panic leaves nothing half changed.
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Whether payments can be accepted, as the last complete poll of the chain left it. While polls fail
    /// because no node answers, that holds for a minute.
    pub fn status(&self) -> ChainStatus {
        self.state().status()
    }

    /// Sets what [`Self::status`] says.
    pub fn set_status(&self, status: ChainStatus) {
        let mut state = self.state();
        state.status = status;
        state.status_ends = None;
    }

    /// Lets the status end then, or when it ends already if that is earlier, unless it is set anew before. `then`:
    /// what it is afterwards.
    fn end_status(&self, at: Instant, then: ChainStatus) {
        let mut state = self.state();
        state.then = then;
        let ends = state.status_ends.map_or(at, |earlier| earlier.min(at));
        state.status_ends = Some(ends);
    }

    /// How far the chain was followed; `None` before the first poll.
    pub fn progress(&self) -> Option<SyncProgress> {
        self.state().progress
    }

    /// What nodes did wrong.
    pub fn chain_faults(&self) -> ChainFaults {
        self.state().faults
    }

    /// Whether this process follows the chain, once [`Watcher::turn`] or [`Watcher::follow`] has asked.
    pub fn lease(&self) -> LeaseState {
        let state = self.state();
        let ended = state.lease_ends.is_some_and(|end| end <= Instant::now());
        LeaseState {
            leads: state.lease.leads && !ended,
            ..state.lease
        }
    }

    /// How many channels have to be closed on the chain, and what came of it.
    pub fn disputes(&self) -> Disputes {
        self.state().disputes
    }

    /// Verifies a payment of exactly `price` and stores it, in one step. After `Ok` the payment is on disk
    /// and the content may be served; each payment is accepted once. A payment may be accepted even if
    /// the caller stops waiting. Once a [`Watcher`] was made, payments are accepted only while
    /// [`Self::status`] is [`ChainStatus::Ready`].
    ///
    /// While [`Watcher::follow`] runs, a payment in a channel that is unknown or unconfirmed, or above the
    /// confirmed deposit, has the chain polled at once and is decided after that.
    pub async fn accept(&self, payment: &Payment, price: Amount) -> Result<Accepted, AcceptError> {
        let (payment, terms) = (*payment, self.terms);
        let decide = move |channel: &mut Channel, genuine| {
            accept::accept(channel, &payment, genuine, price, &terms)
        };
        let decided = self.decide(&payment, decide, |_| true);
        decided.instrument(payment_span()).await
    }

    /// The same for a [numbered](crate::protocol::credit) request, which may come in any order with others and
    /// again. It is charged once, if what was accepted, this payment included, covers its price.
    pub async fn charge(
        &self,
        payment: &Payment,
        request: &NumberedRequest,
        price: Amount,
    ) -> Result<Charged, AcceptError> {
        let (payment, request, terms) = (*payment, *request, self.terms);
        let decide = move |channel: &mut Channel, genuine| {
            numbered::charge(channel, &payment, &request, genuine, price, &terms)
        };
        let changes = |charged: &Charged| !charged.repeated;
        let decided = self.decide(&payment, decide, changes);
        decided.instrument(payment_span()).await
    }

    /// Decides about a payment by a function of the channel and of whether the sender signed; stores what it
    /// changes. With the chain polled anew where that may help.
    async fn decide<T: Send + 'static>(
        &self,
        payment: &Payment,
        decide: impl Fn(&mut Channel, bool) -> Result<T, AcceptError> + Clone + Send + 'static,
        changes: impl Fn(&T) -> bool,
    ) -> Result<T, AcceptError> {
        let first = self
            .decide_as_known(payment, decide.clone(), &changes)
            .await;
        let may_be_news = match &first {
            Err(AcceptError::NonexistingChannel | AcceptError::Unconfirmed) => {
                let manager = self.contract.manager;
                let genuine = manager.verify_balance(&self.channel(payment), &payment.proof);
                genuine.is_ok()
            }
            Err(AcceptError::AboveDeposit(_)) => true,
            _ => false,
        };
        if may_be_news && self.early_polls.wait(payment.sender).await {
            return self.decide_as_known(payment, decide, &changes).await;
        }
        first
    }

    /// [`Self::decide`] by what was read from the chain so far.
    async fn decide_as_known<T: Send + 'static>(
        &self,
        payment: &Payment,
        decide: impl Fn(&mut Channel, bool) -> Result<T, AcceptError> + Send + 'static,
        changes: impl Fn(&T) -> bool,
    ) -> Result<T, AcceptError> {
        let id = self.channel(payment);
        let key = ChannelKey::from(&id);
        {
            let state = self.state();
            let status = state.status();
            if state.is_watched && status != ChainStatus::Ready {
                return Err(AcceptError::NotReady(status));
            }
            // The request may still be undone by a reorganisation; until then nothing is added to the
            // dispute.
            if state.closing.contains(&key) {
                return Err(AcceptError::NonexistingChannel);
            }
        }
        let manager = self.contract.manager;
        let verify = debug_span!(target: SPANS, "verify");
        let genuine = verify.in_scope(|| manager.verify_balance(&id, &payment.proof).is_ok());
        let read = debug_span!(target: SPANS, "read");
        let seen = self.store.get(key).instrument(read).await;
        let seen = seen.map_err(AcceptError::StoreUnavailable)?;
        let decided = decide(&mut seen.ok_or(AcceptError::NonexistingChannel)?, genuine)?;
        if !changes(&decided) {
            return Ok(decided);
        }
        self.store
            .update(key, move |channel| decide(channel, genuine))
            .instrument(debug_span!(target: SPANS, "write"))
            .await
            .map_err(AcceptError::StoreUnavailable)?
            .unwrap_or(Err(AcceptError::NonexistingChannel))
    }

    /// Signs the closing of a channel with exactly the accepted balance, and marks it closed. Later calls
    /// return the same signature.
    pub async fn sign_close(
        &self,
        key: ChannelKey,
        balance: Amount,
    ) -> Result<Signature, CloseError> {
        let agreed = self.agree(key, balance, None).await;
        agreed.map(|agreement| agreement.signature)
    }

    /// The same with the sender's proof of what was charged, so that unused credit returns to it; or of the
    /// accepted balance. Later calls with the same balance return the first agreement.
    pub async fn sign_close_with(
        &self,
        key: ChannelKey,
        proof: BalanceProof,
    ) -> Result<Agreement, CloseError> {
        self.agree(key, proof.balance, Some(proof)).await
    }

    async fn agree(
        &self,
        key: ChannelKey,
        balance: Amount,
        proof: Option<BalanceProof>,
    ) -> Result<Agreement, CloseError> {
        let manager = self.contract.manager;
        let stored = self.store.get(key).await;
        let stored = stored.map_err(CloseError::StoreUnavailable)?;
        let stored = stored.ok_or(CloseError::NoChannel)?;
        if proof.is_some_and(|proof| manager.verify_balance(&stored.id, &proof).is_err()) {
            return Err(CloseError::InvalidProof);
        }
        let proof = closing::check(&stored, balance, proof)?;
        let hash = manager.closing_hash(&stored.id, &proof);
        let signature = self.key.sign_hash(&hash);
        let decide = move |channel: &mut Channel| closing::agree(channel, &proof, signature);
        self.store
            .update(key, decide)
            .await
            .map_err(CloseError::StoreUnavailable)?
            .unwrap_or(Err(CloseError::NoChannel))
    }

    fn channel(&self, payment: &Payment) -> ChannelId {
        ChannelId {
            sender: payment.sender,
            receiver: self.address(),
            open_block: payment.open_block,
        }
    }
}
