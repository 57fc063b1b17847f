//! What one call may do: nothing for a caller who has given up, no signature that the contract does not take,
//! a few openings a day.

use microraiden::protocol::Amount;
use microraiden::sender::flow::close::{CloseWish, Consent};
use microraiden::sender::{ChannelState, FlowError, LimitError, Limits, PolicyError};

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
