//! Channels as a transaction will store them.

use std::collections::BTreeMap;

use crate::receiver::channel::Channel;

use super::{ChannelKey, Edit, EditOutcome};

/// The channels that were read, and what edits made of them.
#[derive(Default)]
pub(super) struct Overlay {
    seen: BTreeMap<ChannelKey, Draft>,
}

struct Draft {
    channel: Option<Channel>,
    changed: bool,
}

impl Overlay {
    /// Whether a channel was read already.
    #[cfg(feature = "sqlite")]
    pub(super) fn knows(&self, key: ChannelKey) -> bool {
        self.seen.contains_key(&key)
    }

    /// Adds a channel as it is stored.
    pub(super) fn learn(&mut self, key: ChannelKey, channel: Option<Channel>) {
        let changed = false;
        self.seen.insert(key, Draft { channel, changed });
    }

    /// Applies edits in their order to channels that were read.
    pub(super) fn apply(&mut self, edits: Vec<(ChannelKey, Edit)>) {
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
    pub(super) fn changed(self) -> impl Iterator<Item = (ChannelKey, Option<Channel>)> {
        let changed = self.seen.into_iter().filter(|(_, seen)| seen.changed);
        changed.map(|(key, seen)| (key, seen.channel))
    }
}
