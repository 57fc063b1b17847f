//! Batches of edits, each made whole or not at all, and the trail of how far the chain was followed.

use std::sync::Arc;

use microraiden::protocol::Hash;
use microraiden::receiver::store::{Advance, Batch, Edit, EditOutcome, Synced};
use microraiden::receiver::{Select, StoreError, StoreExt};

use crate::basics::units;
use crate::stores::Place;
use crate::stores::subject::{channel, channel_key};

fn set_deposit(amount: u64) -> Edit {
    Edit::new(move |stored| match stored {
        Some(channel) => {
            channel.deposit = units(amount);
            EditOutcome::Changed
        }
        None => EditOutcome::Unchanged,
    })
}

pub(crate) async fn a_batch_is_made_whole_and_once(place: &impl Place) {
    let (store, other) = (place.open().await, place.open().await);
    for block in [1, 2] {
        store.insert(channel(block, 10)).await.expect("stored");
    }
    let at = |block, byte| {
        let hash = Hash([byte; 32]);
        Some(Synced { block, hash })
    };
    let step = |from, to, amount| Batch {
        edits: [1, 2]
            .map(|block| (channel_key(block), set_deposit(amount)))
            .into(),
        advance: Some(Advance {
            from,
            to,
            events: None,
        }),
        ..Batch::default()
    };
    let deposits = async || {
        let all = other.all(Select::All).await.expect("listed");
        all.iter().map(|c| c.deposit).collect::<Vec<_>>()
    };
    assert_eq!(other.synced().await, Ok(None));
    store.write(step(None, at(5, 1), 20)).await.expect("made");
    assert_eq!(other.synced().await, Ok(at(5, 1)));
    assert_eq!(deposits().await, [units(20), units(20)]);
    // Of many that go on from one block, one does.
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let store = Arc::clone(if number % 2 == 0 { &store } else { &other });
            let step = step(at(5, 1), at(9, 2), 100 + number);
            tokio::spawn(async move { store.write(step).await })
        })
        .collect();
    let mut made = Vec::new();
    for (number, task) in (100..).zip(tasks) {
        match task.await.expect("no panic") {
            Ok(()) => made.push(units(number)),
            Err(error) => assert_eq!(error, StoreError::Overtaken),
        }
    }
    assert_eq!(made.len(), 1);
    assert_eq!(deposits().await, [made[0], made[0]]);
    // The same block with another hash is another block.
    let wrong = store.write(step(at(9, 3), at(10, 1), 7)).await;
    assert_eq!(wrong, Err(StoreError::Overtaken));
    store.write(step(at(9, 2), None, 30)).await.expect("made");
    assert_eq!(other.synced().await, Ok(None));
    assert_eq!(deposits().await, [units(30), units(30)]);
}

pub(crate) async fn the_way_back_is_kept(place: &impl Place) {
    let (store, other) = (place.open().await, place.open().await);
    let at = |block: u64| {
        let hash = Hash([block as u8; 32]);
        Synced { block, hash }
    };
    let digest = |block: u64| Hash([(block % 255) as u8 + 1; 32]);
    let mut from = None;
    let mut go = async |to: Option<u64>| {
        let advance = Some(Advance {
            from,
            to: to.map(at),
            events: to.map(digest),
        });
        let batch = Batch {
            advance,
            ..Batch::default()
        };
        store.write(batch).await.expect("made");
        from = to.map(at);
        let trail = other.trail().await.expect("read");
        if let Some(to) = to {
            let last = trail.recent(at(to), 0, 1000).pop().expect("known");
            assert_eq!((last.to, last.events), (to, digest(to)));
        }
        trail.up_to(u64::MAX).collect::<Vec<_>>()
    };
    assert_eq!(go(Some(5)).await, [at(5)]);
    assert_eq!(go(Some(9)).await, [at(9), at(5)]);
    assert_eq!(go(Some(12)).await, [at(12), at(9), at(5)]);
    // A fork: what lies above it is gone.
    assert_eq!(go(Some(9)).await, [at(9), at(5)]);
    assert_eq!(go(Some(13)).await, [at(13), at(9), at(5)]);
    for block in 14..3000 {
        if block % 20 == 0 {
            assert!(go(Some(block)).await.len() < 50);
        }
    }
    assert_eq!(other.synced().await, Ok(Some(at(2980))));
    assert_eq!(go(None).await, []);
}

pub(crate) async fn channels_come_and_go(place: &impl Place) {
    let store = place.open().await;
    store.insert(channel(1, 10)).await.expect("stored");
    // One that is there already stays as it is.
    store.insert(channel(1, 20)).await.expect("stored");
    let kept = store.get(channel_key(1)).await.expect("read");
    assert_eq!(kept.expect("the channel").deposit, units(10));
    // Edits of one batch see what those before them left.
    let edits = vec![
        (channel_key(1), set_deposit(30)),
        (
            channel_key(1),
            Edit::new(|stored| {
                assert_eq!(stored.as_ref().map(|c| c.deposit), Some(units(30)));
                *stored = None;
                EditOutcome::Changed
            }),
        ),
        (
            channel_key(1),
            Edit::new(|stored| {
                *stored = Some(channel(1, 40));
                EditOutcome::Changed
            }),
        ),
    ];
    let advance = None;
    let batch = Batch {
        edits,
        advance,
        ..Batch::default()
    };
    store.write(batch).await.expect("made");
    let kept = store.get(channel_key(1)).await.expect("read");
    assert_eq!(kept.expect("the channel").deposit, units(40));
    store.remove(channel_key(1)).await.expect("removed");
    store.remove(channel_key(1)).await.expect("gone already");
    assert_eq!(store.get(channel_key(1)).await, Ok(None));
}
