//! The journal of transactions: each one is written to storage before it is sent.
//!
//! There is at most one entry per channel, and one per receiver for opening a channel, because an entry
//! is written while the lock of that channel or opening is held. The signed balance proof of a payment
//! is kept in the channel's record instead.
//!
//! | entry | state after a crash | resolved by |
//! |---|---|---|
//! | nonce, no hash | a wallet was asked, and its answer is not known | whether the nonce was used, and the contract's state |
//! | nonce and hash | sent, not known to be mined | its receipt; or another transaction with its nonce |
//! | hash, no nonce | a wallet sent it, or let somebody else send it | its receipt; the events of the chain |
//! | a batch, no hash | a wallet makes several calls together, and has not told the transaction | the wallet, then as above |
//! | nonce, hash and bytes | signed by a local key, perhaps not sent | as above; resent if the node does not know it |
//!
//! The effect of a finished transaction is read from the chain, not from the entry: of an opening from
//! its event; of a top up, close or settlement from the channel's state.

use crate::json::{Value, json};

use crate::chain::Sent;
use crate::protocol::{Amount, hex_text};

use super::super::wallet::batch::BatchId;
use super::keys::{SenderKey, StepKey};

/// The purpose of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sets an old allowance to zero.
    ApproveReset,
    /// Allows the manager to take tokens.
    Approve,
    /// Opens a channel.
    Open,
    /// Adds to a deposit.
    TopUp,
    /// Requests closing.
    Close,
    /// Closes with the receiver's agreement.
    CooperativeClose,
    /// Pays out after the challenge period.
    Settle,
    /// Buys demonstration tokens.
    Mint,
    /// Moves tokens between accounts of the user.
    TransferTokens,
    /// Moves ether between accounts of the user.
    TransferEther,
}

impl Action {
    const ALL: [Self; 10] = [
        Self::ApproveReset,
        Self::Approve,
        Self::Open,
        Self::TopUp,
        Self::Close,
        Self::CooperativeClose,
        Self::Settle,
        Self::Mint,
        Self::TransferTokens,
        Self::TransferEther,
    ];

    /// Whether it takes a deposit out of the contract.
    pub const fn leaves(self) -> bool {
        matches!(self, Self::Close | Self::CooperativeClose | Self::Settle)
    }

    /// Whether it moves money between accounts of the user.
    pub const fn moves(self) -> bool {
        matches!(self, Self::TransferTokens | Self::TransferEther)
    }

    /// A stable name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApproveReset => "approve-reset",
            Self::Approve => "approve",
            Self::Open => "open",
            Self::TopUp => "top-up",
            Self::Close => "close",
            Self::CooperativeClose => "cooperative-close",
            Self::Settle => "settle",
            Self::Mint => "mint",
            Self::TransferTokens => "transfer-tokens",
            Self::TransferEther => "transfer-ether",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// A journal entry: a transaction that was sent or is about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The channel it belongs to.
    pub key: StepKey,
    /// Its purpose.
    pub action: Action,
    /// The tokens it moves into the contract, if any.
    pub amount: Amount,
    /// For a top up: the channel's deposit once it is mined. `None` if unknown, as in entries of earlier
    /// versions.
    pub deposit: Option<Amount>,
    /// The newest block when the entry was written; the transaction takes effect after it.
    pub from_block: u64,
    /// What is known of the transaction: nonce, hash, bytes.
    pub sent: Sent,
    /// What a wallet calls it that makes it together with other calls.
    pub batch: Option<BatchId>,
    /// Whether no node knew it or took it when it was last followed. Its bytes have left, so it is kept until
    /// its nonce is used; the next transaction in its place uses the same nonce, so that only one of both can
    /// be mined.
    pub refused: bool,
}

impl Step {
    /// The text to store.
    pub fn to_json(&self) -> String {
        json!({
            "version": 1_u32,
            "receiver": self.key.receiver.to_string(),
            "openBlock": self.key.open_block,
            "action": self.action.name(),
            "amount": self.amount.to_string(),
            "deposit": self.deposit.map(|deposit| deposit.to_string()),
            "fromBlock": self.from_block,
            "hash": self.sent.hash.map(|hash| hash.to_string()),
            "nonce": self.sent.nonce,
            "raw": self.sent.raw.as_ref().map(|raw| hex_text::encode(raw)),
            "batch": self.batch.as_ref().map(BatchId::as_str),
            "refused": self.refused,
        })
        .to_string()
    }

    /// Reads a stored text; `None`: it is malformed.
    pub fn from_json(text: &str, of: SenderKey) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        if value["version"].as_u64() != Some(1) {
            return None;
        }
        let text = |name: &str| value[name].as_str();
        let open_block = match &value["openBlock"] {
            Value::Null => None,
            block => Some(u32::try_from(block.as_u64()?).ok()?),
        };
        let deposit = match text("deposit") {
            Some(deposit) => Some(deposit.parse().ok()?),
            None => None,
        };
        let hash = match text("hash") {
            Some(hash) => Some(hash.parse().ok()?),
            None => None,
        };
        let raw = match text("raw") {
            Some(raw) => Some(hex_text::decode(raw).ok()?),
            None => None,
        };
        Some(Self {
            key: StepKey {
                of,
                receiver: text("receiver")?.parse().ok()?,
                open_block,
            },
            action: Action::from_name(text("action")?)?,
            amount: text("amount")?.parse().ok()?,
            deposit,
            from_block: value["fromBlock"].as_u64()?,
            sent: Sent {
                sender: of.sender,
                hash,
                nonce: value["nonce"].as_u64(),
                raw,
            },
            batch: match text("batch") {
                Some(batch) => Some(BatchId::new(batch)?),
                None => None,
            },
            // Earlier versions did not write it.
            refused: value["refused"].as_bool().unwrap_or(false),
        })
    }
}
