//! The receiver's record of a channel.

mod account;
mod history;
mod payment_window;

pub use account::Account;
pub(super) use account::CreditTooLow;
pub use history::DepositLevel;
pub use payment_window::{Charge, PaymentWindow, ResourceHash, WIDTH};
pub(super) use payment_window::{ChargeRequest, Found};

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::chain::submit::Gas;
use crate::protocol::transaction::Fee;
use crate::protocol::{Amount, BalanceProof, ChannelId, Hash, Signature};

/// The state of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelStatus {
    /// Mined with too few confirmations: payments are refused.
    Unconfirmed,
    /// Payments are accepted.
    Open,
    /// The receiver has agreed to closing.
    Agreed,
    /// The sender has requested closing on the chain.
    Closing {
        /// The last block of the challenge period.
        settle_block: u32,
    },
}

/// The receiver's record of a channel. Without its proof the receiver is not paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The channel.
    pub id: ChannelId,
    /// The confirmed deposit.
    pub deposit: Amount,
    /// Its state.
    pub status: ChannelStatus,
    /// Top ups with too few confirmations, by transaction.
    pub unconfirmed_top_ups: BTreeMap<Hash, Amount>,
    /// What its sender has promised, and what of it was charged.
    pub account: Account,
    /// The payment numbers that were charged.
    pub window: PaymentWindow,
    /// Deposits that a reorganisation may restore, the lowest first; 16 at most.
    pub levels: Vec<DepositLevel>,
    /// No balance above this is accepted: others may hold what it takes to close with it.
    pub ceiling: Option<Amount>,
    /// What the receiver withdrew without closing.
    pub withdrawn: Amount,
    /// Set while the receiver has to close the channel on the chain with its proof.
    pub payout: Option<Payout>,
    /// Set while the receiver withdraws without closing. Closing takes its place.
    pub withdrawal: Option<Withdrawal>,
    /// The agreement to closing, kept so that it can be given again.
    pub closing_signature: Option<Signature>,
    /// Set after the store was restored from a backup, until a payment shows what its sender has promised: the
    /// record may be older than that. See [`Receiver::mark_restored`](super::Receiver::mark_restored).
    pub restored: bool,
    /// The block in which it was settled. The record is kept for [`Terms::reorg_depth`](super::Terms)
    /// blocks, in case a reorganisation undoes that; meanwhile only
    /// [`Select::Reversible`](super::Select) lists it.
    pub settled: Option<u64>,
    /// When the record was made.
    pub created: SystemTime,
    /// When it last changed.
    pub modified: SystemTime,
}

/// Closing a channel with its proof, on the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payout {
    /// The newest transaction that does it, written down before it is sent.
    pub attempt: Option<PayoutTransaction>,
}

/// Withdrawing from a channel that stays open, on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// What is withdrawn up to.
    pub proof: BalanceProof,
    /// The newest transaction that does it, written down before it is sent.
    pub attempt: Option<PayoutTransaction>,
}

/// A transaction that was handed in, or may have been: it is written down before. Signing it again gives
/// the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutTransaction {
    /// The account's nonce.
    pub nonce: u64,
    /// The most gas it may use.
    pub gas_limit: u64,
    /// The price of gas.
    pub fee: Fee,
    /// The newest block when it was made.
    pub block: u64,
}

impl PayoutTransaction {
    /// What is paid for its gas at most.
    pub(super) const fn gas(&self) -> Gas {
        Gas {
            limit: self.gas_limit,
            fee: self.fee,
        }
    }
}

impl Channel {
    /// A channel in which nothing was paid.
    pub fn new(id: ChannelId, deposit: Amount, status: ChannelStatus) -> Self {
        let now = SystemTime::now();
        Self {
            id,
            deposit,
            status,
            unconfirmed_top_ups: BTreeMap::new(),
            account: Account::default(),
            window: PaymentWindow::default(),
            levels: Vec::new(),
            ceiling: None,
            withdrawn: Amount::ZERO,
            payout: None,
            withdrawal: None,
            closing_signature: None,
            restored: false,
            settled: None,
            created: now,
            modified: now,
        }
    }

    /// Whether what the receiver has to do on the chain is to withdraw, and not to close.
    pub fn withdraws(&self) -> bool {
        self.payout.is_none() && self.withdrawal.is_some()
    }

    /// The transaction that does what the receiver has to do on the chain; `None`: there is nothing to do.
    pub(super) fn attempt(&mut self) -> Option<&mut Option<PayoutTransaction>> {
        let payout = self.payout.as_mut().map(|payout| &mut payout.attempt);
        payout.or(self.withdrawal.as_mut().map(|w| &mut w.attempt))
    }

    /// Whether the channel or a top up waits for confirmations.
    pub fn is_waiting(&self) -> bool {
        self.status == ChannelStatus::Unconfirmed || !self.unconfirmed_top_ups.is_empty()
    }

    /// The proof with the highest balance so far.
    pub fn proof(&self) -> Option<BalanceProof> {
        self.account.proof()
    }

    /// The accepted balance: what the newest proof covers.
    pub fn balance(&self) -> Amount {
        self.account.accepted()
    }

    /// The sum of the prices of what was served: the accepted balance, as long as every request pays exactly
    /// its price.
    pub fn charged(&self) -> Amount {
        self.account.charged()
    }
}
