//! Nodes that answer an error to a signed transaction: whatever they do with it, one deposit is made.

use microraiden::chain::ContractError;
use microraiden::protocol::{Amount, Hash};
use microraiden::sender::ChannelRecord;
use microraiden::sender::flow::close::{CloseWish, Consent};
use microraiden::sender::flow::unfinished::{EndKind, EndState};
use microraiden::sender::store::journal::Action;

use super::chance::{Work, advance};
use super::episode::finish;
use super::lagging::{fetch, live, quiet};
use super::model::{Refusing, Shared};
use super::page::Page;
use super::parties::receiver;
use super::trouble::Trouble;

pub fn open(shared: &Shared, deposit: u64) -> Result<ChannelRecord, Trouble> {
    let page = Page::new(shared);
    let told = std::rc::Rc::new(std::cell::RefCell::new(None));
    let outcome = std::rc::Rc::clone(&told);
    finish(
        shared,
        Box::pin(async move {
            let (receiver, deposit) = (receiver(0).address(), Amount::from_u64(deposit));
            *told.borrow_mut() = Some(page.sender().open(receiver, deposit).await);
        }),
    );
    outcome.take().expect("it has ended")
}

/// What is unfinished: state, action and hash.
fn ends(shared: &Shared) -> Vec<(EndState, Action, Option<Hash>)> {
    let page = Page::new(shared);
    let told = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let list = std::rc::Rc::clone(&told);
    finish(
        shared,
        Box::pin(async move {
            for end in page.sender().check_ends().await.expect("no faults") {
                let EndKind::Transaction { action, hash } = end.kind else {
                    continue;
                };
                told.borrow_mut().push((end.state, action, hash));
            }
        }),
    );
    list.take()
}

pub fn nonce(shared: &Shared) -> u64 {
    shared.borrow().chain.state().nonce
}

/// Opens a channel to each receiver, then closes both at the same time.
fn close_both(shared: &Shared) -> Vec<Result<(), Trouble>> {
    let open_to = |of: usize| {
        let page = Page::new(shared);
        finish(
            shared,
            Box::pin(async move {
                let (receiver, deposit) = (receiver(of).address(), Amount::from_u64(10));
                let opened = page.sender().open(receiver, deposit).await;
                opened.expect("no faults");
            }),
        );
    };
    open_to(0);
    open_to(1);
    shared.borrow_mut().refuses = Some(Refusing::Thrice);
    let told = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let records = shared.borrow().stored_records();
    let mut closings: Vec<Work> = Vec::new();
    for record in records {
        let (page, told) = (Page::new(shared), std::rc::Rc::clone(&told));
        closings.push(Box::pin(async move {
            let wish = CloseWish {
                consent: Consent::Waived,
                ..CloseWish::default()
            };
            let closed = page.sender().close(record.id, wish).await;
            told.borrow_mut().push(closed.map(drop));
        }));
    }
    while !closings.is_empty() {
        shared.borrow_mut().step();
        closings.retain_mut(|work| !advance(work));
    }
    told.take()
}

#[test]
fn a_nonce_is_left_to_the_transaction_that_the_node_takes_when_it_comes_again() {
    let shared = quiet();
    for closed in close_both(&shared) {
        closed.expect("closed");
    }
    // One approval and one opening for each channel, and two closings.
    assert_eq!(nonce(&shared), 6);
    assert_eq!(ends(&shared), []);
}

fn is_refused(outcome: &Trouble) -> bool {
    matches!(outcome, Trouble::Node(ContractError::Chain(error)) if error.to_string().contains("FeeTooLow"))
}

#[test]
fn what_the_node_took_and_refused_opens_one_channel() {
    for refusing in [Refusing::Takes, Refusing::Once] {
        let shared = quiet();
        shared.borrow_mut().refuses = Some(refusing);
        assert_eq!(fetch(&shared).expect("paid"), 200);
        // One approval and one opening.
        assert_eq!((live(&shared), nonce(&shared)), (1, 2), "{refusing:?}");
        assert_eq!(ends(&shared), []);
    }
}

#[test]
fn what_the_node_never_takes_is_kept_and_the_next_takes_its_place() {
    let shared = quiet();
    shared.borrow_mut().refuses = Some(Refusing::ForGood);
    let outcome = open(&shared, 10).expect_err("refused");
    assert!(is_refused(&outcome), "{outcome:?}");
    assert!(shared.borrow().journal_has("\"refused\":true"));
    assert!(
        matches!(
            ends(&shared)[..],
            [(EndState::Waiting, Action::Approve, Some(_))]
        ),
        "{:?}",
        ends(&shared)
    );
    // The same again is the same transaction.
    assert!(is_refused(&open(&shared, 10).expect_err("refused")));
    // Its bytes may be in some pool: this one has its nonce, so that only one of both is mined.
    let opened = open(&shared, 11).expect("no faults");
    assert_eq!(opened.deposit, Amount::from_u64(11));
    assert_eq!((live(&shared), nonce(&shared)), (1, 2));
    assert_eq!(ends(&shared), []);
}

#[test]
fn what_was_refused_and_is_taken_later_is_finished() {
    let shared = quiet();
    shared.borrow_mut().refuses = Some(Refusing::ForGood);
    assert!(is_refused(&fetch(&shared).expect_err("refused")));
    shared.borrow_mut().refused_hashes.clear();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!((live(&shared), nonce(&shared)), (1, 2));
    assert_eq!(ends(&shared), []);
}

/// The limit of openings in a day is for what may be mined.
#[test]
fn what_the_node_never_takes_does_not_use_up_the_openings() {
    let shared = quiet();
    for _ in 0..5 {
        // Each at another price of gas, as the chain's is.
        shared.borrow_mut().refuses = Some(Refusing::ForGood);
        assert!(is_refused(&fetch(&shared).expect_err("refused")));
    }
    shared.borrow_mut().refused_hashes.clear();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(live(&shared), 1);
}
