//! The changes that confirmed events make to channels.

use tracing::{Span, info, warn};

use crate::chain::{ManagerContract, PlacedLog};
use crate::protocol::{ManagerEvent, rules};

use crate::receiver::channel::{Channel, ChannelStatus};
use crate::receiver::store::{ChannelKey, Edit, EditOutcome};

/// The changes that these logs make, in their order.
pub(super) fn edits(contract: &ManagerContract, logs: &[PlacedLog]) -> Vec<(ChannelKey, Edit)> {
    logs.iter()
        .filter_map(|placed| edit(contract, placed))
        .collect()
}

/// The event of a log. One that can't be read is skipped.
pub(super) fn read(contract: &ManagerContract, placed: &PlacedLog) -> Option<ManagerEvent> {
    let read = ManagerEvent::read(contract.manager.generation, &placed.log);
    read.inspect_err(|error| warn!(%error, block = placed.block, "an event was skipped"))
        .ok()
}

fn edit(contract: &ManagerContract, placed: &PlacedLog) -> Option<(ChannelKey, Edit)> {
    match read(contract, placed)? {
        ManagerEvent::Created { .. } => {
            let (id, deposit) = contract.created_by(placed)?;
            info!(sender = %id.sender, block = id.open_block, %deposit, "channel confirmed");
            let edit = Edit::new(move |stored| {
                let new = || Channel::new(id, deposit, ChannelStatus::Unconfirmed);
                stored.get_or_insert_with(new).created(deposit);
                EditOutcome::Changed
            });
            Some((ChannelKey::from(&id), edit))
        }
        ManagerEvent::ToppedUp { channel, added } => {
            let (transaction, block) = (placed.transaction, placed.block);
            let edit = Edit::change(move |channel| {
                channel.unconfirmed_top_ups.remove(&transaction);
                channel.topped_up(block, added);
            });
            Some((ChannelKey::from(&channel), edit))
        }
        ManagerEvent::CloseRequested { channel, balance } => {
            let settle_block = rules::settle_block(placed.block, contract.challenge_period)?;
            // The store makes the change, maybe on a thread of its own.
            let span = Span::current();
            let edit = Edit::change(move |channel| {
                let owed = channel.owed(channel.deposit);
                if balance < owed {
                    span.in_scope(|| {
                        warn!(
                            sender = %channel.id.sender, block = channel.id.open_block,
                            requested = %balance, %owed, settle_block,
                            "the sender requests closing with less than it paid: answering"
                        );
                    });
                    channel.payout.get_or_insert_default();
                }
                channel.status = ChannelStatus::Closing { settle_block };
            });
            Some((ChannelKey::from(&channel), edit))
        }
        ManagerEvent::Settled {
            channel, balance, ..
        } => {
            info!(sender = %channel.sender, block = channel.open_block, "channel settled");
            let block = placed.block;
            let edit = Edit::change(move |channel| channel.paid_out(block, balance));
            Some((ChannelKey::from(&channel), edit))
        }
        ManagerEvent::Withdrawn { channel, paid } => {
            let edit = Edit::change(move |channel| {
                let withdrawn = channel.withdrawn.checked_add(paid);
                channel.withdrawn = withdrawn.unwrap_or(channel.withdrawn);
                let withdrawn = channel.withdrawn;
                channel.withdrawal = channel
                    .withdrawal
                    .filter(|withdrawal| withdrawal.proof.balance > withdrawn);
            });
            Some((ChannelKey::from(&channel), edit))
        }
        ManagerEvent::TrustedContract { .. } => None,
    }
}
