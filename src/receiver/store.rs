//! Where channels are kept.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use crate::protocol::Address;

use super::channel::Channel;

/// What names a channel of one receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelKey {
    /// Who pays.
    pub sender: Address,
    /// The block in which the channel was created.
    pub open_block: u32,
}

/// Keeps channels. `update` is the one write that payments go through; it is atomic.
pub trait Store: Send + Sync {
    /// A channel.
    fn get(&self, key: ChannelKey) -> Option<Channel>;

    /// All channels, by sender and open block.
    fn all(&self) -> Vec<Channel>;

    /// Adds a channel unless it is there already.
    fn insert(&self, channel: Channel);

    /// Forgets a channel.
    fn remove(&self, key: ChannelKey);

    /// Decides about a channel and stores what the decision changed, in one step; nothing is
    /// stored if it fails. `None`: there is no such channel.
    fn update<T, E>(
        &self,
        key: ChannelKey,
        decide: impl FnOnce(&mut Channel) -> Result<T, E>,
    ) -> Option<Result<T, E>>;
}

/// Keeps channels in memory: they are lost with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    channels: Mutex<BTreeMap<ChannelKey, Channel>>,
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ChannelKey, Channel>> {
        // A decision works on a copy, so a panic in one leaves nothing half changed.
        self.channels
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Store for MemoryStore {
    fn get(&self, key: ChannelKey) -> Option<Channel> {
        self.lock().get(&key).cloned()
    }

    fn all(&self) -> Vec<Channel> {
        self.lock().values().cloned().collect()
    }

    fn insert(&self, channel: Channel) {
        let key = ChannelKey {
            sender: channel.id.sender,
            open_block: channel.id.open_block,
        };
        self.lock().entry(key).or_insert(channel);
    }

    fn remove(&self, key: ChannelKey) {
        self.lock().remove(&key);
    }

    fn update<T, E>(
        &self,
        key: ChannelKey,
        decide: impl FnOnce(&mut Channel) -> Result<T, E>,
    ) -> Option<Result<T, E>> {
        let mut channels = self.lock();
        let stored = channels.get_mut(&key)?;
        let mut changed = stored.clone();
        let result = decide(&mut changed);
        if result.is_ok() {
            changed.modified = SystemTime::now();
            *stored = changed;
        }
        Some(result)
    }
}
