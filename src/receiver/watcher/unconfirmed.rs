//! Blocks without enough confirmations.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::error::WatchError;
use super::{Watcher, events};
use crate::chain::{ManagerContract, PlacedLog, Transport};
use crate::protocol::{Amount, Hash, ManagerEvent};
use crate::receiver::channel::{Channel, ChannelStatus};
use crate::receiver::store::{ChannelKey, Edit, Select, StoreExt, Synced};

impl<T: Transport> Watcher<T> {
    /// Reads the blocks without enough confirmations, and replaces what the poll before saw of them.
    pub(super) async fn look_at_unconfirmed(
        &mut self,
        reader: usize,
        synced: Option<Synced>,
        from: u64,
        newest: u64,
    ) -> Result<(), WatchError> {
        // A head below the last one lacks what was seen there.
        if newest < self.viewed {
            return Ok(());
        }
        let logs = if from <= newest {
            self.source(reader)?.logs_with_retries(from, newest).await?
        } else {
            Vec::new()
        };
        self.viewed = newest;
        let mut unconfirmed = Unconfirmed::read(self.receiver.contract(), &logs);
        self.receiver.state().closing = mem::take(&mut unconfirmed.closing);
        let waiting = self.receiver.store().all(Select::Waiting).await?;
        let edits = unconfirmed.edits(waiting);
        if edits.is_empty() {
            return Ok(());
        }
        Ok(self.write(edits, synced, synced, None).await?)
    }
}

/// What the blocks without enough confirmations show.
#[derive(Default)]
struct Unconfirmed {
    created: BTreeMap<ChannelKey, Channel>,
    closing: BTreeSet<ChannelKey>,
    top_ups: BTreeMap<ChannelKey, BTreeMap<Hash, Amount>>,
}

impl Unconfirmed {
    fn read(contract: &ManagerContract, logs: &[PlacedLog]) -> Self {
        let mut seen = Self::default();
        for placed in logs {
            match events::read(contract, placed) {
                Some(ManagerEvent::Created { .. }) => {
                    if let Some((id, deposit)) = contract.created_by(placed) {
                        let channel = Channel::new(id, deposit, ChannelStatus::Unconfirmed);
                        seen.created.insert(ChannelKey::from(&id), channel);
                    }
                }
                Some(ManagerEvent::ToppedUp { channel, added }) => {
                    let of_channel = seen.top_ups.entry(ChannelKey::from(&channel)).or_default();
                    // A contract may top up several times in one transaction.
                    let sum = of_channel.entry(placed.transaction).or_default();
                    *sum = sum.checked_add(added).unwrap_or(*sum);
                }
                Some(
                    ManagerEvent::CloseRequested { channel, .. }
                    | ManagerEvent::Settled { channel, .. },
                ) => {
                    seen.closing.insert(ChannelKey::from(&channel));
                }
                _ => {}
            }
        }
        seen
    }

    /// What changes in the store, whose channels `waiting` show what the poll before saw.
    fn edits(mut self, waiting: Vec<Channel>) -> Vec<(ChannelKey, Edit)> {
        let mut edits = Vec::new();
        for channel in waiting {
            let key = ChannelKey::from(&channel.id);
            if channel.status == ChannelStatus::Unconfirmed {
                if !self.created.contains_key(&key) && channel.is_bare() {
                    edits.push((key, Edit::remove()));
                }
                self.created.remove(&key);
                self.top_ups.remove(&key);
                continue;
            }
            let pending = self.top_ups.remove(&key).unwrap_or_default();
            if pending != channel.unconfirmed_top_ups {
                edits.push((key, show_top_ups(pending)));
            }
        }
        let new = self.top_ups.into_iter();
        edits.extend(new.map(|(key, pending)| (key, show_top_ups(pending))));
        let new = self.created.into_iter();
        edits.extend(new.map(|(key, channel)| (key, Edit::insert(channel))));
        edits
    }
}

fn show_top_ups(pending: BTreeMap<Hash, Amount>) -> Edit {
    Edit::change(move |channel| {
        if channel.status != ChannelStatus::Unconfirmed {
            channel.unconfirmed_top_ups = pending.clone();
        }
    })
}
