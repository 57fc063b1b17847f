//! What confirmed events do to channels.

use tracing::{info, warn};

use crate::chain::{ManagerContract, PlacedLog};
use crate::protocol::{Amount, ManagerEvent, rules};

use crate::receiver::channel::{Channel, Status};
use crate::receiver::store::typed::{change, remove};
use crate::receiver::store::{ChannelKey, Edit, Keep};

/// The changes that these logs stand for, in their order.
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
                let channel = stored.get_or_insert_with(|| Channel::new(id, deposit, Status::Open));
                channel.deposit = deposit;
                channel.withdrawn = Amount::ZERO;
                // Known already, after a reorganisation: then what was decided stays so.
                let left = channel.closing_signature.is_some() || channel.payout.is_some();
                channel.status = if left { Status::Agreed } else { Status::Open };
                Keep::Changed
            });
            Some((ChannelKey::from(&id), edit))
        }
        ManagerEvent::ToppedUp { channel, added } => {
            let transaction = placed.transaction;
            let edit = change(move |channel| {
                channel.unconfirmed_top_ups.remove(&transaction);
                // The contract's limit keeps this far below overflow.
                let deposit = channel.deposit.checked_add(added);
                channel.deposit = deposit.unwrap_or(channel.deposit);
            });
            Some((ChannelKey::from(&channel), edit))
        }
        ManagerEvent::CloseRequested { channel, balance } => {
            let settle_block = rules::settle_block(placed.block, contract.challenge_period)?;
            let edit = change(move |channel| {
                if balance < channel.balance() {
                    warn!(
                        sender = %channel.id.sender, block = channel.id.open_block,
                        requested = %balance, accepted = %channel.balance(), settle_block,
                        "the sender requests closing with less than it paid: answering"
                    );
                    channel.payout.get_or_insert_default();
                }
                channel.status = Status::Closing { settle_block };
            });
            Some((ChannelKey::from(&channel), edit))
        }
        ManagerEvent::Settled { channel, .. } => {
            info!(sender = %channel.sender, block = channel.open_block, "channel settled");
            Some((ChannelKey::from(&channel), remove()))
        }
        ManagerEvent::Withdrawn { channel, paid } => {
            let edit = change(move |channel| {
                let withdrawn = channel.withdrawn.checked_add(paid);
                channel.withdrawn = withdrawn.unwrap_or(channel.withdrawn);
            });
            Some((ChannelKey::from(&channel), edit))
        }
        ManagerEvent::TrustedContract { .. } => None,
    }
}
