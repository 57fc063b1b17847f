//! Checkpoints, by which a fork is found.

use crate::protocol::Hash;

use super::{StoreError, Synced};

/// Checkpoints: blocks up to which events were applied, oldest first. The newest 16 are kept, and of older
/// ones two for each power of two of their distance, so that a fork of any depth is found within twice that
/// depth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail(Vec<Checkpoint>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Checkpoint {
    at: Synced,
    /// The digest of the events that were applied since the checkpoint before it, if that is still kept.
    events: Option<Hash>,
}

/// Applied blocks and the digest of the events that were read of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first block.
    pub from: u64,
    /// The last block.
    pub to: u64,
    /// The digest of their events, as the watcher makes it.
    pub events: Hash,
}

/// Stands for no digest.
const NONE: Hash = Hash([0; 32]);
/// How many of the newest checkpoints are kept.
const NEWEST: usize = 16;
/// A block's number, its hash, and the digest of the events.
const ENTRY: usize = 8 + 32 + 32;

impl Trail {
    /// The last block whose events were applied.
    pub fn newest(&self) -> Option<Synced> {
        self.0.last().map(|checkpoint| checkpoint.at)
    }

    /// The blocks up to this one, the newest first.
    pub fn up_to(&self, block: u64) -> impl Iterator<Item = Synced> {
        let known = self.0.iter().rev().map(|checkpoint| checkpoint.at);
        known.filter(move |synced| synced.block <= block)
    }

    /// The intervals between the newest checkpoints up to this one, oldest first, that together have at most
    /// `span` blocks. The first checkpoint of all reaches back to `start`.
    pub fn recent(&self, last: Synced, start: u64, span: u64) -> Vec<Interval> {
        let end = self.0.iter().position(|checkpoint| checkpoint.at == last);
        let mut recent = Vec::new();
        for index in (0..end.map_or(0, |end| end + 1)).rev() {
            let before = index.checked_sub(1).and_then(|before| self.0.get(before));
            let from = before.map_or(start, |before| before.at.block + 1);
            let Some((to, events)) = self
                .0
                .get(index)
                .and_then(|c| Some((c.at.block, c.events?)))
            else {
                break;
            };
            if last.block.saturating_sub(from) >= span {
                break;
            }
            recent.push(Interval { from, to, events });
        }
        recent.reverse();
        recent
    }

    /// Moves forward to a block, up to which the events have this digest; or back to a block, dropping the
    /// checkpoints above. `None`: back to the start.
    pub fn advance(&mut self, to: Option<Synced>, events: Option<Hash>) {
        let Some(to) = to else {
            self.0.clear();
            return;
        };
        let known = self.0.iter().find(|checkpoint| checkpoint.at == to);
        let events = events.or(known.and_then(|known| known.events));
        self.0.retain(|checkpoint| checkpoint.at.block < to.block);
        self.0.push(Checkpoint { at: to, events });
        let distance = |c: &Checkpoint| (to.block - c.at.block).checked_ilog2();
        let older = self.0.len().saturating_sub(NEWEST);
        let distances: Vec<_> = self.0.iter().map(distance).collect();
        let mut kept: Vec<Checkpoint> = Vec::with_capacity(self.0.len());
        let mut whole = true;
        for (index, checkpoint) in self.0.drain(..).enumerate() {
            let here = distances.get(index);
            let before = index
                .checked_sub(1)
                .and_then(|before| distances.get(before));
            // Of those with one power of two, the first and the last.
            if index >= older || here != before || here != distances.get(index + 1) {
                let events = checkpoint.events.filter(|_| whole);
                kept.push(Checkpoint {
                    events,
                    ..checkpoint
                });
                whole = true;
            } else {
                whole = false;
            }
        }
        self.0 = kept;
    }

    /// As bytes.
    #[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * ENTRY);
        for Checkpoint { at, events } in &self.0 {
            bytes.extend(at.block.to_be_bytes());
            bytes.extend(at.hash.0);
            bytes.extend(events.unwrap_or(NONE).0);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote. `newest` is stored beside it: bytes that do not end with it are
    /// another version's, and ignored.
    #[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
    pub(super) fn from_bytes(newest: Synced, bytes: &[u8]) -> Result<Self, StoreError> {
        let broken = || StoreError::Unavailable("a stored trail is broken".to_owned());
        let (entries, _) = bytes.as_chunks::<ENTRY>();
        let mut trail = Vec::with_capacity(entries.len());
        for entry in entries {
            let (block, hashes) = entry.split_at(8);
            let (hash, events) = hashes.split_at(32);
            let block = block.try_into().map_err(|_| broken())?;
            let hash = hash.try_into().map_err(|_| broken())?;
            let events = Hash(events.try_into().map_err(|_| broken())?);
            trail.push(Checkpoint {
                at: Synced {
                    block: u64::from_be_bytes(block),
                    hash: Hash(hash),
                },
                events: Some(events).filter(|events| *events != NONE),
            });
        }
        if trail.last().map(|checkpoint| checkpoint.at) != Some(newest) {
            return Ok(Some(newest).into());
        }
        Ok(Self(trail))
    }
}

impl From<Option<Synced>> for Trail {
    fn from(newest: Option<Synced>) -> Self {
        let checkpoint = |at| Checkpoint { at, events: None };
        Self(newest.into_iter().map(checkpoint).collect())
    }
}
