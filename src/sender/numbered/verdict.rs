//! The treatment of each response to a numbered request.

use crate::protocol::header::{Demand, Refusal};
use crate::protocol::{Amount, BalanceProof, CreditRefusal, CreditReport, ReportedRefusal};

use super::super::payment::{PaymentError, Wait};
use super::super::record::ChannelRecord;
use super::{InFlight, add};

/// The parts of a response to a numbered request that concern the payment.
#[derive(Clone, Copy, Debug)]
pub struct NumberedResponse<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The demand of a 402; `None` for every other status.
    pub demand: Option<&'a Demand>,
    /// The proof in the headers of a response other than a 402: a claim.
    pub shown: Option<BalanceProof>,
    /// What it says by the extension.
    pub credit: &'a CreditReport,
}

/// What to do after a response to a numbered request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberedVerdict {
    /// Served, and charged this much.
    Charged {
        /// What was charged.
        paid: Amount,
        /// A proof of ours, verified, that the receiver holds.
        shown: Option<BalanceProof>,
    },
    /// Served without charge.
    Free,
    /// The response is not about the payment, which may have been charged: leave it in flight and return the
    /// response to the caller.
    Unknown,
    /// Not charged yet: wait and send the same again.
    Wait(Wait),
    /// Not charged; the receiver knows no such channel: check that on the chain.
    Look,
    /// Not charged: drop the number, and pay with another one.
    Again,
    /// Charged, but not served: list it as taken.
    Taken,
    /// Not charged: drop the number and stop.
    Fail(PaymentError),
}

impl NumberedVerdict {
    /// Whether the receiver does not serve the payment again.
    pub const fn ends_repeats(&self) -> bool {
        matches!(self, Self::Taken | Self::Again | Self::Fail(_))
    }
}

/// The verdict on the response to a request that carried `sent`.
///
/// | response | verdict |
/// |---|---|
/// | below 400, `RDN-Payment-Number` is the one sent | [`Charged`](NumberedVerdict::Charged): `RDN-Paid`, at most the price agreed to |
/// | below 400, announces the extension, no number | [`Free`](NumberedVerdict::Free) |
/// | below 400, no header of the extension | [`Charged`](NumberedVerdict::Charged) by the price: a page of another origin may not see the headers |
/// | 402, `insufficient-credit`, `price-raised`, `balance-out-of-order`, `number-used` | [`Again`](NumberedVerdict::Again), unless `RDN-Charged` is above what was promised ([`learn_charged`](ChannelRecord::learn_charged)) |
/// | 402, `number-stale` | [`Taken`](NumberedVerdict::Taken) if `RDN-Charged` has room for it, else [`Again`](NumberedVerdict::Again) |
/// | 402, `number-charged` | [`Taken`](NumberedVerdict::Taken) |
/// | 402, another word | [`Fail`](NumberedVerdict::Fail) |
/// | 402, `RDN-Insufficient-Confirmations` | [`Wait`](NumberedVerdict::Wait) |
/// | 402, `RDN-Nonexisting-Channel` | [`Look`](NumberedVerdict::Look) |
/// | 402, `RDN-Invalid-Balance-Proof` | [`Fail`](NumberedVerdict::Fail) |
/// | other 402 that announces the extension | [`Wait`](NumberedVerdict::Wait): the balance is above the deposit that the receiver has confirmed |
/// | other 402 that does not | [`Again`](NumberedVerdict::Again), without a number |
/// | 402 without a demand, 4xx, 5xx | [`Unknown`](NumberedVerdict::Unknown) |
pub fn judge_numbered(
    record: &ChannelRecord,
    sent: &InFlight,
    heard: &NumberedResponse<'_>,
) -> NumberedVerdict {
    let ours = |p: &BalanceProof| record.manager.verify_balance(&record.id, p).is_ok();
    if heard.status < 400 {
        let shown = heard.shown.filter(ours);
        return match (heard.credit.paid, heard.credit.offer) {
            (Some((number, paid)), _) if number == sent.number => {
                let paid = paid.min(sent.price);
                NumberedVerdict::Charged { paid, shown }
            }
            (None, Some(_)) => NumberedVerdict::Free,
            _ => NumberedVerdict::Charged {
                paid: sent.price,
                shown,
            },
        };
    }
    let Some(demand) = heard.demand.filter(|_| heard.status == 402) else {
        return NumberedVerdict::Unknown;
    };
    if let Some(refused) = heard.credit.refused {
        return refused_number(record, sent, heard.credit, refused);
    }
    let announced = heard.credit.offer.is_some();
    match demand.refusal {
        Some(Refusal::NonexistingChannel) => NumberedVerdict::Look,
        Some(Refusal::InsufficientConfirmations) => NumberedVerdict::Wait(Wait::Confirmations),
        Some(Refusal::InvalidBalanceProof) => NumberedVerdict::Fail(PaymentError::InvalidProof),
        Some(Refusal::InvalidAmount) => NumberedVerdict::Again,
        None if announced => NumberedVerdict::Wait(Wait::TopUp),
        None => NumberedVerdict::Again,
    }
}

fn refused_number(
    record: &ChannelRecord,
    sent: &InFlight,
    credit: &CreditReport,
    refused: ReportedRefusal,
) -> NumberedVerdict {
    let ReportedRefusal::Known(refusal) = refused else {
        return NumberedVerdict::Fail(PaymentError::NumberRefused);
    };
    let claimed = credit.charged.unwrap_or(record.charged());
    match refusal {
        CreditRefusal::InsufficientCredit
        | CreditRefusal::PriceRaised
        | CreditRefusal::NumberUsed
        | CreditRefusal::BalanceOutOfOrder => NumberedVerdict::Again,
        CreditRefusal::NumberStale if claimed < add(record.charged(), sent.price) => {
            NumberedVerdict::Again
        }
        CreditRefusal::NumberStale | CreditRefusal::NumberCharged => NumberedVerdict::Taken,
    }
}
