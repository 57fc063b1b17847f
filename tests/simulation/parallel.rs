//! Payments of one channel at once, with numbers, where nothing fails.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use microraiden::protocol::Amount;

use super::chance::{Work, advance};
use super::episode::limits;
use super::model::{Faults, Model, Shared};
use super::page::Page;
use super::request::Request;

/// So many requests at once, each for something else, in pages of their own.
fn fetch_at_once(shared: &Shared, count: u64) {
    let served = Rc::new(Cell::new(0));
    let mut tasks: Vec<Work> = Vec::new();
    for path in 0..count {
        let (page, served) = (Page::new(shared), Rc::clone(&served));
        tasks.push(Box::pin(async move {
            let request = Request::new(&page, 0).at(path);
            let status = page.fetch(&request, &limits()).await;
            assert_eq!(status.expect("no faults"), 200);
            served.set(served.get() + 1);
        }));
    }
    while !tasks.is_empty() {
        shared.borrow_mut().step();
        tasks.retain_mut(|work| !advance(work));
    }
    assert_eq!(served.get(), count);
}

#[test]
fn a_channel_is_topped_up_while_others_wait_for_their_answers() {
    for seed in 0..20 {
        let faults = Faults {
            credit: 100,
            ..Faults::NONE
        };
        let shared = Rc::new(RefCell::new(Model::new(seed, faults)));
        fetch_at_once(&shared, 1);
        fetch_at_once(&shared, 30);
        let records = shared.borrow().stored_records();
        let [record] = &records[..] else {
            panic!("{records:?}");
        };
        assert!(
            record.deposit > limits().deposit.expect("one"),
            "{record:?}"
        );
        let price = shared.borrow().price;
        // The first thing is asked for by ranges, which are one payment.
        assert_eq!(record.charged(), Amount::from_u64(30 * price));
    }
}
