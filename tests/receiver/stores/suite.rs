//! What every store promises.

mod batches;
pub(crate) mod layouts;
mod numbered;
mod races;

use std::collections::BTreeMap;

use microraiden::protocol::transaction::Fee;
use microraiden::protocol::{Address, Amount, ChannelId, Hash, Uint256};
use microraiden::receiver::store::{Batch, Edit, EditOutcome};
use microraiden::receiver::{
    Account, Channel, ChannelKey, ChannelStatus, DepositLevel, Payout, PayoutTransaction, Select,
    Store, StoreExt, Totals, Withdrawal,
};

use crate::basics::{MANAGER, key, units};
use crate::stores::Place;
use crate::stores::subject::{channel, channel_key, id, receiver};

pub(crate) use batches::{
    a_batch_is_made_whole_and_once, channels_come_and_go, the_way_back_is_kept,
};
pub(crate) use numbered::{
    numbered_request, numbers_are_kept_to_the_unit,
    of_many_copies_of_a_numbered_request_one_is_charged,
};
pub(crate) use races::{
    a_refused_decision_changes_nothing, a_transaction_is_written_down_by_one,
    no_change_is_lost_among_many, of_many_requests_with_one_proof_one_is_served,
};

/// A channel in each state, with all that a channel can hold, up to the largest amount.
fn varied() -> Vec<Channel> {
    let proof = MANAGER.sign_balance(&key(1), &id(4), Amount::MAX);
    let closing = key(2).sign_hash(&MANAGER.closing_hash(&id(4), &proof));
    let top_ups = [(Hash([9; 32]), units(1)), (Hash([1; 32]), Amount::MAX)];
    let mut paid = Channel::new(id(4), Amount::MAX, ChannelStatus::Agreed);
    (paid.account, paid.closing_signature) = (Account::paid(proof), Some(closing));
    paid.unconfirmed_top_ups = BTreeMap::from(top_ups);
    let settle_block = u32::MAX;
    let mut due = Channel::new(id(3), units(7), ChannelStatus::Closing { settle_block });
    due.withdrawn = units(6);
    let (gas_limit, block) = (u64::MAX, u64::MAX);
    let fee = Fee::Eip1559 {
        max_fee: Uint256::MAX,
        max_priority_fee: Uint256::new(3),
    };
    let attempt = Some(PayoutTransaction {
        nonce: 1,
        gas_limit,
        fee,
        block,
    });
    due.payout = Some(Payout { attempt });
    let mut begun = Channel::new(id(5), units(7), ChannelStatus::Agreed);
    let fee = Fee::Legacy {
        gas_price: Uint256::new(9),
    };
    let attempt = Some(PayoutTransaction {
        nonce: 0,
        gas_limit,
        fee,
        block,
    });
    begun.payout = Some(Payout { attempt });
    let level = |deposit: u64, proof| DepositLevel {
        deposit: units(deposit),
        until: u64::MAX,
        proof,
    };
    begun.levels = vec![level(3, None), level(1 << 40, Some(proof))];
    begun.ceiling = Some(Amount::MAX);
    let mut waiting = begun.clone();
    waiting.id = id(6);
    waiting.payout = Some(Payout::default());
    let mut withdrawn_from = channel(7, 60);
    withdrawn_from.withdrawal = Some(Withdrawal {
        proof,
        attempt: None,
    });
    let mut withdraws = channel(8, 60);
    withdraws.withdrawal = Some(Withdrawal { proof, attempt });
    (waiting.levels, waiting.ceiling) = (Vec::new(), None);
    vec![
        Channel::new(id(1), Amount::ZERO, ChannelStatus::Unconfirmed),
        channel(2, 1 << 60),
        due,
        paid,
        begun,
        waiting,
        withdrawn_from,
        withdraws,
        channel(u32::MAX, 5),
    ]
}

/// Times are kept to the microsecond.
fn rounded(mut channel: Channel) -> Channel {
    for time in [&mut channel.created, &mut channel.modified] {
        let since = time.duration_since(std::time::UNIX_EPOCH).expect("now");
        let micros = u64::try_from(since.as_micros()).expect("now");
        *time = std::time::UNIX_EPOCH + std::time::Duration::from_micros(micros);
    }
    channel
}

pub(crate) async fn channels_are_kept_to_the_unit(place: &impl Place) {
    let store = place.open().await;
    for channel in varied() {
        store.insert(channel).await.expect("stored");
    }
    let again = place.open().await;
    expect_varied(&*again).await;
    assert_eq!(again.get(channel_key(77)).await, Ok(None));
}

/// In the place of an agreement.
pub(crate) async fn marks_of_a_restored_store_are_kept(place: &impl Place) {
    let store = place.open().await;
    for channel in varied() {
        store.insert(channel).await.expect("stored");
    }
    let receiver = receiver(place.open().await);
    let marked = receiver.mark_restored().await.expect("stored");
    let channels = store.all(Select::All).await.expect("listed");
    for channel in &channels {
        assert_eq!(channel.restored, !channel.is_left(), "{channel:?}");
    }
    let left = channels.iter().filter(|channel| channel.is_left()).count();
    assert_eq!(marked.len() + left, channels.len());
    assert!(left > 0 && !marked.is_empty());
    let ended = receiver.end_restored().await.expect("stored");
    assert_eq!(ended.len(), marked.len());
    let mut expected = varied();
    expected.sort_by_key(|channel| ChannelKey::from(&channel.id));
    let channels = store.all(Select::All).await.expect("listed");
    for (kept, expected) in channels.into_iter().zip(expected) {
        let (created, modified) = (kept.created, kept.modified);
        let expected = Channel {
            created,
            modified,
            ..expected
        };
        assert_eq!(rounded(kept), rounded(expected));
    }
}

pub(crate) async fn lists_are_in_order_and_complete(place: &impl Place) {
    let store = place.open().await;
    let mut channels = varied();
    for sender in [0, 1, 0xff] {
        let id = ChannelId {
            sender: Address([sender; 20]),
            ..id(9)
        };
        channels.push(Channel::new(id, units(3), ChannelStatus::Open));
    }
    for channel in &channels {
        store.insert(channel.clone()).await.expect("stored");
    }
    channels.sort_by_key(|channel| ChannelKey::from(&channel.id));
    let selections = [
        (Select::All, 12),
        (Select::Of(key(1).address()), 9),
        (Select::Of(Address([5; 20])), 0),
        (Select::Waiting, 2),
        (Select::Payouts, 5),
        (Select::Reversible, 1),
    ];
    for (select, count) in selections {
        let selected = channels.iter().filter(|channel| select.matches(channel));
        let expected: Vec<ChannelId> = selected.map(|channel| channel.id).collect();
        assert_eq!(expected.len(), count);
        for limit in [1, 2, 100] {
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let page = store.list(select, after, limit).await.expect("listed");
                let Some(last) = page.last() else { break };
                assert!(page.len() <= limit);
                after = Some(ChannelKey::from(&last.id));
                seen.extend(page.into_iter().map(|channel| channel.id));
            }
            assert_eq!(seen, expected, "{select:?} by {limit}");
        }
    }
}

/// A settled channel is none, but for who asks for what a reorganisation may bring back.
pub(crate) async fn settled_channels_are_kept_but_not_shown(place: &impl Place) {
    let store = place.open().await;
    for mut channel in varied() {
        channel.settled = Some(1 << 40);
        let key = ChannelKey::from(&channel.id);
        store.insert(channel).await.expect("stored");
        assert_eq!(store.get(key).await, Ok(None));
        let nobody = |_: &mut Channel| Ok::<_, ()>(());
        assert_eq!(store.update(key, nobody).await, Ok(None));
        // It stays what it is.
        let again = Channel::new(id(key.open_block), units(1), ChannelStatus::Open);
        store.insert(again).await.expect("stored");
    }
    for select in [
        Select::All,
        Select::Of(key(1).address()),
        Select::Waiting,
        Select::Payouts,
    ] {
        assert_eq!(store.all(select).await, Ok(Vec::new()), "{select:?}");
    }
    assert_eq!(store.totals().await, Ok(Totals::default()));
    let mut expected = varied();
    expected.sort_by_key(|channel| ChannelKey::from(&channel.id));
    let kept = place.open().await.all(Select::Reversible).await;
    for (kept, expected) in kept.expect("listed").into_iter().zip(expected) {
        let (created, modified) = (kept.created, kept.modified);
        let expected = Channel {
            created,
            modified,
            settled: Some(1 << 40),
            ..expected
        };
        assert_eq!(rounded(kept), rounded(expected));
    }
    let back = Edit::new(|stored| {
        let channel = stored.as_mut().expect("it is shown to an edit");
        channel.settled = None;
        EditOutcome::Changed
    });
    let (edits, advance) = (vec![(channel_key(2), back)], None);
    let batch = Batch {
        edits,
        advance,
        ..Batch::default()
    };
    store.write(batch).await.expect("made");
    let kept = store.get(channel_key(2)).await.expect("read");
    assert_eq!(kept.map(|c| c.deposit), Some(units(1 << 60)));
}

/// Expects the store to hold the varied channels, but for when they were made and changed.
async fn expect_varied(store: &dyn Store) {
    for channel in varied() {
        let kept = store.get(ChannelKey::from(&channel.id)).await;
        let kept = kept.expect("read").expect("the channel");
        let (created, modified) = (kept.created, kept.modified);
        let expected = Channel {
            created,
            modified,
            ..channel
        };
        assert_eq!(rounded(kept), rounded(expected));
    }
}

pub(crate) async fn fill(store: &dyn Store) {
    for channel in varied() {
        store.insert(channel).await.expect("stored");
    }
}

pub(crate) async fn totals_are_exact(place: &impl Place) {
    let store = place.open().await;
    assert_eq!(store.totals().await, Ok(Totals::default()));
    for channel in varied() {
        store.insert(channel).await.expect("stored");
    }
    // Two of another sender, one of them with the largest amounts once more.
    let mut large = channel(3, 0);
    large.id.sender = Address([0xff; 20]);
    large.deposit = Amount::MAX;
    large.account = Account::paid(MANAGER.sign_balance(&key(1), &id(3), Amount::MAX));
    let mut small = channel(2, 7);
    small.id.sender = large.id.sender;
    store.insert(large).await.expect("stored");
    store.insert(small).await.expect("stored");
    let twice = Uint256::from(Amount::MAX).saturating_mul(Uint256::new(2));
    let totals = Totals {
        open: 6,
        closing: 4,
        senders: 2,
        balance: twice,
        deposit: twice.saturating_add(Uint256::new((1 << 60) + 7 + 7 + 7 + 60 + 60 + 5 + 7)),
    };
    assert_eq!(store.totals().await, Ok(totals));
}
