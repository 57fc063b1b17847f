//! What events change in a channel's record, and what a reorganisation leaves of it.
//!
//! A reorganisation undoes events, but neither signatures nor transactions: whoever holds them can use
//! them on the other branch. So proofs, agreements and sent transactions are kept, whatever becomes of
//! the events, until these are too deep to be undone:
//!
//! | what | rule |
//! |---|---|
//! | a settled channel | its record is kept, hidden, and restored if the settlement vanishes |
//! | an agreement, a dispute that was sent, a settlement | no balance above theirs is accepted in that channel again |
//! | a close that the receiver has begun | goes on, even if the request that it answers vanishes |
//! | a top up, or a deposit that is lower than before | the highest proof within the former deposit is kept beside the newest one |

use crate::protocol::{Amount, BalanceProof};

use super::{Channel, ChannelStatus, CreditTooLow};

/// The most levels of a channel.
const MAX_LEVELS: usize = 16;

/// A former deposit, which a reorganisation may restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositLevel {
    /// The deposit before, in token base units.
    pub deposit: Amount,
    /// The block of the top up, or the last one that was applied before the reorganisation.
    pub until: u64,
    /// The highest proof within this deposit.
    pub proof: Option<BalanceProof>,
}

impl Channel {
    /// The highest proof that a contract with this deposit takes.
    pub fn within(&self, deposit: Amount) -> Option<BalanceProof> {
        self.held()
            .filter(|proof| proof.balance <= deposit)
            .max_by_key(|proof| proof.balance)
    }

    /// The proof by which the receiver closes the channel without its sender, of those that a contract with
    /// this deposit takes: the lowest one that covers what was charged, else the highest one.
    pub fn claim(&self, deposit: Amount) -> Option<BalanceProof> {
        let taken = |proof: &BalanceProof| proof.balance <= deposit;
        let covering = self
            .held()
            .filter(|proof| taken(proof) && self.charged() <= proof.balance);
        let covering = covering.min_by_key(|proof| proof.balance);
        covering.or_else(|| self.within(deposit))
    }

    /// What the receiver is owed of this deposit.
    pub fn owed(&self, deposit: Amount) -> Amount {
        let claim = self.claim(deposit);
        claim.map_or(Amount::ZERO, |proof| proof.balance.min(self.charged()))
    }

    /// The proof up to which the receiver withdraws from this deposit: nothing that was not charged.
    pub fn withdrawable(&self, deposit: Amount) -> Option<BalanceProof> {
        self.within(deposit.min(self.charged()))
    }

    /// The newest proof comes last, so that of equal ones it counts.
    fn held(&self) -> impl Iterator<Item = BalanceProof> {
        let kept = self.levels.iter().filter_map(|level| level.proof);
        kept.chain(self.account.held())
    }

    /// Whether the receiver has agreed to close it or begun to.
    pub fn is_left(&self) -> bool {
        self.closing_signature.is_some() || self.payout.is_some()
    }

    /// Whether the record holds nothing but what the chain says.
    pub(in crate::receiver) fn is_bare(&self) -> bool {
        self.proof().is_none() && self.ceiling.is_none() && !self.is_left() && !self.restored
    }

    /// Stores a proof together with what was charged for it.
    pub(in crate::receiver) fn take(
        &mut self,
        proof: BalanceProof,
        price: Amount,
    ) -> Result<(), CreditTooLow> {
        self.account = self.account.pay(proof, price)?;
        self.keep_in_levels(proof);
        Ok(())
    }

    /// Stores a proof above all that are known, and what counts as charged with it, in a restored channel. Whatever
    /// was charged since the backup is not known, so that no lower proof is said to cover it.
    pub(in crate::receiver) fn catch_up(
        &mut self,
        proof: BalanceProof,
        charged: Amount,
    ) -> Result<(), CreditTooLow> {
        self.account = self.account.raise(proof, charged)?;
        self.keep_in_levels(proof);
        self.restored = false;
        Ok(())
    }

    fn keep_in_levels(&mut self, proof: BalanceProof) {
        let is_higher = |level: &&mut DepositLevel| {
            let known = level.proof.map_or(Amount::ZERO, |known| known.balance);
            known < proof.balance && proof.balance <= level.deposit
        };
        for level in self.levels.iter_mut().filter(is_higher) {
            level.proof = Some(proof);
        }
    }

    /// Others may now be able to close the channel with this balance: nothing above it is accepted.
    pub(in crate::receiver) fn bind(&mut self, balance: Amount) {
        self.ceiling = Some(self.ceiling.map_or(balance, |bound| bound.min(balance)));
    }

    /// The channel was created; after a rollback, again.
    pub(in crate::receiver) fn created(&mut self, deposit: Amount) {
        self.status = if self.is_left() {
            ChannelStatus::Agreed
        } else {
            ChannelStatus::Open
        };
        self.deposit = deposit;
        if self.settled.take().is_some() {
            // Settled and opened again in the same block: the payout belongs to the former channel.
            self.payout = None;
            self.withdrawal = None;
        } else {
            // The events of withdrawals come later.
            self.withdrawn = Amount::ZERO;
        }
    }

    /// The deposit was raised in this block.
    pub(in crate::receiver) fn topped_up(&mut self, block: u64, added: Amount) {
        self.keep_level(block);
        // The contract's limit keeps this far below overflow.
        self.deposit = self.deposit.checked_add(added).unwrap_or(self.deposit);
    }

    /// Keeps the highest proof within the present deposit, which changes in this block.
    fn keep_level(&mut self, block: u64) {
        let level = DepositLevel {
            deposit: self.deposit,
            until: block,
            proof: self.within(self.deposit),
        };
        self.levels.retain(|other| other.deposit != level.deposit);
        let place = self
            .levels
            .partition_point(|other| other.deposit < level.deposit);
        self.levels.insert(place, level);
        if self.levels.len() > MAX_LEVELS {
            self.drop_least_level();
        }
    }

    /// Drops the level whose loss would cost least if the deposit ever fell back to it.
    fn drop_least_level(&mut self) {
        let mut below = Amount::ZERO;
        let mut least = None;
        for (place, level) in self.levels.iter().enumerate() {
            let balance = level.proof.map_or(Amount::ZERO, |proof| proof.balance);
            let loss = balance.saturating_sub(below);
            below = balance;
            if least.is_none_or(|(_, smallest)| loss < smallest) {
                least = Some((place, loss));
            }
        }
        if let Some((place, _)) = least {
            self.levels.remove(place);
        }
    }

    /// The channel was paid out in this block, with this balance.
    pub(in crate::receiver) fn paid_out(&mut self, block: u64, balance: Amount) {
        self.bind(balance);
        self.unconfirmed_top_ups.clear();
        self.settled = Some(block);
    }

    /// Prepares for reading the chain again from before the channel's creation; it was read up to `block`.
    /// The deposit may differ then, so the proof within the present one is kept.
    pub(in crate::receiver) fn unread(&mut self, block: u64) {
        if self.proof().is_some() && !self.deposit.is_zero() {
            self.keep_level(block);
        }
        self.status = ChannelStatus::Unconfirmed;
        self.deposit = Amount::ZERO;
        self.unconfirmed_top_ups.clear();
        self.settled = None;
    }

    /// Forgets levels that no reorganisation can restore, those up to `block`, unless the deposit covers
    /// only their proof.
    pub(in crate::receiver) fn forget_levels(&mut self, block: u64) {
        let covered = self.within(self.deposit);
        let needed = covered.filter(|_| covered != self.proof());
        self.levels
            .retain(|level| level.until > block || (needed.is_some() && level.proof == needed));
    }

    /// Whether the channel was settled in a block up to `block`, which no reorganisation undoes; or was
    /// created in a replaced block and did not come back.
    pub(in crate::receiver) fn is_over(&self, block: u64) -> bool {
        let lost =
            self.status == ChannelStatus::Unconfirmed && u64::from(self.id.open_block) <= block;
        lost || self.settled.is_some_and(|settled| settled <= block)
    }
}
