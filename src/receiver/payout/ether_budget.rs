//! The account's ether, and what of it is taken.

use std::collections::BTreeMap;

use crate::protocol::amount::Uint256;
use crate::receiver::channel::PayoutTransaction;

/// The account's ether, and what transactions that are not mined may take of it.
pub(super) struct EtherBudget {
    /// At the newest block.
    ether: Uint256,
    /// By nonce: of two with one nonce only one is mined.
    pledged: BTreeMap<u64, Uint256>,
}

impl EtherBudget {
    pub(super) fn new(ether: Uint256) -> Self {
        let pledged = BTreeMap::new();
        Self { ether, pledged }
    }

    /// All of it.
    pub(super) const fn ether(&self) -> Uint256 {
        self.ether
    }

    /// Reserves the ether of a transaction that waits to be mined.
    pub(super) fn pledge(&mut self, attempt: &PayoutTransaction) {
        let pledged = self.pledged.entry(attempt.nonce).or_default();
        *pledged = attempt.gas().cost(Uint256::ZERO).max(*pledged);
    }

    /// The ether that is left for a transaction of this nonce.
    pub(super) fn left_for(&self, nonce: u64) -> Uint256 {
        let others = self.pledged.iter().filter(|(other, _)| **other != nonce);
        others.fold(self.ether, |left, (_, cost)| left.saturating_sub(*cost))
    }
}
