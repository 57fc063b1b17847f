//! The receiver's view of a scripted chain.

mod answering;
mod chain;
mod confirmations;
mod credit;
mod doubts;
mod early;
mod forks;
mod heads;
mod lease;
mod nodes;
mod nonces;
mod reorganised;
mod shared;
mod silence;
mod stakes;

use crate::basics::{CONTRACT, MANAGER, key, units};
use std::sync::Arc;

use microraiden::chain::{ManagerContract, Node};
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, ChannelId, event};
use microraiden::receiver::{
    AcceptError, Accepted, Account, ChainStatus, Channel, ChannelKey, ChannelStatus, MemoryStore,
    Payout, Receiver, StoreExt, Terms, WatchError, Watcher,
};
use serde_json::json;

use chain::{ScriptedNode, receiver_key, sender};

struct Setup {
    chain: ScriptedNode,
    receiver: Arc<Receiver>,
    watcher: Watcher<ScriptedNode>,
}

fn setup(confirmations: u64) -> Setup {
    setup_on(1, confirmations)
}

/// At one confirmation, with other terms than the defaults.
fn setup_with(change: impl FnOnce(&mut Terms)) -> Setup {
    let (chain, receiver) = parties_with(1, change);
    let watcher = Watcher::new(Node::new(chain.clone()), Arc::clone(&receiver), 1, 0);
    Setup {
        chain,
        receiver,
        watcher,
    }
}

fn setup_on(chain_id: u64, confirmations: u64) -> Setup {
    let (chain, receiver) = parties(chain_id);
    let node = Node::new(chain.clone());
    let watcher = Watcher::new(node, Arc::clone(&receiver), confirmations, 0);
    Setup {
        chain,
        receiver,
        watcher,
    }
}

/// A chain and a receiver that nobody tells of it.
fn parties(chain_id: u64) -> (ScriptedNode, Arc<Receiver>) {
    parties_with(chain_id, |_| {})
}

fn parties_with(chain_id: u64, change: impl FnOnce(&mut Terms)) -> (ScriptedNode, Arc<Receiver>) {
    let contract = ManagerContract {
        chain_id,
        ..CONTRACT
    };
    let chain = ScriptedNode::default();
    chain.change(|s| (s.newest, s.ether) = (10, u64::MAX));
    let store = Arc::new(MemoryStore::default());
    let mut terms = Terms::of(&contract);
    change(&mut terms);
    let receiver = Receiver::new(contract, receiver_key(), store).with_terms(terms);
    (chain, Arc::new(receiver))
}

/// Whether the node gave no answer, or none that can be read.
fn fails(polled: Result<(), WatchError>) -> bool {
    matches!(polled, Err(WatchError::Chain(_)))
}

impl Setup {
    /// Looks at the chain when it has grown to this block.
    async fn at(&mut self, newest: u64) {
        self.chain.change(|s| s.newest = newest);
        let polled = self.watcher.poll().await;
        // What the receiver makes of answers that do not fit is for the tests to say.
        let answered = matches!(polled, Ok(()) | Err(WatchError::Inconsistent(_)));
        assert!(answered, "{polled:?}");
    }

    /// Pays 1, which makes the usual channel's balance this.
    async fn pay(&self, balance: u64) -> Result<Accepted, AcceptError> {
        let id = ChannelId {
            sender: sender(),
            receiver: receiver_key().address(),
            open_block: 5,
        };
        let key = key(1);
        let payment = Payment {
            sender: id.sender,
            open_block: 5,
            proof: MANAGER.sign_balance(&key, &id, units(balance)),
            contract: None,
            receiver: None,
        };
        self.receiver.accept(&payment, units(1)).await
    }

    async fn channel_of(&self, open_block: u32) -> Option<Channel> {
        let key = ChannelKey {
            sender: sender(),
            open_block,
        };
        self.receiver.store().get(key).await.expect("memory")
    }

    async fn channel(&self) -> Option<Channel> {
        self.channel_of(5).await
    }

    async fn status(&self) -> Option<ChannelStatus> {
        self.channel().await.map(|channel| channel.status)
    }

    async fn deposit(&self) -> Amount {
        self.channel().await.expect("the channel").deposit
    }
}

/// R1, R3, R4, R5: the life of a channel at three confirmations.
#[tokio::test]
async fn a_channel_lives_as_its_events_are_confirmed() {
    let mut setup = setup(3);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup.at(6).await;
    assert_eq!(setup.status().await, Some(ChannelStatus::Unconfirmed));
    setup.at(7).await;
    assert_eq!(setup.status().await, Some(ChannelStatus::Open));
    assert_eq!(setup.deposit().await, units(100));

    setup
        .chain
        .log(8, event::signature::TOPPED_UP, Some(5), &[20]);
    setup
        .chain
        .log(8, event::signature::TOPPED_UP, Some(5), &[3]);
    setup.at(9).await;
    assert_eq!(setup.deposit().await, units(100));
    assert_eq!(
        setup
            .channel()
            .await
            .expect("the channel")
            .unconfirmed_top_ups
            .len(),
        2
    );
    setup.at(10).await;
    setup.at(11).await;
    assert_eq!(setup.deposit().await, units(123));
    assert!(
        setup
            .channel()
            .await
            .expect("the channel")
            .unconfirmed_top_ups
            .is_empty()
    );

    setup
        .chain
        .log(12, event::signature::CLOSE_REQUESTED, Some(5), &[1]);
    assert!(setup.pay(1).await.is_ok());
    // Nothing is paid any more as soon as the request is seen; it may still vanish.
    setup.at(13).await;
    assert_eq!(setup.status().await, Some(ChannelStatus::Open));
    assert_eq!(setup.pay(2).await, Err(AcceptError::NonexistingChannel));
    let request = setup.chain.take_last_log();
    setup.at(13).await;
    assert!(setup.pay(2).await.is_ok());
    setup.chain.change(|s| s.logs.push(request));
    setup.at(14).await;
    assert_eq!(
        setup.status().await,
        Some(ChannelStatus::Closing { settle_block: 512 })
    );

    setup
        .chain
        .log(600, event::signature::SETTLED_V02, Some(5), &[1, 1]);
    setup.at(602).await;
    assert_eq!(setup.status().await, None);
}

/// R11: what was not confirmed vanishes with its block.
#[tokio::test]
async fn a_reorganisation_takes_back_what_was_unconfirmed() {
    let mut setup = setup(3);
    setup.chain.log(9, event::signature::CREATED, None, &[100]);
    setup.at(10).await;
    assert!(setup.channel_of(9).await.is_some());
    setup.chain.change(|s| {
        s.logs.clear();
        s.fork.push((9, 1));
    });
    setup.at(11).await;
    assert!(setup.channel_of(9).await.is_none());
}

/// Deeper than the confirmations: the chain is read again; the proofs are kept, and the decision to
/// close.
#[tokio::test]
async fn a_deep_reorganisation_keeps_the_proofs() {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup
        .chain
        .log(6, event::signature::TOPPED_UP, Some(5), &[50]);
    setup.at(10).await;
    let id = ChannelId {
        sender: sender(),
        receiver: receiver_key().address(),
        open_block: 5,
    };
    let sender_key = key(1);
    let proof = MANAGER.sign_balance(&sender_key, &id, units(40));
    let keep = move |channel: &mut Channel| {
        channel.account = Account::paid(proof);
        channel.status = ChannelStatus::Agreed;
        channel.payout = Some(Payout::default());
        Ok::<_, ()>(())
    };
    let kept = setup.receiver.store().update(ChannelKey::from(&id), keep);
    assert_eq!(kept.await, Ok(Some(Ok(()))));
    setup.chain.change(|s| {
        s.logs.truncate(1);
        s.fork.push((6, 1));
    });
    setup.at(11).await;
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(channel.deposit, units(100));
    assert_eq!(
        (channel.status, channel.proof(), channel.payout),
        (ChannelStatus::Agreed, Some(proof), Some(Payout::default()))
    );
}

#[tokio::test]
async fn faults_of_the_node_are_temporary() {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup.at(10).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    setup.chain.change(|s| s.offline = true);
    assert!(fails(setup.watcher.poll().await));
    setup.chain.change(|s| s.offline = false);
    let answers = [
        json!(null),
        json!("0x"),
        json!([]),
        json!({}),
        json!(7),
        json!("0xzz"),
    ];
    for broken in answers {
        setup.chain.change(|s| s.broken = Some(broken.clone()));
        assert!(fails(setup.watcher.poll().await), "{broken}");
        assert_eq!(setup.status().await, Some(ChannelStatus::Open));
    }
    setup.chain.change(|s| (s.broken, s.ether) = (None, 1));
    setup.at(11).await;
    assert_eq!(setup.receiver.status(), ChainStatus::EtherTooLow);
    setup.chain.change(|s| s.ether = u64::MAX);
    // A node that lags behind is no reorganisation.
    setup.at(8).await;
    assert_eq!(
        (setup.receiver.status(), setup.status().await),
        (ChainStatus::Ready, Some(ChannelStatus::Open))
    );
}

#[tokio::test]
async fn a_newest_block_beyond_reason_is_a_fault_of_the_node() {
    let mut setup = setup(1);
    let broken = Some(json!("0xffffffffffffffff"));
    setup.chain.change(|s| s.broken = broken);
    assert!(fails(setup.watcher.poll().await));
    setup.chain.change(|s| s.broken = None);
    setup.at(10).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
}

/// 0.2: what was withdrawn is known to the unit; a deep reorganisation counts it anew.
#[tokio::test]
async fn withdrawals_are_added_up() {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    for (block, paid) in [(6, 10), (7, 15)] {
        let signature = event::signature::WITHDRAWN;
        setup.chain.log(block, signature, Some(5), &[paid]);
    }
    setup.at(10).await;
    let withdrawn = async |setup: &Setup| setup.channel().await.expect("the channel").withdrawn;
    assert_eq!(withdrawn(&setup).await, units(25));
    setup.chain.change(|s| {
        s.logs.truncate(2);
        s.fork.push((7, 1));
    });
    setup.at(11).await;
    assert_eq!(withdrawn(&setup).await, units(10));
}

/// Refused ranges are halved until the node takes them, and grow again when it takes more.
#[tokio::test]
async fn events_are_asked_for_in_pieces_that_the_node_takes() {
    let mut setup = setup(1);
    for block in [5, 777, 2000] {
        setup
            .chain
            .log(block, event::signature::CREATED, None, &[100]);
    }
    setup.chain.change(|s| s.most_blocks = Some(300));
    setup.at(2000).await;
    for block in [5, 777, 2000] {
        assert!(setup.channel_of(block).await.is_some(), "{block}");
    }
    let mut asked = setup.chain.asked();
    assert!(asked.len() < 60, "{asked:?}");
    // Each block in order, and each long piece twice.
    asked.dedup();
    let mut next = 0;
    for (from, to) in &asked {
        assert_eq!(*from, next);
        next = to + 1;
    }
    assert_eq!(next, 2001);
    setup.chain.change(|s| s.most_blocks = None);
    setup.at(5000).await;
    setup.at(90_000).await;
    setup.at(200_000).await;
    assert!(setup.chain.asked().len() < 80);
    // A node that refuses every question is looked at again.
    setup.chain.change(|s| s.most_blocks = Some(0));
    setup.chain.change(|s| s.newest = 200_100);
    assert!(fails(setup.watcher.poll().await));
    setup.chain.change(|s| s.most_blocks = None);
    setup.at(200_100).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
}

/// Events of one fork are not taken for those of another.
#[tokio::test]
async fn a_fork_between_two_answers_is_noticed() {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup.chain.change(|s| s.fork_after_logs = Some((4, 1)));
    setup.at(10).await;
    let progress = setup.receiver.progress().expect("a look");
    assert_eq!((progress.synced, progress.lag()), (None, 11));
    // The other fork has no such channel.
    setup.chain.change(|s| s.logs.clear());
    setup.at(11).await;
    assert!(setup.channel().await.is_none());
    let progress = setup.receiver.progress().expect("a look");
    assert_eq!((progress.synced, progress.lag()), (Some(11), 0));
}

/// What was applied is applied once, also by a watcher that was started anew or beside.
#[tokio::test]
async fn a_new_watcher_goes_on_where_the_last_one_stopped() {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup
        .chain
        .log(6, event::signature::TOPPED_UP, Some(5), &[20]);
    setup.at(10).await;
    let node = Node::new(setup.chain.clone());
    let mut second = Watcher::new(node, Arc::clone(&setup.receiver), 1, 0);
    setup
        .chain
        .log(12, event::signature::TOPPED_UP, Some(5), &[3]);
    setup.chain.change(|s| s.newest = 12);
    second.poll().await.expect("the chain answers");
    setup.at(12).await;
    assert_eq!(setup.deposit().await, units(123));
    let ranges = setup.chain.asked();
    // What is new, and once more what the last one read.
    assert_eq!(ranges, [(0, 10), (0, 12)]);
}
