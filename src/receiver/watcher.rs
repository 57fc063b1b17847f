//! Follows the chain.
//!
//! Events with enough confirmations are applied once, in the order of the chain, in one write
//! together with the block up to which they reach. Newer ones make up a view that is thrown away
//! and read anew at every look, so that a reorganisation among them needs no care.
//!
//! The rules by which a node is believed:
//!
//! | | rule |
//! |---|---|
//! | ready | only after a look of this process that was whole: everything up to the head minus the confirmations is applied. Until then, and while a look takes longer than a minute, [`Receiver::accept`] takes nothing |
//! | a null, an answer that does not fit, a head below what was applied | not known yet: [`Doubt`]. Asked again, and again at the next look; nothing is sold, nothing is forgotten. A head up to 3 blocks below what was applied tells nothing new and stops nobody |
//! | a short answer | the events of the newest applied blocks are asked for again with new ones; one that was left out is found then, and what lies above it is read anew. Those of more than 16 new blocks are asked for twice at once. What was read is stored as digests, so that a restart in between hides nothing |
//! | a replaced block | is one after a second look, by its parents' and children's hashes, and if the other nodes say the same; then only what lies above the fork is rolled back |
//! | an old head | older than [`HeadAge`] allows it stands still: its node is not followed, and without another one nothing is sold |
//! | several nodes | one is read, the next one where that fails. The lowest young head is followed, so that the others can be asked for the same: the hash of the confirmed block and the events up to it. Two that contradict each other are an alarm, and nothing is sold until they agree. One that is behind, old or silent contradicts nobody, and is compared when it is back |
//!
//! An alarm or doubt is logged once, not at every look, and so is its end; [`ChainFaults`](super::ChainFaults) counts all.
//! Logs are asked for in pieces whose size follows what the node puts up with.

mod comparison;
mod doubt;
mod events;
mod head_age;
mod heads;
mod pruning;
mod reorganisation;
mod source;
mod unconfirmed;

pub use doubt::{Doubt, Look, WatchError};
pub use head_age::HeadAge;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};

use crate::chain::{ChainError, Failover, Node, PlacedLog, Transport, TransportError};
use crate::protocol::Hash;

use super::payout;
use super::store::{Advance, Batch, ChannelKey, Edit, StoreError, Synced};
use super::{ChainStatus, Receiver};
use doubt::Trouble;
use heads::{BlockTime, Heads};
use reorganisation::digest;
use source::{Head, Source};

/// A head may be so many blocks below what was applied: back ends of a load balancer are not of one
/// moment. What such a node knows is applied, and its head has to be young.
const TOLERANCE: u64 = 3;
/// A look that took longer is followed by another one before anything is sold.
const LONG: Duration = Duration::from_secs(10);
/// A receiver that was ready is not ready any more when a look takes so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many looks in a row, however long they take.
const LOOKS: u32 = 3;
/// Between two lines about how far the chain was read.
const TELL: Duration = Duration::from_secs(10);
/// A long piece is applied in two steps, the second of so many blocks, so that a fork near the head is
/// found near the head.
const LAST_STEP: u64 = 64;

/// Brings one receiver's channels in line with the chain.
pub struct Watcher<T> {
    /// The nodes, one of them at a time.
    nodes: Node<Failover<T>>,
    /// Each node by itself.
    sources: Vec<Source<T>>,
    receiver: Arc<Receiver>,
    confirmations: u64,
    start_block: u64,
    head_age: HeadAge,
    block_time: Option<BlockTime>,
    /// What was logged last.
    said: Option<String>,
    told: Instant,
    /// The head at which blocks without enough confirmations were last looked at.
    viewed: u64,
    /// At which block it was last forgotten what can't be taken back any more.
    pruned: Option<u64>,
}

impl<T: Transport> Watcher<T> {
    /// Reads from `start_block` on, or from where the store says that it was read. `confirmations`
    /// counts the event's own block, so 1 is the least: an event counts as soon as it is mined. From
    /// now on the receiver accepts payments only while a look says that it is ready.
    pub fn new(
        node: Node<T>,
        receiver: Arc<Receiver>,
        confirmations: u64,
        start_block: u64,
    ) -> Self {
        let nodes = Failover::from(node.into_transport());
        Self::over(nodes, receiver, confirmations, start_block)
    }

    /// Like [`Self::new`], with several nodes that are held against each other.
    pub fn over(
        nodes: Failover<T>,
        receiver: Arc<Receiver>,
        confirmations: u64,
        start_block: u64,
    ) -> Self {
        receiver.set_followed();
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
            said: None,
            told: Instant::now(),
            viewed: 0,
            pruned: None,
        }
    }

    /// With another limit for the age of the head than [`HeadAge::of_chain`] gives.
    pub fn with_head_age(self, head_age: HeadAge) -> Self {
        Self { head_age, ..self }
    }

    /// One look at the chain, and what it calls for: close requests below the accepted balance are
    /// answered. Whatever goes wrong is temporary: the receiver is marked offline and the next look
    /// tries again.
    pub async fn poll(&mut self) -> Result<Look, WatchError> {
        let result = self.look_in_time().await;
        // What is known to be due is tried even where the look failed.
        payout::work(&self.nodes, &self.receiver).await;
        match result {
            Ok(status) => {
                self.receiver.set_status(status);
                if self.said.take().is_some() {
                    info!("the chain is followed again");
                }
                Ok(Look::Whole)
            }
            Err(trouble) => {
                self.receiver.set_status(ChainStatus::Offline);
                self.say(&trouble);
                match trouble {
                    Trouble::Error(error) => Err(error),
                    Trouble::Doubt(doubt) => Ok(Look::Doubtful(doubt)),
                }
            }
        }
    }

    /// Logs what is wrong, unless the same was logged last.
    fn say(&mut self, trouble: &Trouble) {
        let kind = trouble.kind();
        if self.said.as_deref() == Some(&kind) {
            return;
        }
        self.said = Some(kind);
        match trouble {
            Trouble::Doubt(doubt) => {
                let disagree = doubt.is_of_all();
                self.receiver
                    .count_fault(|faults| faults.disagreed += u64::from(disagree));
                if doubt.is_alarm() {
                    error!(%doubt, "nothing is sold until this ends");
                } else {
                    warn!(%doubt, "nothing is sold until this is known");
                }
            }
            Trouble::Error(error) => warn!(%error, "the chain can't be followed for now"),
        }
    }

    /// Looks, and sells nothing any more while that takes very long.
    async fn look_in_time(&mut self) -> Result<ChainStatus, Trouble> {
        let receiver = Arc::clone(&self.receiver);
        let mut look = pin!(self.look_until_short());
        if let Ok(result) = timeout(PATIENCE, &mut look).await {
            return result;
        }
        receiver.set_status(ChainStatus::Offline);
        info!("reading the chain takes long; nothing is sold until it is read");
        look.await
    }

    /// Looks until a look was short, so that what it saw is the present.
    async fn look_until_short(&mut self) -> Result<ChainStatus, Trouble> {
        let mut looks = 0;
        loop {
            looks += 1;
            let began = Instant::now();
            let result = self.look().await;
            let again = match &result {
                Ok(_) => began.elapsed() > LONG,
                // Another process has written what this look would have written.
                Err(Trouble::Error(WatchError::Store(StoreError::Overtaken))) => true,
                Err(_) => false,
            };
            if !again || looks == LOOKS {
                return result;
            }
        }
    }

    async fn look(&mut self) -> Result<ChainStatus, Trouble> {
        let applied = self.receiver.store().synced().await?;
        let heads = self.heads(applied.map_or(0, |synced| synced.block)).await?;
        let mut failed = None;
        for &reader in &heads.keeping_up {
            match self.look_through(reader, &heads).await {
                Ok(status) => {
                    self.nodes.transport().prefer(reader);
                    self.source(reader)?.is_well();
                    return Ok(status);
                }
                Err(trouble) if trouble.is_of_all() => return Err(trouble),
                Err(trouble) => {
                    if self.sources.len() > 1 {
                        self.source(reader)?.complain(&trouble);
                    }
                    failed.get_or_insert(trouble);
                }
            }
        }
        Err(failed.unwrap_or(Doubt::UnknownBlock(heads.head.number).into()))
    }

    /// Reads the chain from one of the nodes.
    async fn look_through(&mut self, reader: usize, heads: &Heads) -> Result<ChainStatus, Trouble> {
        let newest = heads.head.number;
        let trail = self.receiver.store().trail().await?;
        let applied = trail.newest().map_or(0, |synced| synced.block);
        if newest.saturating_add(TOLERANCE) < applied {
            self.receiver.count_fault(|faults| faults.behind += 1);
            return Err(Doubt::Behind {
                head: newest,
                applied,
            }
            .into());
        }
        let mut synced = self.check_applied(reader, heads, &trail).await?;
        self.show_synced(synced);
        let last = newest.checked_sub(self.confirmations - 1);
        let mut compared = false;
        loop {
            let next = synced.map_or(self.start_block, |synced| synced.block + 1);
            let Some(last) = last.filter(|last| next <= *last) else {
                break;
            };
            let known = if compared {
                Vec::new()
            } else {
                self.overlap(&trail, synced)
            };
            let from = known.first().map_or(next, |first| first.from);
            let piece = self.source(reader)?.piece(from, next, last).await?;
            if piece.from < next
                && let Some(fork) = self
                    .check_overlap(reader, heads, &trail, synced, &known, &piece)
                    .await?
            {
                synced = fork;
                continue;
            }
            self.check_long(reader, next, &piece).await?;
            let to = Synced {
                block: piece.to.number,
                hash: piece.to.hash,
            };
            let new = piece.logs.partition_point(|placed| placed.block < next);
            let new = piece.logs.get(new..).unwrap_or_default();
            self.audit(reader, heads, next, new, to).await?;
            compared = true;
            self.apply(reader, synced, new, to).await?;
            synced = Some(to);
            self.show_synced(synced);
            self.tell(newest, to.block);
        }
        if let Some(to) = synced.filter(|to| !compared && to.block <= newest) {
            let next = to.block + 1;
            self.audit(reader, heads, next, &[], to).await?;
        }
        let next = synced.map_or(self.start_block, |synced| synced.block + 1);
        self.look_at_unconfirmed(reader, synced, next, newest)
            .await?;
        self.prune(synced).await?;
        let account = self.receiver.address();
        let ether = self.source(reader)?.node.ether_balance(account).await?;
        let receiver = Arc::clone(&self.receiver);
        let needed = payout::ether_needed(&self.source(reader)?.node, &receiver).await?;
        let enough = ether >= needed;
        Ok(if enough {
            ChainStatus::Ready
        } else {
            ChainStatus::EtherTooLow
        })
    }

    /// Applies the events of the blocks up to `to`.
    async fn apply(
        &mut self,
        reader: usize,
        mut synced: Option<Synced>,
        mut logs: &[PlacedLog],
        to: Synced,
    ) -> Result<(), Trouble> {
        let next = synced.map_or(self.start_block, |synced| synced.block + 1);
        let step = to.block.saturating_sub(LAST_STEP);
        if next < step {
            let hash = self.source(reader)?.block(step).await?.hash;
            let step = Synced { block: step, hash };
            // It has to be of the same chain.
            if self.source(reader)?.block(to.block).await?.hash != to.hash {
                return Err(Doubt::Unsteady(to.block).into());
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

    /// Nothing is sold until the next whole look.
    fn not_ready(&self) {
        self.receiver.set_status(ChainStatus::Offline);
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

    fn show_head(&self, head: Head, nodes: usize) {
        self.receiver.change_progress(|progress| {
            progress.newest = head.number;
            progress.head_time = head.time();
            progress.nodes = nodes;
        });
    }

    fn show_synced(&self, synced: Option<Synced>) {
        let synced = synced.map(|synced| synced.block);
        self.receiver
            .change_progress(|progress| progress.synced = synced);
    }

    /// Logs now and then how far a long look has come.
    fn tell(&mut self, head: u64, block: u64) {
        if self.told.elapsed() > TELL && block < head {
            self.told = Instant::now();
            info!(block, head, "reading the chain");
        }
    }

    async fn write(
        &self,
        edits: Vec<(ChannelKey, Edit)>,
        from: Option<Synced>,
        to: Option<Synced>,
        events: Option<Hash>,
    ) -> Result<(), StoreError> {
        let advance = Some(Advance { from, to, events });
        self.receiver.store().write(Batch { edits, advance }).await
    }
}
