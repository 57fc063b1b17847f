//! What the operator decides.

use crate::chain::{ManagerContract, fee};
use crate::protocol::Amount;

/// Blocks: more than the deepest reorganisation of a public chain of this kind that is known, which
/// took back some 7000 blocks (Ethereum Classic, August 2020).
const DEEPEST: u64 = 10_000;

/// What the operator of a receiver decides. [`Self::of`] has the defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How many blocks a reorganisation may take back without loss. So long a settled channel is
    /// kept, and the highest proof within each deposit before a top up.
    pub reorg_depth: u64,
    /// What is offered for gas at most.
    pub fees: fee::Limits,
    /// Disputes over less are not sent, in token base units. By default all are: what a token is worth
    /// is not known here, and who cheats in small channels unpunished will do it in many.
    pub min_dispute: Amount,
    /// What 10^18 base units of the token are worth, in wei. If it is set, disputes are not sent that
    /// cost more than they bring, at the fee of the moment.
    pub token_worth: Option<Amount>,
    /// Payments are refused in channels of a smaller deposit, in token base units.
    pub min_deposit: Amount,
    /// With less ether than so many disputes cost nothing is sold.
    pub covered_disputes: u32,
}

impl Terms {
    /// The defaults for a contract. A reorganisation is expected to be no deeper than any that is
    /// known, nor than the challenge period, since a chain that takes back more is none that
    /// disputes can be won on.
    pub fn of(contract: &ManagerContract) -> Self {
        Self {
            reorg_depth: DEEPEST.max(contract.challenge_period.into()),
            fees: fee::Limits::default(),
            min_dispute: Amount::ZERO,
            token_worth: None,
            min_deposit: Amount::ZERO,
            covered_disputes: 3,
        }
    }
}
