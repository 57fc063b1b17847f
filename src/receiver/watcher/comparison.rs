//! Comparing the nodes with each other.

use std::time::Duration;

use super::Watcher;
use super::error::{Inconsistency, WatchError};
use super::heads::Heads;
use crate::chain::{PlacedLog, Transport};
use crate::receiver::store::Synced;

/// The pause before a request is repeated whose answer contradicts another one.
pub(super) const RETRY_PAUSE: Duration = Duration::from_secs(1);

impl<T: Transport> Watcher<T> {
    /// Compares the node `reader` with the others that keep up: by the hash of block `to`, and by the events
    /// up to it, of which `logs` are those from `next` on. A node that does not know that block yet, or does
    /// not answer, is compared later.
    pub(super) async fn compare_nodes(
        &mut self,
        reader: usize,
        heads: &Heads,
        next: u64,
        logs: &[PlacedLog],
        to: Synced,
    ) -> Result<(), WatchError> {
        for &other in heads.keeping_up.iter().filter(|other| **other != reader) {
            let compared = self.compare(reader, other, next, logs, to).await;
            match compared {
                Ok(()) => self.source(other)?.is_well(),
                Err(WatchError::Inconsistent(doubt)) if doubt.is_of_all() => {
                    return Err(doubt.into());
                }
                // No answer is no contradiction.
                Err(error) => self.source(other)?.complain(&error),
            }
        }
        Ok(())
    }

    async fn compare(
        &mut self,
        reader: usize,
        other: usize,
        next: u64,
        logs: &[PlacedLog],
        to: Synced,
    ) -> Result<(), WatchError> {
        self.compare_hash(reader, other, to).await?;
        let source = self.source(other)?;
        // A node that was away was not compared about what was applied meanwhile.
        let from = source.agreed.map_or(next, |agreed| agreed + 1);
        if from <= to.block {
            let mut theirs = source.all_logs(from, to.block).await?;
            let mut ours = Vec::new();
            if from < next {
                ours = self.source(reader)?.all_logs(from, next - 1).await?;
            }
            ours.extend(logs.iter().filter(|placed| placed.block >= from).cloned());
            if theirs != ours {
                // A node's index of events may be a moment behind its blocks.
                self.source(other)?.pause(RETRY_PAUSE).await?;
                theirs = self.source(other)?.all_logs(from, to.block).await?;
            }
            if theirs != ours {
                return Err(self.disagreement(reader, other, to.block).into());
            }
        }
        self.source(other)?.agreed = Some(to.block);
        Ok(())
    }

    async fn compare_hash(
        &mut self,
        reader: usize,
        other: usize,
        to: Synced,
    ) -> Result<(), WatchError> {
        for looks in 0..2 {
            if looks > 0 {
                self.source(other)?.pause(RETRY_PAUSE).await?;
                let again = self.source(reader)?.block(to.block).await?;
                if again.hash != to.hash {
                    return Err(Inconsistency::Unsteady(to.block).into());
                }
            }
            let theirs = self.source(other)?.header_soon(to.block).await?;
            match theirs {
                None => return Err(Inconsistency::UnknownBlock(to.block).into()),
                Some(theirs) if theirs.hash == to.hash => return Ok(()),
                Some(_) => {}
            }
        }
        Err(self.disagreement(reader, other, to.block).into())
    }

    pub(super) fn disagreement(&self, reader: usize, other: usize, block: u64) -> Inconsistency {
        Inconsistency::Disagreement {
            one: reader.min(other) + 1,
            other: reader.max(other) + 1,
            block,
        }
    }
}
