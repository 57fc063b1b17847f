//! What became of a transaction.

use crate::protocol::{Address, Hash, Log};

use super::node::{Known, Node};
use super::rpc::{ChainError, Transport};
use super::submit::{self, HandedIn};

/// What a mined transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction's hash.
    pub transaction: Hash,
    /// The block that holds it.
    pub block: u64,
    /// By which number the chain's contracts know that block, where the node says so: on a chain above
    /// another one they may count by the blocks of that (`l1BlockNumber` of Arbitrum).
    pub contract_block: Option<u64>,
    /// Whether it took effect; a reverted transaction is mined too.
    pub success: bool,
    /// What it announced.
    pub logs: Vec<Log>,
}

/// What is known of a transaction that was handed in, or may have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Who sends it.
    pub sender: Address,
    /// Its hash. A wallet tells it only after the person has agreed.
    pub hash: Option<Hash>,
    /// Its place among the sender's transactions. Of a wallet that has not answered yet: the
    /// next one when it was asked. `None` where a wallet let somebody else send it, or no node knew it yet:
    /// then only its receipt and the events of the chain tell.
    pub nonce: Option<u64>,
    /// Its bytes, where they were signed here, so that it can be handed in again.
    pub raw: Option<Vec<u8>>,
}

impl Sent {
    /// Takes in what a node says of a transaction whose hash a wallet told: its nonce is one of the sender's
    /// only if it is a transaction of the sender's own account.
    pub fn learn(&mut self, known: &Known) {
        if self.raw.is_none() {
            self.nonce = known.nonce.filter(|_| known.from == Some(self.sender));
        }
    }
}

/// Where a transaction is.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Not mined, but it may be.
    Waiting,
    /// In a block.
    Mined {
        /// What it did.
        receipt: Receipt,
        /// Blocks that confirm it, its own included.
        confirmations: u64,
    },
    /// Another transaction with its nonce was mined: this one never will be.
    Replaced,
    /// The node does not know it. Nodes forget and lag, so only several such answers in a row
    /// mean something.
    Unknown,
    /// The node does not know it, and does not take it. The same holds.
    Refused(ChainError),
}

/// Asks the node once. A transaction that it forgot is handed in again, where its bytes are known.
pub async fn status<T: Transport>(node: &Node<T>, sent: &Sent) -> Result<Status, ChainError> {
    look(node, &mut sent.clone()).await
}

/// The same, and takes in what the node says of the transaction.
pub(super) async fn look<T: Transport>(
    node: &Node<T>,
    sent: &mut Sent,
) -> Result<Status, ChainError> {
    if let Some(mined) = mined(node, sent).await? {
        return Ok(mined);
    }
    let mut known = false;
    // What was signed here has the nonce that was signed, whatever is said.
    if let (Some(hash), None) = (&sent.hash, &sent.raw)
        && let Some(told) = node.transaction(hash).await?
    {
        sent.learn(&told);
        known = true;
    }
    if let Some(nonce) = sent.nonce
        && node.mined_nonce(sent.sender).await? > nonce
    {
        // It may have been mined between the two questions.
        return Ok(mined(node, sent).await?.unwrap_or(Status::Replaced));
    }
    match (&sent.hash, &sent.raw) {
        (Some(_), None) if known => Ok(Status::Waiting),
        (Some(hash), Some(raw)) => {
            if node.transaction(hash).await?.is_some() {
                return Ok(Status::Waiting);
            }
            match submit::hand_in(node, raw).await {
                HandedIn::Taken => Ok(Status::Waiting),
                HandedIn::Refused(error) => Ok(Status::Refused(error)),
                HandedIn::Unknown(error) => Err(error),
            }
        }
        (Some(_), None) => Ok(Status::Unknown),
        (None, _) => match sent.nonce {
            Some(nonce) if node.next_nonce(sent.sender).await? > nonce => Ok(Status::Waiting),
            _ => Ok(Status::Unknown),
        },
    }
}

async fn mined<T: Transport>(node: &Node<T>, sent: &Sent) -> Result<Option<Status>, ChainError> {
    let Some(hash) = &sent.hash else {
        return Ok(None);
    };
    if node.receipt(hash).await?.is_none() {
        return Ok(None);
    }
    // A receipt that is older than the newest block may be of a block that was replaced meanwhile.
    let newest = node.block_number().await?;
    let Some(receipt) = node.receipt(hash).await? else {
        return Ok(None);
    };
    let confirmations = newest.saturating_sub(receipt.block).saturating_add(1);
    Ok(Some(Status::Mined {
        receipt,
        confirmations,
    }))
}
