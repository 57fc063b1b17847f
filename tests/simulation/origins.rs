//! Servers that name a receiver of others: the sender's flows against the model of the simulation.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use microraiden::protocol::{Address, Amount};
use microraiden::sender::flow::close::CloseWish;
use microraiden::sender::policy::{Policy, PolicyError};
use microraiden::sender::store::bindings::Binding;
use microraiden::sender::store::keys::SenderKey;
use microraiden::sender::store::ledger::Outcome;
use microraiden::sender::{ChannelRecord, ChannelState, LimitError, Limits, PaymentError};

use crate::chance::{Work, advance};
use crate::model::{Faults, Held, Model, Shared, key};
use crate::page::Page;
use crate::parties::{CONTRACT, IMPOSTOR, cdn, receiver, sender, shop};
use crate::request::Request;
use crate::trouble::Trouble;

/// A browser without anything stored, whose network does what it should.
fn browser() -> Page {
    let model = Model::new(1, Faults::NONE);
    let shared: Shared = Rc::new(RefCell::new(model));
    Page::new(&shared)
}

/// Lets work run to its end.
fn run<T>(page: &Page, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        page.model.borrow_mut().step();
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
    panic!("somebody waits for ever");
}

fn limits() -> Limits {
    Limits {
        max_price: Amount::from_u64(4),
        deposit: Some(Amount::from_u64(25)),
        top_up: None,
        receiver: None,
        origins: Vec::new(),
        price_age: 10_000_000,
        repeat: false,
        timeout: 30_000,
    }
}

fn vouching(origin: &str) -> Limits {
    Limits {
        origins: vec![origin.to_owned()],
        ..limits()
    }
}

/// Pays once to a server that names the first receiver.
fn pay(page: &Page, origin: &str, limits: &Limits) -> Result<u16, Trouble> {
    run(page, async {
        let request = Request::to(page, 0, origin);
        page.fetch(&request, limits).await
    })
}

fn records(page: &Page) -> Vec<ChannelRecord> {
    page.model.borrow().stored_records()
}

fn record(page: &Page) -> ChannelRecord {
    let records = records(page);
    let [record] = records.as_slice() else {
        panic!("{records:?}");
    };
    record.clone()
}

fn receivers_of(page: &Page, origin: &str) -> Vec<Address> {
    run(page, async { page.sender().receivers_of(origin).await }).expect("readable")
}

fn binding_name() -> String {
    let key = SenderKey::new(&CONTRACT, sender().address());
    key.binding(receiver(0).address())
}

/// The origins that the first receiver is bound to.
fn origins(page: &Page) -> Vec<String> {
    let text = page.model.borrow().storage.get(&binding_name()).cloned();
    let binding = text.map(|text| Binding::from_json(&text).expect("a binding"));
    binding.map_or_else(Vec::new, |binding| binding.origins().to_vec())
}

#[track_caller]
fn expect_refused(page: &Page, refused: Result<u16, Trouble>, bound: &[String]) {
    let Err(Trouble::Limit(LimitError::Origin {
        receiver: named,
        origin,
        bound: known,
    })) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(named, receiver(0).address());
    assert_eq!((origin.as_str(), known.as_slice()), (IMPOSTOR, bound));
    assert_eq!(page.model.borrow().leaked, [], "a payment went there");
}

#[test]
fn a_server_that_names_the_receiver_of_another_is_not_paid() {
    let page = browser();
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    assert_eq!(origins(&page), [shop(0)]);
    assert_eq!(receivers_of(&page, &shop(0)), [receiver(0).address()]);
    let before = record(&page);
    for _ in 0..3 {
        expect_refused(&page, pay(&page, IMPOSTOR, &limits()), &[shop(0)]);
    }
    assert_eq!(record(&page), before);
    assert_eq!(receivers_of(&page, IMPOSTOR), []);
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
}

#[test]
fn no_channel_is_opened_for_a_server_that_names_the_receiver_of_another() {
    let page = browser();
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    let id = record(&page).id;
    // The binding outlives the channel.
    run(&page, async { page.sender().forget(id, true).await }).expect("nothing fails");
    expect_refused(&page, pay(&page, IMPOSTOR, &limits()), &[shop(0)]);
    assert_eq!(records(&page), [], "a channel was opened, or looked for");
}

#[test]
fn a_remembered_price_does_not_pay_another_server() {
    let page = browser();
    // As an earlier version remembered it, which knew no bindings.
    assert_eq!(pay(&page, IMPOSTOR, &limits()).ok(), Some(200));
    page.model.borrow_mut().leaked.clear();
    let binding = Binding::new(&shop(0)).to_json();
    let name = binding_name();
    page.model.borrow_mut().storage.insert(name, binding);
    let before = record(&page);
    expect_refused(&page, pay(&page, IMPOSTOR, &limits()), &[shop(0)]);
    assert_eq!(record(&page), before);
}

#[test]
fn a_receiver_is_bound_before_a_proof_leaves() {
    // In whatever step the page dies: who was sent a proof is bound.
    for steps in 0..400 {
        let page = browser();
        let request = Request::to(&page, 0, IMPOSTOR);
        let (sender, limits) = (page.sender(), limits());
        let mut work = pin!(sender.fetch(&request, &limits));
        let mut context = Context::from_waker(Waker::noop());
        let ended = (0..steps).any(|_| work.as_mut().poll(&mut context).is_ready());
        let signed = records(&page).iter().any(|r| !r.exposure().is_zero());
        if signed {
            assert_eq!(origins(&page), [IMPOSTOR], "after {steps} steps");
        }
        if ended {
            assert!(signed, "nothing was paid");
            return;
        }
    }
    panic!("the payment does not end");
}

#[test]
fn the_caller_or_the_person_names_further_origins() {
    let page = browser();
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    assert_eq!(pay(&page, &cdn(0), &vouching(&cdn(0))).ok(), Some(200));
    assert_eq!(origins(&page), [shop(0), cdn(0)]);
    // From then on it needs no naming, and others are still refused.
    assert_eq!(pay(&page, &cdn(0), &limits()).ok(), Some(200));
    let bound = [shop(0), cdn(0)];
    expect_refused(&page, pay(&page, IMPOSTOR, &vouching(&cdn(0))), &bound);

    // The person's word counts more than what is stored and what the caller says.
    let rule = |origin: &str| Policy {
        origins: vec![(receiver(0).address(), vec![origin.to_owned()])],
        ..Policy::default()
    };
    let set = |policy: &Policy| {
        run(&page, async { page.sender().set_policy(policy).await }).expect("nothing fails");
    };
    let third = "https://third.example";
    set(&rule(third));
    assert_eq!(pay(&page, third, &limits()).ok(), Some(200));
    let refused = pay(&page, &cdn(0), &vouching(&cdn(0)));
    let Err(Trouble::Policy(PolicyError::Origin { allowed, .. })) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(*allowed, [third]);
    set(&Policy::default());
    assert_eq!(pay(&page, &cdn(0), &limits()).ok(), Some(200));
    assert_eq!(origins(&page), [shop(0), cdn(0), third.to_owned()]);
}

#[test]
fn whoever_comes_first_can_be_overruled() {
    let page = browser();
    assert_eq!(pay(&page, IMPOSTOR, &limits()).ok(), Some(200));
    let refused = pay(&page, &shop(0), &limits());
    assert!(matches!(
        refused,
        Err(Trouble::Limit(LimitError::Origin { .. }))
    ));
    // That it served proves nothing, so what the shop says of its own books is believed.
    assert_eq!(record(&page).acknowledged(), Amount::ZERO);
    for _ in 0..3 {
        assert_eq!(pay(&page, &shop(0), &vouching(&shop(0))).ok(), Some(200));
        let held = page.model.borrow().held[&key(&record(&page).id)];
        assert_eq!(record(&page).balance(), held.balance());
    }
}

#[test]
fn a_receiver_that_lost_its_newest_proofs_is_paid_again_within_what_it_was_promised() {
    let page = browser();
    page.model.borrow_mut().shows = 0;
    let held = |held: Held| {
        let id = key(&record(&page).id);
        page.model.borrow_mut().held.insert(id, held).expect("paid")
    };
    let paid = |count: usize| {
        for _ in 0..count {
            assert_eq!(pay(&page, &shop(0), &limits()).expect("paid"), 200);
        }
        record(&page)
    };
    paid(1);
    let old = held(Held::default());
    held(old);
    let before = paid(3);
    held(old);
    let after = paid(1);
    assert_eq!(before.balance(), Amount::from_u64(8));
    assert_eq!(after.balance(), Amount::from_u64(4));
    assert!(after.exposure() >= before.exposure());
    // The list tells it, and adds up.
    let ledger = run(&page, async { page.sender().ledger().await }).expect("readable");
    let uncounted = ledger.iter().find(|e| e.outcome == Outcome::Uncounted);
    assert_eq!(uncounted.map(|e| e.amount), Some(Amount::from_u64(6)));

    // Nothing below what it has shown itself.
    let request = Request::new(&page, 0);
    run(&page, async {
        page.sender().reconcile(after.id, &request).await
    })
    .expect("it shows its proof");
    assert_eq!(record(&page).acknowledged(), after.balance());
    held(old);
    let refused = pay(&page, &shop(0), &limits());
    let Err(Trouble::Payment(PaymentError::BelowAcknowledged { shown, .. })) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(shown, old.balance());
}

#[test]
fn a_receiver_is_asked_for_the_balance_at_its_own_server_only() {
    let page = browser();
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    let before = record(&page);
    let ask = |origin: &str| {
        run(&page, async {
            let request = Request::to(&page, 0, origin);
            page.sender().reconcile(before.id, &request).await
        })
    };
    expect_refused(&page, ask(IMPOSTOR).map(|()| 0), &[shop(0)]);
    assert_eq!(record(&page), before);
    ask(&shop(0)).expect("the receiver shows our proof");

    // Of a channel that was found on the chain nobody is known; whoever sells for another receiver
    // is not asked either.
    page.model.borrow_mut().storage.remove(&binding_name());
    let other = run(&page, async {
        let request = Request::to(&page, 1, &shop(1));
        page.sender().reconcile(before.id, &request).await
    });
    assert!(
        matches!(
            other,
            Err(Trouble::Payment(PaymentError::ReceiverChanged { .. }))
        ),
        "{other:?}"
    );
    assert_eq!(origins(&page), [""; 0]);
    ask(&shop(0)).expect("the receiver shows our proof");
    assert_eq!(origins(&page), [shop(0)]);
}

#[test]
fn a_damaged_binding_is_set_aside() {
    let page = browser();
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    let name = binding_name();
    let damaged = "{\"version\":1".to_owned();
    page.model.borrow_mut().storage.insert(name, damaged);
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    assert_eq!(origins(&page), [shop(0)]);
    let model = page.model.borrow();
    let mut names = model.storage.keys();
    assert!(names.any(|name| name.contains(":aside:") && name.contains(":binding:")));
}

#[test]
fn what_is_signed_by_hand_needs_no_origin() {
    let page = browser();
    run(&page, async {
        let sender = page.sender();
        let opened = sender.open(receiver(0).address(), Amount::from_u64(9));
        let id = opened.await.expect("nothing fails").id;
        sender.sign(id, Amount::from_u64(2)).await
    })
    .expect("within the deposit");
    assert_eq!(origins(&page), [""; 0]);
}

#[test]
fn a_server_that_never_answers_does_not_keep_the_turn() {
    let page = browser();
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    let silence = |percent| page.model.borrow_mut().faults.silent = percent;
    let now = || page.model.borrow().now;
    silence(100);
    let start = now();
    let unanswered = pay(&page, &shop(0), &limits());
    let Err(Trouble::Payment(PaymentError::Unknown { balance })) = unanswered else {
        panic!("{unanswered:?}");
    };
    assert_eq!(record(&page).pending().map(|p| p.balance), Some(balance));
    let taken = now() - start;
    assert!((30_000..40_000).contains(&taken), "{taken} milliseconds");
    assert!(page.model.borrow().locks.is_empty());

    // Somebody waits for the turn of one who waits for the server.
    let pay = |page: Page, status: Rc<RefCell<Option<u16>>>| -> Work {
        Box::pin(async move {
            let request = Request::new(&page, 0);
            let paid = page.fetch(&request, &limits()).await;
            *status.borrow_mut() = Some(paid.unwrap_or(0));
        })
    };
    let (first, second) = (Rc::default(), Rc::default());
    let mut work = [
        pay(page.clone(), Rc::clone(&first)),
        pay(page.clone(), Rc::clone(&second)),
    ];
    assert!(!(0..100).any(|_| advance(&mut work[0])));
    silence(0);
    let mut tasks: Vec<&mut Work> = work.iter_mut().collect();
    for _ in 0..10_000 {
        page.model.borrow_mut().step();
        tasks.retain_mut(|task| !advance(task));
        if tasks.is_empty() {
            break;
        }
    }
    assert_eq!((*first.borrow(), *second.borrow()), (Some(0), Some(200)));
    assert_eq!(record(&page).pending(), None);
}

#[test]
fn answers_that_are_late_each_time_have_one_limit_together() {
    let page = browser();
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    // It waits for confirmations, it says, and takes its time to say so.
    page.model.borrow_mut().faults.dawdle = 100;
    let start = page.model.borrow().now;
    let waited = pay(&page, &shop(0), &limits());
    assert!(
        matches!(waited, Err(Trouble::Payment(PaymentError::Unknown { .. }))),
        "{waited:?}"
    );
    // Its own time, and the pauses before it was asked again.
    let taken = page.model.borrow().now - start;
    assert!((30_000..50_000).contains(&taken), "{taken} milliseconds");
}

#[test]
fn a_gateway_that_never_answers_does_not_agree() {
    let page = browser();
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    page.model.borrow_mut().faults.silent = 100;
    let id = record(&page).id;
    let closed = run(&page, async {
        page.sender().close(id, CloseWish::default()).await
    });
    let closed = closed.expect("nothing else fails");
    assert!(!closed.cooperative);
    assert!(matches!(record(&page).state, ChannelState::Closing { .. }));
}

#[test]
fn a_gateway_is_named_by_the_receivers_own_server_only() {
    let page = browser();
    assert_eq!(pay(&page, &shop(0), &limits()).ok(), Some(200));
    let gateway = record(&page).gateway;
    assert_eq!(gateway, Some(format!("{}/api/1", shop(0))));
    let id = record(&page).id;
    let _ = pay(&page, IMPOSTOR, &limits());
    let request = Request::to(&page, 0, IMPOSTOR);
    let _ = run(&page, async { page.sender().reconcile(id, &request).await });
    assert_eq!(record(&page).gateway, gateway);
    assert!(page.model.borrow().leaked.is_empty());
}
