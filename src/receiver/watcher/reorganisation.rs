//! When confirmed blocks are replaced.
//!
//! A null, one differing hash or a short answer is no reorganisation. A block counts as replaced when it
//! has another hash at two looks, the nodes that keep up say the same, and the blocks above and below it
//! belong to it by their parents' hashes. Then the newest block of the [`Trail`] that is still there is
//! the fork, and what lies above it is rolled back, in one write: records are brought to what the events
//! up to the fork make of them.

use tracing::{info, warn};

use super::Watcher;
use super::comparison::SECOND_LOOK;
use super::error::{Inconsistency, WatchError};
use super::heads::Heads;
use super::source::LogRange;
use super::{events, pruning};
use crate::chain::{Header, PlacedLog, Transport};
use crate::protocol::{Hash, keccak256};
use crate::receiver::store::{Interval, Synced, Trail};

/// So many blocks below a replaced one are looked at for their parents' hashes.
const LINKS: u64 = 32;
/// No chain is reorganised so deep: a node whose block at this depth is another one is on another chain.
const DEEPEST: u64 = 10_000;
/// The events of so many applied blocks are asked for again with new ones, so that one that a node left
/// out is noticed: their digests are in the [`Trail`], where a restart finds them. Those of more blocks are
/// asked for twice at once.
pub(super) const OVERLAP: u64 = 16;

impl<T: Transport> Watcher<T> {
    /// Whether what was applied is still part of the chain; if not, rolls back to the fork. Returns the
    /// last block whose events are applied then.
    pub(super) async fn check_applied(
        &mut self,
        reader: usize,
        heads: &Heads,
        trail: &Trail,
    ) -> Result<Option<Synced>, WatchError> {
        let synced = trail.newest();
        // A head that is a little behind does not know the newest ones.
        let Some(known) = trail.up_to(heads.head.number).next() else {
            return Ok(synced);
        };
        let found = self.source(reader)?.block(known.block).await?;
        if found.hash == known.hash {
            return Ok(synced);
        }
        // Until it is clear what became of it, a channel that is gone may look open.
        self.not_ready();
        self.confirm_replaced(reader, heads, known, found).await?;
        let fork = self.find_fork(reader, trail, known).await?;
        self.roll_back(reader, heads, synced, fork).await?;
        Ok(fork)
    }

    /// Whether `found` has taken the place of `known` on the chain.
    async fn confirm_replaced(
        &mut self,
        reader: usize,
        heads: &Heads,
        known: Synced,
        found: Header,
    ) -> Result<(), WatchError> {
        let block = known.block;
        let source = self.source(reader)?;
        source.pause(SECOND_LOOK).await?;
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

    /// The newest block of the trail that is still part of the chain; `None` if none of them is, and none
    /// lies so deep that this can't be.
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

    /// Brings all records to what the events up to the fork make of them, in one write; without a fork,
    /// to what they were before any event. What was promised and given away is kept.
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
            // What is left out here would stay so.
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

    /// Asks again for events that reach further back than a later look does, because one that is left out
    /// of them would stay so.
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

    /// Whether the node says of applied blocks what was read of them before. If it left something out then,
    /// rolls back to before that. `Some`: it did, and this is where it stands now.
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
        source.pause(SECOND_LOOK).await?;
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

/// Those of an interval, of logs in the order of the chain.
fn within<'a>(logs: &'a [PlacedLog], interval: &Interval) -> &'a [PlacedLog] {
    let from = logs.partition_point(|placed| placed.block < interval.from);
    let to = logs.partition_point(|placed| placed.block <= interval.to);
    logs.get(from..to).unwrap_or_default()
}

/// What tells the events of some blocks from others: the Keccak-256 of the Keccak-256 of each, which is of
/// its block and its index (8 bytes each, most significant first), its transaction, the contract, and
/// the Keccak-256 of its topics and that of its data.
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
