//! The journal of transactions: what is about to be sent is written down first.
//!
//! At most one entry for each channel, and one for opening a channel to a receiver, because each is
//! written while the turn of that channel or opening is held. The signed balance proof of a
//! payment has its place in the channel's record instead.
//!
//! | entry | what a crash at this point means | what finishes it |
//! |---|---|---|
//! | nonce, no hash | a wallet was asked, and its answer is not known | the nonce used up, or not, and what the contract says |
//! | nonce and hash | sent, not mined as far as is known | its receipt; or another transaction with its nonce |
//! | nonce, hash and bytes | signed by a local key, perhaps not sent | as above; it is handed in again where the node forgot it |
//!
//! When it is finished the chain decides what it did, not the entry: an opening by its event, a top
//! up, close and settlement by the channel's state.

use crate::json::{Value, json};

use crate::chain::Sent;
use crate::protocol::{Address, Amount, hex_text};

/// Why a transaction is sent.
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
    /// Moves tokens between accounts of the person.
    TransferTokens,
    /// Moves ether between accounts of the person.
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

/// To which channel an entry belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepKey {
    /// The chain.
    pub chain_id: u64,
    /// The channel manager.
    pub contract: Address,
    /// Who pays.
    pub sender: Address,
    /// Who is paid.
    pub receiver: Address,
    /// The channel; `None`: one that is being opened.
    pub open_block: Option<u32>,
}

impl StepKey {
    /// What the names of one sender's entries begin with.
    pub fn prefix(chain_id: u64, contract: Address, sender: Address) -> String {
        let (contract, sender) = (contract.to_lower(), sender.to_lower());
        format!("microraiden:journal:{chain_id}:{contract}:{sender}:")
    }

    /// Under which name the entry is stored.
    pub fn name(&self) -> String {
        let prefix = Self::prefix(self.chain_id, self.contract, self.sender);
        let receiver = self.receiver.to_lower();
        match self.open_block {
            Some(block) => format!("{prefix}{receiver}:{block}"),
            None => format!("{prefix}{receiver}:open"),
        }
    }
}

/// A transaction that is about to be sent, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// To which channel it belongs.
    pub key: StepKey,
    /// Why it is sent.
    pub action: Action,
    /// The tokens it moves into the contract, if any.
    pub amount: Amount,
    /// Of a top up: the deposit that the channel has once it is mined. `None` where it is not known, as
    /// of entries of earlier versions.
    pub deposit: Option<Amount>,
    /// The newest block when it was written down: its effect lies after it.
    pub from_block: u64,
    /// The transaction as far as it is known.
    pub sent: Sent,
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
        })
        .to_string()
    }

    /// Reads a stored text; `None`: it is not readable.
    pub fn from_json(
        text: &str,
        chain_id: u64,
        contract: Address,
        sender: Address,
    ) -> Option<Self> {
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
                chain_id,
                contract,
                sender,
                receiver: text("receiver")?.parse().ok()?,
                open_block,
            },
            action: Action::from_name(text("action")?)?,
            amount: text("amount")?.parse().ok()?,
            deposit,
            from_block: value["fromBlock"].as_u64()?,
            sent: Sent {
                sender,
                hash,
                nonce: value["nonce"].as_u64(),
                raw,
            },
        })
    }
}
