//! Tokens that charge a fee on transfers: the contract counts more than arrives.

use std::cell::RefCell;
use std::rc::Rc;

use microraiden::protocol::Amount;
use microraiden::sender::flow::FlowError;
use microraiden::sender::store::shortfall::Shortfall;

use super::episode::finish;
use super::lagging::{fetch, live, quiet};
use super::model::Shared;
use super::page::Page;
use super::refusals::{nonce, open};
use super::trouble::Trouble;

/// Of each transfer the token keeps one unit.
fn charging(node_simulates: bool) -> Shared {
    let shared = quiet();
    {
        let mut model = shared.borrow_mut();
        model.chain.charge(1);
        model.simulates = node_simulates;
    }
    shared
}

fn short(failed: &Trouble) -> Shortfall {
    match failed {
        Trouble::Flow(FlowError::Short(short)) => *short,
        other => panic!("{other:?}"),
    }
}

fn top_up(shared: &Shared, added: u64) -> Result<(), Trouble> {
    let page = Page::new(shared);
    let told = Rc::new(RefCell::new(None));
    let outcome = Rc::clone(&told);
    finish(
        shared,
        Box::pin(async move {
            let sender = page.sender();
            let id = sender.records().await.expect("no faults")[0].id;
            let done = sender.top_up(id, Amount::from_u64(added)).await;
            *told.borrow_mut() = Some(done.map(drop));
        }),
    );
    outcome.take().expect("it has ended")
}

#[test]
fn where_the_node_tries_it_out_nothing_is_deposited() {
    let shared = charging(true);
    // More often than openings are allowed in a day: none of them counts.
    for _ in 0..5 {
        let short = short(&fetch(&shared).expect_err("short"));
        assert_eq!((short.asked, short.hash), (Amount::from_u64(25), None));
        assert_eq!(short.arrived.to_string(), "24");
    }
    // Not even the approval was sent.
    assert_eq!((live(&shared), nonce(&shared)), (0, 0));
    shared.borrow_mut().chain.charge(0);
    assert_eq!(fetch(&shared).expect("paid"), 200);
    shared.borrow_mut().chain.charge(1);
    let before = nonce(&shared);
    assert_eq!(short(&top_up(&shared, 7).expect_err("short")).hash, None);
    assert_eq!(nonce(&shared), before);
}

#[test]
fn where_the_node_can_not_the_receipt_tells_and_nothing_more_is_deposited() {
    let shared = charging(false);
    let first = short(&fetch(&shared).expect_err("short"));
    assert_eq!(first.arrived.to_string(), "24");
    assert!(first.hash.is_some());
    assert_eq!((live(&shared), nonce(&shared)), (1, 2));
    // The channel is there, and can be paid in and left.
    assert_eq!(fetch(&shared).expect("paid"), 200);
    for again in [open(&shared, 11).map(drop), top_up(&shared, 7)] {
        assert_eq!(short(&again.expect_err("short")), first);
    }
    assert_eq!((live(&shared), nonce(&shared)), (1, 2));
    // A node that tries it out knows better.
    {
        let mut model = shared.borrow_mut();
        model.chain.charge(0);
        model.simulates = true;
    }
    top_up(&shared, 7).expect("everything arrives");
    open(&shared, 11).expect("everything arrives");
}

#[test]
fn a_top_up_that_falls_short_is_told() {
    let shared = quiet();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    shared.borrow_mut().chain.charge(2);
    let short = short(&top_up(&shared, 7).expect_err("short"));
    assert_eq!(short.arrived.to_string(), "5");
    // It is done all the same.
    let deposit = shared.borrow().stored_records()[0].deposit;
    assert_eq!(deposit, Amount::from_u64(32));
}
