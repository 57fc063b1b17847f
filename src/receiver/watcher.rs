//! Follows the chain.
//!
//! Events with enough confirmations are applied once, in the order of the chain. One write stores them
//! together with the block that they reach. Newer events are read again at every poll and replace those of
//! the poll before, so that reorganisations among them need no handling.
//!
//! When a node is believed:
//!
//! | case | rule |
//! |---|---|
//! | ready | after a poll of this process, or of the one that follows the chain for several (`lease.rs`), that applied everything up to the head minus the confirmations. Until then [`Receiver::accept`] refuses payments |
//! | no answer, of a node or of the store | what the last complete poll found holds for a minute from the start of the first poll that fails or takes long, but not after its head is older than [`HeadAge`] allows. Then nothing is sold until a poll is complete. A request fails now and then at every provider |
//! | a null, an answer that does not fit, a head below what was applied | [`Inconsistency`]: asked again at once and at the next poll; nothing is sold, nothing is forgotten. A head up to 3 blocks below what was applied is accepted: it says nothing new |
//! | a short answer | with new events, those of the newest 16 applied blocks are requested again; if one had been left out, everything above it is read again. The events of more than 16 new blocks are requested twice. Digests of what was read are stored, so that this works across a restart |
//! | the newest two blocks | their events are requested by the block's hash too: a back end that lacks the block refuses that, and is asked again |
//! | a replaced block | must be seen twice, fit its parents' and children's hashes, and be the same at the other nodes; then only what lies above the fork is rolled back |
//! | an old head | a node whose head is older than [`HeadAge`] allows is not followed; without another node nothing is sold |
//! | several nodes | one is read, the next one if it fails. The lowest young head is followed, so that all nodes can be compared: by the hash of the confirmed block and the events up to it. Two that disagree raise an alarm, and nothing is sold until they agree. A node that is behind, old or silent is compared later |
//!
//! Each kind of error is logged once, and so is its end; [`ChainFaults`](super::ChainFaults) counts all.
//! Events are requested for ranges of blocks, halved when the node refuses and doubled when it answers.
//!
//! Watchers of several receivers may share their nodes ([`SharedNodes`]): each decides by itself, and one request
//! answers all of them.

mod comparison;
mod error;
mod events;
mod follow;
mod head_age;
mod heads;
mod lease;
mod progress;
mod pruning;
mod reorganisation;
mod report;
mod shared;
mod source;
mod unconfirmed;

pub use error::{Inconsistency, WatchError};
pub use head_age::HeadAge;
pub use shared::{SharedNode, SharedNodes};

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};

use crate::chain::{ChainError, Failover, Node, PlacedLog, Transport, TransportError};
use crate::protocol::Hash;

use super::payout;
use super::store::{Advance, Batch, ChannelKey, Edit, StoreError, StoreExt, Synced};
use super::{ChainStatus, Receiver};
use heads::{BlockTime, Heads};
use lease::Lease;
use reorganisation::{OVERLAP, digest};
use shared::Member;
use source::Source;

/// How many blocks a head may be below what was applied: the nodes behind a load balancer are not all at
/// the same block. Such a head has to be young as well.
const TOLERANCE: u64 = 3;
/// A read that took longer is repeated before anything is sold.
const LONG_READ: Duration = Duration::from_secs(10);
/// The most reads in one poll, however long they take.
const MAX_READS: u32 = 3;
/// A receiver that was ready is offline this long after a poll began, unless that one or a later one
/// is complete.
const MAX_SILENCE: Duration = Duration::from_secs(60);
/// A long range is applied in two writes, the second one of this many blocks, so that a fork near the
/// head has a checkpoint near the head.
const LAST_STEP: u64 = 64;

/// Applies the chain's events to one receiver's channels.
pub struct Watcher<T> {
    /// All nodes behind one: the next one answers when one fails.
    nodes: Node<Failover<T>>,
    /// Each node by itself.
    sources: Vec<Source<T>>,
    receiver: Arc<Receiver>,
    confirmations: u64,
    start_block: u64,
    head_age: HeadAge,
    block_time: Option<BlockTime>,
    /// When the head of the last complete poll is too old.
    head_ends: Option<Instant>,
    /// The kind of error that was logged last; `None` after a poll that succeeded.
    logged: Option<String>,
    progress_logged: Instant,
    /// The head up to which blocks without enough confirmations were last read.
    viewed: u64,
    /// The last applied block when final records were last pruned.
    pruned: Option<u64>,
    lease: Lease,
    /// Among watchers that share nodes.
    member: Option<Arc<Member>>,
    /// When the poll was due that begins, if all that share nodes poll then.
    due: Option<Instant>,
}

impl<N: Transport + Clone> Watcher<SharedNode<N>> {
    /// Like [`Self::over`], with nodes that other watchers read as well.
    pub fn sharing(
        nodes: &SharedNodes<N>,
        receiver: Arc<Receiver>,
        confirmations: u64,
        start_block: u64,
    ) -> Self {
        let (nodes, member) = nodes.of(&receiver);
        Self {
            member: Some(member),
            ..Self::over(nodes, receiver, confirmations, start_block)
        }
    }
}

impl<T: Transport> Watcher<T> {
    /// Reads from `start_block` on, or from where the store says that reading stopped. `confirmations`
    /// includes the event's own block: with 1, the least, an event counts as soon as it is mined. From now on
    /// the receiver accepts payments only after polls that succeed.
    pub fn new(
        node: Node<T>,
        receiver: Arc<Receiver>,
        confirmations: u64,
        start_block: u64,
    ) -> Self {
        let nodes = Failover::from(node.into_transport());
        Self::over(nodes, receiver, confirmations, start_block)
    }

    /// Like [`Self::new`], with several nodes that are compared with each other.
    pub fn over(
        nodes: Failover<T>,
        receiver: Arc<Receiver>,
        confirmations: u64,
        start_block: u64,
    ) -> Self {
        receiver.state().is_watched = true;
        let source = |(number, node): (usize, &Arc<T>)| {
            Source::new(Arc::clone(node), number, Arc::clone(&receiver))
        };
        let sources = (1..).zip(nodes.nodes()).map(source).collect();
        Self {
            nodes: Node::new(nodes),
            sources,
            confirmations: confirmations.max(1),
            start_block,
            head_age: HeadAge::of_chain(receiver.contract().chain_id),
            receiver,
            block_time: None,
            head_ends: None,
            logged: None,
            progress_logged: Instant::now(),
            viewed: 0,
            pruned: None,
            lease: Lease::new(),
            member: None,
            due: None,
        }
    }

    /// With another limit for the age of the head than [`HeadAge::of_chain`] gives.
    pub fn with_head_age(self, head_age: HeadAge) -> Self {
        Self { head_age, ..self }
    }

    /// Reads what is new on the chain, and answers close requests below the accepted balance. `Ok`:
    /// everything up to the head minus the confirmations is applied. Whatever goes wrong is temporary:
    /// the receiver is offline until a later poll succeeds, at once or, if no node answered, after a minute.
    pub async fn poll(&mut self) -> Result<(), WatchError> {
        let result = self.poll_in_time().await;
        match &result {
            Ok(status) => {
                self.receiver.set_status(*status);
                if self.logged.take().is_some() {
                    info!("the chain is followed again");
                }
            }
            Err(error) => {
                self.doubt(error);
                self.log(error);
            }
        }
        // What is known to be due is tried even if the poll failed; without the store it is not known.
        if !matches!(result, Err(WatchError::Store(StoreError::Unavailable(_)))) {
            payout::work(&self.nodes, &self.receiver).await;
        }
        result.map(|_| ())
    }

    /// Decides how long the receiver sells on after a poll that failed.
    fn doubt(&self, error: &WatchError) {
        if !error.is_silence() {
            return self.not_ready();
        }
        // Those of several nodes are counted one by one.
        if self.sources.len() == 1 && matches!(error, WatchError::Chain(_)) {
            self.receiver.state().faults.failed += 1;
        }
        let then = match error {
            WatchError::Store(_) => ChainStatus::StoreUnavailable,
            _ => ChainStatus::Offline,
        };
        let end = self.head_ends.unwrap_or_else(silent_from_now);
        self.receiver.end_status(end, then);
    }

    /// Logs what is wrong, unless the same kind was logged last.
    fn log(&mut self, error: &WatchError) {
        let sells = self.receiver.status() == ChainStatus::Ready;
        let kind = format!("{} {sells}", error.kind());
        if self.logged.as_ref() == Some(&kind) {
            return;
        }
        self.logged = Some(kind);
        let WatchError::Inconsistent(doubt) = error else {
            return warn!(%error, sells, "the chain can't be followed for now");
        };
        if doubt.is_of_all() {
            self.receiver.state().faults.disagreed += 1;
        }
        if doubt.is_alarm() {
            error!(%doubt, "nothing is sold until this ends");
        } else {
            warn!(%doubt, "nothing is sold until this is known");
        }
    }

    /// Reads what is new. Once that takes longer than a minute, nothing is sold until it is read.
    async fn poll_in_time(&mut self) -> Result<ChainStatus, WatchError> {
        let then = self.receiver.state().then;
        self.receiver.end_status(silent_from_now(), then);
        let mut polling = pin!(self.poll_until_current());
        if let Ok(result) = timeout(MAX_SILENCE, &mut polling).await {
            return result;
        }
        info!("reading the chain takes long; nothing is sold until it is read");
        polling.await
    }

    /// Reads again after a long read, so that what was seen last is the present.
    async fn poll_until_current(&mut self) -> Result<ChainStatus, WatchError> {
        let mut reads = 0;
        loop {
            reads += 1;
            let began = Instant::now();
            let result = self.read().await;
            let again = match &result {
                Ok(_) => began.elapsed() > LONG_READ,
                // Another process has written what this one would have written.
                Err(WatchError::Store(StoreError::Overtaken)) => true,
                Err(_) => false,
            };
            if !again || reads == MAX_READS {
                return result;
            }
        }
    }

    /// Reads what is new from the first node that can be read.
    async fn read(&mut self) -> Result<ChainStatus, WatchError> {
        let since = self.due.take().unwrap_or_else(Instant::now);
        if let Some(member) = &self.member {
            member.begin(since);
        }
        let applied = self.receiver.store().synced().await?;
        let heads = self.heads(applied.map_or(0, |synced| synced.block)).await?;
        let mut failed = None;
        for &reader in &heads.keeping_up {
            match self.read_from(reader, &heads).await {
                Ok(status) => {
                    self.nodes.transport().prefer(reader);
                    self.source(reader)?.is_well();
                    self.head_ends = heads.end;
                    return Ok(status);
                }
                Err(error) if error.is_of_all() => return Err(error),
                Err(error) => {
                    if self.sources.len() > 1 {
                        self.source(reader)?.complain(&error);
                    }
                    // A contradiction weighs more than silence.
                    if failed.as_ref().is_none_or(WatchError::is_silence) {
                        failed = Some(error);
                    }
                }
            }
        }
        Err(failed.unwrap_or(Inconsistency::UnknownBlock(heads.head.number).into()))
    }

    async fn read_from(&mut self, reader: usize, heads: &Heads) -> Result<ChainStatus, WatchError> {
        let newest = heads.head.number;
        let synced = self.read_confirmed(reader, heads).await?;
        let next = self.next(synced);
        self.look_at_unconfirmed(reader, synced, next, newest)
            .await?;
        self.prune(synced).await?;
        let node = &self.source(reader)?.node.clone();
        let ether = node.ether_balance(self.receiver.address()).await?;
        if ether < payout::ether_needed(node, &self.receiver).await? {
            return Ok(ChainStatus::EtherTooLow);
        }
        Ok(ChainStatus::Ready)
    }

    /// Applies the events of the blocks with enough confirmations. Returns the last of these blocks.
    async fn read_confirmed(
        &mut self,
        reader: usize,
        heads: &Heads,
    ) -> Result<Option<Synced>, WatchError> {
        let newest = heads.head.number;
        let trail = self.receiver.store().trail().await?;
        let applied = trail.newest().map_or(0, |synced| synced.block);
        if newest.saturating_add(TOLERANCE) < applied {
            self.receiver.state().faults.behind += 1;
            let head = newest;
            return Err(Inconsistency::Behind { head, applied }.into());
        }
        let mut synced = self.check_applied(reader, heads, &trail).await?;
        self.show_synced(synced);
        let mut compared = false;
        while let Some(last) = newest.checked_sub(self.confirmations - 1)
            && self.next(synced) <= last
        {
            let next = self.next(synced);
            let known = match synced {
                Some(last) if !compared => trail.recent(last, self.start_block, OVERLAP),
                _ => Vec::new(),
            };
            let from = known.first().map_or(next, |first| first.from);
            let range = self.source(reader)?.range(from, next, last).await?;
            if range.from < next
                && let Some(fork) = self
                    .check_overlap(reader, heads, &trail, synced, &known, &range)
                    .await?
            {
                synced = fork;
                continue;
            }
            self.check_long(reader, next, &range).await?;
            if range.from == next {
                self.check_joint(reader, synced).await?;
            }
            let to = Synced {
                block: range.to.number,
                hash: range.to.hash,
            };
            let new = range.logs.partition_point(|placed| placed.block < next);
            let new = range.logs.get(new..).unwrap_or_default();
            self.compare_nodes(reader, heads, next, new, to).await?;
            compared = true;
            self.apply(reader, synced, new, to).await?;
            synced = Some(to);
            self.show_synced(synced);
            self.log_progress(newest, to.block);
        }
        if let Some(to) = synced.filter(|to| !compared && to.block <= newest) {
            self.compare_nodes(reader, heads, to.block + 1, &[], to)
                .await?;
        }
        Ok(synced)
    }

    /// The first block whose events are not applied.
    fn next(&self, synced: Option<Synced>) -> u64 {
        synced.map_or(self.start_block, |synced| synced.block + 1)
    }

    /// Applies the events of the blocks up to `to`.
    async fn apply(
        &mut self,
        reader: usize,
        mut synced: Option<Synced>,
        mut logs: &[PlacedLog],
        to: Synced,
    ) -> Result<(), WatchError> {
        let step = to.block.saturating_sub(LAST_STEP);
        if self.next(synced) < step {
            let hash = self.source(reader)?.block(step).await?.hash;
            let step = Synced { block: step, hash };
            // Both blocks must be of one chain.
            if self.source(reader)?.block(to.block).await?.hash != to.hash {
                return Err(Inconsistency::Unsteady(to.block).into());
            }
            let first = logs.partition_point(|placed| placed.block <= step.block);
            let (earlier, later) = logs.split_at(first);
            let edits = events::edits(self.receiver.contract(), earlier);
            let events = Some(digest(earlier));
            self.write(edits, synced, Some(step), events).await?;
            (synced, logs) = (Some(step), later);
        }
        let edits = events::edits(self.receiver.contract(), logs);
        let events = Some(digest(logs));
        Ok(self.write(edits, synced, Some(to), events).await?)
    }

    /// Nothing is sold until a poll succeeds.
    fn not_ready(&self) {
        self.receiver.set_status(ChainStatus::Offline);
        // The others need not wait for the end of the poll.
        self.tell();
    }

    fn source(&mut self, index: usize) -> Result<&mut Source<T>, ChainError> {
        let none = || TransportError::Unreachable("there is no such node".to_owned());
        self.sources
            .get_mut(index)
            .ok_or_else(|| ChainError::Transport {
                method: "eth_blockNumber",
                source: none(),
            })
    }

    async fn write(
        &self,
        edits: Vec<(ChannelKey, Edit)>,
        from: Option<Synced>,
        to: Option<Synced>,
        events: Option<Hash>,
    ) -> Result<(), StoreError> {
        let advance = Some(Advance { from, to, events });
        self.receiver
            .store()
            .write(Batch {
                edits,
                advance,
                ..Batch::default()
            })
            .await
    }
}

fn silent_from_now() -> Instant {
    Instant::now() + MAX_SILENCE
}
