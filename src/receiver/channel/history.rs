//! What the chain does to a channel, and what a reorganisation leaves of it.
//!
//! A reorganisation takes back events, but neither signatures nor transactions: whoever has them
//! can use them on the other branch. So what the receiver was promised and what it has given away
//! outlive every event until that is too deep to be taken back:
//!
//! | what | rule |
//! |---|---|
//! | a settled channel | kept whole, but seen by nobody, and back as it was if its settlement vanishes |
//! | an agreement, a dispute that was sent, a settlement | nothing is accepted above its balance, in whatever form the channel comes back |
//! | a close that the receiver has begun | goes on, even if the request that it answers vanishes |
//! | a top up, or a deposit that is lower than it was | the highest proof within the deposit before it is kept beside the newest one |

use crate::protocol::{Amount, BalanceProof};

use super::{Channel, ChannelStatus};

/// The most levels of a channel.
const MAX_LEVELS: usize = 16;

/// A confirmed deposit that another one has taken the place of, by a top up that a reorganisation may take
/// back, or by a reorganisation.
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
        let kept = self.levels.iter().filter_map(|level| level.proof);
        kept.chain(self.proof)
            .filter(|proof| proof.balance <= deposit)
            .max_by_key(|proof| proof.balance)
    }

    /// Whether the receiver has agreed to close it or begun to.
    pub fn is_left(&self) -> bool {
        self.closing_signature.is_some() || self.payout.is_some()
    }

    /// Whether nothing is lost if it is forgotten.
    pub(in crate::receiver) fn is_bare(&self) -> bool {
        self.proof.is_none() && self.ceiling.is_none() && !self.is_left()
    }

    /// Takes a proof above all others.
    pub(in crate::receiver) fn take(&mut self, proof: BalanceProof) {
        self.proof = Some(proof);
        let wide = |level: &&mut DepositLevel| proof.balance <= level.deposit;
        for level in self.levels.iter_mut().filter(wide) {
            level.proof = Some(proof);
        }
    }

    /// Notes that the channel can be closed with this balance by what others may have.
    pub(in crate::receiver) fn bind(&mut self, balance: Amount) {
        self.ceiling = Some(self.ceiling.map_or(balance, |bound| bound.min(balance)));
    }

    /// The channel was created, in the order of the chain: perhaps once more.
    pub(in crate::receiver) fn created(&mut self, deposit: Amount) {
        self.status = if self.is_left() {
            ChannelStatus::Agreed
        } else {
            ChannelStatus::Open
        };
        self.deposit = deposit;
        if self.settled.take().is_some() {
            // Opened again in its block: what was under way has ended the channel before.
            self.payout = None;
        } else {
            // The withdrawals follow.
            self.withdrawn = Amount::ZERO;
        }
    }

    /// The deposit was raised in this block.
    pub(in crate::receiver) fn topped_up(&mut self, block: u64, added: Amount) {
        self.keep_level(block);
        // The contract's limit keeps this far below overflow.
        self.deposit = self.deposit.checked_add(added).unwrap_or(self.deposit);
    }

    /// Keeps the highest proof within the deposit, whatever becomes of that in this block.
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

    /// Drops the level without which the least is lost, if the deposit ever falls back to it.
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

    /// The chain is read anew from before the channel's creation; it was read up to `block`. The deposit may be
    /// another one then, and what it covered is kept.
    pub(in crate::receiver) fn unread(&mut self, block: u64) {
        if self.proof.is_some() && !self.deposit.is_zero() {
            self.keep_level(block);
        }
        self.status = ChannelStatus::Unconfirmed;
        self.deposit = Amount::ZERO;
        self.unconfirmed_top_ups.clear();
        self.settled = None;
    }

    /// Forgets levels of deposits that are final or will not come back: those up to `block`, unless the
    /// deposit covers none but theirs.
    pub(in crate::receiver) fn forget_levels(&mut self, block: u64) {
        let covered = self.within(self.deposit);
        let needed = covered.filter(|_| covered != self.proof);
        self.levels
            .retain(|level| level.until > block || (needed.is_some() && level.proof == needed));
    }

    /// Whether the channel has ended in a block that can't be taken back any more: one up to
    /// `block`; or is of a block that was replaced, and did not come back.
    pub(in crate::receiver) fn is_over(&self, block: u64) -> bool {
        let lost =
            self.status == ChannelStatus::Unconfirmed && u64::from(self.id.open_block) <= block;
        lost || self.settled.is_some_and(|settled| settled <= block)
    }
}
