//! The blocks by which a fork is found.

use crate::protocol::Hash;

use super::{StoreError, Synced};

/// Blocks up to which events were applied, oldest first: the newest ones all, of the older ones two for
/// each power of two of their distance, so that a fork of any depth is found within twice that depth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail(Vec<Synced>);

/// So many of the newest blocks are kept.
const NEWEST: usize = 16;
/// A block's number and its hash.
const ENTRY: usize = 8 + 32;

impl Trail {
    /// The last block whose events were applied.
    pub fn newest(&self) -> Option<Synced> {
        self.0.last().copied()
    }

    /// The blocks up to this one, the newest first.
    pub fn up_to(&self, block: u64) -> impl Iterator<Item = Synced> {
        let known = self.0.iter().rev().copied();
        known.filter(move |synced| synced.block <= block)
    }

    /// Goes on to a block, or back to it and forgets those above; `None`: back to the start.
    pub fn advance(&mut self, to: Option<Synced>) {
        let Some(to) = to else {
            self.0.clear();
            return;
        };
        self.0.retain(|synced| synced.block < to.block);
        self.0.push(to);
        let distance = |synced: &Synced| (to.block - synced.block).checked_ilog2();
        let older = self.0.len().saturating_sub(NEWEST);
        let mut index = 0;
        let distances: Vec<_> = self.0.iter().map(distance).collect();
        self.0.retain(|_| {
            let here = distances.get(index);
            let before = index
                .checked_sub(1)
                .and_then(|before| distances.get(before));
            // The first and the last of those that are about as far away.
            let kept = index >= older || here != before || here != distances.get(index + 1);
            index += 1;
            kept
        });
    }

    /// As one text of bytes.
    #[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * ENTRY);
        for Synced { block, hash } in &self.0 {
            bytes.extend(block.to_be_bytes());
            bytes.extend(hash.0);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote, of which `newest` is stored a second time: what does not end
    /// with it was written by a version that kept no more than that.
    #[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
    pub(super) fn from_bytes(newest: Synced, bytes: &[u8]) -> Result<Self, StoreError> {
        let broken = || StoreError::Unavailable("a stored trail is broken".to_owned());
        let (entries, rest) = bytes.as_chunks::<ENTRY>();
        if !rest.is_empty() {
            return Err(broken());
        }
        let mut trail = Vec::with_capacity(entries.len());
        for entry in entries {
            let (block, hash) = entry.split_at(8);
            let block = block.try_into().map_err(|_| broken())?;
            let hash = hash.try_into().map_err(|_| broken())?;
            trail.push(Synced {
                block: u64::from_be_bytes(block),
                hash: Hash(hash),
            });
        }
        if trail.last() != Some(&newest) {
            trail = vec![newest];
        }
        Ok(Self(trail))
    }
}

impl From<Option<Synced>> for Trail {
    fn from(newest: Option<Synced>) -> Self {
        Self(newest.into_iter().collect())
    }
}
