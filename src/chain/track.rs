//! Following a transaction to its end.

use core::time::Duration;

use super::node::Node;
use super::receipt::{Receipt, Sent, Status, status};
use super::rpc::{ChainError, Transport};

/// For how long a transaction is followed.
const LIMIT: Duration = Duration::from_secs(600);
/// Consecutive polls at which no node knows a transaction, or its nonce is used by another one, before it
/// counts as dropped or replaced.
const POLLS_AGAINST: u32 = 8;

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Mined, with the confirmations asked for.
    Mined(Receipt),
    /// Mined without effect.
    Reverted(Receipt),
    /// Another one took its nonce.
    Replaced,
    /// No node knows it.
    Dropped,
}

/// Polls until a transaction has ended, for ten minutes; `None`: it may still be mined. Whenever its number
/// of confirmations has changed, `tell` gets it; the first one, too.
pub async fn follow<T: Transport>(
    node: &Node<T>,
    sent: &Sent,
    confirmations: u64,
    pause: Duration,
    mut tell: impl FnMut(u64),
) -> Result<Option<Ended>, ChainError> {
    let (mut told, mut against) = (None, 0);
    for _ in 0..LIMIT.as_millis() / pause.as_millis().max(1) {
        let status = status(node, sent).await?;
        let confirmed = match &status {
            Status::Mined { confirmations, .. } => *confirmations,
            _ => 0,
        };
        if told.replace(confirmed) != Some(confirmed) {
            tell(confirmed);
        }
        against = match status {
            Status::Unknown | Status::Replaced => against + 1,
            _ => 0,
        };
        if let Some(ended) = ended(status, confirmations, against) {
            return Ok(Some(ended));
        }
        node.pause(pause).await?;
    }
    Ok(None)
}

/// The end of a transaction, if a poll tells it after so many polls in a row that spoke against it.
pub fn ended(status: Status, required: u64, against: u32) -> Option<Ended> {
    match status {
        Status::Mined {
            receipt,
            confirmations,
        } if confirmations >= required => Some(if receipt.success {
            Ended::Mined(receipt)
        } else {
            Ended::Reverted(receipt)
        }),
        Status::Unknown if against >= POLLS_AGAINST => Some(Ended::Dropped),
        // Nodes count a nonce as used a moment before they show the receipt, and a reorganisation may
        // bring it back.
        Status::Replaced if against >= POLLS_AGAINST => Some(Ended::Replaced),
        _ => None,
    }
}
