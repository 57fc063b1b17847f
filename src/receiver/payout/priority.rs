//! Which channels to close first, and which are not worth it.
//!
//! The stake of a dispute is the difference between what the receiver is owed and the close request. The highest
//! stake comes first, and of equal ones that with the fewest blocks left, so that little is lost when ether
//! is short or blocks are full. A dispute is skipped while its stake is below its gas cost or
//! [`Terms::min_dispute`]. Channels that the operator closes are never skipped.

use core::cmp::Reverse;

use crate::chain::fee;
use crate::protocol::amount::Uint256;
use crate::protocol::transaction::Fee;
use crate::protocol::{Amount, BalanceProof, ChannelInfo};
use crate::receiver::{Channel, Terms};

/// The most gas that closing a channel takes: `cooperativeClose` of two accounts that had no
/// tokens. Source: measured in `tests/contracts/gas.test.mjs`.
pub(super) const DISPUTE_GAS: u64 = 105_342;

/// A channel to be closed, as the contract has it now.
pub(super) struct DueChannel {
    pub(super) channel: Channel,
    pub(super) info: ChannelInfo,
    /// What the receiver can claim, of what the contract takes.
    pub(super) proof: BalanceProof,
}

impl DueChannel {
    /// What would be lost without closing by the proof.
    pub(super) fn stake(&self) -> Amount {
        let without = if self.info.is_closing() {
            self.info.closing_balance
        } else {
            self.info.withdrawn
        };
        self.channel.owed(self.info.deposit).saturating_sub(without)
    }

    /// The order in which to begin.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        // Without a close request there is no deadline.
        let end = Some(self.info.settle_block).filter(|block| *block != 0);
        (Reverse(self.stake()), end.unwrap_or(u32::MAX))
    }

    /// Whether it is a dispute that costs more than its stake.
    pub(super) fn is_worthless(&self, terms: &Terms, fee: &Fee) -> bool {
        self.info.is_closing() && self.stake() < least_stake(terms, fee)
    }
}

/// The least for which a dispute is worth its gas, in token base units.
fn least_stake(terms: &Terms, fee: &Fee) -> Amount {
    let Some(rate) = terms.token_worth else {
        return terms.min_dispute;
    };
    let cost = fee::worst_cost(fee, DISPUTE_GAS, Uint256::ZERO);
    let units = cost.saturating_mul(Uint256::new(1_000_000_000_000_000_000));
    let (rate, whole) = (Uint256::from(rate), units.checked_div(Uint256::from(rate)));
    // The token is worth nothing.
    let Some(whole) = whole else {
        return Amount::MAX;
    };
    let more = u8::from(whole.saturating_mul(rate) < units);
    let least = Amount::try_from(whole.saturating_add(Uint256::from(more)));
    least.unwrap_or(Amount::MAX).max(terms.min_dispute)
}
