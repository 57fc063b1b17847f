//! What one call may do: nothing for a caller who has given up, no signature that the contract does not take,
//! a few openings a day.

use microraiden::protocol::Amount;
use microraiden::sender::flow::close::{CloseWish, Consent};
use microraiden::sender::{ChannelState, FlowError, LimitError, Limits, PaymentError, PolicyError};

use super::episode::{finish, limits};
use super::lagging::{fetch, fetch_for, live, quiet};
use super::model::Shared;
use super::page::Page;
use super::parties::{receiver, shop};
use super::trouble::Trouble;

/// Closes the only open channel without the receiver, for a signer that can sign no proof.
fn leave(shared: &Shared) {
    let page = Page::new(shared);
    shared.borrow_mut().faults.refuse_signature = 100;
    finish(
        shared,
        Box::pin(async move {
            let sender = page.sender();
            let records = sender.records().await.expect("no faults");
            let open = records.iter().find(|r| r.state == ChannelState::Open);
            let wish = CloseWish {
                consent: Consent::Waived,
                force: true,
                gateway: None,
            };
            let closed = sender.close(open.expect("open").id, wish).await;
            let closed = closed.expect("it takes no signature");
            assert!(closed.settle_block.is_some());
        }),
    );
    shared.borrow_mut().faults.refuse_signature = 0;
}

#[test]
fn leaving_generation_02_alone_takes_no_signature() {
    let shared = quiet();
    let page = Page::new(&shared);
    finish(
        &shared,
        Box::pin(async move {
            let receiver = receiver(0).address();
            let opened = page.sender().open(receiver, Amount::from_u64(10)).await;
            opened.expect("no faults");
        }),
    );
    leave(&shared);
}

/// As the original has it from the start; here it is signed when it is asked for.
#[test]
fn a_fresh_channel_has_a_proof_of_nothing() {
    let shared = quiet();
    let page = Page::new(&shared);
    finish(
        &shared,
        Box::pin(async move {
            let sender = page.sender();
            let opened = sender.open(receiver(0).address(), Amount::from_u64(10));
            let record = opened.await.expect("no faults");
            let (id, manager) = (record.id, record.manager);
            assert_eq!(record.balance(), Amount::ZERO);
            for balance in [0, 4] {
                let proof = sender.sign(id, Amount::from_u64(balance)).await;
                let proof = proof.expect("within the deposit");
                assert_eq!(proof.balance, Amount::from_u64(balance));
                manager.verify_balance(&id, &proof).expect("the sender's");
                let decided = sender.decide(id, &proof, true).await;
                decided.expect("it was pending");
            }
        }),
    );
}

#[test]
fn a_server_gets_three_openings_in_a_day() {
    let shared = quiet();
    for _ in 0..3 {
        assert_eq!(fetch(&shared).expect("paid"), 200);
        leave(&shared);
    }
    let refused = fetch(&shared).expect_err("one too many");
    assert!(
        matches!(
            refused,
            Trouble::Policy(PolicyError::Openings { limit: 3, .. })
        ),
        "{refused:?}"
    );
    assert_eq!(live(&shared), 3);
    shared.borrow_mut().now += 24 * 60 * 60 * 1000;
    assert_eq!(fetch(&shared).expect("paid"), 200);
}

#[test]
fn a_server_is_paid_for_a_second_receiver_only_if_that_is_named() {
    let shared = quiet();
    let (origin, second) = (shop(0), receiver(1).address());
    // It is asked each time whom it wants to be paid.
    let limits = || Limits {
        price_age: 0,
        ..limits()
    };
    assert_eq!(fetch(&shared).expect("paid"), 200);
    let refused = fetch_for(&shared, 1, &origin, &limits()).expect_err("not named");
    assert!(
        matches!(&refused, Trouble::Limit(LimitError::SecondReceiver { asked, expected, .. })
            if (*asked, *expected) == (second, receiver(0).address())),
        "{refused:?}"
    );
    assert_eq!(live(&shared), 1);
    let named = Limits {
        receiver: Some(second),
        ..limits()
    };
    assert_eq!(fetch_for(&shared, 1, &origin, &named).expect("paid"), 200);
    // Once it was paid it is known.
    assert_eq!(
        fetch_for(&shared, 1, &origin, &limits()).expect("paid"),
        200
    );
    assert_eq!(live(&shared), 2);
}

#[test]
fn an_opening_that_came_to_nothing_does_not_count() {
    let shared = quiet();
    shared.borrow_mut().faults.wallet = 100;
    shared.borrow_mut().faults.refuse_signature = 100;
    for _ in 0..5 {
        let refused = fetch(&shared).expect_err("the person refuses");
        assert!(matches!(refused, Trouble::Refused), "{refused:?}");
    }
    shared.borrow_mut().faults.refuse_signature = 0;
    assert_eq!(fetch(&shared).expect("paid"), 200);
}

#[test]
fn a_wallet_that_cannot_sign_deposits_nothing_and_is_asked_once_a_day() {
    let shared = quiet();
    shared.borrow_mut().faults.wallet = 100;
    shared.borrow_mut().faults.cannot_sign = 100;
    let cannot = |shared: &Shared| {
        let failed = fetch(shared).expect_err("it can't");
        assert!(
            matches!(failed, Trouble::Flow(FlowError::CannotSign(_))),
            "{failed:?}"
        );
        assert_eq!(live(shared), 0);
    };
    cannot(&shared);
    // It would sign by now, if it were asked.
    shared.borrow_mut().faults.cannot_sign = 0;
    cannot(&shared);
    shared.borrow_mut().now += 24 * 60 * 60 * 1000;
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(live(&shared), 1);
}

#[test]
fn a_wallet_that_cannot_sign_tops_up_nothing() {
    let shared = quiet();
    let page = Page::new(&shared);
    finish(
        &shared,
        Box::pin(async move {
            // By another signer of the same account.
            let receiver = receiver(0).address();
            let opened = page.sender().open(receiver, Amount::from_u64(10)).await;
            let id = opened.expect("no faults").id;
            page.model.borrow_mut().faults.wallet = 100;
            page.model.borrow_mut().faults.cannot_sign = 100;
            let failed = page.sender().top_up(id, Amount::from_u64(5)).await;
            assert!(
                matches!(failed, Err(Trouble::Flow(FlowError::CannotSign(_)))),
                "{failed:?}"
            );
        }),
    );
}

#[test]
fn a_caller_who_has_given_up_leaves_nothing_behind() {
    let shared = quiet();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    let texts = || {
        let model = shared.borrow();
        let mut texts = model.storage.clone();
        texts.retain(|name, _| !name.contains(":room:"));
        texts
    };
    let before = texts();
    // At every point before the payment leaves.
    for patience in 0..100 {
        shared.borrow_mut().patience = Some(patience);
        let outcome = fetch(&shared);
        if outcome.is_ok() {
            assert!(patience > 3, "{patience} is no patience");
            return;
        }
        assert!(matches!(outcome, Err(Trouble::Aborted)), "{outcome:?}");
        assert_eq!(texts(), before, "{patience}");
    }
    panic!("a payment does not look a hundred times whether it is wanted");
}

/// What callers were asked since the last time: price, whether there was a channel, and the deposit.
fn questions(shared: &Shared) -> Vec<(u64, bool, Option<u64>)> {
    let small = |amount: Amount| amount.to_string().parse().expect("small");
    let asked = core::mem::take(&mut shared.borrow_mut().questions);
    let asked = asked.into_iter().map(|quote| {
        assert_eq!(quote.receiver, receiver(0).address());
        assert!(quote.url.starts_with(&shop(0)), "{}", quote.url);
        let deposit = quote.deposit.map(small);
        (small(quote.price), quote.channel.is_some(), deposit)
    });
    asked.collect()
}

#[test]
fn a_caller_is_asked_once_before_anything_is_done() {
    let shared = quiet();
    let limits = limits();
    let (deposit, top_up) = (limits.deposit, limits.top_up);
    let small = |amount: Option<Amount>| amount.map(|n| n.to_string().parse().expect("small"));
    // One question for the opening and the payment from it.
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(questions(&shared), [(2, false, small(deposit))]);
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(questions(&shared), [(2, true, None)]);
    // And one for a top up.
    let mut topped_up = false;
    for _ in 0..40 {
        assert_eq!(fetch(&shared).expect("paid"), 200);
        let asked = questions(&shared);
        topped_up |= asked == [(2, true, small(top_up))];
        assert!(topped_up || asked == [(2, true, None)], "{asked:?}");
        if topped_up {
            return;
        }
    }
    panic!("the deposit was never used up");
}

#[test]
fn another_price_is_another_question() {
    let shared = quiet();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    questions(&shared);
    // The cached price goes first.
    shared.borrow_mut().price = 3;
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(questions(&shared), [(2, true, None), (3, true, None)]);
}

#[test]
fn what_is_declined_is_neither_opened_nor_topped_up_nor_signed() {
    let declined = |shared: &Shared| {
        shared.borrow_mut().declines = true;
        let failed = fetch(shared);
        assert!(
            matches!(failed, Err(Trouble::Payment(PaymentError::Declined { .. }))),
            "{failed:?}"
        );
        assert_eq!(shared.borrow_mut().questions.len(), 1);
        questions(shared);
        shared.borrow_mut().declines = false;
    };
    let shared = quiet();
    declined(&shared);
    assert_eq!(live(&shared), 0);
    assert!(shared.borrow().handed_in.is_empty());
    let mut before = 0;
    for _ in 0..40 {
        assert_eq!(fetch(&shared).expect("paid"), 200);
        questions(&shared);
        let transactions = shared.borrow().handed_in.len();
        let records = shared.borrow().stored_records();
        declined(&shared);
        assert_eq!(shared.borrow().handed_in.len(), transactions);
        assert_eq!(shared.borrow().stored_records(), records);
        if before > 0 && transactions > before {
            return;
        }
        before = transactions;
    }
    panic!("the deposit was never used up");
}
