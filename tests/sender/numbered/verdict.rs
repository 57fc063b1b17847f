//! What an answer to a numbered request means.

use microraiden::protocol::header::{Demand, Refusal};
use microraiden::protocol::{CreditRefusal, CreditReport, ReportedRefusal};
use microraiden::sender::PaymentError;
use microraiden::sender::numbered::{NumberedResponse, NumberedVerdict, judge_numbered};
use microraiden::sender::payment::Wait;

use super::{OFFER, id, number, proof, record, send};
use crate::basics::{MANAGER, key, units};

fn demand(refusal: Option<Refusal>) -> Demand {
    Demand {
        contract: MANAGER.address,
        receiver: id().receiver,
        price: units(3),
        token: None,
        gateway: None,
        refusal,
        sender_balance: None,
        balance_signature: None,
    }
}

#[test]
fn every_answer_to_a_number_has_one_treatment() {
    use NumberedVerdict::{Again, Charged, Fail, Free, Look, Taken, Unknown};
    let mut record = record(100);
    let (sent, _) = (send(&mut record, 3), send(&mut record, 3));
    let judge = |status, demand: Option<&Demand>, shown, credit: CreditReport| {
        let heard = NumberedResponse {
            status,
            demand,
            shown,
            credit: &credit,
        };
        judge_numbered(&record, &sent, &heard)
    };
    let none = CreditReport::default();
    let offers = CreditReport {
        offer: Some(OFFER),
        ..none
    };
    let paid = |of: u64, amount| CreditReport {
        paid: Some((number(of), units(amount))),
        ..offers
    };
    let ours = proof(units(6));
    let charged = |paid, shown| Charged {
        paid: units(paid),
        shown,
    };
    for status in [200, 206, 304] {
        assert_eq!(judge(status, None, None, paid(1, 2)), charged(2, None));
        assert_eq!(
            judge(status, None, Some(ours), paid(1, 3)),
            charged(3, Some(ours))
        );
        // More than was agreed to is not believed, nor somebody else's proof.
        assert_eq!(judge(status, None, None, paid(1, 4)), charged(3, None));
        let foreign = MANAGER.sign_balance(&key(8), &id(), units(6));
        assert_eq!(
            judge(status, None, Some(foreign), paid(1, 3)),
            charged(3, None)
        );
        assert_eq!(judge(status, None, None, offers), Free);
        // Hidden from a page of another origin, or another number: it may have been charged.
        assert_eq!(judge(status, None, None, none), charged(3, None));
        assert_eq!(judge(status, None, None, paid(2, 3)), charged(3, None));
    }
    for status in [400, 404, 409, 500, 502, 503] {
        assert_eq!(judge(status, None, None, paid(1, 3)), Unknown, "{status}");
    }
    assert_eq!(judge(402, None, None, offers), Unknown);
    let refused = |refusal: CreditRefusal, charged: Option<u64>| {
        let credit = CreditReport {
            refused: Some(ReportedRefusal::Known(refusal)),
            charged: charged.map(units),
            ..offers
        };
        judge(402, Some(&demand(None)), None, credit)
    };
    for refusal in [
        CreditRefusal::InsufficientCredit,
        CreditRefusal::PriceRaised,
        CreditRefusal::NumberUsed,
        CreditRefusal::BalanceOutOfOrder,
    ] {
        assert_eq!(refused(refusal, Some(0)), Again, "{refusal:?}");
    }
    assert_eq!(refused(CreditRefusal::NumberCharged, None), Taken);
    assert_eq!(refused(CreditRefusal::NumberStale, Some(2)), Again);
    assert_eq!(refused(CreditRefusal::NumberStale, Some(3)), Taken);
    let unknown = CreditReport {
        refused: Some(ReportedRefusal::Unknown),
        ..offers
    };
    let verdict = judge(402, Some(&demand(None)), None, unknown);
    assert_eq!(verdict, Fail(PaymentError::NumberRefused));
    let original = |refusal, credit| judge(402, Some(&demand(refusal)), None, credit);
    let wait = NumberedVerdict::Wait;
    let invalid = Fail(PaymentError::InvalidProof);
    for (refusal, verdict) in [
        (Some(Refusal::NonexistingChannel), Look),
        (
            Some(Refusal::InsufficientConfirmations),
            wait(Wait::Confirmations),
        ),
        (Some(Refusal::InvalidBalanceProof), invalid),
        (Some(Refusal::InvalidAmount), Again),
        (None, wait(Wait::TopUp)),
    ] {
        assert_eq!(original(refusal, offers), verdict, "{refusal:?}");
    }
    // It does not speak the extension any more.
    assert_eq!(original(None, none), Again);
}
