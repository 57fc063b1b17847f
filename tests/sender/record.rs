//! The sender's record and its judgement of answers, through the public interface.

use crate::basics::{MANAGER, key, units};
use microraiden::protocol::header::{Demand, Refusal};
use microraiden::protocol::{Address, Amount, BalanceProof, ChannelId};
use microraiden::sender::payment::Wait;
use microraiden::sender::store::ledger::Outcome;
use microraiden::sender::{
    ChannelRecord, Choice, PaymentError, RecordError, SentProof, ServerResponse, StoredError,
    Verdict, choose, judge,
};
use proptest::prelude::*;

fn channel(open_block: u32) -> ChannelId {
    ChannelId {
        sender: key(9).address(),
        receiver: Address([5; 20]),
        open_block,
    }
}

fn record(deposit: u64) -> ChannelRecord {
    ChannelRecord::new(1, MANAGER, channel(3), units(deposit))
}

fn proof(balance: u64) -> BalanceProof {
    MANAGER.sign_balance(&key(9), &channel(3), units(balance))
}

/// A record whose acknowledged balance is 10 and whose pending proof is `pending`.
fn paying(pending: u64) -> (ChannelRecord, SentProof) {
    let mut record = record(100);
    record.begin(proof(10), 7, "").expect("open");
    record.confirm(&proof(10)).expect("pending");
    record.begin(proof(pending), 7, "").expect("open");
    (
        record,
        SentProof {
            proof: proof(pending),
            earlier: false,
        },
    )
}

fn demand(refusal: Option<Refusal>, balance: Option<u64>, shown: Option<BalanceProof>) -> Demand {
    Demand {
        contract: MANAGER.address,
        receiver: channel(3).receiver,
        price: units(3),
        token: None,
        gateway: None,
        refusal,
        sender_balance: balance.map(units),
        balance_signature: shown.map(|proof| proof.signature),
    }
}

fn hear(record: &ChannelRecord, sent: &SentProof, status: u16, demand: &Demand) -> Verdict {
    let heard = ServerResponse {
        status,
        demand: Some(demand),
        shown: None,
    };
    judge(record, sent, &heard)
}

#[test]
fn every_answer_has_one_treatment() {
    let (record, sent) = paying(13);
    let judge = |status, demand: Demand| hear(&record, &sent, status, &demand);
    let plain = || demand(None, None, None);
    let amount = Some(Refusal::InvalidAmount);
    assert_eq!(judge(200, plain()), Verdict::Accepted { shown: None });
    for unknown in [302, 404, 409, 418, 500, 502] {
        assert_eq!(judge(unknown, plain()), Verdict::Unknown, "{unknown}");
    }
    let wait = |refusal| judge(402, demand(Some(refusal), None, None));
    assert_eq!(wait(Refusal::NonexistingChannel), Verdict::Look);
    assert_eq!(
        wait(Refusal::InsufficientConfirmations),
        Verdict::Wait(Wait::Confirmations)
    );
    assert_eq!(
        wait(Refusal::InvalidBalanceProof),
        Verdict::Fail(PaymentError::InvalidProof)
    );
    let old = demand(None, Some(10), Some(proof(10)));
    assert_eq!(judge(402, old), Verdict::Wait(Wait::TopUp));
    assert_eq!(judge(402, plain()), Verdict::Fail(PaymentError::Ignored));
    let higher = demand(amount, Some(12), Some(proof(12)));
    assert_eq!(judge(402, higher), Verdict::Adopt(proof(12)));
    let without_a_reason = demand(None, Some(12), Some(proof(12)));
    assert_eq!(judge(402, without_a_reason), Verdict::Adopt(proof(12)));
}

#[test]
fn nothing_is_adopted_without_our_signature() {
    let (record, sent) = paying(13);
    let judge = |demand: Demand| hear(&record, &sent, 402, &demand);
    let amount = Some(Refusal::InvalidAmount);
    let unproved = Verdict::Fail(PaymentError::UnprovedBalance);
    // A number alone, a signature over another number, a signature of somebody else.
    assert_eq!(judge(demand(amount, Some(50), None)), unproved);
    assert_eq!(judge(demand(amount, Some(50), Some(proof(12)))), unproved);
    let foreign = key(8);
    let foreign = MANAGER.sign_balance(&foreign, &channel(3), units(50));
    assert_eq!(judge(demand(amount, Some(50), Some(foreign))), unproved);
    // It acknowledged 10 before, so neither 0 nor 9 is believed.
    assert_eq!(judge(demand(amount, Some(0), None)), unproved);
    let below = judge(demand(amount, Some(9), Some(proof(9))));
    assert!(
        matches!(below, Verdict::Fail(PaymentError::BelowAcknowledged { .. })),
        "{below:?}"
    );
}

#[test]
fn one_request_pays_once() {
    let (record, sent) = paying(13);
    let counted = demand(None, Some(13), Some(proof(13)));
    assert_eq!(hear(&record, &sent, 402, &counted), Verdict::Taken);
    // The same answer to a proof of an earlier call: that one was counted, this call has not paid.
    let earlier = SentProof {
        earlier: true,
        ..sent
    };
    assert_eq!(
        hear(&record, &earlier, 402, &counted),
        Verdict::Adopt(proof(13))
    );
}

#[test]
fn a_pending_payment_is_what_it_adds_to_the_balance() {
    let (record, _) = paying(13);
    let entry = record.pending_entry().expect("pending");
    assert_eq!((entry.at, entry.outcome), (7, Outcome::Unknown));
    assert_eq!((entry.amount, entry.balance), (units(3), units(13)));
    // A proof of the same balance asks for it, and pays nothing.
    let (question, _) = paying(10);
    assert_eq!(question.pending_entry(), None);
}

#[test]
fn a_proof_that_another_request_has_sent_is_not_taken_back() {
    let (mut record, sent) = paying(13);
    assert!(record.clone().take_back(&sent.proof).is_ok());
    assert!(!record.is_resent());
    record.resend();
    assert!(record.is_resent());
    // Also after it was stored and read again.
    let mut record = ChannelRecord::from_json(&record.to_json()).expect("our own text");
    assert_eq!(
        record.take_back(&sent.proof),
        Err(RecordError::Resent(sent.proof.balance))
    );
    assert_eq!(record.pending(), Some(&sent.proof));
}

/// Headers of an answer that is no 402.
fn serve(record: &ChannelRecord, sent: &SentProof, shown: Option<BalanceProof>) -> Verdict {
    let heard = ServerResponse {
        status: 200,
        demand: None,
        shown,
    };
    judge(record, sent, &heard)
}

#[test]
fn only_a_proof_of_ours_is_acknowledged() {
    let (record, sent) = paying(13);
    let foreign = key(8);
    let foreign = MANAGER.sign_balance(&foreign, &channel(3), units(13));
    // A number that the signature does not cover, or another channel's.
    let renumbered = BalanceProof {
        balance: units(14),
        ..proof(13)
    };
    let elsewhere = MANAGER.sign_balance(&key(9), &channel(4), units(13));
    for shown in [None, Some(foreign), Some(renumbered), Some(elsewhere)] {
        let accepted = Verdict::Accepted { shown: None };
        assert_eq!(serve(&record, &sent, shown), accepted);
    }
    for shown in [proof(10), proof(13)] {
        let shown = Some(shown);
        assert_eq!(serve(&record, &sent, shown), Verdict::Accepted { shown });
    }
    let mut paid = record.clone();
    paid.deliver(&proof(13)).expect("pending");
    for (shown, acknowledged) in [(9, 10), (12, 12), (11, 12), (13, 13), (20, 13)] {
        paid.acknowledge(&proof(shown));
        assert_eq!(
            paid.acknowledged(),
            units(acknowledged),
            "{shown} was shown"
        );
    }
    assert_eq!(ChannelRecord::from_json(&paid.to_json()), Ok(paid));
}

#[test]
fn what_an_earlier_version_took_for_acknowledged_proves_nothing() {
    // Any server could raise it by serving.
    let (record, _) = paying(13);
    for earlier in [
        record.to_json().replace("\"shown\"", "\"acknowledged\""),
        record
            .to_json()
            .replace("\"version\":2", "\"version\":1")
            .replace("\"shown\"", "\"other\""),
    ] {
        let read = ChannelRecord::from_json(&earlier).expect("an earlier text");
        assert_eq!(read.balance(), units(10));
        assert_eq!(read.acknowledged(), Amount::ZERO);
    }
}

#[test]
fn what_was_served_may_turn_out_uncounted() {
    let (mut record, sent) = paying(13);
    record.deliver(&proof(13)).expect("pending");
    assert_eq!(record.balance(), units(13));
    assert_eq!(record.acknowledged(), units(10));
    // The receiver proves that it did not count it: believed down to what it acknowledged.
    record.begin(proof(16), 0, "").expect("open");
    let sent = SentProof {
        proof: proof(16),
        ..sent
    };
    let refused = |balance| {
        demand(
            Some(Refusal::InvalidAmount),
            Some(balance),
            Some(proof(balance)),
        )
    };
    assert_eq!(
        hear(&record, &sent, 402, &refused(10)),
        Verdict::Adopt(proof(10))
    );
    let below = hear(&record, &sent, 402, &refused(9));
    assert!(
        matches!(below, Verdict::Fail(PaymentError::BelowAcknowledged { .. })),
        "{below:?}"
    );
    record.adopt(proof(10)).expect("acknowledged");
    assert_eq!(
        (record.balance(), record.exposure()),
        (units(10), units(16))
    );
}

#[test]
fn a_channel_found_on_the_chain_asks_before_it_pays() {
    let mut record = ChannelRecord::found(1, MANAGER, channel(3), units(100));
    assert!(!record.is_balance_known());
    record.begin(proof(0), 7, "").expect("open");
    let question = SentProof {
        proof: proof(0),
        earlier: false,
    };
    let nothing = demand(None, Some(0), None);
    assert_eq!(hear(&record, &question, 402, &nothing), Verdict::StartOver);
    let paid = demand(Some(Refusal::InvalidAmount), Some(40), Some(proof(40)));
    assert_eq!(
        hear(&record, &question, 402, &paid),
        Verdict::Adopt(proof(40))
    );
    record.adopt(proof(40)).expect("higher");
    assert!(record.is_balance_known());
    assert_eq!(record.next_balance(units(3)), Ok(units(43)));
}

#[test]
fn the_smallest_channel_that_suffices_is_chosen() {
    let at = |block, deposit| ChannelRecord::new(1, MANAGER, channel(block), units(deposit));
    let records = [at(1, 50), at(2, 20), at(3, 5)];
    let receiver = channel(1).receiver;
    assert_eq!(
        choose(&records, receiver, units(10)),
        Choice::Use(&records[1])
    );
    assert_eq!(
        choose(&records, receiver, units(60)),
        Choice::TopUp(&records[0])
    );
    let mut agreed = record(100);
    agreed.closing = Some((proof(10), proof(10).signature));
    assert_eq!(choose(&[agreed], receiver, units(10)), Choice::Open);
    assert_eq!(choose(&records, Address([6; 20]), units(1)), Choice::Open);
}

#[test]
fn stored_records_are_read_back_and_doubted() {
    let (record, _) = paying(13);
    let text = record.to_json();
    assert_eq!(ChannelRecord::from_json(&text), Ok(record));
    let changed = |from: &str, to: &str| ChannelRecord::from_json(&text.replace(from, to));
    assert_eq!(
        changed("\"version\":2", "\"version\":3"),
        Err(StoredError::Version(3))
    );
    assert!(matches!(
        changed("\"balance\":\"13\"", "\"balance\":\"14\""),
        Err(StoredError::Proof(_))
    ));
    assert!(changed("\"deposit\":\"100\"", "\"deposit\":100").is_err());
    assert!(changed("\"state\":\"open\"", "\"state\":\"ajar\"").is_err());
    for end in 0..text.len() {
        assert!(
            ChannelRecord::from_json(&text[..end]).is_err(),
            "cut at {end}"
        );
    }
    assert_eq!(
        ChannelRecord::from_json(&" ".repeat(100_000)),
        Err(StoredError::NotJson)
    );
}

#[test]
fn a_backup_says_no_more_than_its_proofs() {
    let (paid, _) = paying(13);
    let changed = |from: &str, to: &str| {
        let text = paid.to_json();
        assert!(text.contains(from), "{text}");
        ChannelRecord::from_backup(&text.replace(from, to)).expect("a record")
    };
    let exposed = changed("\"exposure\":\"13\"", "\"exposure\":\"100\"");
    assert_eq!(exposed.exposure(), units(13));
    let hidden = changed("\"exposure\":\"13\"", "\"exposure\":\"0\"");
    assert_eq!(hidden.exposure(), units(13));
    // Closing would pay what the receiver is said to have withdrawn.
    let withdrawn = changed("\"withdrawn\":\"0\"", "\"withdrawn\":\"90\"");
    assert_eq!(withdrawn.closing_balance(), units(13));
    let mut known = record(100);
    known.merge(&changed("\"exposure\":\"13\"", "\"exposure\":\"99\""));
    assert_eq!((known.exposure(), known.deposit), (units(13), units(100)));
}

#[derive(Clone, Debug)]
enum Act {
    Sign(u64),
    Confirm,
    Rollback,
    Adopt(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..30u64).prop_map(Act::Sign),
        Just(Act::Confirm),
        Just(Act::Rollback),
        (0..120u64).prop_map(Act::Adopt),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn over_any_schedule_no_promise_is_lost_or_exceeds_the_deposit(
        schedule in prop::collection::vec(act(), 1..25),
    ) {
        let mut record = record(100);
        let mut highest = Amount::ZERO;
        for act in schedule {
            let before = record.balance();
            let result = match act {
                Act::Sign(price) => record.next_balance(units(price)).and_then(|balance| {
                    prop_assert_within(balance);
                    let proof = MANAGER.sign_balance(&key(9), &channel(3), balance);
                    record.begin(proof, 7, "")?;
                    highest = highest.max(balance);
                    Ok(())
                }),
                Act::Confirm => match record.pending().copied() {
                    Some(pending) => record.confirm(&pending),
                    None => record.confirm(&proof(1)),
                },
                Act::Rollback => match record.pending().copied() {
                    Some(pending) => record.rollback(&pending),
                    None => record.rollback(&proof(1)),
                },
                Act::Adopt(balance) => {
                    let result = record.adopt(proof(balance));
                    if result.is_ok() {
                        highest = highest.max(units(balance));
                    }
                    result
                }
            };
            if let Err(RecordError::Pending(pending)) = &result {
                prop_assert_eq!(Some(*pending), record.pending().map(|proof| proof.balance));
            }
            prop_assert!(record.balance() >= before);
            prop_assert_eq!(record.exposure(), highest);
            prop_assert_eq!(ChannelRecord::from_json(&record.to_json()), Ok(record.clone()));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _ = ChannelRecord::from_json(&text);
    }
}

fn prop_assert_within(balance: Amount) {
    assert!(
        balance <= units(100),
        "{balance} was signed above the deposit"
    );
}
