//! Nodes that give logs of few blocks at once.

use microraiden::protocol::Amount;
use microraiden::sender::ChannelState;

use super::episode::finish;
use super::lagging::{fetch, live, quiet};
use super::model::Shared;
use super::page::Page;

/// A chain of many blocks behind a node that gives logs of so many at once.
fn long(blocks: u64, most: u64) -> Shared {
    let shared = quiet();
    for _ in 0..blocks {
        shared.borrow_mut().block();
    }
    shared.borrow_mut().most_blocks = most;
    shared
}

fn forget_all(shared: &Shared) {
    let mut model = shared.borrow_mut();
    model.storage.clear();
    model.let_out.clear();
}

fn log_requests(shared: &Shared) -> u32 {
    core::mem::take(&mut shared.borrow_mut().log_requests)
}

#[test]
fn a_payment_does_not_wait_for_all_of_a_long_chain() {
    for most in [1, 5, 10, 500] {
        let shared = long(20_000, most);
        assert_eq!(fetch(&shared).expect("paid"), 200);
        // An account that never sent anything has no channels.
        assert_eq!(log_requests(&shared), 0, "{most}");
        forget_all(&shared);
        // The channel was opened just now: it is found among the newest blocks.
        assert_eq!(fetch(&shared).expect("paid"), 200);
        assert_eq!(live(&shared), 1, "{most}");
        assert!(log_requests(&shared) <= 24, "{most}");
    }
}

#[test]
fn what_was_learned_of_a_node_is_remembered() {
    let shared = long(20_000, 5);
    assert_eq!(fetch(&shared).expect("paid"), 200);
    forget_all(&shared);
    assert_eq!(fetch(&shared).expect("paid"), 200);
    let scanned = |shared: &Shared| {
        let model = shared.borrow();
        let mut texts = model.storage.iter();
        let text = texts.find(|(name, _)| name.contains(":scanned:"));
        text.map(|(_, text)| text.clone()).expect("a checkpoint")
    };
    let learned = scanned(&shared);
    let piece: u64 = learned.trim().parse().expect("only the limit");
    assert!((1..=5).contains(&piece), "{learned}");
    // Searching all of the chain takes as long as it takes, and ends.
    let first = log_requests(&shared);
    assert!(first > 0);
    let page = Page::new(&shared);
    finish(
        &shared,
        Box::pin(async move {
            page.sender().scan(None).await.expect("no faults");
        }),
    );
    assert!(log_requests(&shared) >= 4000);
    let block = scanned(&shared);
    let (block, piece) = block.split_once(' ').expect("both");
    assert!(block.parse::<u64>().is_ok_and(|block| block > 19_000));
    assert!(piece.parse::<u64>().is_ok_and(|piece| piece <= 5));
}

/// A settlement long ago, on a node that shows too little to find it, is not "no such channel".
#[test]
fn a_channel_is_not_lost_because_too_little_was_searched() {
    let shared = quiet();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    let (id, page) = {
        let page = Page::new(&shared);
        (shared.borrow().stored_records()[0].id, page)
    };
    finish(
        &shared,
        Box::pin(async move {
            let wish = microraiden::sender::flow::close::CloseWish::default();
            page.sender().close(id, wish).await.expect("agreed");
        }),
    );
    let settled = shared.borrow().stored_records()[0].clone();
    assert_eq!(settled.state, ChannelState::Settled);
    for _ in 0..5_000 {
        shared.borrow_mut().block();
    }
    for (most, found) in [(u64::MAX, true), (1_000, true), (5, false)] {
        shared.borrow_mut().most_blocks = most;
        log_requests(&shared);
        let page = Page::new(&shared);
        let outcome = std::rc::Rc::new(std::cell::Cell::new(None));
        let told = std::rc::Rc::clone(&outcome);
        finish(
            &shared,
            Box::pin(async move {
                let refreshed = page.sender().refresh(id).await;
                told.set(Some(refreshed.is_ok()));
            }),
        );
        assert_eq!(outcome.take(), Some(found), "{most}");
        assert!(log_requests(&shared) <= 110, "{most}");
        let record = shared.borrow().stored_records()[0].clone();
        assert_eq!(record.state, ChannelState::Settled, "{most}");
        assert_eq!(record.balance(), Amount::from_u64(2));
    }
}
