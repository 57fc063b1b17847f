//! Pruning what no reorganisation can undo, and preparing records for reading the chain again.

use tracing::info;

use crate::chain::Transport;
use crate::receiver::channel::Channel;
use crate::receiver::store::{
    ChannelKey, Edit, EditOutcome, Select, Store, StoreError, StoreExt, Synced,
};

use super::Watcher;

/// Records are pruned once in this many blocks.
const EVERY: u64 = 100;

/// The edits after which the chain's events, which were applied up to `block`, can be applied again from the
/// start. All channels, including settled ones, keep their proofs, agreements and sent transactions.
pub(super) async fn unread(
    store: &dyn Store,
    block: u64,
) -> Result<Vec<(ChannelKey, Edit)>, StoreError> {
    let mut edits = Vec::new();
    for select in [Select::All, Select::Reversible] {
        let reset = |channel: Channel| {
            let edit = Edit::of_record(move |channel| {
                channel.unread(block);
                EditOutcome::Changed
            });
            edits.push((ChannelKey::from(&channel.id), edit));
        };
        store.for_each(select, reset).await?;
    }
    Ok(edits)
}

impl<T: Transport> Watcher<T> {
    /// Prunes what no reorganisation can undo any more.
    pub(super) async fn prune(&mut self, synced: Option<Synced>) -> Result<(), StoreError> {
        let Some(block) = synced.map(|synced| synced.block) else {
            return Ok(());
        };
        let due = |at: u64| at.saturating_add(EVERY);
        if self.pruned.is_some_and(|at| at <= block && block < due(at)) {
            return Ok(());
        }
        let depth = self.receiver.terms().reorg_depth.max(self.confirmations);
        if let Some(last) = block.checked_sub(depth) {
            let edits = over(self.receiver.store(), last).await?;
            if !edits.is_empty() {
                info!(channels = edits.len(), "forgetting what is final");
                // Another process may have rolled back; then this write is refused.
                self.write(edits, synced, synced, None).await?;
            }
        }
        self.pruned = Some(block);
        Ok(())
    }
}

/// The edits that prune what ended in blocks up to this one.
async fn over(store: &dyn Store, block: u64) -> Result<Vec<(ChannelKey, Edit)>, StoreError> {
    let mut edits = Vec::new();
    for select in [Select::Reversible, Select::Waiting] {
        let look = |mut channel: Channel| {
            let levels = channel.levels.len();
            channel.forget_levels(block);
            if channel.is_over(block) || channel.levels.len() < levels {
                edits.push((ChannelKey::from(&channel.id), forget(block)));
            }
        };
        store.for_each(select, look).await?;
    }
    Ok(edits)
}

fn forget(block: u64) -> Edit {
    Edit::new(move |stored| {
        let Some(channel) = stored else {
            return EditOutcome::Unchanged;
        };
        if channel.is_over(block) {
            *stored = None;
        } else {
            channel.forget_levels(block);
        }
        EditOutcome::Changed
    })
}
