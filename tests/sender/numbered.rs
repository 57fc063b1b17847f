//! The sender's numbered payments and its judgement of their answers, through the public interface.

mod resent;
mod stored;
mod verdict;

use microraiden::protocol::{
    Address, Amount, BalanceProof, ChannelId, CreditOffer, PaymentNumber, Signature,
};
use microraiden::sender::numbered::{InFlight, MAX_IN_FLIGHT, MostCredit};
use microraiden::sender::{ChannelRecord, Policy, RecordError};

use crate::basics::{MANAGER, key, units};

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

/// So a balance is no name of a payment: two of the ledger may have the same.
#[test]
fn what_counted_as_taken_and_was_not_leaves_its_balance_to_the_next() {
    let mut record = record(100);
    let first = send(&mut record, 3);
    charge(&mut record, &first, 3);
    let lost = send(&mut record, 3);
    record
        .charge_unserved(lost.number, units(3))
        .expect("in flight");
    // The receiver holds the first proof, and has charged no more.
    record.adopt(first.proof).expect("its own");
    assert_eq!(record.settle_charged(units(3), false), Ok(()));
    let next = send(&mut record, 3);
    assert_ne!(next.number, lost.number);
    assert_eq!(next.proof, lost.proof);
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
