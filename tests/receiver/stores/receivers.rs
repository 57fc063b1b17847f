//! Several receivers in one store.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use microraiden::protocol::{Address, Hash};
use microraiden::receiver::store::{Advance, Batch, Edit, EditOutcome, Synced};
use microraiden::receiver::{
    Channel, ChannelKey, Identity, MemoryStore, Select, Store, StoreError, StoreExt,
};

use crate::basics::units;
use crate::chance::Chance;
use crate::stores::subject::{channel, channel_key, identity};
use crate::stores::{Place, neighbour};

/// Chain, contract and account make a receiver, each of them.
pub(crate) async fn each_receiver_sees_its_own_channels(place: &impl Place) {
    let own = identity();
    let nobody = Address([9; 20]);
    let identities = [
        own,
        Identity { chain_id: 5, ..own },
        Identity {
            contract: nobody,
            ..own
        },
        Identity {
            receiver: nobody,
            ..own
        },
    ];
    for (deposit, identity) in (1..).zip(&identities) {
        let store = place.open_for(identity).await;
        assert_eq!(store.all(Select::All).await, Ok(Vec::new()));
        let mut channel = channel(3, deposit);
        channel.id.receiver = identity.receiver;
        store.insert(channel).await.expect("stored");
    }
    for (deposit, identity) in (1..).zip(&identities) {
        let store = place.open_for(identity).await;
        let kept = store.get(channel_key(3)).await.expect("read");
        let kept = kept.expect("the channel");
        assert_eq!(kept.deposit, units(deposit));
        assert_eq!(kept.id.receiver, identity.receiver);
        let totals = store.totals().await.expect("read");
        assert_eq!((totals.open, totals.senders), (1, 1));
        assert_eq!(totals.deposit, units(deposit).into());
    }
}

const SENDERS: u64 = 2;
const BLOCKS: u64 = 4;
const STEPS: usize = 150;

/// What an edit does to a channel.
#[derive(Clone, Copy)]
enum Change {
    Make(u64),
    Add,
    Settle,
    Restore,
    Remove,
}

impl Change {
    fn any(chance: &mut Chance) -> Self {
        match chance.below(10) {
            0..3 => Self::Make(chance.below(1000)),
            3..7 => Self::Add,
            7 => Self::Settle,
            8 => Self::Restore,
            _ => Self::Remove,
        }
    }

    fn edit(self, id: Channel) -> Edit {
        Edit::new(move |stored| {
            let known = stored.as_mut();
            match (self, known) {
                (Self::Make(_), None) => *stored = Some(id.clone()),
                (Self::Add, Some(channel)) => {
                    let more = channel.withdrawn.checked_add(units(1));
                    channel.withdrawn = more.expect("small");
                }
                (Self::Settle, Some(channel)) => channel.settled = Some(7),
                (Self::Restore, Some(channel)) => channel.settled = None,
                (Self::Remove, Some(_)) => *stored = None,
                _ => return EditOutcome::Unchanged,
            }
            EditOutcome::Changed
        })
    }
}

/// A write of one receiver, to be made in its store and in a model of it.
struct Write {
    edits: Vec<(Channel, Change)>,
    advance: Option<Advance>,
    transactions: Option<u64>,
}

impl Write {
    async fn any(chance: &mut Chance, model: &MemoryStore, receiver: Address) -> Self {
        let mut edits = Vec::new();
        for _ in 0..chance.below(4) {
            let block = chance.below(BLOCKS) as u32;
            let change = Change::any(chance);
            let deposit = match change {
                Change::Make(deposit) => deposit,
                _ => 0,
            };
            let mut channel = channel(block, deposit);
            channel.id.receiver = receiver;
            channel.id.sender = Address([chance.below(SENDERS) as u8; 20]);
            edits.push((channel, change));
        }
        let wrong = chance.percent(20);
        let mut advance = None;
        if chance.percent(30) {
            let from = model.synced().await.expect("read");
            let at = |block: u64| Synced {
                block,
                hash: Hash([block as u8; 32]),
            };
            let next = from.map_or(0, |from| from.block) + 1;
            advance = Some(Advance {
                from: if wrong { Some(at(next + 9)) } else { from },
                to: Some(at(next)).filter(|_| !chance.percent(10)),
                events: None,
            });
        }
        let mut transactions = None;
        if chance.percent(20) {
            let known = model.transactions().await.expect("read");
            transactions = Some(known + u64::from(wrong));
        }
        Self {
            edits,
            advance,
            transactions,
        }
    }

    fn batch(&self) -> Batch {
        let edits = self.edits.iter();
        let edits = edits
            .map(|(channel, change)| (ChannelKey::from(&channel.id), change.edit(channel.clone())));
        Batch {
            edits: edits.collect(),
            advance: self.advance,
            transactions: self.transactions,
        }
    }
}

/// All that a store shows, without times.
async fn seen(store: &dyn Store) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut lists = Vec::new();
    for select in [
        Select::All,
        Select::Of(Address([1; 20])),
        Select::Waiting,
        Select::Payouts,
        Select::Reversible,
    ] {
        let mut list = store.all(select).await.expect("listed");
        for channel in &mut list {
            (channel.created, channel.modified) = (UNIX_EPOCH, UNIX_EPOCH);
        }
        lists.push(list);
    }
    let mut one_by_one = 0;
    for sender in 0..SENDERS {
        for open_block in 0..BLOCKS as u32 {
            let sender = Address([sender as u8; 20]);
            let found = store.get(ChannelKey { sender, open_block }).await;
            one_by_one += usize::from(found.expect("read").is_some());
        }
    }
    assert_eq!(one_by_one, lists[0].len());
    (
        lists,
        store.trail().await,
        store.transactions().await,
        store.totals().await,
    )
}

/// Whatever two receivers do by turns or at once, in channels of the same senders and blocks, each store is as if it
/// were alone.
pub(crate) async fn receivers_are_kept_apart_in_any_schedule(place: &impl Place) {
    for seed in 1..=3 {
        let mut chance = Chance(seed);
        let identities = [
            neighbour(&identity(), 10 * seed),
            neighbour(&identity(), 10 * seed + 1),
        ];
        let mut stores: Vec<Vec<Arc<dyn Store>>> = Vec::new();
        for identity in &identities {
            stores.push(vec![
                place.open_for(identity).await,
                place.open_for(identity).await,
            ]);
        }
        let models = [MemoryStore::default(), MemoryStore::default()];
        for step in 0..STEPS {
            let mut told = Vec::new();
            for (number, model) in models.iter().enumerate() {
                let write = Write::any(&mut chance, model, identities[number].receiver).await;
                let through = chance.below(2) as usize;
                told.push((write, Arc::clone(&stores[number][through])));
            }
            let [(first, one), (second, other)] = &told[..] else {
                unreachable!("two receivers")
            };
            let answers = match chance.percent(50) {
                true => tokio::join!(one.write(first.batch()), other.write(second.batch())),
                false => (
                    one.write(first.batch()).await,
                    other.write(second.batch()).await,
                ),
            };
            let expected = (
                models[0].write(first.batch()).await,
                models[1].write(second.batch()).await,
            );
            assert_eq!(answers, expected, "seed {seed}, step {step}");
            let refused = |answer: &Result<(), StoreError>| {
                !matches!(answer, Err(StoreError::Unavailable(_)))
            };
            assert!(refused(&answers.0) && refused(&answers.1));
            for (model, stores) in models.iter().zip(&stores) {
                let reader = &stores[chance.below(2) as usize];
                let (kept, expected) = (seen(&**reader).await, seen(model).await);
                assert_eq!(kept, expected, "seed {seed}, step {step}");
            }
        }
    }
}
