//! The texts that the sender stores, through the public interface.

use crate::basics::{key, units};
use microraiden::chain::Sent;
use microraiden::protocol::{Address, Amount, ChannelId, Generation, Hash, Manager, Uint256};
use microraiden::sender::ChannelRecord;
use microraiden::sender::policy::{Policy, Rate};
use microraiden::sender::spending::Spending;
use microraiden::sender::store::journal::{Action, Step};
use microraiden::sender::store::keys::{SenderKey, StepKey, local_key_lock};
use microraiden::sender::store::ledger::{LedgerEntry, Outcome, to_csv};
use microraiden::sender::store::legacy::LegacyRecord;
use microraiden::sender::store::prices::KnownPrice;
use microraiden::sender::store::shortfall::Shortfall;
use microraiden::sender::wallet::batch::BatchId;
use proptest::prelude::*;

const RECEIVER: Address = Address([5; 20]);
const CONTRACT: Address = Address([7; 20]);
const SENDER: SenderKey = SenderKey {
    chain_id: 1,
    contract: CONTRACT,
    sender: Address([9; 20]),
};

fn step() -> Step {
    Step {
        key: StepKey {
            of: SENDER,
            receiver: RECEIVER,
            open_block: Some(4),
        },
        action: Action::TopUp,
        amount: Amount::MAX,
        deposit: Some(Amount::MAX),
        from_block: 17,
        sent: Sent {
            sender: Address([9; 20]),
            hash: Some(Hash([3; 32])),
            nonce: Some(2),
            raw: Some(vec![1, 2, 3]),
        },
        batch: BatchId::new("0x0a"),
        refused: true,
    }
}

#[test]
fn stored_texts_are_read_back() {
    let step = step();
    let read = Step::from_json(&step.to_json(), SENDER);
    assert_eq!(read, Some(step));
    let short = Shortfall {
        asked: units(10),
        arrived: Uint256::new(9),
        hash: Some(Hash([3; 32])),
    };
    assert_eq!(Shortfall::from_json(&short.to_json()), Some(short));
    let policy = Policy {
        receivers: Some(vec![RECEIVER]),
        origins: vec![
            (RECEIVER, vec!["https://a.example".to_owned()]),
            (CONTRACT, Vec::new()),
        ],
        max_price: Some(Amount::MAX),
        max_rate: Some(Rate {
            payments: 3,
            seconds: 4,
        }),
        max_price_rise: Some(0),
        ..Policy::default()
    };
    assert_eq!(Policy::from_json(&policy.to_json()), Some(policy));
    let entry = LedgerEntry {
        at: 5,
        url: "=1,\"a\"".to_owned(),
        receiver: RECEIVER,
        open_block: 4,
        amount: units(3),
        balance: Amount::MAX,
        outcome: Outcome::Uncounted,
    };
    assert_eq!(
        LedgerEntry::from_json(&entry.to_json()).as_ref(),
        Some(&entry)
    );
    let csv = to_csv(std::slice::from_ref(&entry));
    let line = csv.lines().nth(1).expect("one entry");
    assert!(line.starts_with("5,\"'=1,\"\"a\"\"\",0x"), "{line}");
    // Spreadsheets may pass over blank space and calculate what follows.
    for start in ["=", "+", "-", "@", "\t", "\r", "\n"] {
        let url = format!("{start}1");
        let entry = LedgerEntry {
            url,
            ..entry.clone()
        };
        let csv = to_csv(&[entry]);
        assert!(csv.contains(&format!(",\"'{start}1\",")), "{csv:?}");
    }
}

/// A gateway is what a server says, resolved: it must not make a record that can't be read.
#[test]
fn a_record_with_any_gateway_can_be_read_again() {
    let manager = Manager {
        address: CONTRACT,
        generation: Generation::V02,
    };
    let id = microraiden::protocol::ChannelId {
        sender: RECEIVER,
        receiver: RECEIVER,
        open_block: 123,
    };
    let mut record = ChannelRecord::new(1, manager, id, units(9));
    for (gateway, is_kept) in [
        ("https://shop.example/api/1".to_owned(), true),
        ("\u{1}".repeat(2048), true),
        ("a".repeat(2049), false),
        ("\u{1}".repeat(1 << 20), false),
    ] {
        record.gateway = Some(gateway);
        let again = ChannelRecord::from_json(&record.to_json()).expect("readable");
        let expected = record.gateway.as_ref().filter(|_| is_kept);
        assert_eq!(again.gateway.as_ref(), expected);
        assert_eq!(again.deposit, record.deposit);
    }
}

/// So must a URL not, whoever wrote it.
#[test]
fn a_record_with_any_pending_url_can_be_read_again() {
    let key = key(9);
    let manager = Manager {
        address: CONTRACT,
        generation: Generation::V02,
    };
    let id = microraiden::protocol::ChannelId {
        sender: key.address(),
        receiver: RECEIVER,
        open_block: 123,
    };
    for (url, is_kept) in [
        ("https://shop.example/doggo.jpg?a=\"b\"".to_owned(), true),
        (String::new(), true),
        ("\u{1}".repeat(1024), true),
        ("a".repeat(1025), false),
        ("\u{1}".repeat(1 << 20), false),
    ] {
        let mut record = ChannelRecord::new(1, manager, id, units(9));
        record.gateway = Some("\u{1}".repeat(2048));
        let proof = manager.sign_balance(&key, &id, units(2));
        record.begin(proof, 7, &url).expect("open");
        let again = ChannelRecord::from_json(&record.to_json()).expect("readable");
        let expected = LedgerEntry {
            at: 7,
            url: if is_kept { url } else { String::new() },
            receiver: RECEIVER,
            open_block: 123,
            amount: units(2),
            balance: units(2),
            outcome: Outcome::Unknown,
        };
        assert_eq!(again.pending_entry(), Some(expected));
    }
}

#[test]
fn the_original_librarys_records_are_read_in_both_spellings() {
    let key = key(9);
    let (sender, receiver) = (key.address().to_lower(), RECEIVER.to_lower());
    for generation in [Generation::V01, Generation::V02] {
        let manager = Manager {
            address: CONTRACT,
            generation,
        };
        let id = microraiden::protocol::ChannelId {
            sender: key.address(),
            receiver: RECEIVER,
            open_block: 123,
        };
        let (paid, next) = (
            manager.sign_balance(&key, &id, units(2)),
            manager.sign_balance(&key, &id, units(3)),
        );
        let (sig, closing) = match generation {
            Generation::V01 => ("sign", "close_sign"),
            Generation::V02 => ("sig", "closing_sig"),
        };
        let text = format!(
            r#"{{"account":"{sender}","receiver":"{receiver}","block":123,
                "proof":{{"balance":"2","{sig}":"{}"}},
                "next_proof":{{"balance":"3","{sig}":"{}"}},"{closing}":"0x12"}}"#,
            paid.signature, next.signature
        );
        let name = format!("{sender}|{receiver}");
        let legacy = LegacyRecord::read(&name, &text, key.address()).expect("a record");
        let record = legacy.record(1, manager).expect("signed for this contract");
        assert_eq!((record.balance(), record.exposure()), (units(2), units(3)));
        assert_eq!(record.pending(), Some(&next));
        assert_eq!(record.closing, None, "a signature that is none is left out");
        let other = Manager {
            address: Address([8; 20]),
            generation,
        };
        assert_eq!(legacy.record(1, other), None);
        assert_eq!(LegacyRecord::read(&name, &text, RECEIVER), None);
    }
}

proptest! {
    #[test]
    fn no_stored_text_makes_a_reader_panic(text in ".{0,200}", cut in 0..400usize) {
        let whole = step().to_json();
        let cut = whole.get(..cut).unwrap_or(&whole);
        for text in [text.as_str(), cut] {
            let _ = Step::from_json(text, SENDER);
            let _ = Policy::from_json(text);
            let _ = Spending::from_json(text);
            let _ = LedgerEntry::from_json(text);
            let _ = KnownPrice::from_json(text);
            let _ = LegacyRecord::read(text, text, RECEIVER);
        }
    }
}

/// Whoever holds one of the others reads the channel's record under the channel's lock.
#[test]
fn only_locks_that_guard_stored_texts_have_a_write_barrier() {
    let id = ChannelId {
        sender: SENDER.sender,
        receiver: RECEIVER,
        open_block: 9,
    };
    let guarding = [
        SENDER.channel_lock(&id),
        SENDER.opening_lock(RECEIVER),
        local_key_lock("channel:payment:1"),
    ];
    for lock in guarding {
        let number = format!("microraiden:turn:{}", lock.as_str());
        assert_eq!(lock.barrier(), Some(number));
    }
    for lock in [SENDER.payment_lock(&id, 0), SENDER.body_lock(&id, 31)] {
        assert_eq!(lock.barrier(), None);
    }
}
