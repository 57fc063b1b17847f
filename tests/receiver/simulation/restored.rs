//! A store is marked that was restored from an earlier copy, as `microraiden-collect restored` does it.

use microraiden::chain::Node;
use microraiden::receiver::{Channel, Receiver, Select, StoreExt, Watcher};

use crate::simulation::chain::Key;
use crate::simulation::node::FaultyNode;
use crate::simulation::senders::Senders;

/// Polls until the chain is read; the nodes work. More blocks are needed where the copy is newer than a reorganisation.
const POLLS: u32 = 6;

/// Reads the chain and marks the store. Whatever the receiver knows of a channel in which something was lost, it must not
/// take for the truth then.
pub(crate) async fn mark_restored(
    senders: &mut Senders,
    receiver: &Receiver,
    watcher: &mut Watcher<FaultyNode>,
    node: FaultyNode,
) {
    let mut polls = 0;
    while let Err(error) = watcher.poll().await {
        polls += 1;
        assert!(polls < POLLS, "all nodes work: {error}");
        senders.mine();
    }
    senders.note_sent();
    receiver.mark_restored().await.expect("memory");

    let store = receiver.store();
    let mut records = store.all(Select::All).await.expect("memory");
    records.extend(store.all(Select::Reversible).await.expect("memory"));
    let live = senders.with_chain(|chain| chain.newest().state.live.clone());
    let losers = senders.books.losers();
    senders.books.unmarked.clear();
    for key in &losers {
        let record = records.iter().find(|record| key_of(record) == *key);
        match record {
            Some(record) => assert!(record.restored || record.is_left(), "{record:?}"),
            // A reorganisation has taken the channel back, which may come again.
            None => {
                assert!(!live.contains_key(key), "{key:?} is not known");
                senders.books.unmarked.insert(*key);
            }
        }
    }
    let claims = receiver.closable(&Node::new(node)).await.expect("claims");
    for claim in claims {
        let key = (claim.channel.sender, claim.channel.open_block);
        let record = records.iter().find(|record| key_of(record) == key);
        let was_left = record.is_some_and(Channel::is_left);
        assert!(
            was_left || !losers.contains(&key),
            "{claim:?} is too little"
        );
    }
}

fn key_of(record: &Channel) -> Key {
    (record.id.sender, record.id.open_block)
}
