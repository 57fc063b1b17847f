//! What every store promises.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use microraiden::protocol::transaction::Fee;
use microraiden::protocol::{
    Address, Amount, ChannelId, CreditRefusal, Hash, Numbered, PaymentNumber, Uint256,
};
use microraiden::receiver::store::{Advance, Batch, Edit, EditOutcome, Synced};
use microraiden::receiver::{
    AcceptError, Account, Channel, ChannelKey, ChannelStatus, Charge, DepositLevel, MemoryStore,
    NumberedRequest, Payout, PayoutTransaction, ResourceHash, Select, Store, StoreError, StoreExt,
    Totals, Withdrawal,
};

use crate::basics::{MANAGER, key, units};
use crate::stores::subject::{channel, channel_key, id, identity, payment, receiver};
use crate::stores::{Place, neighbour};

/// The number of the newest migration.
pub(crate) const NEWEST_MIGRATION: &str = "5";

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

pub(crate) fn numbered_request(number: u64) -> NumberedRequest {
    NumberedRequest {
        numbered: Numbered {
            number: PaymentNumber::new(number).expect("a number"),
            agreed: units(10),
        },
        resource: ResourceHash([number as u8; 16]),
        repeat: Duration::from_secs(600),
    }
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

/// Of copies of one numbered request that come to two processes at once, one is charged, and all are served.
pub(crate) async fn of_many_copies_of_a_numbered_request_one_is_charged(place: &impl Place) {
    let stores = [place.open().await, place.open().await];
    stores[0].insert(channel(3, 1000)).await.expect("stored");
    let receivers = stores.map(|store| Arc::new(receiver(store)));
    for round in 0..4 {
        let tasks: Vec<_> = (0..24)
            .map(|place| {
                let receiver = Arc::clone(&receivers[place % 2]);
                // Six requests, four times each, the last one first.
                let number = round * 6 + 6 - (place / 4) as u64;
                let payment = payment(3, number * 10);
                let request = numbered_request(number);
                tokio::spawn(async move { receiver.charge(&payment, &request, units(10)).await })
            })
            .collect();
        let mut charged = 0;
        for task in tasks {
            let answer = task.await.expect("no panic").expect("served");
            charged += u64::from(!answer.repeated);
        }
        assert_eq!(charged, 6);
    }
    let kept = receivers[1].store().get(channel_key(3)).await;
    let kept = kept.expect("read").expect("the channel");
    assert_eq!((kept.balance(), kept.charged()), (units(240), units(240)));
}

/// Numbers, what they were charged for, and the proofs beside the newest one are what they are in memory.
pub(crate) async fn numbers_are_kept_to_the_unit(place: &impl Place) {
    let receivers = [
        receiver(place.open().await),
        receiver(Arc::new(MemoryStore::default())),
    ];
    // Late ones, lost ones, prices that differ, and more numbers than a window has.
    let mut schedule = vec![(1, 10, 10), (3, 30, 7), (2, 20, 1), (9, 500, 10)];
    schedule.extend((10..90).map(|number| (number, 500 + number, 1 + number % 3 / 2)));
    schedule.extend([(2000, 900, 10), (1999, 899, 10)]);
    for (number, balance, price) in schedule {
        for receiver in &receivers {
            if number == 1 {
                let channel = channel(3, 1000);
                receiver.store().insert(channel).await.expect("stored");
            }
            let (payment, request) = (payment(3, balance), numbered_request(number));
            let charged = receiver.charge(&payment, &request, units(price)).await;
            charged.expect("charged");
        }
        let [kept, expected] = [
            place.open().await.get(channel_key(3)).await,
            receivers[1].store().get(channel_key(3)).await,
        ]
        .map(|read| read.expect("read").expect("the channel"));
        assert_eq!(kept.account, expected.account, "{number}");
        let charges = |channel: &Channel| {
            let charges = channel.window.charges().iter();
            charges
                .map(|charge| Charge { at: 0, ..*charge })
                .collect::<Vec<_>>()
        };
        assert_eq!(charges(&kept), charges(&expected), "{number}");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("now");
        let ages = kept.window.charges().iter();
        let mut ages = ages.map(|charge| now.as_secs() - u64::from(charge.at));
        assert!(ages.all(|age| age < 600));
    }
    // The floor is kept, too: 20 has paid, and its number is forgotten.
    let reopened = receiver(place.open().await);
    let ask = async |number, balance, price| {
        let (payment, request) = (payment(3, balance), numbered_request(number));
        reopened.charge(&payment, &request, units(price)).await
    };
    let refused = ask(1998, 20, 1).await;
    let expected = CreditRefusal::BalanceOutOfOrder;
    assert!(
        matches!(refused, Err(AcceptError::Credit(refusal, _)) if refusal == expected),
        "{refused:?}"
    );
    let again = ask(1999, 899, 10).await;
    assert!(again.is_ok_and(|charged| charged.repeated));
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

pub(crate) async fn fill(store: &dyn Store) {
    for channel in varied() {
        store.insert(channel).await.expect("stored");
    }
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
