//! What an answer to a payment means.

use crate::protocol::header::{Demand, Refusal};
use crate::protocol::{Amount, BalanceProof};

use super::record::ChannelRecord;

/// The proof that went with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The proof, still pending in the record.
    pub proof: BalanceProof,
    /// Whether it had been sent before with a request whose answer never came.
    pub resent: bool,
}

/// What to do after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Served: confirm the proof and hand the response on.
    Accepted,
    /// The answer is not about the payment, which may have been taken: leave the proof pending and
    /// hand the response on.
    Unknown,
    /// The receiver does not know the channel or its deposit yet: wait and send the same again.
    Wait(Wait),
    /// The receiver showed a proof of ours: adopt it, then pay the price on top.
    Adopt(BalanceProof),
    /// The receiver has no payment of ours and none was ever acknowledged: drop the pending proof
    /// and pay from nothing.
    StartOver,
    /// Stop.
    Fail(PaymentError),
}

/// What a receiver has to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// More confirmations of the channel.
    Confirmations,
    /// The channel: the receiver may lag behind the chain.
    Channel,
    /// More confirmations of a top up: it still shows the old balance.
    TopUp,
}

/// Why a payment can't go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// The signature is not accepted as ours.
    #[error("the receiver says that the balance proof is not valid")]
    InvalidProof,
    /// The receiver still does not know the channel after waiting.
    #[error("the receiver knows no open channel {open_block} of this sender")]
    NoChannel {
        /// The channel's open block.
        open_block: u32,
    },
    /// The receiver is still waiting for confirmations.
    #[error("the receiver is still waiting for confirmations of the channel or its deposit")]
    Unconfirmed,
    /// The receiver says that the amount is wrong, but shows no proof of ours for its own number.
    #[error("the receiver claims another balance without a valid proof of it")]
    UnprovedBalance,
    /// The receiver shows less than it acknowledged before.
    #[error("the receiver shows the balance {shown}, below the {acknowledged} it acknowledged")]
    BelowAcknowledged {
        /// What it acknowledged.
        acknowledged: Amount,
        /// What it shows.
        shown: Amount,
    },
    /// The payment was counted, and the receiver asks for another one for the same request.
    #[error("the receiver took the payment of this request and asks for another")]
    AskedAgain {
        /// The balance it has counted.
        balance: Amount,
    },
    /// A 402 that does not say a word about the payment that went with the request.
    #[error("the server ignores the payment that was sent")]
    Ignored,
}

/// Judges the answer to a request that carried `sent`.
///
/// `demand` is what a 402 says; `None` for every other status. At most one payment per request
/// counts: a second one is signed only after a proof of ours, verified here, left the first out.
pub fn judge(record: &ChannelRecord, sent: &Sent, status: u16, demand: Option<&Demand>) -> Verdict {
    if (200..300).contains(&status) {
        return Verdict::Accepted;
    }
    let Some(demand) = demand.filter(|_| status == 402) else {
        return Verdict::Unknown;
    };
    let shown = demand
        .acknowledged()
        .filter(|p| record.manager.verify_balance(&record.id, p).is_ok());
    match demand.refusal {
        Some(Refusal::NonexistingChannel) => Verdict::Wait(Wait::Channel),
        Some(Refusal::InsufficientConfirmations) => Verdict::Wait(Wait::Confirmations),
        Some(Refusal::InvalidBalanceProof) => Verdict::Fail(PaymentError::InvalidProof),
        Some(Refusal::InvalidAmount) => invalid_amount(record, sent, demand, shown),
        None => asked(record, sent, demand, shown),
    }
}

fn invalid_amount(
    record: &ChannelRecord,
    sent: &Sent,
    demand: &Demand,
    shown: Option<BalanceProof>,
) -> Verdict {
    let Some(shown) = shown else {
        let none = demand.sender_balance.is_none_or(Amount::is_zero);
        return if none && record.balance().is_zero() {
            Verdict::StartOver
        } else {
            Verdict::Fail(PaymentError::UnprovedBalance)
        };
    };
    if shown.balance == sent.proof.balance {
        // A wrong amount and the very balance just sent exclude each other.
        return Verdict::Fail(PaymentError::AskedAgain {
            balance: shown.balance,
        });
    }
    adopt(record, shown)
}

/// A 402 without a reason: the balance sent is the stored one, or above the deposit known to the
/// receiver.
fn asked(
    record: &ChannelRecord,
    sent: &Sent,
    demand: &Demand,
    shown: Option<BalanceProof>,
) -> Verdict {
    if sent.proof.balance == record.balance() {
        return answered(demand, shown);
    }
    if let Some(shown) = shown {
        if shown.balance == sent.proof.balance {
            return if sent.resent {
                Verdict::Adopt(shown)
            } else {
                Verdict::Fail(PaymentError::AskedAgain {
                    balance: shown.balance,
                })
            };
        }
        if shown.balance != record.balance() {
            return adopt(record, shown);
        }
    }
    match demand.sender_balance {
        Some(balance) if balance == record.balance() => Verdict::Wait(Wait::TopUp),
        Some(_) => Verdict::Fail(PaymentError::UnprovedBalance),
        None => Verdict::Fail(PaymentError::Ignored),
    }
}

/// The answer to a proof of the balance that was acknowledged last: it pays nothing, it asks what
/// the receiver has. A higher stored balance comes with a reason instead.
fn answered(demand: &Demand, shown: Option<BalanceProof>) -> Verdict {
    match (shown, demand.sender_balance) {
        (Some(shown), _) => Verdict::Adopt(shown),
        (None, Some(balance)) if balance.is_zero() => Verdict::StartOver,
        (None, Some(_)) => Verdict::Fail(PaymentError::UnprovedBalance),
        (None, None) => Verdict::Fail(PaymentError::Ignored),
    }
}

fn adopt(record: &ChannelRecord, shown: BalanceProof) -> Verdict {
    if shown.balance < record.balance() {
        let (acknowledged, shown) = (record.balance(), shown.balance);
        return Verdict::Fail(PaymentError::BelowAcknowledged {
            acknowledged,
            shown,
        });
    }
    Verdict::Adopt(shown)
}

impl Wait {
    /// The error when waiting has been in vain.
    pub const fn given_up(self, record: &ChannelRecord) -> PaymentError {
        match self {
            Self::Confirmations | Self::TopUp => PaymentError::Unconfirmed,
            Self::Channel => PaymentError::NoChannel {
                open_block: record.id.open_block,
            },
        }
    }
}
