//! The operator's settings.

use std::time::Duration;

use crate::chain::{ManagerContract, fee};
use crate::protocol::Amount;

/// Blocks: more than in the deepest known reorganisation of such a public chain, some 7000 (Ethereum
/// Classic, August 2020).
const DEEPEST: u64 = 10_000;

/// The settings of a receiver's operator. [`Self::of`] has the defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How many blocks a reorganisation may undo without loss. For this long settled channels are kept, and
    /// the highest proof within each deposit before a top up.
    pub reorg_depth: u64,
    /// The most that is offered for gas.
    pub fees: fee::FeeLimits,
    /// Disputes with a lower stake are skipped, in token base units. By default none is: the worth of a token
    /// is not known here, and cheating in small channels must not be free.
    pub min_dispute: Amount,
    /// What 10^18 base units of the token are worth, in wei. If it is set, disputes are skipped while their
    /// gas costs more than their stake.
    pub token_worth: Option<Amount>,
    /// Payments are refused in channels of a smaller deposit, in token base units.
    pub min_deposit: Amount,
    /// Nothing is sold with less ether than this many disputes cost.
    pub covered_disputes: u32,
    /// If it is set, requests may be numbered by the [credit extension](crate::protocol::credit).
    pub credit: Option<CreditTerms>,
}

/// How numbered requests are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditTerms {
    /// For how long what was charged is served again without charge, to whoever repeats the request. Only
    /// requests that read are: what changes something would be done twice.
    pub repeat: Duration,
}

impl Terms {
    /// The defaults for a contract. The depth of a reorganisation is bounded by the deepest one known, and by
    /// the challenge period: no dispute could be won on a chain that undoes more.
    pub fn of(contract: &ManagerContract) -> Self {
        Self {
            reorg_depth: DEEPEST.max(contract.challenge_period.into()),
            fees: fee::FeeLimits::default(),
            min_dispute: Amount::ZERO,
            token_worth: None,
            min_deposit: Amount::ZERO,
            covered_disputes: 3,
            credit: None,
        }
    }
}
