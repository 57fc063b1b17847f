//! Channels as a transaction will store them.

use std::collections::BTreeMap;

use crate::receiver::channel::Channel;

use super::{Edit, EditOutcome};

/// The channels that were read, and what edits made of them, by a key of the store's choice.
pub(super) struct Overlay<K> {
    seen: BTreeMap<K, Draft>,
}

struct Draft {
    channel: Option<Channel>,
    changed: bool,
}

impl<K> Default for Overlay<K> {
    fn default() -> Self {
        let seen = BTreeMap::new();
        Self { seen }
    }
}

impl<K: Ord> Overlay<K> {
    /// Whether a channel was read already.
    #[cfg(feature = "sqlite")]
    pub(super) fn knows(&self, key: &K) -> bool {
        self.seen.contains_key(key)
    }

    /// Adds a channel as it is stored.
    pub(super) fn learn(&mut self, key: K, channel: Option<Channel>) {
        let changed = false;
        self.seen.insert(key, Draft { channel, changed });
    }

    /// Applies edits in their order to channels that were read.
    pub(super) fn apply(&mut self, edits: impl IntoIterator<Item = (K, Edit)>) {
        for (key, mut edit) in edits {
            let Some(seen) = self.seen.get_mut(&key) else {
                continue;
            };
            let mut channel = seen.channel.clone();
            if edit.apply(&mut channel) == EditOutcome::Changed {
                *seen = Draft {
                    channel,
                    changed: true,
                };
            }
        }
    }

    /// What has to be stored; `None`: the channel is to be deleted.
    pub(super) fn changed(self) -> impl Iterator<Item = (K, Option<Channel>)> {
        let changed = self.seen.into_iter().filter(|(_, seen)| seen.changed);
        changed.map(|(key, seen)| (key, seen.channel))
    }
}
