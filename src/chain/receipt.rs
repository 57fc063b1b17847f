//! Waiting for a transaction.

use core::time::Duration;

use crate::protocol::{Hash, Log};

use super::node::Node;
use super::rpc::{ChainError, Transport};

/// What a mined transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction's hash.
    pub transaction: Hash,
    /// The block that holds it.
    pub block: u64,
    /// Whether it took effect; a reverted transaction is mined too.
    pub success: bool,
    /// What it announced.
    pub logs: Vec<Log>,
}

/// Why a sent transaction has not taken effect.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReceiptError {
    /// The chain could not be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// It was mined and reverted; only the gas was spent.
    #[error("the transaction {hash} was mined in block {block} but reverted")]
    Reverted {
        /// The transaction.
        hash: Hash,
        /// The block that holds it.
        block: u64,
    },
    /// The node no longer answers with a receipt within the time allowed.
    #[error("the transaction {hash} was sent but not mined in time; it may still be")]
    NotMined {
        /// The transaction.
        hash: Hash,
    },
}

/// Between two looks at the chain.
const POLL: Duration = Duration::from_millis(400);
/// Looks without a receipt before giving up: ten minutes.
const MAX_POLLS: u32 = 1500;

/// Waits until the transaction is mined and `required` blocks, its own included, confirm it.
///
/// `progress` is told the confirmations so far whenever their number changes. The receipt is read
/// again at the end, so that a reorganisation in between is noticed.
pub async fn confirm<T: Transport>(
    node: &Node<T>,
    hash: &Hash,
    required: u64,
    mut progress: impl FnMut(u64),
) -> Result<Receipt, ReceiptError> {
    let mut told = None;
    for _ in 0..MAX_POLLS {
        let receipt = node.receipt(hash).await?;
        let mut confirmations = 0;
        if let Some(receipt) = &receipt {
            let newest = node.block_number().await?;
            confirmations = (newest + 1).saturating_sub(receipt.block).max(1);
        }
        if told != Some(confirmations) {
            told = Some(confirmations);
            progress(confirmations.min(required));
        }
        if let Some(receipt) = receipt.filter(|_| confirmations >= required) {
            return if receipt.success {
                Ok(receipt)
            } else {
                Err(ReceiptError::Reverted {
                    hash: *hash,
                    block: receipt.block,
                })
            };
        }
        let method = "eth_getTransactionReceipt";
        let pause = node.transport().pause(POLL).await;
        pause.map_err(|source| ChainError::Transport { method, source })?;
    }
    Err(ReceiptError::NotMined { hash: *hash })
}
