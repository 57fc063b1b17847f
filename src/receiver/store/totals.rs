//! Sums over the channels of a store.

use crate::protocol::Address;
use crate::protocol::amount::Uint256;
use crate::receiver::channel::{Channel, ChannelStatus};

use super::ext::StoreExt;
use super::{Select, Store, StoreError};

/// Sums over the confirmed channels, in token base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Channels in which payments are accepted.
    pub open: u64,
    /// Channels that are closing, and those that the receiver has agreed to close.
    pub closing: u64,
    /// How many senders have such channels.
    pub senders: u64,
    /// What was paid in them.
    pub balance: Uint256,
    /// Their deposits.
    pub deposit: Uint256,
}

/// Sums over channels in the order of their keys.
#[derive(Default)]
pub(super) struct RunningTotals {
    pub(super) totals: Totals,
    last: Option<Address>,
}

impl RunningTotals {
    pub(super) fn add(&mut self, sender: Address, open: bool, balance: Uint256, deposit: Uint256) {
        let totals = &mut self.totals;
        if open {
            totals.open += 1;
        } else {
            totals.closing += 1;
        }
        totals.balance = totals.balance.saturating_add(balance);
        totals.deposit = totals.deposit.saturating_add(deposit);
        if self.last.replace(sender) != Some(sender) {
            totals.senders += 1;
        }
    }

    fn see(&mut self, channel: &Channel) {
        if channel.status != ChannelStatus::Unconfirmed {
            let (balance, deposit) = (channel.balance().into(), channel.deposit.into());
            let open = channel.status == ChannelStatus::Open;
            self.add(channel.id.sender, open, balance, deposit);
        }
    }
}

/// Reads all channels.
pub(super) async fn read<S: Store + ?Sized>(store: &S) -> Result<Totals, StoreError> {
    let mut sum = RunningTotals::default();
    let see = |channel: Channel| sum.see(&channel);
    store.for_each(Select::All, see).await?;
    Ok(sum.totals)
}
