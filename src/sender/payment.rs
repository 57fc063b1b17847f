//! The verdict on each response to a payment.
//!
//! One row per response; `our` balance is the one paid so far, `sent` the one of the proof that
//! went with the request. A proof counts as shown only if its signature recovers to us, and only a
//! proof that the receiver showed counts as acknowledged: neither delivered content nor headers that
//! mention a payment prove anything.
//!
//! | response | verdict |
//! |---|---|
//! | 2xx | [`Accepted`](Verdict::Accepted): delivered; the proof in its headers, if any, is acknowledged, usually the one before |
//! | 402, `RDN-Insufficient-Confirmations` | [`Wait`](Verdict::Wait), then the same proof again, a bounded number of times |
//! | 402, `RDN-Nonexisting-Channel` | [`Look`](Verdict::Look) at the chain: open → wait as above; settled → the settled balance decides whether the payment counted |
//! | 402, `RDN-Invalid-Balance-Proof` | [`Fail`](Verdict::Fail): wrong key, contract or generation |
//! | 402, `RDN-Invalid-Amount`, our proof shown | [`Adopt`](Verdict::Adopt) unless it is below what was acknowledged; if it is the very proof sent: [`Taken`](Verdict::Taken) |
//! | 402, `RDN-Invalid-Amount`, nothing shown | [`StartOver`](Verdict::StartOver) if nothing was ever acknowledged or withdrawn, else [`Fail`](Verdict::Fail) |
//! | bare 402, shows the proof sent | [`Taken`](Verdict::Taken): counted, and the answer was lost; if the proof is from an earlier call: [`Adopt`](Verdict::Adopt), and this call pays |
//! | bare 402, shows our balance | [`Wait`](Verdict::Wait): the payment is above the deposit that the receiver has confirmed |
//! | bare 402, shows another proof of ours | [`Adopt`](Verdict::Adopt), as above |
//! | bare 402 to a proof of our balance | [`Adopt`](Verdict::Adopt) or [`StartOver`](Verdict::StartOver): the request asked for the receiver's balance |
//! | 402 without a demand, 3xx, 4xx, 5xx | [`Unknown`](Verdict::Unknown): the proof stays pending and is resent with the next request |
//! | none (the connection failed) | the same proof again, a bounded number of times, then unknown |
//! | none (timeout) | unknown at once: other calls wait for the lock |
//!
//! A receiver that lost its newest proofs shows an older one, or none. At or above the balance that it
//! acknowledged the sender accepts that: payments since are listed as uncounted and paid again, and
//! because [`exposure`](ChannelRecord::exposure) does not fall, that costs nothing until the old balance
//! is reached again. Below the balance that it acknowledged the receiver contradicts itself, and the
//! sender signs nothing more.

use crate::protocol::header::{Demand, Refusal};
use crate::protocol::{Amount, BalanceProof};

use super::record::ChannelRecord;

/// The proof that went with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentProof {
    /// The proof.
    pub proof: BalanceProof,
    /// Whether it was signed for an earlier request whose response never arrived.
    pub earlier: bool,
}

/// The parts of a response that concern the payment.
#[derive(Clone, Copy, Debug)]
pub struct ServerResponse<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The demand of a 402; `None` for every other status.
    pub demand: Option<&'a Demand>,
    /// The proof in the headers of a response other than a 402: a claim.
    pub shown: Option<BalanceProof>,
}

/// What to do after a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Served: the payment is done; return the response to the caller.
    Accepted {
        /// A proof of ours, verified, that the receiver showed.
        shown: Option<BalanceProof>,
    },
    /// The response is not about the payment, which may have been counted: leave the proof pending and
    /// return the response to the caller.
    Unknown,
    /// The receiver does not know the channel or its deposit yet: wait and send the same again.
    Wait(Wait),
    /// The receiver knows no such channel: check that on the chain.
    Look,
    /// The receiver showed a proof of ours: adopt it, then pay the price on top.
    Adopt(BalanceProof),
    /// The receiver has no payment of ours and never acknowledged one: drop the pending proof and pay
    /// from a balance of 0.
    StartOver,
    /// The payment was counted, but the request was not served: confirm the payment and stop.
    Taken,
    /// Stop; the proof stays pending.
    Fail(PaymentError),
}

/// What the receiver is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// More confirmations of the channel.
    Confirmations,
    /// The channel's opening: the receiver may lag behind the chain.
    Channel,
    /// More confirmations of a top up: it still shows the old balance.
    TopUp,
}

impl Wait {
    /// `confirmations`, `channel` or `top-up`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmations => "confirmations",
            Self::Channel => "channel",
            Self::TopUp => "top-up",
        }
    }
}

/// Why a payment fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentError {
    /// The receiver does not accept the signature as ours.
    #[error("the receiver says that the balance proof is not valid")]
    InvalidProof,
    /// The receiver still does not know the channel after waiting.
    #[error("the receiver knows no open channel {open_block} of this sender")]
    NoChannel {
        /// The channel's open block.
        open_block: u32,
    },
    /// There is no open channel, and opening one was not allowed.
    #[error("there is no open channel to the receiver, and no deposit was allowed for opening one")]
    NotAllowedToOpen {
        /// The receiver.
        receiver: crate::protocol::Address,
    },
    /// The caller was asked whether to pay, and declined. Nothing was signed or opened.
    #[error("the payment of {price} was declined")]
    Declined {
        /// The price.
        price: Amount,
    },
    /// Each channel chosen became unusable before it could be paid in, or the one that this call opened
    /// did: this call opens no other.
    #[error("no channel to the receiver can be paid in, and nothing more is opened in this call")]
    NoUsableChannel {
        /// The receiver.
        receiver: crate::protocol::Address,
    },
    /// The receiver is still waiting for confirmations.
    #[error("the receiver is still waiting for confirmations of the channel or its deposit")]
    Unconfirmed,
    /// The receiver rejects the amount, but shows no proof of ours for the balance that it claims.
    #[error("the receiver claims another balance without a valid proof of it")]
    UnprovedBalance,
    /// The receiver shows a lower balance than it acknowledged before.
    #[error("the receiver shows the balance {shown}, below the {acknowledged} it acknowledged")]
    BelowAcknowledged {
        /// The balance it acknowledged.
        acknowledged: Amount,
        /// The balance it shows.
        shown: Amount,
    },
    /// The receiver counted the payment without serving the request: its answer was lost, or it asks to
    /// be paid twice. Nothing more is signed for this request.
    #[error("the receiver has counted the payment up to {balance}, but its answer was lost")]
    Taken {
        /// The balance it has counted.
        balance: Amount,
    },
    /// The receiver says that it charged more than it served, with payments that carry numbers. Nothing more is
    /// signed in this call; closing alone costs what was served.
    #[error("the receiver says that it charged {claimed}, but it served for {counted}")]
    ChargedMore {
        /// What it says.
        claimed: Amount,
        /// What was served, as the sender counts it.
        counted: Amount,
    },
    /// The receiver refuses the payment's number for a reason that this version does not know.
    #[error("the receiver refused the payment's number for an unknown reason")]
    NumberRefused,
    /// No response arrived, not even to retries with the same proof. Nothing is signed on top of it: the
    /// next request sends it again.
    #[error(
        "the paid request was not answered; what became of the payment up to {balance} is not \
         known. The same balance proof is sent again with the next one"
    )]
    Unknown {
        /// The balance of the proof.
        balance: Amount,
    },
    /// The server did not answer within the timeout.
    #[error("the server did not answer in the {milliseconds} milliseconds that it had")]
    Silent {
        /// The timeout.
        milliseconds: u32,
    },
    /// A 402 that does not mention the payment that went with the request.
    #[error("the server ignores the payment that was sent")]
    Ignored,
    /// The receiver shows a valid proof of another balance each time.
    #[error("the receiver keeps changing what it asks for")]
    Changing,
    /// The server named another receiver while it was being paid.
    #[error("the server wants {asked} to be paid, and {expected} before")]
    ReceiverChanged {
        /// The receiver named now.
        asked: crate::protocol::Address,
        /// The receiver named before.
        expected: crate::protocol::Address,
    },
    /// The server answers a request without a payment as if it had one, and the payment that was sent in the
    /// same way: it reads another one, from cookies that scripts can't see. Remove them, or send none.
    #[error(
        "the server reads another payment than the one sent, from cookies of its site (RDN-Sender-Address, \
         RDN-Sender-Balance, …) that scripts can't remove. Clear the site's cookies; or send none with this \
         request, by `credentials: \"omit\"`, if it needs no session there"
    )]
    OtherPayment,
    /// The response to a request for the receiver's balance does not report it.
    #[error("the server's answer does not tell the balance; ask a resource that has a price")]
    NotTold,
}

/// The verdict on the response to a request that carried `sent`.
///
/// A request is paid for at most once: a second proof is signed only after the receiver has shown a
/// proof of ours, verified here, that does not include the first.
pub fn judge(record: &ChannelRecord, sent: &SentProof, heard: &ServerResponse<'_>) -> Verdict {
    let ours = |p: &BalanceProof| record.manager.verify_balance(&record.id, p).is_ok();
    if (200..300).contains(&heard.status) {
        let shown = heard.shown.filter(ours);
        return Verdict::Accepted { shown };
    }
    let Some(demand) = heard.demand.filter(|_| heard.status == 402) else {
        return Verdict::Unknown;
    };
    let shown = demand.acknowledged().filter(ours);
    match demand.refusal {
        Some(Refusal::NonexistingChannel) => Verdict::Look,
        Some(Refusal::InsufficientConfirmations) => Verdict::Wait(Wait::Confirmations),
        Some(Refusal::InvalidBalanceProof) => Verdict::Fail(PaymentError::InvalidProof),
        Some(Refusal::InvalidAmount) => invalid_amount(record, sent, demand, shown),
        None => asked(record, sent, demand, shown),
    }
}

fn invalid_amount(
    record: &ChannelRecord,
    sent: &SentProof,
    demand: &Demand,
    shown: Option<BalanceProof>,
) -> Verdict {
    match shown {
        // It rejects the amount, yet shows the very balance just sent: it has counted it.
        Some(shown) if shown.balance == sent.proof.balance => Verdict::Taken,
        Some(shown) => adopt(record, shown),
        None => nothing_shown(record, demand),
    }
}

/// A 402 without a reason: the balance sent is the stored one, or above the deposit that the receiver
/// has confirmed.
fn asked(
    record: &ChannelRecord,
    sent: &SentProof,
    demand: &Demand,
    shown: Option<BalanceProof>,
) -> Verdict {
    if sent.proof.balance == record.balance() {
        // The request asked for the receiver's balance.
        return match (shown, demand.sender_balance) {
            (Some(shown), _) => adopt(record, shown),
            (None, Some(_)) => nothing_shown(record, demand),
            (None, None) => Verdict::Fail(PaymentError::Ignored),
        };
    }
    match (shown, demand.sender_balance) {
        (Some(shown), _) if shown.balance == sent.proof.balance => {
            if sent.earlier {
                Verdict::Adopt(shown)
            } else {
                Verdict::Taken
            }
        }
        (Some(shown), _) if shown.balance != record.balance() => adopt(record, shown),
        (_, Some(balance)) if balance == record.balance() => Verdict::Wait(Wait::TopUp),
        (_, Some(_)) => nothing_shown(record, demand),
        (_, None) => Verdict::Fail(PaymentError::Ignored),
    }
}

/// The receiver claims a balance without a proof of it, which is legitimate only for 0.
fn nothing_shown(record: &ChannelRecord, demand: &Demand) -> Verdict {
    let none = demand.sender_balance.is_none_or(Amount::is_zero);
    if none && record.check_start_over().is_ok() {
        Verdict::StartOver
    } else {
        Verdict::Fail(PaymentError::UnprovedBalance)
    }
}

fn adopt(record: &ChannelRecord, shown: BalanceProof) -> Verdict {
    if record.check_shown(shown.balance).is_err() {
        let (acknowledged, shown) = (record.acknowledged(), shown.balance);
        return Verdict::Fail(PaymentError::BelowAcknowledged {
            acknowledged,
            shown,
        });
    }
    Verdict::Adopt(shown)
}

impl Wait {
    /// The error after the last attempt.
    pub const fn last_error(self, record: &ChannelRecord) -> PaymentError {
        match self {
            Self::Confirmations | Self::TopUp => PaymentError::Unconfirmed,
            Self::Channel => PaymentError::NoChannel {
                open_block: record.id.open_block,
            },
        }
    }
}
