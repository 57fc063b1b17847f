//! What the receiver knows of one channel.

mod history;

pub use history::DepositLevel;

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::protocol::transaction::Fee;
use crate::protocol::{Amount, BalanceProof, ChannelId, Hash, Signature};

/// Where a channel is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelStatus {
    /// Mined, but not with enough confirmations: nothing can be paid yet.
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

/// One channel as the receiver keeps it. The proof in it is the receiver's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The channel.
    pub id: ChannelId,
    /// The confirmed deposit.
    pub deposit: Amount,
    /// Where it is in its life.
    pub status: ChannelStatus,
    /// Top ups with too few confirmations, by transaction.
    pub unconfirmed_top_ups: BTreeMap<Hash, Amount>,
    /// The proof with the highest balance so far.
    pub proof: Option<BalanceProof>,
    /// Deposits to which a reorganisation may take the channel back, the lowest first; few of them.
    pub levels: Vec<DepositLevel>,
    /// Nothing is accepted above this: others may have what it takes to close with it.
    pub ceiling: Option<Amount>,
    /// The sum of what was served. Moves together with the proof as long as every request pays
    /// exactly its price.
    pub charged: Amount,
    /// What the receiver has withdrawn, without closing.
    pub withdrawn: Amount,
    /// Set while the receiver has to close the channel on the chain with its proof.
    pub payout: Option<Payout>,
    /// The agreement to closing, kept so that it can be given again.
    pub closing_signature: Option<Signature>,
    /// The block in which it was paid out. It is kept for a while, in case that this block is taken
    /// back, and shown by no list meanwhile but [`Select::Reversible`](super::Select).
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

/// A transaction that was handed to a node, or was about to be. Signing it again gives the same
/// bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutTransaction {
    /// Its place among the receiver's transactions.
    pub nonce: u64,
    /// The most gas it may use.
    pub gas_limit: u64,
    /// The price of gas.
    pub fee: Fee,
    /// The newest block when it was made.
    pub block: u64,
}

impl Channel {
    /// A channel that was just seen on the chain.
    pub fn new(id: ChannelId, deposit: Amount, status: ChannelStatus) -> Self {
        let now = SystemTime::now();
        Self {
            id,
            deposit,
            status,
            unconfirmed_top_ups: BTreeMap::new(),
            proof: None,
            levels: Vec::new(),
            ceiling: None,
            charged: Amount::ZERO,
            withdrawn: Amount::ZERO,
            payout: None,
            closing_signature: None,
            settled: None,
            created: now,
            modified: now,
        }
    }

    /// Whether confirmations are awaited, for the channel or for a top up of it.
    pub fn is_waiting(&self) -> bool {
        self.status == ChannelStatus::Unconfirmed || !self.unconfirmed_top_ups.is_empty()
    }

    /// The accepted balance: what the newest proof covers.
    pub fn balance(&self) -> Amount {
        self.proof.map_or(Amount::ZERO, |proof| proof.balance)
    }
}
