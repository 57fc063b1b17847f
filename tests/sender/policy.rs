//! The person's policy, and what it counts, through the public interface.

use crate::basics::units;
use microraiden::protocol::{Address, Amount};
use microraiden::sender::escrow::{DEFAULT_OPENINGS, Escrow, Escrowed};
use microraiden::sender::policy::{Policy, PolicyError, Rate, Spend};
use microraiden::sender::spending::Spending;
use microraiden::sender::store::ledger::{LedgerEntry, Outcome};

const RECEIVER: Address = Address([5; 20]);
const CONTRACT: Address = Address([7; 20]);
const DAY: u64 = 86_400_000;

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
fn only_the_origins_that_are_listed_speak_for_a_receiver() {
    let policy = Policy {
        origins: vec![(RECEIVER, vec!["https://a.example".to_owned()])],
        ..Policy::default()
    };
    let judge = |origin: &str, receiver| policy.allow_origin(origin, receiver);
    assert_eq!(judge("https://a.example", RECEIVER), Ok(true));
    assert_eq!(judge("https://b.example", CONTRACT), Ok(false), "no rule");
    for origin in ["https://b.example", "http://a.example", ""] {
        let refused = PolicyError::Origin {
            receiver: RECEIVER,
            origin: origin.to_owned(),
            allowed: vec!["https://a.example".to_owned()],
        };
        assert_eq!(judge(origin, RECEIVER), Err(refused));
    }
    // A list without origins lets nobody.
    let nobody = Policy {
        origins: vec![(RECEIVER, Vec::new())],
        ..Policy::default()
    };
    let refused = nobody.allow_origin("https://a.example", RECEIVER);
    assert!(refused.is_err(), "{refused:?}");
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
    let listed = [(3, 14, DAY + 2_000), (7, 7, DAY - 2_000), (4, 11, DAY)];
    let listed = listed.map(|(amount, balance, at)| (CONTRACT, paid(amount, balance, at)));
    let mut spending = Spending::of_listed(listed.into(), &policy, "https://page.example");
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
fn a_listed_payment_counts_by_what_it_let_out() {
    let policy = Policy {
        daily_budget: Some(Amount::MAX),
        ..Policy::default()
    };
    let spent = |listed: Vec<(Address, LedgerEntry)>| {
        let spending = Spending::of_listed(listed, &policy, "https://page.example");
        ["https://example.org", "https://page.example"].map(|origin| spending.spent(origin))
    };
    let refused = LedgerEntry {
        outcome: Outcome::Refused,
        ..paid(5, 105, DAY)
    };
    let payments = vec![
        (CONTRACT, refused.clone()),
        (CONTRACT, paid(3, 103, DAY + 1)),
        (CONTRACT, paid(4, 107, DAY + 2)),
    ];
    assert_eq!(spent(payments.clone()), [units(7), units(0)]);
    // The same channel at another contract is another channel.
    let other = (RECEIVER, paid(2, 2, DAY + 3));
    assert_eq!(
        spent([payments, vec![other]].concat()),
        [units(9), units(0)]
    );
    let manual = LedgerEntry {
        url: String::new(),
        ..refused
    };
    assert_eq!(spent(vec![(CONTRACT, manual)]), [units(0), units(5)]);
    // Two in the same millisecond, in any order.
    let twice = vec![(CONTRACT, paid(1, 10, DAY)), (CONTRACT, paid(1, 9, DAY))];
    assert_eq!(spent(twice), [units(2), units(0)]);
}

/// A payment as it is listed.
fn paid(amount: u64, balance: u64, at: u64) -> LedgerEntry {
    LedgerEntry {
        at,
        url: format!("{}/thing", spend(amount, at).origin),
        receiver: RECEIVER,
        open_block: 4,
        amount: units(amount),
        balance: units(balance),
        outcome: Outcome::Paid,
    }
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

fn opening(amount: u64, now: u64) -> Escrow<'static> {
    Escrow {
        origin: "https://example.org",
        manual: false,
        opens: true,
        amount: units(amount),
        now,
        hidden: false,
    }
}

#[test]
fn a_server_gets_few_openings_a_day_where_nobody_says_how_many() {
    let policy = Policy::default();
    let mut escrowed = Escrowed::default();
    let mut escrow = |escrow: Escrow<'_>| policy.allow_escrow(&mut escrowed, &escrow);
    let manual = |at| Escrow {
        manual: true,
        ..opening(5, at)
    };
    for at in 0..u64::from(DEFAULT_OPENINGS) {
        assert_eq!(escrow(manual(DAY + at)), Ok(()));
        assert_eq!(escrow(opening(5, DAY + at)), Ok(()));
    }
    let refused = PolicyError::Openings {
        origin: "https://example.org".to_owned(),
        limit: DEFAULT_OPENINGS,
    };
    assert_eq!(escrow(opening(5, 2 * DAY - 1)), Err(refused.clone()));
    assert_eq!(escrow(manual(2 * DAY - 1)), Ok(()));
    // A top up follows payments, which have limits of their own.
    let top_up = Escrow {
        opens: false,
        ..opening(5, 2 * DAY - 1)
    };
    assert_eq!(escrow(top_up), Ok(()));
    let other = Escrow {
        origin: "https://other.example",
        ..opening(5, DAY)
    };
    assert_eq!(escrow(other), Ok(()));
    assert_eq!(escrow(opening(5, 2 * DAY)), Ok(()));
    // A clock that is set back gives nothing again.
    for _ in 1..DEFAULT_OPENINGS {
        assert_eq!(escrow(opening(5, DAY)), Ok(()));
    }
    assert_eq!(escrow(opening(5, DAY)), Err(refused));
}

#[test]
fn openings_and_escrow_are_limited_as_the_person_says() {
    let policy = Policy {
        max_openings: Some(1),
        daily_escrow: Some(units(10)),
        pause_when_hidden: true,
        ..Policy::default()
    };
    let mut escrowed = Escrowed::default();
    let top_up = |amount| Escrow {
        opens: false,
        ..opening(amount, DAY)
    };
    let hidden = Escrow {
        hidden: true,
        ..opening(1, DAY)
    };
    assert_eq!(
        policy.allow_escrow(&mut escrowed, &hidden),
        Err(PolicyError::Hidden)
    );
    let manual = Escrow {
        manual: true,
        ..opening(6, DAY)
    };
    assert_eq!(policy.allow_escrow(&mut escrowed, &manual), Ok(()));
    let refused = policy.allow_escrow(&mut escrowed, &opening(1, DAY));
    assert!(matches!(
        refused,
        Err(PolicyError::Openings { limit: 1, .. })
    ));
    let refused = policy.allow_escrow(&mut escrowed, &top_up(5));
    assert!(
        matches!(&refused, Err(PolicyError::Escrow { left, .. }) if *left == units(4)),
        "{refused:?}"
    );
    assert_eq!(policy.allow_escrow(&mut escrowed, &top_up(4)), Ok(()));
    // What came to nothing does not count, and what is stored is read back.
    escrowed.take_back("https://example.org", 1, units(6));
    let mut stored = Escrowed::from_json(&escrowed.to_json()).expect("our own text");
    assert_eq!(stored, escrowed);
    assert_eq!(policy.allow_escrow(&mut stored, &opening(6, DAY)), Ok(()));
    for damaged in ["", "{}", "{\"version\":2,\"day\":1,\"origins\":{}}"] {
        assert_eq!(Escrowed::from_json(damaged), None);
    }
}
