//! When confirmed blocks are replaced.
//!
//! A null, one differing hash or a short answer is no reorganisation. A block counts as replaced when two
//! requests return another hash, the other nodes that keep up return the same, and the parents' hashes link
//! it to the blocks above and below. Then the newest block of the [`Trail`] that is still on the chain is the
//! fork. One write rolls back what lies above it: every record becomes what the events up to the fork make
//! of it.

use tracing::{info, warn};

use super::Watcher;
use super::comparison::RETRY_PAUSE;
use super::error::{Inconsistency, WatchError};
use super::heads::Heads;
use super::source::LogRange;
use super::{events, pruning};
use crate::chain::{Header, PlacedLog, Transport};
use crate::protocol::{Hash, keccak256};
use crate::receiver::store::{Interval, Synced, Trail};

/// How many blocks above and below a replaced one are checked by their parents' hashes.
const LINKS: u64 = 32;
/// No reorganisation is this deep: a node with another block at this depth is on another chain.
const DEEPEST: u64 = 10_000;
/// The events of this many applied blocks are requested again with new ones, to notice those that a node
/// left out: their digests are stored in the [`Trail`]. A longer range of new blocks is requested twice.
pub(super) const OVERLAP: u64 = 16;

impl<T: Transport> Watcher<T> {
    /// Checks that what was applied is still on the chain, and otherwise rolls back to the fork. Returns the
    /// last block whose events are applied then.
    pub(super) async fn check_applied(
        &mut self,
        reader: usize,
        heads: &Heads,
        trail: &Trail,
    ) -> Result<Option<Synced>, WatchError> {
        let synced = trail.newest();
        // A head that is a little behind does not know the newest blocks.
        let Some(known) = trail.up_to(heads.head.number).next() else {
            return Ok(synced);
        };
        let found = self.source(reader)?.block(known.block).await?;
        if found.hash == known.hash {
            return Ok(synced);
        }
        // Meanwhile a channel that no longer exists may look open.
        self.not_ready();
        self.confirm_replaced(reader, heads, known, found).await?;
        let fork = self.find_fork(reader, trail, known).await?;
        self.roll_back(reader, heads, synced, fork).await?;
        Ok(fork)
    }

    /// Checks that `found` has replaced `known` on the chain.
    async fn confirm_replaced(
        &mut self,
        reader: usize,
        heads: &Heads,
        known: Synced,
        found: Header,
    ) -> Result<(), WatchError> {
        let block = known.block;
        let source = self.source(reader)?;
        source.pause(RETRY_PAUSE).await?;
        if source.block(block).await?.hash != found.hash {
            return Err(self.unsteady(block));
        }
        // Its children and its parents.
        let mut above = found;
        let top = heads.head.number.min(block.saturating_add(LINKS));
        for number in block + 1..=top {
            let child = self.source(reader)?.block(number).await?;
            if child.parent.is_some_and(|parent| parent != above.hash) {
                return Err(self.unsteady(number));
            }
            above = child;
        }
        let mut below = found;
        for number in (block.saturating_sub(LINKS)..block).rev() {
            let parent = self.source(reader)?.block(number).await?;
            if below.parent.is_some_and(|hash| hash != parent.hash) {
                return Err(self.unsteady(number));
            }
            below = parent;
        }
        for &other in heads.keeping_up.iter().filter(|other| **other != reader) {
            let theirs = self.source(other)?.header_soon(block).await;
            let differs = |theirs: Header| theirs.hash != found.hash;
            if theirs.ok().flatten().is_some_and(differs) {
                return Err(self.disagreement(reader, other, block).into());
            }
        }
        Ok(())
    }

    fn unsteady(&self, block: u64) -> WatchError {
        self.receiver.state().faults.flapped += 1;
        Inconsistency::Unsteady(block).into()
    }

    /// The newest block of the trail that is still on the chain, or `None`. Fails if a block is replaced that
    /// lies too deep for that.
    async fn find_fork(
        &mut self,
        reader: usize,
        trail: &Trail,
        replaced: Synced,
    ) -> Result<Option<Synced>, WatchError> {
        for older in trail.up_to(replaced.block).skip(1) {
            if self.source(reader)?.block(older.block).await?.hash == older.hash {
                return Ok(Some(older));
            }
            if replaced.block - older.block >= DEEPEST {
                return Err(Inconsistency::OtherChain(older.block).into());
            }
        }
        Ok(None)
    }

    /// In one write, makes of all records what the events up to the fork make of them; without a fork, what
    /// they were before any event. Proofs, agreements and sent transactions are kept.
    async fn roll_back(
        &mut self,
        reader: usize,
        heads: &Heads,
        synced: Option<Synced>,
        fork: Option<Synced>,
    ) -> Result<(), WatchError> {
        let fork_block = fork.map(|fork| fork.block);
        let applied = synced.map(|synced| synced.block);
        warn!(
            fork = fork_block,
            applied, "confirmed blocks were replaced: going back to the fork"
        );
        let start = self.start_block;
        let mut logs = Vec::new();
        if let Some(fork) = fork {
            let block = fork.block;
            logs = self.source(reader)?.all_logs(start, block).await?;
            // Events left out now would not be noticed later.
            let again = self.source(reader)?.all_logs(start, block).await?;
            let hash = self.source(reader)?.block(block).await?.hash;
            if again != logs || hash != fork.hash {
                return Err(self.unsteady(block));
            }
            for &other in heads.keeping_up.iter().filter(|other| **other != reader) {
                match self.source(other)?.all_logs(start, block).await {
                    Ok(theirs) if theirs != logs => {
                        return Err(self.disagreement(reader, other, block).into());
                    }
                    Ok(_) => {}
                    Err(error) => self.source(other)?.complain(&error),
                }
            }
        }
        let mut edits = pruning::unread(self.receiver.store(), applied.unwrap_or(0)).await?;
        edits.extend(events::edits(self.receiver.contract(), &logs));
        self.write(edits, synced, fork, None).await?;
        for source in &mut self.sources {
            source.agreed = source.agreed.min(fork_block);
        }
        self.receiver.state().faults.rollbacks += 1;
        Ok(())
    }

    /// Requests the events of a long range again: later polls do not reach back far enough to notice that one
    /// was left out.
    pub(super) async fn check_long(
        &mut self,
        reader: usize,
        next: u64,
        range: &LogRange,
    ) -> Result<(), WatchError> {
        let to = range.to.number;
        if to.saturating_sub(next) < OVERLAP {
            return Ok(());
        }
        let again = self.source(reader)?.logs(range.from, to).await?;
        if again == range.logs {
            return Ok(());
        }
        self.not_ready();
        self.receiver.state().faults.short += 1;
        Err(self.unsteady(to))
    }

    /// Checks, after a range was read without blocks before it, that the block to which it is joined has not been
    /// replaced meanwhile: events that moved below it would be missing until a later poll reads new blocks.
    pub(super) async fn check_joint(
        &mut self,
        reader: usize,
        synced: Option<Synced>,
    ) -> Result<(), WatchError> {
        let Some(last) = synced else { return Ok(()) };
        if self.source(reader)?.block(last.block).await?.hash == last.hash {
            return Ok(());
        }
        self.not_ready();
        Err(self.unsteady(last.block))
    }

    /// Compares the events of applied blocks with what was read of them before. If they differ, rolls back to
    /// before that and returns the last block whose events are applied then.
    pub(super) async fn check_overlap(
        &mut self,
        reader: usize,
        heads: &Heads,
        trail: &Trail,
        synced: Option<Synced>,
        known: &[Interval],
        range: &LogRange,
    ) -> Result<Option<Option<Synced>>, WatchError> {
        let differs = |known: &&Interval| digest(within(&range.logs, known)) != known.events;
        let Some(first) = known.iter().find(differs) else {
            return Ok(None);
        };
        self.not_ready();
        let source = self.source(reader)?;
        source.pause(RETRY_PAUSE).await?;
        let second = source.logs(first.from, first.to).await?;
        if second != within(&range.logs, first) {
            return Err(self.unsteady(first.from));
        }
        info!(
            from = first.from,
            to = first.to,
            "a node had left out events, or made some up"
        );
        self.receiver.state().faults.short += 1;
        let fork = first.from.checked_sub(1);
        let fork = fork.and_then(|before| trail.up_to(before).next());
        self.roll_back(reader, heads, synced, fork).await?;
        Ok(Some(fork))
    }
}

/// The logs of an interval, from logs in the order of the chain.
fn within<'a>(logs: &'a [PlacedLog], interval: &Interval) -> &'a [PlacedLog] {
    let from = logs.partition_point(|placed| placed.block < interval.from);
    let to = logs.partition_point(|placed| placed.block <= interval.to);
    logs.get(from..to).unwrap_or_default()
}

/// A digest of events: the Keccak-256 of the Keccak-256 of each, which covers its block and its index (8
/// bytes each, most significant first), its transaction, the contract, the Keccak-256 of its topics, and
/// that of its data.
pub(super) fn digest(logs: &[PlacedLog]) -> Hash {
    let of_log = |placed: &PlacedLog| {
        let PlacedLog {
            log,
            block,
            transaction,
            index,
        } = placed;
        let topics: Vec<&[u8]> = log.topics.iter().map(|topic| &topic.0[..]).collect();
        keccak256(&[
            &block.to_be_bytes(),
            &index.to_be_bytes(),
            &transaction.0,
            &log.address.0,
            &keccak256(&topics).0,
            &keccak256(&[&log.data]).0,
        ])
    };
    let hashes: Vec<Hash> = logs.iter().map(of_log).collect();
    let hashes: Vec<&[u8]> = hashes.iter().map(|hash| &hash.0[..]).collect();
    keccak256(&hashes)
}
