//! The nonces of one account, of which several programs over one store send transactions, and withdrawals.

use std::sync::Arc;
use std::time::Duration;

use microraiden::chain::{Node, Transport, TransportError};
use microraiden::json::Value;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{ChannelId, event, hex_text};
use microraiden::receiver::{
    ChannelKey, Claim, MemoryStore, PayoutTransaction, Receiver, Select, StoreExt, Terms, Watcher,
};
use tokio::sync::Notify;

use super::chain::{ScriptedNode, receiver_key, sender};
use crate::basics::{CONTRACT, MANAGER, key, units};
use crate::rlp;

/// Holds back the first next nonce that it told.
struct HeldBack {
    node: ScriptedNode,
    asked: Notify,
    go_on: Notify,
}

impl Transport for &HeldBack {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let answer = self.node.request(method, params.clone()).await;
        let params = params.as_array().expect("a list");
        if method == "eth_getTransactionCount" && params[1].as_str() == Some("pending") {
            self.asked.notify_one();
            self.go_on.notified().await;
            // Once is enough.
            self.go_on.notify_one();
        }
        answer
    }

    async fn pause(&self, _: Duration) -> Result<(), TransportError> {
        Ok(())
    }
}

/// The nonces of the transactions that were handed in, each once.
fn nonces(chain: &ScriptedNode) -> Vec<u64> {
    let mut sent = Vec::new();
    chain.change(|s| sent.clone_from(&s.sent));
    sent.sort_unstable();
    sent.dedup();
    let nonce = |raw: &String| {
        let raw = hex_text::decode(raw).expect("bytes");
        rlp::read(&raw).expect("a transaction").nonce
    };
    let mut nonces: Vec<u64> = sent.iter().map(nonce).collect();
    nonces.sort_unstable();
    nonces
}

fn id(open_block: u32) -> ChannelId {
    ChannelId {
        sender: sender(),
        receiver: receiver_key().address(),
        open_block,
    }
}

/// A chain, and two receivers over one store: the first one answers small disputes, too.
fn two_programs() -> (ScriptedNode, [Arc<Receiver>; 2]) {
    let chain = ScriptedNode::default();
    chain.change(|s| {
        (s.newest, s.ether, s.deposit, s.nonces) = (10, u64::MAX, Some(5_000_000), 1);
    });
    let store = Arc::new(MemoryStore::default());
    let receivers = [0, 1000].map(|least| {
        let mut terms = Terms::of(&CONTRACT);
        terms.min_dispute = units(least);
        let store = Arc::<MemoryStore>::clone(&store);
        Arc::new(Receiver::new(CONTRACT, receiver_key(), store).with_terms(terms))
    });
    (chain, receivers)
}

/// Opens a channel in each block, and pays so much in it.
async fn pay(chain: &ScriptedNode, receiver: &Arc<Receiver>, amounts: &[u64]) {
    for (block, _) in (1..).zip(amounts) {
        chain.log(block, event::signature::CREATED, None, &[5_000_000]);
    }
    let mut watcher = Watcher::new(Node::new(chain.clone()), Arc::clone(receiver), 1, 0);
    watcher.poll().await.expect("answered");
    for (open_block, amount) in (1..).zip(amounts) {
        let payment = Payment {
            sender: sender(),
            open_block,
            proof: MANAGER.sign_balance(&key(1), &id(open_block), units(*amount)),
            contract: None,
            receiver: None,
        };
        let paid = receiver.accept(&payment, units(*amount)).await;
        paid.expect("paid");
    }
}

async fn attempt(receiver: &Receiver, open_block: u32) -> Option<PayoutTransaction> {
    let channel = receiver.store().get(ChannelKey::from(&id(open_block)));
    let channel = channel.await.expect("memory").expect("the channel");
    let withdraws = channel.withdrawal.and_then(|w| w.attempt);
    channel.payout.map_or(withdraws, |payout| payout.attempt)
}

/// One has chosen a nonce when the other one takes it: it looks again, and both transactions are sent.
#[tokio::test]
async fn two_programs_never_use_one_nonce_for_two_transactions() {
    let (chain, [first, second]) = two_programs();
    pay(&chain, &first, &[10, 5000]).await;
    let requested = event::signature::CLOSE_REQUESTED;
    chain.log(11, requested, Some(1), &[0]);
    chain.change(|s| s.newest = 11);
    let slow = HeldBack {
        node: chain.clone(),
        asked: Notify::new(),
        go_on: Notify::new(),
    };
    let mut slow_watcher = Watcher::new(Node::new(&slow), Arc::clone(&first), 1, 0);
    let meanwhile = async {
        slow.asked.notified().await;
        let begun = second.force_close(ChannelKey::from(&id(2))).await;
        assert_eq!(begun, Ok(true));
        let node = Node::new(chain.clone());
        let mut watcher = Watcher::new(node, Arc::clone(&second), 1, 0);
        watcher.poll().await.expect("answered");
        let nonce = attempt(&second, 2).await.map(|attempt| attempt.nonce);
        assert_eq!(nonce, Some(0));
        slow.go_on.notify_one();
    };
    let (polled, ()) = tokio::join!(slow_watcher.poll(), meanwhile);
    polled.expect("answered");
    assert_eq!(nonces(&chain), [0]);
    assert_eq!(attempt(&first, 1).await, None);
    // The script counts what is handed in again, too.
    chain.change(|s| (s.pending, s.nonces) = (1, 0));
    slow_watcher.poll().await.expect("answered");
    assert_eq!(nonces(&chain), [0, 1]);
    let nonce = attempt(&first, 1).await.map(|attempt| attempt.nonce);
    assert_eq!(nonce, Some(1));
}

/// What is withdrawn is written down first, goes on after a crash, and ends with its event.
#[tokio::test]
async fn a_withdrawal_is_sent_once() {
    let (chain, [receiver, other]) = two_programs();
    pay(&chain, &receiver, &[10, 70]).await;
    let claim = |open_block, balance| Claim {
        channel: id(open_block),
        balance: units(balance),
        due: units(balance),
    };
    let claims = [claim(1, 10), claim(2, 70)];
    receiver.withdraw_all(&claims).await.expect("begun");
    let look = async |receiver: &Arc<Receiver>, newest| {
        chain.change(|s| s.newest = newest);
        let node = Node::new(chain.clone());
        let mut watcher = Watcher::new(node, Arc::clone(receiver), 1, 0);
        watcher.poll().await.expect("answered");
    };
    look(&receiver, 11).await;
    assert_eq!(nonces(&chain), [0, 1]);
    let journalled = attempt(&receiver, 1).await;
    // Another process, and begun again by the operator.
    other.withdraw_all(&claims).await.expect("begun");
    look(&other, 12).await;
    assert_eq!(nonces(&chain), [0, 1]);
    assert_eq!(attempt(&receiver, 1).await, journalled);
    let withdrawn = event::signature::WITHDRAWN;
    chain.log(13, withdrawn, Some(1), &[10]);
    chain.log(13, withdrawn, Some(2), &[70]);
    look(&other, 13).await;
    assert_eq!(attempt(&receiver, 1).await, None);
    let left = receiver.store().all(Select::Payouts).await;
    assert_eq!(left, Ok(Vec::new()));
    assert_eq!(nonces(&chain), [0, 1]);
}

/// A channel that is to be closed is not withdrawn from, and what the contract would refuse is given up.
#[tokio::test]
async fn a_withdrawal_makes_way() {
    let (chain, [receiver, _]) = two_programs();
    pay(&chain, &receiver, &[10, 70]).await;
    let claim = |open_block, balance| Claim {
        channel: id(open_block),
        balance: units(balance),
        due: units(balance),
    };
    let claims = [claim(1, 10), claim(2, 70)];
    receiver.withdraw_all(&claims).await.expect("begun");
    let begun = receiver.force_close(ChannelKey::from(&id(2))).await;
    assert_eq!(begun, Ok(true));
    // The sender closes the first one honestly.
    chain.log(11, event::signature::CLOSE_REQUESTED, Some(1), &[10]);
    chain.change(|s| s.newest = 11);
    let node = Node::new(chain.clone());
    let mut watcher = Watcher::new(node, Arc::clone(&receiver), 1, 0);
    watcher.poll().await.expect("answered");
    assert_eq!(nonces(&chain), [0]);
    let left = receiver.store().all(Select::Payouts).await.expect("memory");
    let left: Vec<_> = left
        .iter()
        .map(|c| (c.id.open_block, c.payout.is_some(), c.withdrawal))
        .collect();
    assert_eq!(left, [(2, true, None)]);
}
