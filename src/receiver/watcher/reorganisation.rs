//! When confirmed blocks are replaced.
//!
//! A null, one differing hash or a short answer is no reorganisation. A block counts as replaced when it
//! has another hash at two looks, the nodes that keep up say the same, and the blocks above and below it
//! belong to it by their parents' hashes. Then the newest block of the [`Trail`] that is still there is
//! the fork, and what lies above it is rolled back, in one write: records are brought to what the events
//! up to the fork make of them.

use tracing::{info, warn};

use super::Watcher;
use super::audit::SECOND_LOOK;
use super::doubt::{Doubt, Trouble};
use super::heads::Heads;
use super::source::Piece;
use super::{events, memory};
use crate::chain::{Header, PlacedLog, Transport};
use crate::receiver::store::{Synced, Trail};

/// So many blocks below a replaced one are looked at for their parents' hashes.
const LINKS: u64 = 32;
/// No chain is reorganised so deep: a node whose block at this depth is another one is on another chain.
const DEEPEST: u64 = 10_000;
/// The events of so many applied blocks are asked for again with new ones, so that one that a node left
/// out is noticed. Those of more blocks are asked for twice at once.
const OVERLAP: u64 = 16;

/// The events of the newest applied blocks.
pub(super) struct Recent {
    /// The first block.
    from: u64,
    /// The last block.
    to: Synced,
    logs: Vec<PlacedLog>,
}

impl<T: Transport> Watcher<T> {
    /// Whether what was applied is still part of the chain; if not, rolls back to the fork. Returns the
    /// last block whose events are applied then.
    pub(super) async fn check_applied(
        &mut self,
        reader: usize,
        heads: &Heads,
        trail: &Trail,
    ) -> Result<Option<Synced>, Trouble> {
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
    ) -> Result<(), Trouble> {
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

    fn unsteady(&self, block: u64) -> Trouble {
        self.receiver.count_fault(|faults| faults.flapped += 1);
        Doubt::Unsteady(block).into()
    }

    /// The newest block of the trail that is still part of the chain; `None` if none of them is, and none
    /// lies so deep that this can't be.
    async fn find_fork(
        &mut self,
        reader: usize,
        trail: &Trail,
        replaced: Synced,
    ) -> Result<Option<Synced>, Trouble> {
        for older in trail.up_to(replaced.block).skip(1) {
            if self.source(reader)?.block(older.block).await?.hash == older.hash {
                return Ok(Some(older));
            }
            if replaced.block - older.block >= DEEPEST {
                return Err(Doubt::OtherChain(older.block).into());
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
    ) -> Result<(), Trouble> {
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
                    Err(trouble) => self.source(other)?.complain(&trouble),
                }
            }
        }
        let mut edits = memory::unread(self.receiver.store(), applied.unwrap_or(0)).await?;
        edits.extend(events::edits(self.receiver.contract(), &logs));
        self.write(edits, synced, fork).await?;
        self.recent = None;
        for source in &mut self.sources {
            source.agreed = source.agreed.min(fork_block);
        }
        self.receiver.count_fault(|faults| faults.rollbacks += 1);
        Ok(())
    }

    /// Asks again for events that reach further back than a later look does, because one that is left out
    /// of them would stay so.
    pub(super) async fn check_long(
        &mut self,
        reader: usize,
        next: u64,
        piece: &Piece,
    ) -> Result<(), Trouble> {
        let to = piece.to.number;
        if to.saturating_sub(next) < OVERLAP {
            return Ok(());
        }
        let again = self.source(reader)?.logs(piece.from, to).await?;
        if again == piece.logs {
            return Ok(());
        }
        self.not_ready();
        self.receiver.count_fault(|faults| faults.short += 1);
        Err(self.unsteady(to))
    }

    /// From which block on events are asked for, so that some that are known are among them.
    pub(super) fn overlap(&self, synced: Option<Synced>, next: u64) -> u64 {
        match &self.recent {
            Some(recent) if Some(recent.to) == synced => {
                recent.from.max(next.saturating_sub(OVERLAP)).min(next)
            }
            _ => next,
        }
    }

    /// Whether the node says of applied blocks what it said when they were applied. If it left something
    /// out then, rolls back to before that. `Some`: it did, and this is where it stands now.
    pub(super) async fn check_overlap(
        &mut self,
        reader: usize,
        heads: &Heads,
        trail: &Trail,
        synced: Option<Synced>,
        piece: &Piece,
    ) -> Result<Option<Option<Synced>>, Trouble> {
        let (Some(recent), Some(last)) = (&self.recent, synced) else {
            return Ok(None);
        };
        let before = |from: u64| {
            let known = recent.logs.iter();
            known.filter(move |placed| placed.block >= from)
        };
        let again = |logs: &[PlacedLog]| {
            let applied = logs.iter().filter(|placed| placed.block <= last.block);
            applied.cloned().collect::<Vec<_>>()
        };
        let now = again(&piece.logs);
        let differs = |(one, other): (&PlacedLog, &PlacedLog)| one != other;
        let same =
            before(piece.from).count() == now.len() && !before(piece.from).zip(&now).any(differs);
        if same {
            return Ok(None);
        }
        // The first block that is in question.
        let known: Vec<PlacedLog> = before(piece.from).cloned().collect();
        let common = known.iter().zip(&now).take_while(|(a, b)| a == b).count();
        let first = [known.get(common), now.get(common)];
        let first = first.into_iter().flatten().map(|placed| placed.block).min();
        let first = first.unwrap_or(piece.from);
        self.not_ready();
        let source = self.source(reader)?;
        source.pause(SECOND_LOOK).await?;
        let second = source.logs(piece.from, piece.to.number).await?;
        if again(&second) != now {
            return Err(self.unsteady(first));
        }
        info!(first, "a node had left out events, or made some up");
        self.receiver.count_fault(|faults| faults.short += 1);
        let fork = first.checked_sub(1);
        let fork = fork.and_then(|before| trail.up_to(before).next());
        self.roll_back(reader, heads, synced, fork).await?;
        Ok(Some(fork))
    }

    /// Notes the events of applied blocks.
    pub(super) fn remember(&mut self, from: u64, to: Synced, logs: &[PlacedLog]) {
        let oldest = (to.block + 1).saturating_sub(OVERLAP);
        let from = from.max(oldest);
        let recent = logs.iter().filter(|placed| placed.block >= from);
        self.recent = Some(Recent {
            from,
            to,
            logs: recent.cloned().collect(),
        });
    }
}
