//! Following a transaction to its end.

use core::time::Duration;

use super::node::Node;
use super::receipt::{Receipt, Sent, Status, look};
use super::retry::{LONGEST_PAUSE, pause_after};
use super::rpc::{ChainError, Transport, TransportError};

/// For how long a transaction is followed.
const LIMIT: Duration = Duration::from_secs(600);
/// Consecutive polls at which no node knows or takes a transaction, or its nonce is used by another one,
/// before it counts as dropped, refused or replaced.
const POLLS_AGAINST: u32 = 8;
/// A wallet may hand a transaction to nodes that keep it to themselves until it is mined: after this time
/// without a trace it counts as dropped.
const PRIVATE: Duration = Duration::from_secs(300);
/// Consecutive polls without an answer, before following fails.
const POLLS_FAILED: u32 = 12;

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// Mined, with the confirmations asked for.
    Mined(Receipt),
    /// Mined without effect.
    Reverted(Receipt),
    /// Another one took its nonce.
    Replaced,
    /// No node knows it.
    Dropped,
    /// No node knows it, and none takes it. Its bytes were shown to a node, which may have passed them on: it
    /// may be mined until its nonce is used.
    Refused(ChainError),
}

/// Polls until a transaction has ended, for ten minutes; `None`: it may still be mined. Whenever its number
/// of confirmations has changed, `tell` gets it; the first one, too. Polls that fail are repeated, later and
/// later.
pub async fn follow<T: Transport>(
    node: &Node<T>,
    sent: &Sent,
    confirmations: u64,
    pause: Duration,
    mut tell: impl FnMut(u64),
) -> Result<Option<Ended>, ChainError> {
    let mut sent = sent.clone();
    let patience = Patience::with(&sent, pause);
    let (mut told, mut against, mut failed) = (None, 0, 0);
    let mut left = LIMIT;
    while !left.is_zero() {
        let pause = match look(node, &mut sent).await {
            Ok(status) => {
                failed = 0;
                let confirmed = match &status {
                    Status::Mined { confirmations, .. } => *confirmations,
                    _ => 0,
                };
                if told.replace(confirmed) != Some(confirmed) {
                    tell(confirmed);
                }
                against = match status {
                    Status::Waiting | Status::Mined { .. } => 0,
                    _ => against + 1,
                };
                if let Some(ended) = patience.ended(status, confirmations, against) {
                    return Ok(Some(ended));
                }
                pause
            }
            Err(error) => {
                failed += 1;
                if failed >= POLLS_FAILED || is_final(&error) {
                    return Err(error);
                }
                back_off(&error, pause, failed)
            }
        };
        node.pause(pause).await?;
        left = left.saturating_sub(pause.max(Duration::from_millis(1)));
    }
    Ok(None)
}

/// The end of a transaction, if one poll tells it.
pub fn ended(status: Status, required: u64) -> Option<Ended> {
    let patience = Patience {
        known: u32::MAX,
        private: u32::MAX,
    };
    patience.ended(status, required, 1)
}

/// Consecutive polls that must speak against a transaction.
struct Patience {
    known: u32,
    /// Of one that no node may know.
    private: u32,
}

impl Patience {
    fn with(sent: &Sent, pause: Duration) -> Self {
        let told_by_wallet = sent.hash.is_some() && sent.raw.is_none();
        let polls = PRIVATE.as_millis() / pause.as_millis().max(1);
        Self {
            known: POLLS_AGAINST,
            private: match u32::try_from(polls) {
                Ok(polls) if told_by_wallet => polls.max(POLLS_AGAINST),
                _ => POLLS_AGAINST,
            },
        }
    }

    fn ended(&self, status: Status, required: u64, against: u32) -> Option<Ended> {
        match status {
            Status::Mined {
                receipt,
                confirmations,
            } if confirmations >= required => Some(if receipt.success {
                Ended::Mined(receipt)
            } else {
                Ended::Reverted(receipt)
            }),
            Status::Unknown if against >= self.private => Some(Ended::Dropped),
            Status::Refused(error) if against >= self.known => Some(Ended::Refused(error)),
            // Nodes count a nonce as used a moment before they show the receipt, and a reorganisation may
            // bring it back.
            Status::Replaced if against >= self.known => Some(Ended::Replaced),
            _ => None,
        }
    }
}

/// Whether asking again can't help.
fn is_final(error: &ChainError) -> bool {
    matches!(
        error,
        ChainError::Transport {
            source: TransportError::Aborted | TransportError::OtherChain { .. },
            ..
        }
    )
}

/// The pause after so many failed polls: doubled each time, or what the node's server asks for.
fn back_off(error: &ChainError, first: Duration, failed: u32) -> Duration {
    let doubled = first.saturating_mul(1 << (failed.saturating_sub(1)).min(10));
    match error {
        ChainError::Transport { source, .. } => pause_after(source, doubled),
        ChainError::Malformed { .. } => doubled.min(LONGEST_PAUSE),
    }
}
