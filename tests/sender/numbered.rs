//! The sender's numbered payments and its judgement of their answers, through the public interface.

use crate::basics::{MANAGER, key, units};
use microraiden::protocol::header::{Demand, Refusal};
use microraiden::protocol::{
    Address, Amount, BalanceProof, ChannelId, CreditOffer, CreditRefusal, CreditReport,
    PaymentNumber, ReportedRefusal, Signature,
};
use microraiden::sender::numbered::{
    InFlight, MAX_IN_FLIGHT, MostCredit, NumberedResponse, NumberedVerdict, judge_numbered,
};
use microraiden::sender::payment::Wait;
use microraiden::sender::{ChannelRecord, PaymentError, Policy, RecordError};

const OFFER: CreditOffer = CreditOffer {
    window: 64,
    repeat: 600,
};

fn id() -> ChannelId {
    ChannelId {
        sender: key(9).address(),
        receiver: Address([5; 20]),
        open_block: 3,
    }
}

fn record(deposit: u64) -> ChannelRecord {
    ChannelRecord::new(1, MANAGER, id(), units(deposit))
}

fn proof(balance: Amount) -> BalanceProof {
    MANAGER.sign_balance(&key(9), &id(), balance)
}

fn number(number: u64) -> PaymentNumber {
    PaymentNumber::new(number).expect("in range")
}

/// Puts the next payment of this price in flight.
fn send(record: &mut ChannelRecord, price: u64) -> InFlight {
    send_for(record, price, "https://shop.example/a")
}

fn send_for(record: &mut ChannelRecord, price: u64, url: &str) -> InFlight {
    let next = record.next_numbered(units(price)).expect("covered");
    let payment = InFlight {
        number: next.number,
        proof: proof(next.balance),
        price: units(price),
        at: 7,
        method: "GET".to_owned(),
        url: url.to_owned(),
        slot: record.free_slots().next().expect("a free lock"),
    };
    record
        .begin_number(payment.clone())
        .expect("as it was told");
    payment
}

fn charge(record: &mut ChannelRecord, payment: &InFlight, paid: u64) {
    let charged = record.charge_number(payment.number, units(paid), None);
    charged.expect("in flight");
}

#[test]
fn numbers_and_balances_rise_together_and_answers_come_in_any_order() {
    let mut record = record(100);
    let all: Vec<_> = (0..4).map(|_| send(&mut record, 3)).collect();
    let told: Vec<_> = all
        .iter()
        .map(|p| (p.number.get(), p.proof.balance, p.slot))
        .collect();
    let expected = [
        (1, units(3), 0),
        (2, units(6), 1),
        (3, units(9), 2),
        (4, units(12), 3),
    ];
    assert_eq!(told, expected);
    assert_eq!((record.charged(), record.promised()), (units(0), units(12)));
    assert_eq!(
        (record.remaining(), record.exposure()),
        (units(88), units(12))
    );
    for (index, charged, balance) in [(2, 3, 9), (0, 6, 9), (3, 9, 12), (1, 12, 12)] {
        charge(&mut record, &all[index], 3);
        assert_eq!(record.charged(), units(charged));
        assert_eq!(record.balance(), units(balance));
        assert_eq!(record.promised(), units(12));
    }
    assert_eq!(record.in_flight(), &[]);
    // Decided once.
    let again = record.charge_number(number(1), units(3), None);
    assert_eq!(again, Err(RecordError::NotPending));
    assert_eq!(record.drop_number(number(1)), Err(RecordError::NotPending));
}

#[test]
fn what_was_not_charged_pays_for_the_next_one() {
    let mut record = record(100);
    let (first, second) = (send(&mut record, 3), send(&mut record, 3));
    charge(&mut record, &second, 3);
    record.drop_number(first.number).expect("in flight");
    // 6 are accepted, 3 charged: the next balance covers both, and is above all that were charged.
    assert_eq!((record.balance(), record.charged()), (units(6), units(3)));
    let third = record.next_numbered(units(3)).expect("covered");
    assert_eq!((third.number.get(), third.balance), (3, units(7)));
    let dear = record.next_numbered(units(9)).expect("covered");
    assert_eq!(dear.balance, units(12));
    // Without a number the balance is the accepted one and the price.
    assert_eq!(record.next_balance(units(3)), Ok(units(9)));
}

#[test]
fn nothing_is_signed_above_the_deposit_and_numbers_do_not_mix_with_a_pending_proof() {
    let mut record = record(10);
    let first = send(&mut record, 6);
    let short = RecordError::InsufficientDeposit {
        deposit: units(10),
        required: units(12),
    };
    assert_eq!(record.next_numbered(units(6)), Err(short));
    assert_eq!(
        record.next_balance(units(1)),
        Err(RecordError::Pending(units(6)))
    );
    let other = proof(units(7));
    assert_eq!(
        record.begin(other, 8, ""),
        Err(RecordError::Pending(units(6)))
    );
    record.drop_number(first.number).expect("in flight");
    record.begin(other, 8, "").expect("nothing is in flight");
    assert!(!record.can_number(units(1)));
    let pending = Err(RecordError::Pending(units(7)));
    assert_eq!(record.next_numbered(units(1)), pending);
}

#[test]
fn credit_that_balances_can_not_reach_is_used_without_a_number() {
    let mut record = record(10);
    let all = send(&mut record, 10);
    // It cost less than agreed.
    charge(&mut record, &all, 4);
    assert_eq!((record.charged(), record.remaining()), (units(4), units(6)));
    assert!(!record.can_number(units(3)));
    // Neither can this one, and it is above the deposit.
    assert!(record.can_number(units(7)));
}

#[test]
fn the_credit_is_bounded() {
    let price = units(2);
    let default = MostCredit::of(&Policy::default(), price);
    let most = |amount| {
        let policy = Policy {
            max_credit: Some(units(amount)),
            ..Policy::default()
        };
        MostCredit::of(&policy, price)
    };
    let fill = |deposit: u64, most: &MostCredit, offer: &CreditOffer| {
        let mut record = record(deposit);
        loop {
            let next = record.next_numbered(price).expect("covered");
            if !record.has_room_for(&next, offer, most, 0) {
                return record.in_flight().len();
            }
            send(&mut record, 2);
        }
    };
    // 16 prices; a quarter of the deposit; as the policy says; but always one.
    assert_eq!(fill(10_000, &default, &OFFER), 16);
    assert_eq!(fill(40, &default, &OFFER), 5);
    assert_eq!(fill(4, &default, &OFFER), 1);
    assert_eq!(fill(10_000, &most(7), &OFFER), 3);
    assert_eq!(fill(10_000, &most(0), &OFFER), 1);
    assert_eq!(fill(10_000, &most(10_000), &OFFER), MAX_IN_FLIGHT);
    let narrow = CreditOffer { window: 4, ..OFFER };
    assert_eq!(fill(10_000, &most(10_000), &narrow), 4);
}

#[test]
fn a_stored_record_has_all_that_is_in_flight() {
    let mut record = record(100);
    let (first, second) = (send(&mut record, 3), send(&mut record, 4));
    charge(&mut record, &second, 3);
    let read = ChannelRecord::from_json(&record.to_json()).expect("a record");
    assert_eq!(read, record);
    assert_eq!(read.in_flight(), std::slice::from_ref(&first));
    let entries = read.unknown_entries();
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].amount, entries[0].balance),
        (units(3), units(3))
    );
    // A record without numbers has nothing of them.
    let plain = ChannelRecord::new(1, MANAGER, id(), units(5));
    assert!(plain.to_json().contains(r#""numbers":null"#));
    // Records of before there was a list of what nobody saw served.
    let older = record.to_json().replace(r#""unserved":[],"#, "");
    assert!(!older.contains("unserved"));
    let older = older.replace(r#""served":[],"#, "");
    assert!(!older.contains("served"));
    assert_eq!(ChannelRecord::from_json(&older), Ok(read));
    for (from, to) in [
        (r#""newest":2"#, r#""newest":-2"#),
        (r#""charged":"3""#, r#""charged":"8""#),
        (r#""number":1"#, r#""number":0"#),
        (r#""slot":0"#, r#""slot":32"#),
        (r#""price":"3""#, r#""price":3"#),
    ] {
        let text = record.to_json();
        assert!(text.contains(from), "{from}");
        assert!(
            ChannelRecord::from_json(&text.replace(from, to)).is_err(),
            "{to}"
        );
    }
}

#[test]
fn what_the_receiver_charged_is_believed_as_far_as_it_was_signed_for() {
    let base = || {
        let mut record = record(100);
        let (first, second) = (send(&mut record, 3), send(&mut record, 3));
        charge(&mut record, &second, 3);
        (record, first)
    };
    // While something is in flight, up to what it may have charged.
    let (mut record, first) = base();
    assert_eq!(record.learn_charged(units(6), None), Ok(()));
    assert_eq!(record.charged(), units(3));
    let more = record.learn_charged(units(7), None).expect_err("more");
    assert_eq!((more.claimed, more.counted), (units(7), units(3)));
    // What was not charged when it was asked may have been since.
    record.drop_number(first.number).expect("in flight");
    assert_eq!(record.learn_charged(units(6), None), Ok(()));
    assert_eq!(record.charged(), units(6));
    // Once.
    assert!(record.learn_charged(units(7), None).is_err());
    // Another client with the same key has signed more.
    let (mut record, _) = base();
    assert_eq!(
        record.learn_charged(units(20), Some(&proof(units(30)))),
        Ok(())
    );
    assert_eq!(
        (record.balance(), record.exposure()),
        (units(30), units(30))
    );
    assert!(record.charged() <= units(20));
    // Less is true once nothing is in flight.
    let (mut record, first) = base();
    record.drop_number(first.number).expect("in flight");
    assert_eq!(record.settle_charged(units(2), false), Ok(()));
    assert_eq!(record.charged(), units(2));
    // A request that counted as charged, and comes only now, may be charged after all, and no more.
    let (mut record, first) = base();
    charge(&mut record, &first, 3);
    assert_eq!(record.settle_charged(units(3), false), Ok(()));
    assert_eq!(record.learn_charged(units(6), None), Ok(()));
    assert_eq!(record.charged(), units(6));
    assert!(record.learn_charged(units(7), None).is_err());
}

#[test]
fn what_was_charged_and_never_served_is_kept_for_the_next_request() {
    let mut record = record(100);
    let (first, second) = (send(&mut record, 3), send(&mut record, 4));
    let counted = record.charge_unserved(first.number, units(2));
    assert_eq!(counted, Ok(()));
    assert_eq!((record.charged(), record.promised()), (units(2), units(6)));
    let kept = InFlight {
        price: units(2),
        ..first.clone()
    };
    assert_eq!(
        (record.in_flight().len(), record.unserved()),
        (1, &[kept][..])
    );
    let read = ChannelRecord::from_json(&record.to_json()).expect("a record");
    assert_eq!(read, record);
    // Served after all: it counts once.
    charge(&mut record, &first, 2);
    assert_eq!((record.charged(), record.unserved()), (units(2), &[][..]));
    // Not charged after all.
    record
        .charge_unserved(second.number, units(4))
        .expect("in flight");
    record.drop_number(second.number).expect("kept");
    assert_eq!((record.charged(), record.unserved()), (units(2), &[][..]));
    // Once the receiver says that it charged less, it is not known what.
    let fourth = send(&mut record, 3);
    record
        .charge_unserved(fourth.number, units(3))
        .expect("in flight");
    assert_eq!(record.settle_charged(units(2), false), Ok(()));
    assert_eq!(record.unserved(), &[]);
    // Of many the newest are kept.
    let mut record = self::record(100_000);
    for _ in 0..40 {
        let payment = send(&mut record, 1);
        record
            .charge_unserved(payment.number, units(1))
            .expect("in flight");
    }
    let numbers: Vec<_> = record.unserved().iter().map(|p| p.number.get()).collect();
    assert_eq!(numbers, (9..=40).collect::<Vec<_>>());
}

/// With all that there is room for, and URLs whose characters JSON escapes.
#[test]
fn the_longest_record_is_read() {
    let mut record = record(1_000_000);
    record.gateway = Some("\u{1}".repeat(2048));
    let url = |of: char, number: usize| format!("{of}{}", "\u{1}".repeat(1023 - number % 2));
    for place in 0..32 {
        // No two of one list are for the same resource.
        let of = char::from(b'A' + place);
        let payment = send_for(&mut record, 1_000, &url(of, 1));
        record.keep_served(&payment, units(1_000));
        record.keep_incomplete(&payment, units(1_000), usize::from(place));
        charge(&mut record, &payment, 1_000);
    }
    for place in 0..MAX_IN_FLIGHT {
        let payment = send_for(&mut record, 1_000, &url('u', place));
        let kept = record.charge_unserved(payment.number, units(1_000));
        kept.expect("in flight");
    }
    for place in 0..MAX_IN_FLIGHT {
        send_for(&mut record, 1_000, &url('f', place));
    }
    assert_eq!((record.served().len(), record.incomplete().len()), (32, 32));
    assert_eq!(
        (record.unserved().len(), record.in_flight().len()),
        (32, 32)
    );
    let read = ChannelRecord::from_json(&record.to_json());
    assert_eq!(read, Ok(record));
}

/// While a call sends it again, no number leaves that would move the receiver's window past it.
#[test]
fn what_nobody_saw_served_is_in_flight_again_while_it_is_sent_again() {
    let mut record = record(100_000);
    let first = send(&mut record, 3);
    record
        .charge_unserved(first.number, units(3))
        .expect("in flight");
    let second = send(&mut record, 4);
    assert!(
        record.resume_number(second.number, 7).is_err(),
        "it is not kept"
    );
    record.resume_number(first.number, 7).expect("kept");
    let resumed = InFlight {
        slot: 7,
        ..first.clone()
    };
    assert_eq!(record.in_flight(), &[resumed, second.clone()]);
    assert_eq!((record.charged(), record.promised()), (units(0), units(7)));
    // It needs credit like another payment, unless it is the only one.
    record
        .charge_unserved(first.number, units(3))
        .expect("in flight");
    assert!(!record.can_resume(&first, &MostCredit::Ruled(units(6))));
    assert!(record.can_resume(&first, &MostCredit::Ruled(units(7))));
    charge(&mut record, &second, 4);
    assert!(record.can_resume(&first, &MostCredit::Ruled(units(0))));
    record.resume_number(first.number, 7).expect("kept");
    for _ in 2..64 {
        let payment = send(&mut record, 1);
        charge(&mut record, &payment, 1);
    }
    let next = record.next_numbered(units(1)).expect("enough");
    assert_eq!(next.number.get(), 65);
    let most = MostCredit::Ruled(units(100_000));
    let has_room = |record: &ChannelRecord, now| record.has_room_for(&next, &OFFER, &most, now);
    assert!(!has_room(&record, first.at), "the window ends");
    // Until its page asks again, for some seconds.
    record
        .charge_unserved(first.number, units(3))
        .expect("in flight");
    assert!(!has_room(&record, first.at + 9_999));
    assert!(has_room(&record, first.at + 10_000));
    assert!(has_room(&record, first.at - 1), "the clock was set back");
    charge(&mut record, &first, 3);
    assert!(has_room(&record, first.at));
}

#[test]
fn what_paid_for_a_range_is_kept_for_the_others_and_counts_once() {
    let mut record = record(100);
    let (first, second) = (send(&mut record, 3), send(&mut record, 4));
    charge(&mut record, &first, 2);
    record.keep_served(&first, units(2));
    let kept = InFlight {
        price: units(2),
        ..first.clone()
    };
    assert_eq!(record.served(), &[kept][..]);
    let read = ChannelRecord::from_json(&record.to_json()).expect("a record");
    assert_eq!(read, record);
    // It is decided: no later answer changes a sum.
    let again = record.charge_number(first.number, units(2), None);
    assert_eq!(again, Err(RecordError::NotPending));
    assert_eq!(
        record.drop_number(first.number),
        Err(RecordError::NotPending)
    );
    assert_eq!((record.charged(), record.promised()), (units(2), units(6)));
    // Of one file the newest is kept.
    charge(&mut record, &second, 4);
    record.keep_served(&second, units(4));
    assert_eq!(record.served(), std::slice::from_ref(&second));
    record.forget_served(second.number);
    assert_eq!((record.charged(), record.served()), (units(6), &[][..]));
    // Only what reads is sent again.
    let mut posted = send(&mut record, 1);
    posted.method = "POST".to_owned();
    record.keep_served(&posted, units(1));
    assert_eq!(record.served(), &[]);
    // Of many files the newest are kept.
    for file in 0..36 {
        let payment = InFlight {
            url: format!("https://shop.example/{file}"),
            ..first.clone()
        };
        record.keep_served(&payment, units(1));
    }
    let files: Vec<_> = record.served().iter().map(|p| p.url.as_str()).collect();
    let newest: Vec<_> = (4..36)
        .map(|file| format!("https://shop.example/{file}"))
        .collect();
    assert_eq!(files, newest);
}

#[test]
fn what_paid_for_a_body_is_kept_until_that_is_complete() {
    let mut record = record(100);
    let (first, second) = (send(&mut record, 3), send_for(&mut record, 4, "https://b"));
    for (payment, slot) in [(&first, 0), (&second, 1)] {
        charge(&mut record, payment, 2);
        record.keep_incomplete(payment, units(2), slot);
        assert!(record.was_served(payment));
    }
    let kept: Vec<_> = record
        .incomplete()
        .iter()
        .map(|p| (p.price, p.slot))
        .collect();
    assert_eq!(kept, [(units(2), 0), (units(2), 1)]);
    assert_eq!(
        ChannelRecord::from_json(&record.to_json()),
        Ok(record.clone())
    );
    // Another browser, which takes a backup over, does not read them.
    let elsewhere = ChannelRecord::from_backup(&record.to_json()).expect("a record");
    assert_eq!(elsewhere.incomplete(), &[]);
    // Free locks come first, then that of the oldest.
    let slots: Vec<_> = record.body_slots().collect();
    assert_eq!(slots.len(), 32);
    assert_eq!((slots[0], &slots[30..]), (2, &[0, 1][..]));
    // Whoever takes its lock takes its place.
    let third = send_for(&mut record, 1, "https://c");
    charge(&mut record, &third, 1);
    record.keep_incomplete(&third, units(1), 0);
    assert!(!record.was_served(&first));
    assert!(record.complete_body(second.number));
    assert!(!record.complete_body(second.number));
    // Nobody has seen all of one that broke off.
    let fourth = send_for(&mut record, 1, "https://d");
    charge(&mut record, &fourth, 1);
    record.keep_incomplete(&fourth, units(1), 1);
    assert!(record.break_body(fourth.number));
    assert!(!record.break_body(fourth.number));
    assert_eq!((record.unserved().len(), record.charged()), (1, units(6)));
    record.resume_number(fourth.number, 0).expect("kept");
    assert_eq!((record.in_flight().len(), record.charged()), (1, units(5)));
    record.forget_served(third.number);
    assert_eq!((record.charged(), record.incomplete()), (units(5), &[][..]));
}

#[test]
fn an_agreement_ends_everything() {
    let mut record = record(100);
    let (_, second) = (send(&mut record, 3), send(&mut record, 4));
    charge(&mut record, &second, 4);
    let all = record.closing_balance();
    assert_eq!(all, units(7));
    record.agree(proof(all), Signature::from_bytes(&[1; 65]).expect("a form"));
    assert_eq!((record.charged(), record.in_flight()), (units(7), &[][..]));
    assert!(!record.is_usable());
}

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
