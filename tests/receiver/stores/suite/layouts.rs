//! What stores of earlier layouts held, and what they hold once this version has opened them.

use std::sync::Arc;

use microraiden::protocol::{Amount, Hash};
use microraiden::receiver::store::{Advance, Batch, Synced};
use microraiden::receiver::{Channel, ChannelKey, Select, Store, StoreExt, Totals};

use super::numbered::numbered_request;
use super::{expect_varied, fill, rounded, varied};
use crate::basics::units;
use crate::stores::subject::{channel_key, identity, payment, receiver};
use crate::stores::{Place, neighbour};

/// The number of the newest migration.
pub(crate) const NEWEST_MIGRATION: &str = "5";

/// Channels such as versions before this one knew.
pub(crate) async fn fill_for_layout_2(store: &dyn Store) {
    for mut channel in varied() {
        channel.withdrawal = None;
        store.insert(channel).await.expect("stored");
    }
}

pub(crate) async fn check_after_layout_2(store: &dyn Store) {
    for channel in varied() {
        let key = ChannelKey::from(&channel.id);
        let withdrawal = channel.withdrawal;
        let kept = store.get(key).await.expect("read").expect("the channel");
        let (created, modified) = (kept.created, kept.modified);
        let expected = Channel {
            created,
            modified,
            withdrawal: None,
            ..channel
        };
        assert_eq!(rounded(kept), rounded(expected));
        let begin = move |channel: &mut Channel| {
            channel.withdrawal = withdrawal;
            Ok::<_, ()>(())
        };
        store.update(key, begin).await.expect("stored");
        let kept = store.get(key).await.expect("read").expect("the channel");
        assert_eq!(kept.withdrawal, withdrawal);
    }
    let payouts = store.all(Select::Payouts).await.expect("listed");
    assert_eq!(payouts.len(), 5);
}

/// The same, and of layout 1.
pub(crate) async fn fill_for_layout_1(store: &dyn Store) {
    for mut channel in varied() {
        (channel.levels, channel.ceiling, channel.withdrawal) = (Vec::new(), None, None);
        store.insert(channel).await.expect("stored");
    }
    let batch = Batch {
        advance: Some(Advance {
            from: None,
            to: Some(AFTER_LAYOUT_1),
            events: None,
        }),
        ..Batch::default()
    };
    store.write(batch).await.expect("made");
}

/// How far the chain was followed. Layout 1 has no blocks before it.
const AFTER_LAYOUT_1: Synced = Synced {
    block: 7,
    hash: Hash([7; 32]),
};

pub(crate) async fn check_after_layout_1(store: &dyn Store) {
    for channel in varied() {
        let kept = store.get(ChannelKey::from(&channel.id)).await;
        let kept = kept.expect("read").expect("the channel");
        let ceiling = channel.proof().filter(|_| channel.is_left());
        let (created, modified) = (kept.created, kept.modified);
        let expected = Channel {
            created,
            modified,
            levels: Vec::new(),
            withdrawal: None,
            ceiling: ceiling.map(|proof| proof.balance),
            ..channel
        };
        assert_eq!(rounded(kept), rounded(expected));
    }
    assert_eq!(store.all(Select::Reversible).await, Ok(Vec::new()));
    let trail = store.trail().await.expect("read");
    assert_eq!(trail, Some(AFTER_LAYOUT_1).into());
}

/// Layout 3 knew no numbers, and nothing read what was charged.
pub(crate) async fn check_after_layout_3(store: &Arc<dyn Store>) {
    expect_varied(&**store).await;
    let receiver = receiver(Arc::clone(store));
    let (payment, request) = (payment(2, 10), numbered_request(1));
    let charged = receiver.charge(&payment, &request, units(10)).await;
    assert!(charged.is_ok_and(|charged| !charged.repeated));
}

/// Layout 4 had all but other receivers.
pub(crate) async fn fill_for_layout_4(place: &impl Place) {
    let store = place.open().await;
    fill(&*store).await;
    let transactions = Some(0);
    let batch = Batch {
        transactions,
        advance: Some(Advance {
            from: None,
            to: Some(AFTER_LAYOUT_1),
            events: Some(Hash([8; 32])),
        }),
        ..Batch::default()
    };
    store.write(batch).await.expect("made");
}

pub(crate) async fn check_after_layout_4(place: &impl Place) {
    // Whoever is first.
    let other = place.open_for(&neighbour(&identity(), 1)).await;
    assert_eq!(other.all(Select::All).await, Ok(Vec::new()));
    assert_eq!(other.all(Select::Reversible).await, Ok(Vec::new()));
    assert_eq!(other.totals().await, Ok(Totals::default()));
    assert_eq!(other.synced().await, Ok(None));
    assert_eq!(other.transactions().await, Ok(0));
    let store = place.open().await;
    expect_varied(&*store).await;
    assert_eq!(store.transactions().await, Ok(1));
    let trail = store.trail().await.expect("read");
    let recent = trail.recent(AFTER_LAYOUT_1, 0, 100);
    assert_eq!(recent.len(), 1);
    assert_eq!(recent[0].events, Hash([8; 32]));
    // And both go on.
    fill(&*other).await;
    let receiver = receiver(Arc::clone(&store));
    let paid = receiver.accept(&payment(2, 10), units(10)).await;
    assert!(paid.is_ok(), "{paid:?}");
    let kept = other.get(channel_key(2)).await.expect("read");
    assert_eq!(kept.expect("the channel").balance(), Amount::ZERO);
}
