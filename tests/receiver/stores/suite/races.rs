//! Many at once, in one process and in two.

use std::collections::BTreeSet;
use std::sync::Arc;

use microraiden::receiver::{AcceptError, Channel, Select, Store, StoreError, StoreExt};

use crate::basics::units;
use crate::stores::Place;
use crate::stores::subject::{channel, channel_key, payment, receiver};

/// Of programs over one store that write down a transaction after the same number of others one does, and the
/// others know that they have to look again.
pub(crate) async fn a_transaction_is_written_down_by_one(place: &impl Place) {
    let stores = [place.open().await, place.open().await];
    for number in [1, 2] {
        let channel = channel(number, 0);
        stores[0].insert(channel).await.expect("stored");
    }
    for round in 0..5 {
        for store in &stores {
            assert_eq!(store.transactions().await, Ok(round));
        }
        let write = |store: &Arc<dyn Store>, number| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let write = move |channel: &mut Channel| {
                    channel.withdrawn = units(round + 1);
                    Ok::<_, ()>(())
                };
                let key = channel_key(number);
                store.update_with(key, Some(round), write).await
            })
        };
        let tasks = [write(&stores[0], 1), write(&stores[1], 2)];
        let mut written = 0;
        for (task, number) in tasks.into_iter().zip([1, 2]) {
            let answer = task.await.expect("no panic");
            let kept = stores[0].get(channel_key(number)).await.expect("read");
            let changed = kept.expect("the channel").withdrawn == units(round + 1);
            match answer {
                Ok(decided) => assert_eq!((decided, changed), (Some(Ok(())), true)),
                Err(error) => {
                    assert_eq!((error, changed), (StoreError::OtherTransaction, false));
                }
            }
            written += u64::from(changed);
        }
        assert_eq!(written, 1);
    }
}

pub(crate) async fn of_many_requests_with_one_proof_one_is_served(place: &impl Place) {
    let stores = [place.open().await, place.open().await];
    stores[0].insert(channel(3, 100)).await.expect("stored");
    let receivers = stores.map(|store| Arc::new(receiver(store)));
    for round in 1..=10 {
        let payment = payment(3, round * 5);
        let tasks: Vec<_> = (0..16)
            .map(|number| {
                let receiver = Arc::clone(&receivers[number % 2]);
                tokio::spawn(async move { receiver.accept(&payment, units(5)).await })
            })
            .collect();
        let mut served = 0;
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(accepted) => {
                    assert_eq!(accepted.before, units((round - 1) * 5));
                    served += 1;
                }
                Err(refused) => assert!(
                    matches!(refused, AcceptError::NothingPaid(_)),
                    "{refused:?}"
                ),
            }
        }
        assert_eq!(served, 1);
    }
    let kept = receivers[1].store().get(channel_key(3)).await;
    let kept = kept.expect("read").expect("the channel");
    assert_eq!((kept.balance(), kept.charged()), (units(50), units(50)));
}

pub(crate) async fn no_change_is_lost_among_many(place: &impl Place) {
    let stores = [place.open().await, place.open().await];
    for block in [1, 2] {
        stores[0].insert(channel(block, 0)).await.expect("stored");
    }
    let tasks: Vec<_> = (0..100)
        .map(|number: u32| {
            let store = Arc::clone(&stores[number as usize % 2]);
            tokio::spawn(async move {
                let add = |channel: &mut Channel| {
                    channel.withdrawn = channel.withdrawn.checked_add(units(1)).ok_or(())?;
                    Ok::<_, ()>(channel.withdrawn)
                };
                store.update(channel_key(1 + number / 2 % 2), add).await
            })
        })
        .collect();
    let mut answers = BTreeSet::new();
    for task in tasks {
        let sum = task.await.expect("no panic").expect("stored");
        answers.insert(sum.expect("the channel").expect("added"));
    }
    assert_eq!(answers, (1..=50).map(units).collect());
    for block in [1, 2] {
        let kept = stores[0].get(channel_key(block)).await.expect("read");
        assert_eq!(kept.expect("the channel").withdrawn, units(50));
    }
}

pub(crate) async fn a_refused_decision_changes_nothing(place: &impl Place) {
    let store = place.open().await;
    store.insert(channel(3, 100)).await.expect("stored");
    let before = store.get(channel_key(3)).await;
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let decide = move |channel: &mut Channel| {
                    channel.deposit = units(number);
                    Err::<(), _>(number)
                };
                assert_eq!(
                    store.update(channel_key(3), decide).await,
                    Ok(Some(Err(number)))
                );
                let open = 1000 + u32::try_from(number).expect("small");
                store.insert(channel(open, number)).await.expect("stored");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(store.get(channel_key(3)).await, before);
    let all = store.all(Select::All).await.expect("listed");
    assert_eq!(all.len(), 51);
    let nobody = |_: &mut Channel| Ok::<_, ()>(());
    assert_eq!(store.update(channel_key(4), nobody).await, Ok(None));
}
