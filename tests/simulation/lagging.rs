//! Nodes that lag behind their own receipts, and chains whose contracts count other blocks: one call
//! escrows once, and nothing more is escrowed until what was is found.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use microraiden::protocol::{Address, Amount, ChannelId};
use microraiden::sender::{ChannelRecord, ChannelState, FlowError, Limits, PaymentError};

use super::episode::{finish, limits};
use super::model::{Faults, Model, Shared};
use super::page::Page;
use super::parties::{receiver, shop};
use super::request::Request;
use super::trouble::Trouble;

pub fn quiet() -> Shared {
    Rc::new(RefCell::new(Model::new(1, Faults::NONE)))
}

/// One call that pays the first receiver, or fails.
pub fn fetch(shared: &Shared) -> Result<u16, Trouble> {
    fetch_for(shared, 0, &shop(0), &limits())
}

/// One call to an origin that names one of the receivers.
pub fn fetch_for(
    shared: &Shared,
    of: usize,
    origin: &str,
    limits: &Limits,
) -> Result<u16, Trouble> {
    let (origin, limits) = (origin.to_owned(), limits.clone());
    let page = Page::new(shared);
    let outcome = Rc::new(Cell::new(None));
    let told = Rc::clone(&outcome);
    finish(
        shared,
        Box::pin(async move {
            let request = Request::to(&page, of, &origin);
            let status = page.fetch(&request, &limits).await;
            assert!(page.escrowed.get().0 <= 1 && page.escrowed.get().1 <= 1);
            told.set(Some(status));
        }),
    );
    outcome.take().expect("it has ended")
}

pub fn live(shared: &Shared) -> usize {
    shared.borrow().chain.state().live.len()
}

fn only_record(shared: &Shared) -> ChannelRecord {
    let records = shared.borrow().stored_records();
    assert_eq!(records.len(), 1, "{records:?}");
    records.into_iter().next().expect("one")
}

#[test]
fn reads_that_lag_behind_the_receipt_of_an_opening_open_nothing_more() {
    for blind in [1, 2, 5, 15, 40] {
        let shared = quiet();
        // The transaction is followed by its receipt, which no read of the state delays.
        shared.borrow_mut().after_receipt = blind;
        assert_eq!(fetch(&shared).expect("paid"), 200, "{blind}");
        assert_eq!(live(&shared), 1, "{blind}");
        assert_eq!(only_record(&shared).state, ChannelState::Open);
    }
}

#[test]
fn an_opening_that_is_never_seen_is_looked_for_and_not_repeated() {
    let shared = quiet();
    shared.borrow_mut().after_receipt = 100_000;
    for _ in 0..3 {
        let failed = fetch(&shared).expect_err("unseen");
        assert!(
            matches!(failed, Trouble::Flow(FlowError::Unseen { receiver: of, .. })
                if of == receiver(0).address()),
            "{failed:?}"
        );
        assert_eq!(live(&shared), 1);
    }
    shared.borrow_mut().blind = 0;
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(live(&shared), 1);
}

/// A chain of some blocks whose contract counts fewer.
fn above_another(tells: bool) -> Shared {
    let shared = quiet();
    {
        let mut model = shared.borrow_mut();
        for _ in 0..40 {
            model.block();
        }
        model.chain.contract_behind = 30;
        model.chain.tells_contract_block = tells;
    }
    shared
}

#[test]
fn a_channel_is_known_by_the_number_of_its_contract() {
    let shared = above_another(true);
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!(live(&shared), 1);
    let ids: Vec<ChannelId> = {
        let model = shared.borrow();
        let live = model.chain.state().live.values();
        live.map(|(id, _)| *id).collect()
    };
    assert_eq!(vec![only_record(&shared).id], ids);
    // It is found again when the browser has forgotten everything.
    shared.borrow_mut().storage.clear();
    shared.borrow_mut().let_out.clear();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    assert_eq!((live(&shared), only_record(&shared).id), (1, ids[0]));
}

#[test]
fn a_channel_whose_number_nobody_tells_is_not_opened_twice() {
    let shared = above_another(false);
    for _ in 0..3 {
        let failed = fetch(&shared).expect_err("unseen");
        assert!(
            matches!(failed, Trouble::Flow(FlowError::Unseen { .. })),
            "{failed:?}"
        );
        assert_eq!(live(&shared), 1);
    }
}

#[test]
fn reads_that_lag_behind_the_receipt_of_a_top_up_top_up_nothing_more() {
    for blind in [1, 15, 100_000] {
        let shared = quiet();
        // The deposit pays for twelve prices of two.
        for _ in 0..12 {
            assert_eq!(fetch(&shared).expect("paid"), 200);
        }
        shared.borrow_mut().after_receipt = blind;
        assert_eq!(fetch(&shared).expect("paid"), 200, "{blind}");
        shared.borrow_mut().blind = 0;
        assert_eq!(only_record(&shared).deposit, Amount::from_u64(40));
        assert_eq!(fetch(&shared).expect("paid"), 200, "{blind}");
        let tokens = shared.borrow().chain.state().tokens;
        assert_eq!(tokens, 100_000 - 40, "{blind}");
    }
}

#[test]
fn a_channel_that_goes_while_it_is_paid_in_is_not_replaced_in_the_same_call() {
    let shared = quiet();
    {
        // The receiver knows no channel, and after the opening was seen the chain shows it no more.
        let mut model = shared.borrow_mut();
        model.denies_channels = true;
        model.after_denial = 100_000;
    }
    let failed = fetch(&shared).expect_err("not served");
    assert!(
        matches!(
            failed,
            Trouble::Payment(PaymentError::NoUsableChannel { receiver: of })
                if of == Address(receiver(0).address().0)
        ),
        "{failed:?}"
    );
    assert_eq!(live(&shared), 1);
}

#[test]
fn a_channel_that_is_gone_is_left_before_another_is_chosen() {
    let shared = quiet();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    {
        let mut model = shared.borrow_mut();
        model.denies_channels = true;
        model.after_denial = 100_000;
    }
    // Choosing again waits for the turn of the channel that the chain does not show any more.
    let failed = fetch(&shared).expect_err("not served");
    assert!(
        matches!(failed, Trouble::Flow(FlowError::Unseen { .. })),
        "{failed:?}"
    );
}

#[test]
fn one_read_that_lags_takes_nothing_back() {
    let shared = quiet();
    assert_eq!(fetch(&shared).expect("paid"), 200);
    let before = only_record(&shared);
    shared.borrow_mut().blind = 3;
    let page = Page::new(&shared);
    finish(
        &shared,
        Box::pin(async move {
            page.sender().resume().await.expect("no faults");
        }),
    );
    assert_eq!(only_record(&shared), before);
}
