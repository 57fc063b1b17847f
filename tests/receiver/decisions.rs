//! The receiver's decisions, through the public interface.

use crate::basics::{CONTRACT, key, units};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use microraiden::chain::ManagerContract;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Address, Amount, BalanceProof, ChannelId, Generation, Manager};
use microraiden::receiver::store::{Batch, StoreFuture, Trail};
use microraiden::receiver::{
    AcceptError, Channel, ChannelKey, ChannelStatus, CloseError, MemoryStore, Receiver, Select,
    Store, StoreExt,
};
use proptest::prelude::*;

const OPEN_BLOCK: u32 = 3;

/// A receiver with one open channel of deposit 100.
async fn receiver(generation: Generation) -> Receiver {
    receiver_over(generation, Arc::new(MemoryStore::default())).await
}

async fn receiver_over(generation: Generation, store: Arc<dyn Store>) -> Receiver {
    let manager = Manager {
        address: Address([7; 20]),
        generation,
    };
    let contract = ManagerContract {
        manager,
        ..CONTRACT
    };
    let receiver = Receiver::new(contract, key(2), store);
    let channel = Channel::new(id(), units(100), ChannelStatus::Open);
    receiver.store().insert(channel).await.expect("memory");
    receiver
}

fn id() -> ChannelId {
    ChannelId {
        sender: key(1).address(),
        receiver: key(2).address(),
        open_block: OPEN_BLOCK,
    }
}

fn channel_key() -> ChannelKey {
    ChannelKey {
        sender: key(1).address(),
        open_block: OPEN_BLOCK,
    }
}

fn payment(receiver: &Receiver, balance: u64) -> Payment {
    let manager = receiver.contract().manager;
    signed(manager.sign_balance(&key(1), &id(), units(balance)))
}

fn signed(proof: BalanceProof) -> Payment {
    let sender = key(1).address();
    Payment {
        sender,
        open_block: OPEN_BLOCK,
        proof,
        contract: None,
        receiver: None,
    }
}

async fn stored(receiver: &Receiver) -> Channel {
    let stored = receiver.store().get(channel_key()).await;
    stored.expect("memory").expect("the channel")
}

async fn set_status(receiver: &Receiver, status: ChannelStatus) {
    let change = move |channel: &mut Channel| {
        channel.status = status;
        Ok::<_, ()>(())
    };
    let changed = receiver.store().update(channel_key(), change).await;
    assert_eq!(changed, Ok(Some(Ok(()))));
}

/// R6, H3: each refusal has its reason and changes nothing.
#[tokio::test]
async fn refusals_are_typed_and_change_nothing() {
    for generation in Generation::ALL {
        let receiver = receiver(generation).await;
        let accepted = receiver
            .accept(&payment(&receiver, 10), units(10))
            .await
            .expect("paid");
        assert_eq!((accepted.before, accepted.paid), (Amount::ZERO, units(10)));
        let before = stored(&receiver).await;
        let refusal = async |payment: Payment, price| {
            let refused = receiver
                .accept(&payment, units(price))
                .await
                .expect_err("refused");
            assert_eq!(stored(&receiver).await, before, "{refused:?}");
            refused
        };
        for balance in [9, 12, 14, 100] {
            let refused = refusal(payment(&receiver, balance), 3).await;
            assert!(
                matches!(refused, AcceptError::InvalidAmount(_)),
                "{balance}: {refused:?}"
            );
            let known = refused.known().expect("the sender is known");
            assert_eq!((known.balance, known.proof), (units(10), before.proof()));
        }
        assert!(matches!(
            refusal(payment(&receiver, 10), 3).await,
            AcceptError::NothingPaid(_)
        ));
        assert!(matches!(
            refusal(payment(&receiver, 101), 91).await,
            AcceptError::AboveDeposit(_)
        ));
        // Signed by another, or over another balance, receiver or contract.
        let manager = receiver.contract().manager;
        let other_channel = ChannelId {
            receiver: key(3).address(),
            ..id()
        };
        let other_manager = Manager {
            address: Address([8; 20]),
            generation,
        };
        let proofs = [
            manager.sign_balance(&key(9), &id(), units(13)),
            BalanceProof {
                balance: units(13),
                ..manager.sign_balance(&key(1), &id(), units(14))
            },
            manager.sign_balance(&key(1), &other_channel, units(13)),
            other_manager.sign_balance(&key(1), &id(), units(13)),
        ];
        for proof in proofs {
            assert_eq!(
                refusal(signed(proof), 3).await,
                AcceptError::InvalidBalanceProof
            );
        }
        let unknown = Payment {
            open_block: 4,
            ..payment(&receiver, 13)
        };
        assert_eq!(refusal(unknown, 3).await, AcceptError::NonexistingChannel);
        let unknown = Payment {
            sender: key(9).address(),
            ..payment(&receiver, 13)
        };
        assert_eq!(refusal(unknown, 3).await, AcceptError::NonexistingChannel);
        // Up to the deposit is allowed.
        receiver
            .accept(&payment(&receiver, 100), units(90))
            .await
            .expect("the whole deposit");
    }
}

/// R1, R3: an unconfirmed channel asks to wait, a closing one is no channel.
#[tokio::test]
async fn only_open_channels_are_paid_in() {
    let receiver = receiver(Generation::V02).await;
    let pay = async || receiver.accept(&payment(&receiver, 3), units(3)).await;
    set_status(&receiver, ChannelStatus::Unconfirmed).await;
    assert_eq!(pay().await, Err(AcceptError::Unconfirmed));
    for status in [
        ChannelStatus::Agreed,
        ChannelStatus::Closing { settle_block: 9 },
    ] {
        set_status(&receiver, status).await;
        assert_eq!(pay().await, Err(AcceptError::NonexistingChannel));
    }
    set_status(&receiver, ChannelStatus::Open).await;
    assert!(pay().await.is_ok());
}

/// Counts the writes, which are what locks.
#[derive(Default)]
struct Counting {
    store: MemoryStore,
    writes: AtomicU32,
}

impl Store for Counting {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        self.store.get(key)
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        self.store.list(select, after, limit)
    }

    fn write(&self, batch: Batch) -> StoreFuture<'_, ()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.store.write(batch)
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        self.store.trail()
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        self.store.transactions()
    }
}

/// Whatever is refused locks nothing: forgeries, proofs seen elsewhere, questions, agreements that
/// can't be given.
#[tokio::test]
async fn what_is_refused_locks_nothing() {
    let counting = Arc::new(Counting::default());
    let store = Arc::<Counting>::clone(&counting);
    let receiver = receiver_over(Generation::V02, store).await;
    let paid = receiver.accept(&payment(&receiver, 10), units(10)).await;
    assert!(paid.is_ok());
    let before = counting.writes.load(Ordering::Relaxed);
    let forged = receiver
        .contract()
        .manager
        .sign_balance(&key(9), &id(), units(13));
    let refused = receiver.accept(&signed(forged), units(3)).await;
    assert_eq!(refused, Err(AcceptError::InvalidBalanceProof));
    let unknown = Payment {
        open_block: 4,
        ..payment(&receiver, 13)
    };
    assert!(receiver.accept(&unknown, units(3)).await.is_err());
    for balance in [9, 10, 14, 101] {
        let refused = receiver
            .accept(&payment(&receiver, balance), units(3))
            .await;
        assert!(refused.is_err(), "{balance}");
    }
    let agreed = receiver.sign_close(channel_key(), units(9)).await;
    assert_eq!(agreed, Err(CloseError::OtherBalance));
    assert_eq!(counting.writes.load(Ordering::Relaxed), before);
    assert!(
        receiver
            .accept(&payment(&receiver, 13), units(3))
            .await
            .is_ok()
    );
    assert_eq!(counting.writes.load(Ordering::Relaxed), before + 1);
}

/// R17
#[tokio::test]
async fn a_hundred_payments_in_a_row() {
    let receiver = receiver(Generation::V02).await;
    for balance in 1..=100 {
        let accepted = receiver
            .accept(&payment(&receiver, balance), units(1))
            .await
            .expect("paid");
        assert_eq!(accepted.paid, units(1));
    }
    assert_eq!(stored(&receiver).await.charged(), units(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_with_one_proof_one_is_served() {
    let receiver = Arc::new(receiver(Generation::V02).await);
    let payment = payment(&receiver, 5);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let receiver = Arc::clone(&receiver);
            tokio::spawn(async move { receiver.accept(&payment, units(5)).await.is_ok() })
        })
        .collect();
    let mut served = 0;
    for task in tasks {
        served += u32::from(task.await.expect("no panic"));
    }
    assert_eq!(served, 1);
}

/// R9: a wrong balance changes nothing, the right one closes; asked again, it is told again.
#[tokio::test]
async fn closing_is_agreed_to_with_the_accepted_balance_only() {
    for generation in Generation::ALL {
        let receiver = receiver(generation).await;
        let sign = async |balance| receiver.sign_close(channel_key(), units(balance)).await;
        assert_eq!(sign(0).await, Err(CloseError::NothingPaid));
        let payment_of_10 = payment(&receiver, 10);
        receiver
            .accept(&payment_of_10, units(10))
            .await
            .expect("paid");
        assert_eq!(sign(9).await, Err(CloseError::OtherBalance));
        assert_eq!(stored(&receiver).await.status, ChannelStatus::Open);
        let closing = sign(10).await.expect("agreed");
        let manager = receiver.contract().manager;
        manager
            .verify_closing(&id(), &payment_of_10.proof, &closing)
            .expect("the receiver's");
        assert_eq!(stored(&receiver).await.status, ChannelStatus::Agreed);
        assert_eq!(sign(10).await, Ok(closing));
        let late = receiver.accept(&payment(&receiver, 13), units(3)).await;
        assert_eq!(late, Err(AcceptError::NonexistingChannel));
        set_status(&receiver, ChannelStatus::Closing { settle_block: 9 }).await;
        assert_eq!(sign(10).await, Err(CloseError::Closing));
        let nobody = ChannelKey {
            open_block: 4,
            ..channel_key()
        };
        assert_eq!(
            receiver.sign_close(nobody, units(10)).await,
            Err(CloseError::NoChannel)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What was accepted never decreases, never exceeds the deposit, and is the sum of what was
    /// served.
    #[test]
    fn over_any_schedule_money_is_counted_once(
        schedule in prop::collection::vec((0..130u64, 0..40u64), 1..25),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(follow(schedule))?;
    }
}

async fn follow(schedule: Vec<(u64, u64)>) -> Result<(), TestCaseError> {
    let receiver = receiver(Generation::V02).await;
    let mut served = 0;
    for (balance, price) in schedule {
        let before = stored(&receiver).await.balance();
        let payment = payment(&receiver, balance);
        if receiver.accept(&payment, units(price)).await.is_ok() {
            prop_assert!(price > 0);
            served += price;
        }
        let after = stored(&receiver).await;
        prop_assert!(after.balance() >= before && after.balance() <= after.deposit);
        prop_assert_eq!(after.balance(), units(served));
        prop_assert_eq!(after.charged(), units(served));
    }
    Ok(())
}
