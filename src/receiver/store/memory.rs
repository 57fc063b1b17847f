//! Channels in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard};

use crate::receiver::channel::Channel;

use super::{Batch, ChannelKey, EditOutcome, Select, Store, StoreError, StoreFuture, Trail};

/// Keeps channels in memory, for tests and measurements: when the process ends, they and what was earned are
/// lost.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    channels: BTreeMap<ChannelKey, Channel>,
    trail: Trail,
    transactions: u64,
}

/// A copy of what is kept now, as a backup.
impl Clone for MemoryStore {
    fn clone(&self) -> Self {
        Self {
            kept: Mutex::new(self.lock().clone()),
        }
    }
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Edits work on copies, so a panic in one leaves nothing half changed.
        self.kept
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write_now(&self, batch: Batch) -> Result<(), StoreError> {
        let mut kept = self.lock();
        let known = batch.transactions;
        if known.is_some_and(|known| known != kept.transactions) {
            return Err(StoreError::OtherTransaction);
        }
        if let Some(advance) = batch.advance {
            if kept.trail.newest() != advance.from {
                return Err(StoreError::Overtaken);
            }
            kept.trail.advance(advance.to, advance.events);
        }
        kept.transactions += u64::from(known.is_some());
        for (key, mut edit) in batch.edits {
            let mut channel = kept.channels.get(&key).cloned();
            if edit.apply(&mut channel) == EditOutcome::Changed {
                match channel {
                    Some(channel) => kept.channels.insert(key, channel),
                    None => kept.channels.remove(&key),
                };
            }
        }
        Ok(())
    }

    fn get_now(&self, key: ChannelKey) -> Option<Channel> {
        let kept = self.lock();
        let channel = kept.channels.get(&key);
        channel.filter(|c| c.settled.is_none()).cloned()
    }

    fn list_now(&self, select: Select, after: Option<ChannelKey>, limit: usize) -> Vec<Channel> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let kept = self.lock();
        let rest = kept.channels.range((start, Bound::Unbounded));
        let selected = rest.map(|(_, c)| c).filter(|c| select.matches(c));
        selected.take(limit).cloned().collect()
    }
}

impl Store for MemoryStore {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        Box::pin(async move { Ok(self.get_now(key)) })
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        Box::pin(async move { Ok(self.list_now(select, after, limit)) })
    }

    fn write(&self, batch: Batch) -> StoreFuture<'_, ()> {
        Box::pin(async move { self.write_now(batch) })
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        Box::pin(async move { Ok(self.lock().trail.clone()) })
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        Box::pin(async move { Ok(self.lock().transactions) })
    }
}
