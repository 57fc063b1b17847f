//! Numbered requests: the credit extension without HTTP.

mod closing;
mod schedule;

use std::sync::Arc;
use std::time::Duration;

use microraiden::chain::ManagerContract;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{
    Address, BalanceProof, ChannelId, CreditRefusal, Generation, Manager, Numbered, PaymentNumber,
};
use microraiden::receiver::{
    AcceptError, Channel, ChannelKey, ChannelStatus, Charged, MemoryStore, NumberedRequest,
    Receiver, ResourceHash, StoreExt,
};

use crate::basics::{CONTRACT, key, units};

const REPEAT: Duration = Duration::from_secs(600);

fn id() -> ChannelId {
    ChannelId {
        sender: key(1).address(),
        receiver: key(2).address(),
        open_block: 3,
    }
}

fn channel_key() -> ChannelKey {
    ChannelKey::from(&id())
}

/// A receiver with one open channel of deposit 1000.
async fn receiver_of(generation: Generation) -> Arc<Receiver> {
    let address = Address([7; 20]);
    let manager = Manager {
        address,
        generation,
    };
    let contract = ManagerContract {
        manager,
        ..CONTRACT
    };
    let receiver = Receiver::new(contract, key(2), Arc::new(MemoryStore::default()));
    let channel = Channel::new(id(), units(1000), ChannelStatus::Open);
    receiver.store().insert(channel).await.expect("memory");
    Arc::new(receiver)
}

async fn receiver() -> Arc<Receiver> {
    receiver_of(Generation::V02).await
}

async fn stored(receiver: &Receiver) -> Channel {
    let stored = receiver.store().get(channel_key()).await;
    stored.expect("memory").expect("the channel")
}

async fn change(receiver: &Receiver, mut change: impl FnMut(&mut Channel) + Send + 'static) {
    let change = move |channel: &mut Channel| {
        change(channel);
        Ok::<_, ()>(())
    };
    let changed = receiver.store().update(channel_key(), change).await;
    assert_eq!(changed, Ok(Some(Ok(()))));
}

fn proof(receiver: &Receiver, balance: u64) -> BalanceProof {
    let manager = receiver.contract().manager;
    manager.sign_balance(&key(1), &id(), units(balance))
}

fn payment(proof: BalanceProof) -> Payment {
    Payment {
        sender: key(1).address(),
        open_block: 3,
        proof,
        contract: None,
        receiver: None,
    }
}

/// Resource 1 at no more than 10.
fn asked(number: u64) -> NumberedRequest {
    asked_for(number, 1, 10)
}

fn asked_for(number: u64, resource: u8, agreed: u64) -> NumberedRequest {
    NumberedRequest {
        numbered: Numbered {
            number: PaymentNumber::new(number).expect("a number"),
            agreed: units(agreed),
        },
        resource: ResourceHash([resource; 16]),
        repeat: REPEAT,
    }
}

/// A request at the price 10.
async fn ask(receiver: &Receiver, number: u64, balance: u64) -> Result<Charged, AcceptError> {
    let payment = payment(proof(receiver, balance));
    receiver.charge(&payment, &asked(number), units(10)).await
}

/// Why it is refused; that changes nothing.
async fn refusal(
    receiver: &Receiver,
    request: NumberedRequest,
    balance: u64,
    price: u64,
) -> CreditRefusal {
    let before = stored(receiver).await;
    let payment = payment(proof(receiver, balance));
    let refused = receiver.charge(&payment, &request, units(price)).await;
    assert_eq!(stored(receiver).await, before);
    match refused {
        Err(AcceptError::Credit(refusal, known)) => {
            assert_eq!(
                (known.balance, known.proof),
                (before.balance(), before.proof())
            );
            assert_eq!(
                (known.charged, known.newest),
                (before.charged(), before.window.newest())
            );
            refusal
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn requests_are_charged_in_whatever_order_they_come() {
    for generation in Generation::ALL {
        let receiver = receiver_of(generation).await;
        for (place, number) in (1..).zip([3, 1, 2, 6, 4, 5]) {
            let charged = ask(&receiver, number, number * 10).await.expect("charged");
            assert!(!charged.repeated);
            assert_eq!(charged.charge.price, units(10));
            assert_eq!(charged.state.charged, units(place * 10));
        }
        let channel = stored(&receiver).await;
        assert_eq!(
            (channel.balance(), channel.charged()),
            (units(60), units(60))
        );
        assert_eq!(channel.proof(), Some(proof(&receiver, 60)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_are_each_charged_once() {
    let receiver = receiver().await;
    let tasks: Vec<_> = (0..120)
        .map(|place| {
            let receiver = Arc::clone(&receiver);
            // Each number three times.
            let number = place % 40 + 1;
            tokio::spawn(async move { ask(&receiver, number, number * 10).await })
        })
        .collect();
    let mut repeated = 0;
    for task in tasks {
        let charged = task.await.expect("no panic").expect("served");
        repeated += u32::from(charged.repeated);
    }
    assert_eq!(repeated, 80);
    let channel = stored(&receiver).await;
    assert_eq!(
        (channel.balance(), channel.charged()),
        (units(400), units(400))
    );
}

#[tokio::test]
async fn what_was_charged_is_served_again_and_changes_nothing() {
    let receiver = receiver().await;
    ask(&receiver, 1, 10).await.expect("charged");
    ask(&receiver, 2, 20).await.expect("charged");
    let before = stored(&receiver).await;
    for (number, price) in [(1, 10), (2, 10), (1, 3)] {
        let payment = payment(proof(&receiver, number * 10));
        let again = receiver
            .charge(&payment, &asked(number), units(price))
            .await;
        let again = again.expect("served");
        assert!(again.repeated);
        assert_eq!(
            (again.charge.number.get(), again.charge.price),
            (number, units(10))
        );
        assert_eq!(again.state.charged, units(20));
        assert_eq!(stored(&receiver).await, before);
    }
}

#[tokio::test]
async fn each_refusal_has_its_reason_and_changes_nothing() {
    let receiver = receiver().await;
    for number in [10, 11, 80] {
        ask(&receiver, number, number * 10).await.expect("charged");
    }
    // 30 of 800 are charged.
    for (request, balance, price, expected) in [
        (
            asked_for(81, 1, 1000),
            810,
            781,
            CreditRefusal::InsufficientCredit,
        ),
        (asked(81), 810, 11, CreditRefusal::PriceRaised),
        (asked(16), 160, 10, CreditRefusal::NumberStale),
        (asked(11), 110, 10, CreditRefusal::NumberStale),
        (asked_for(80, 2, 10), 800, 10, CreditRefusal::NumberUsed),
        (asked(80), 801, 10, CreditRefusal::NumberUsed),
        (asked(80), 800, 11, CreditRefusal::NumberCharged),
        (asked(81), 800, 10, CreditRefusal::BalanceOutOfOrder),
        (asked(81), 110, 10, CreditRefusal::BalanceOutOfOrder),
        (asked(79), 801, 10, CreditRefusal::BalanceOutOfOrder),
        (asked(79), 110, 10, CreditRefusal::BalanceOutOfOrder),
    ] {
        let refusal = refusal(&receiver, request, balance, price).await;
        assert_eq!(refusal, expected, "{request:?} {balance} {price}");
    }
    let never = NumberedRequest {
        repeat: Duration::ZERO,
        ..asked(80)
    };
    let refusal = refusal(&receiver, never, 800, 10).await;
    assert_eq!(refusal, CreditRefusal::NumberCharged);
    // A number that was refused is free.
    ask(&receiver, 81, 810).await.expect("charged");
    ask(&receiver, 79, 790).await.expect("charged");
}

#[tokio::test]
async fn all_other_rules_hold_as_ever() {
    let receiver = receiver().await;
    ask(&receiver, 1, 10).await.expect("charged");
    let manager = receiver.contract().manager;
    let forged = payment(manager.sign_balance(&key(9), &id(), units(20)));
    let before = stored(&receiver).await;
    for (number, forged) in [
        (2, forged),
        (
            1,
            payment(BalanceProof {
                balance: units(10),
                ..forged.proof
            }),
        ),
    ] {
        let refused = receiver.charge(&forged, &asked(number), units(10)).await;
        assert_eq!(refused, Err(AcceptError::InvalidBalanceProof));
    }
    let above = ask(&receiver, 2, 1001).await;
    assert!(
        matches!(above, Err(AcceptError::AboveDeposit(_))),
        "{above:?}"
    );
    assert_eq!(stored(&receiver).await, before);
    for (status, expected) in [
        (ChannelStatus::Unconfirmed, AcceptError::Unconfirmed),
        (ChannelStatus::Agreed, AcceptError::NonexistingChannel),
        (
            ChannelStatus::Closing { settle_block: 9 },
            AcceptError::NonexistingChannel,
        ),
    ] {
        change(&receiver, move |channel| channel.status = status).await;
        for number in [1, 2] {
            let refused = ask(&receiver, number, number * 10).await;
            assert_eq!(refused, Err(expected.clone()));
        }
    }
    // Others may hold what it takes to close with 25.
    change(&receiver, |channel| {
        (channel.status, channel.ceiling) = (ChannelStatus::Open, Some(units(25)));
    })
    .await;
    ask(&receiver, 2, 25).await.expect("charged");
    for balance in [24, 26] {
        let refused = ask(&receiver, 3, balance).await.err();
        let refused = refused.expect("refused");
        let by_ceiling = balance == 26 && refused == AcceptError::NonexistingChannel;
        let by_order = matches!(
            refused,
            AcceptError::Credit(CreditRefusal::BalanceOutOfOrder, _)
        );
        assert!(by_ceiling || by_order, "{balance}: {refused:?}");
    }
}

/// After a reorganisation the deposit may be below what was accepted.
#[tokio::test]
async fn credit_counts_as_far_as_the_deposit_covers_it() {
    let receiver = receiver().await;
    ask(&receiver, 1, 10).await.expect("charged");
    ask(&receiver, 9, 500).await.expect("charged");
    change(&receiver, |channel| channel.deposit = units(100)).await;
    // A proof of 500 can't be cashed; one of 21 does not cover 30.
    let refused = refusal(&receiver, asked(2), 21, 10).await;
    assert_eq!(refused, CreditRefusal::InsufficientCredit);
    ask(&receiver, 2, 30).await.expect("charged");
    let channel = stored(&receiver).await;
    assert_eq!(channel.charged(), units(30));
    assert_eq!(channel.claim(units(100)), Some(proof(&receiver, 30)));
    assert_eq!(channel.claim(units(1000)), Some(proof(&receiver, 30)));
    let above = refusal(&receiver, asked(3), 40, 71).await;
    assert_eq!(above, CreditRefusal::PriceRaised);
    let above = refusal(&receiver, asked_for(3, 1, 71), 100, 71).await;
    assert_eq!(above, CreditRefusal::InsufficientCredit);
}

#[tokio::test]
async fn payments_without_numbers_leave_credit_alone() {
    let receiver = receiver().await;
    ask(&receiver, 1, 10).await.expect("charged");
    // 20 is lost on the way.
    ask(&receiver, 3, 30).await.expect("charged");
    let strict = async |balance| {
        let payment = payment(proof(&receiver, balance));
        receiver.accept(&payment, units(10)).await
    };
    for wrong in [20, 29, 31, 50] {
        assert!(matches!(
            strict(wrong).await,
            Err(AcceptError::InvalidAmount(_))
        ));
    }
    assert!(matches!(strict(30).await, Err(AcceptError::NothingPaid(_))));
    let accepted = strict(40).await.expect("paid");
    assert_eq!((accepted.before, accepted.paid), (units(30), units(10)));
    let channel = stored(&receiver).await;
    assert_eq!(
        (channel.balance(), channel.charged()),
        (units(40), units(30))
    );
    // A proof that paid without a number pays for none, nor do those below it.
    for balance in [20, 40] {
        let refused = refusal(&receiver, asked(4), balance, 10).await;
        assert_eq!(refused, CreditRefusal::BalanceOutOfOrder);
    }
    ask(&receiver, 4, 41).await.expect("charged");
    assert_eq!(stored(&receiver).await.charged(), units(40));
}

/// Whoever holds a proof of the time before the first number can't use it with one.
#[tokio::test]
async fn proofs_from_before_the_first_number_pay_for_none() {
    let receiver = receiver().await;
    for balance in [10, 20] {
        let payment = payment(proof(&receiver, balance));
        receiver.accept(&payment, units(10)).await.expect("paid");
    }
    for balance in [10, 20] {
        let refused = refusal(&receiver, asked(1), balance, 10).await;
        assert_eq!(refused, CreditRefusal::BalanceOutOfOrder);
    }
    ask(&receiver, 5, 50).await.expect("charged");
    let refused = refusal(&receiver, asked(1), 20, 10).await;
    assert_eq!(refused, CreditRefusal::BalanceOutOfOrder);
    ask(&receiver, 1, 21).await.expect("charged");
}
