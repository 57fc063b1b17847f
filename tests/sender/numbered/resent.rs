//! What was paid for and may be sent again: until it was served, until its body is complete, or for other ranges of it.

use microraiden::sender::numbered::{InFlight, MostCredit};
use microraiden::sender::{ChannelRecord, RecordError};

use super::{OFFER, charge, record, send, send_for};
use crate::basics::units;

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
    // Its body may break off.
    record.keep_incomplete(&first, units(3), 0);
    assert!(!has_room(&record, first.at + 9_999));
    assert!(has_room(&record, first.at + 10_000));
    assert!(record.complete_body(first.number));
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
