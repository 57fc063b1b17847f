//! Bodies of responses that were paid for with a number: one that breaks off costs nothing more.

use std::cell::RefCell;
use std::rc::Rc;

use microraiden::protocol::Amount;
use microraiden::sender::Limits;
use microraiden::sender::flow::incomplete::Fetched;

use super::episode::{finish, limits};
use super::model::{Faults, Model, Shared};
use super::page::{Page, Turn};
use super::request::Request;

fn shop() -> Shared {
    let faults = Faults {
        credit: 100,
        ..Faults::NONE
    };
    Rc::new(RefCell::new(Model::new(3, faults)))
}

fn repeating() -> Limits {
    Limits {
        repeat: true,
        ..limits()
    }
}

/// Fetches one thing, which is not asked for by ranges.
fn fetch(page: &Page, thing: u64, limits: &Limits) -> Fetched<u16, Turn> {
    let (page, limits) = (page.clone(), limits.clone());
    let outcome = Rc::new(RefCell::new(None));
    let told = Rc::clone(&outcome);
    finish(
        &page.model.clone(),
        Box::pin(async move {
            let request = Request::new(&page, 0).at(2 * thing + 1);
            let fetched = page.sender().fetch(&request, &limits).await;
            *told.borrow_mut() = Some(fetched.expect("no faults"));
        }),
    );
    let fetched = outcome.take().expect("it has ended");
    assert_eq!(fetched.response, 200);
    fetched
}

/// Reads the whole body.
fn complete(page: &Page, fetched: Fetched<u16, Turn>) {
    let page = page.clone();
    finish(
        &page.model.clone(),
        Box::pin(async move {
            let incomplete = fetched.incomplete.expect("a body that was paid for");
            let told = page.sender().complete_body(incomplete).await;
            told.expect("no faults");
        }),
    );
}

/// How often something was charged, by both sides.
fn charged(shared: &Shared) -> u64 {
    let model = shared.borrow();
    let [record] = &model.stored_records()[..] else {
        panic!("one channel");
    };
    assert_eq!(
        record.charged(),
        Amount::from_u64(model.charges * model.price)
    );
    model.charges
}

#[test]
fn what_broke_off_is_fetched_again_for_nothing_and_what_is_complete_is_not() {
    let shared = shop();
    let page = Page::new(&shared);
    for _ in 0..3 {
        drop(fetch(&page, 0, &limits()));
        assert_eq!(charged(&shared), 1);
    }
    // Something else in between.
    complete(&page, fetch(&page, 1, &limits()));
    assert_eq!(charged(&shared), 2);
    // Another page, later.
    let later = Page::new(&shared);
    complete(&later, fetch(&later, 0, &limits()));
    assert_eq!(charged(&shared), 2);
    complete(&page, fetch(&page, 0, &limits()));
    assert_eq!(charged(&shared), 3);
    assert!(shared.borrow().stored_records()[0].incomplete().is_empty());
}

/// Sees the body break off.
fn break_off(page: &Page, fetched: Fetched<u16, Turn>) {
    let page = page.clone();
    finish(
        &page.model.clone(),
        Box::pin(async move {
            let incomplete = fetched.incomplete.expect("a body that was paid for");
            let told = page.sender().break_body(incomplete.broken()).await;
            told.expect("no faults");
        }),
    );
}

#[test]
fn the_receivers_window_stays_at_what_broke_off_a_moment_ago() {
    let shared = shop();
    let page = Page::new(&shared);
    break_off(&page, fetch(&page, 0, &limits()));
    for thing in 1..64 {
        complete(&page, fetch(&page, thing, &limits()));
    }
    // The next number would move the window: it waits until that one was fetched again, or ten seconds.
    let began = shared.borrow().now;
    complete(&page, fetch(&page, 0, &limits()));
    assert_eq!(charged(&shared), 64);
    assert!(shared.borrow().now - began < 10_000);
    break_off(&page, fetch(&page, 64, &limits()));
    let began = shared.borrow().now;
    for thing in 65..129 {
        complete(&page, fetch(&page, thing, &limits()));
    }
    assert!(shared.borrow().now - began >= 9_000, "nobody has waited");
}

#[test]
fn a_body_that_is_arriving_is_no_reason_not_to_pay() {
    let shared = shop();
    let (page, other) = (Page::new(&shared), Page::new(&shared));
    let arriving = fetch(&page, 0, &limits());
    // Two purchases of one thing.
    complete(&other, fetch(&other, 0, &limits()));
    assert_eq!(charged(&shared), 2);
    complete(&page, arriving);
}

#[test]
fn requests_that_repeat_are_one_payment() {
    let shared = shop();
    let page = Page::new(&shared);
    for _ in 0..3 {
        let fetched = fetch(&page, 0, &repeating());
        assert!(fetched.incomplete.is_none());
        assert_eq!(charged(&shared), 1);
    }
    // Whoever does not repeat buys it once more, and from then on that is repeated.
    complete(&page, fetch(&page, 0, &limits()));
    assert_eq!(charged(&shared), 2);
    fetch(&page, 0, &repeating());
    assert_eq!(charged(&shared), 2);
    // Also what somebody else is reading.
    let arriving = fetch(&page, 1, &limits());
    fetch(&Page::new(&shared), 1, &repeating());
    assert_eq!(charged(&shared), 3);
    complete(&page, arriving);
}

#[test]
fn what_the_receiver_does_not_serve_again_is_paid_anew() {
    let shared = shop();
    let page = Page::new(&shared);
    drop(fetch(&page, 0, &limits()));
    shared.borrow_mut().now += 601_000;
    complete(&page, fetch(&page, 0, &limits()));
    assert_eq!(charged(&shared), 2);
    // It is dearer now.
    drop(fetch(&page, 1, &limits()));
    let charges = {
        let mut model = shared.borrow_mut();
        model.price += 1;
        model.charges
    };
    complete(&page, fetch(&page, 1, &limits()));
    assert_eq!(shared.borrow().charges, charges + 1);
}

#[test]
fn what_is_below_the_receivers_window_is_paid_anew() {
    let shared = shop();
    let page = Page::new(&shared);
    drop(fetch(&page, 0, &limits()));
    for thing in 1..70 {
        complete(&page, fetch(&page, thing, &limits()));
    }
    complete(&page, fetch(&page, 0, &limits()));
    assert_eq!(charged(&shared), 71);
}

#[test]
fn more_bodies_than_there_are_locks_arrive_and_break_off() {
    let shared = shop();
    let page = Page::new(&shared);
    let arriving: Vec<_> = (0..36)
        .map(|thing| fetch(&page, thing, &limits()))
        .collect();
    assert_eq!(charged(&shared), 36);
    let tracked = arriving.iter().filter(|f| f.incomplete.is_some()).count();
    assert_eq!(tracked, 32);
    drop(arriving);
    for thing in 0..32 {
        complete(&page, fetch(&page, thing, &limits()));
    }
    assert_eq!(charged(&shared), 36);
    // Those that broke off make room, the oldest first.
    (0..32).for_each(|thing| drop(fetch(&page, thing, &limits())));
    assert_eq!(charged(&shared), 68);
    complete(&page, fetch(&page, 32, &limits()));
    complete(&page, fetch(&page, 31, &limits()));
    assert_eq!(charged(&shared), 69);
    complete(&page, fetch(&page, 0, &limits()));
    assert_eq!(charged(&shared), 70);
}
