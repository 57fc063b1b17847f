//! The person's policy, and the texts that the sender stores, through the public interface.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

use microraiden::chain::Sent;
use microraiden::protocol::{Address, Amount, Generation, Hash, Manager, PrivateKey};
use microraiden::sender::ChannelRecord;
use microraiden::sender::journal::{Action, Step, StepKey};
use microraiden::sender::ledger::{Entry, Outcome, to_csv};
use microraiden::sender::legacy::LegacyRecord;
use microraiden::sender::policy::{Policy, PolicyError, Rate, Spend, Spending};
use microraiden::sender::price::KnownPrice;
use proptest::prelude::*;

const RECEIVER: Address = Address([5; 20]);
const CONTRACT: Address = Address([7; 20]);
const DAY: u64 = 86_400_000;

fn units(amount: u64) -> Amount {
    Amount::from_u64(amount)
}

fn spend(price: u64, now: u64) -> Spend<'static> {
    Spend {
        receiver: RECEIVER,
        contract: CONTRACT,
        origin: "https://example.org",
        price: units(price),
        before: None,
        exposed: units(price),
        now,
        hidden: false,
    }
}

#[test]
fn each_rule_forbids_what_it_names() {
    let check =
        |policy: Policy, spend: Spend<'_>| policy.allow_spend(&mut Spending::default(), &spend);
    let none = Policy::default;
    let stopped = Policy {
        stopped: true,
        ..none()
    };
    assert_eq!(check(none(), spend(3, 0)), Ok(()));
    assert_eq!(
        check(stopped.clone(), spend(3, 0)),
        Err(PolicyError::Stopped)
    );
    let deposit = |policy: &Policy, amount| policy.allow_deposit(CONTRACT, RECEIVER, units(amount));
    assert_eq!(deposit(&stopped, 1), Err(PolicyError::Stopped));
    let seen = Policy {
        pause_when_hidden: true,
        ..none()
    };
    let hidden = Spend {
        hidden: true,
        ..spend(3, 0)
    };
    assert_eq!(check(seen.clone(), spend(3, 0)), Ok(()));
    assert_eq!(check(seen, hidden), Err(PolicyError::Hidden));
    let others = Policy {
        receivers: Some(vec![CONTRACT]),
        ..none()
    };
    assert_eq!(
        check(others.clone(), spend(3, 0)),
        Err(PolicyError::Receiver(RECEIVER))
    );
    assert_eq!(deposit(&others, 1), Err(PolicyError::Receiver(RECEIVER)));
    let others = Policy {
        contracts: Some(Vec::new()),
        ..none()
    };
    assert_eq!(
        check(others, spend(3, 0)),
        Err(PolicyError::Contract(CONTRACT))
    );
    let cheap = Policy {
        max_price: Some(units(3)),
        max_deposit: Some(units(9)),
        ..none()
    };
    assert_eq!(check(cheap.clone(), spend(3, 0)), Ok(()));
    assert!(matches!(
        check(cheap.clone(), spend(4, 0)),
        Err(PolicyError::Price { .. })
    ));
    assert_eq!(deposit(&cheap, 9), Ok(()));
    assert!(matches!(
        deposit(&cheap, 10),
        Err(PolicyError::Deposit { .. })
    ));
    let steady = Policy {
        max_price_rise: Some(50),
        ..none()
    };
    let risen = |price| Spend {
        before: Some(units(3)),
        ..spend(price, 0)
    };
    assert_eq!(check(steady.clone(), risen(4)), Ok(()));
    assert!(matches!(
        check(steady, risen(5)),
        Err(PolicyError::PriceRise { .. })
    ));
}

#[test]
fn the_budget_is_one_for_an_origin_and_a_day() {
    let policy = Policy {
        daily_budget: Some(units(10)),
        ..Policy::default()
    };
    let mut spending = Spending::default();
    let mut pay = |spend: Spend<'_>| policy.allow_spend(&mut spending, &spend);
    assert_eq!(pay(spend(6, DAY)), Ok(()));
    let left = pay(spend(5, DAY + 1)).expect_err("above");
    assert!(
        matches!(left, PolicyError::Budget { left, .. } if left == units(4)),
        "{left}"
    );
    assert_eq!(
        pay(Spend {
            origin: "https://other.example",
            ..spend(5, DAY)
        }),
        Ok(())
    );
    // What is let out again costs nothing more.
    assert_eq!(
        pay(Spend {
            exposed: units(4),
            ..spend(5, DAY)
        }),
        Ok(())
    );
    assert!(pay(spend(1, 2 * DAY - 1)).is_err());
    assert_eq!(pay(spend(10, 2 * DAY)), Ok(()));
    // A clock that is set back gives nothing again.
    assert!(pay(spend(1, 2 * DAY - 1)).is_err());
}

#[test]
fn a_rate_counts_the_payments_of_a_window() {
    let rate = Rate {
        payments: 2,
        seconds: 10,
    };
    let policy = Policy {
        max_rate: Some(rate),
        ..Policy::default()
    };
    let mut spending = Spending::default();
    let mut pay = |price, at| policy.allow_spend(&mut spending, &spend(price, DAY + at));
    assert_eq!(pay(1, 0), Ok(()));
    assert_eq!(pay(1, 9_000), Ok(()));
    assert_eq!(pay(1, 9_999), Err(PolicyError::Rate(rate)));
    // A proof that asks for the balance pays nothing.
    assert_eq!(pay(0, 9_999), Ok(()));
    assert_eq!(pay(1, 10_000), Ok(()));
    assert_eq!(pay(1, 18_999), Err(PolicyError::Rate(rate)));
}

#[test]
fn what_was_paid_before_is_counted() {
    let rate = Rate {
        payments: 3,
        seconds: 10,
    };
    let policy = Policy {
        daily_budget: Some(units(10)),
        max_rate: Some(rate),
        ..Policy::default()
    };
    assert_eq!(policy.counts_from(2 * DAY + 70), 2 * DAY - 9_930);
    assert_eq!(policy.counts_from(2 * DAY + 11_000), 2 * DAY);
    let mut spending = Spending::default();
    for (price, at) in [
        (7, DAY - 2_000),
        (4, DAY),
        (0, DAY + 1_000),
        (3, DAY + 2_000),
    ] {
        spending.count(&spend(price, at), &policy);
    }
    // The day before has its own budget; the rate does not know of days.
    assert_eq!(spending.spent(spend(1, DAY).origin), units(7));
    let mut pay = |price, at| policy.allow_spend(&mut spending, &spend(price, at));
    assert_eq!(pay(1, DAY + 7_999), Err(PolicyError::Rate(rate)));
    assert_eq!(pay(3, DAY + 8_000), Ok(()));
    assert!(matches!(
        pay(1, DAY + 20_000),
        Err(PolicyError::Budget { .. })
    ));
}

#[test]
fn a_rule_that_counts_anew_is_told_from_one_that_goes_on() {
    let rate = |payments| Rate {
        payments,
        seconds: 10,
    };
    let policy = |budget: Option<u64>, payments: Option<u32>| Policy {
        daily_budget: budget.map(units),
        max_rate: payments.map(rate),
        ..Policy::default()
    };
    for (earlier, later, more) in [
        (policy(None, None), policy(None, None), false),
        (policy(None, None), policy(Some(1), None), true),
        (policy(None, None), policy(None, Some(1)), true),
        (policy(Some(1), None), policy(Some(2), None), false),
        (policy(Some(1), None), policy(Some(1), Some(1)), true),
        (policy(None, Some(1)), policy(None, Some(2)), true),
        (policy(None, Some(1)), policy(Some(1), Some(1)), true),
        (policy(Some(1), Some(1)), policy(None, Some(1)), false),
        (policy(Some(1), Some(1)), policy(None, None), false),
    ] {
        assert_eq!(
            later.counts_more_than(&earlier),
            more,
            "{earlier:?} {later:?}"
        );
    }
}

#[test]
fn what_is_noted_does_not_grow_with_the_payments() {
    let rate = Rate {
        payments: 1000,
        seconds: 10,
    };
    for max_rate in [None, Some(rate)] {
        let policy = Policy {
            max_rate,
            ..Policy::default()
        };
        let mut spending = Spending::default();
        let mut length = |at| {
            let allowed = policy.allow_spend(&mut spending, &spend(1, DAY + at));
            assert_eq!(allowed, Ok(()));
            spending.to_json().len()
        };
        let first = length(0);
        let longest = (1..1000).map(|second| length(second * 1000)).max();
        // The sum has more digits. The times of the rule's ten seconds are kept.
        let times = if max_rate.is_some() { 9 * 9 } else { 0 };
        assert!(longest.is_some_and(|longest| longest <= first + 4 + times));
    }
}

fn step() -> Step {
    Step {
        key: StepKey {
            chain_id: 1,
            contract: CONTRACT,
            sender: Address([9; 20]),
            receiver: RECEIVER,
            open_block: Some(4),
        },
        action: Action::TopUp,
        amount: Amount::MAX,
        from_block: 17,
        sent: Sent {
            sender: Address([9; 20]),
            hash: Some(Hash([3; 32])),
            nonce: Some(2),
            raw: Some(vec![1, 2, 3]),
        },
    }
}

#[test]
fn stored_texts_are_read_back() {
    let step = step();
    let read = Step::from_json(&step.to_json(), 1, CONTRACT, Address([9; 20]));
    assert_eq!(read, Some(step));
    let policy = Policy {
        receivers: Some(vec![RECEIVER]),
        max_price: Some(Amount::MAX),
        max_rate: Some(Rate {
            payments: 3,
            seconds: 4,
        }),
        max_price_rise: Some(0),
        ..Policy::default()
    };
    assert_eq!(Policy::from_json(&policy.to_json()), Some(policy));
    let entry = Entry {
        at: 5,
        url: "=1,\"a\"".to_owned(),
        receiver: RECEIVER,
        open_block: 4,
        amount: units(3),
        balance: Amount::MAX,
        outcome: Outcome::Uncounted,
    };
    assert_eq!(Entry::from_json(&entry.to_json()).as_ref(), Some(&entry));
    let csv = to_csv(std::slice::from_ref(&entry));
    let line = csv.lines().nth(1).expect("one entry");
    assert!(line.starts_with("5,\"'=1,\"\"a\"\"\",0x"), "{line}");
    // Spreadsheets may pass over blank space and calculate what follows.
    for start in ["=", "+", "-", "@", "\t", "\r", "\n"] {
        let url = format!("{start}1");
        let entry = Entry {
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

#[test]
fn the_original_librarys_records_are_read_in_both_spellings() {
    let key = PrivateKey::from_bytes(&[9; 32]).expect("a key");
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
            let _ = Step::from_json(text, 1, CONTRACT, RECEIVER);
            let _ = Policy::from_json(text);
            let _ = Spending::from_json(text);
            let _ = Entry::from_json(text);
            let _ = KnownPrice::from_json(text);
            let _ = LegacyRecord::read(text, text, RECEIVER);
        }
    }
}
