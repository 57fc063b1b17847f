//! Polls that fail because no node answers: what is known holds for a minute.

use std::sync::Arc;
use std::time::Duration;

use microraiden::chain::{Failover, Node};
use microraiden::protocol::event::signature;
use microraiden::receiver::{
    AcceptError, ChainStatus, HeadAge, Inconsistency, WatchError, Watcher,
};
use serde_json::json;
use tokio::time::{advance, timeout};

use super::chain::{Script, ScriptedNode};
use super::{Setup, fails, parties, setup};

const NOT_READY: AcceptError = AcceptError::NotReady(ChainStatus::Offline);

/// Polled once, at block 10, with a channel.
async fn ready() -> Setup {
    let mut setup = setup(1);
    setup.chain.log(5, signature::CREATED, None, &[100]);
    setup.at(10).await;
    setup
}

async fn seconds(seconds: u64) {
    advance(Duration::from_secs(seconds)).await;
}

/// Wherever in a poll a request fails, payments go on.
#[tokio::test]
async fn one_failed_poll_stops_no_payment() {
    let faults: [fn(&mut Script); 6] = [
        |s| s.offline = true,
        |s| s.broken = Some(json!(null)),
        |s| s.failing = Some("eth_blockNumber"),
        |s| s.failing = Some("eth_getBlockByNumber"),
        |s| s.failing = Some("eth_getLogs"),
        |s| s.failing = Some("eth_getBalance"),
    ];
    let mut setup = ready().await;
    for (newest, fault) in (11..).zip(faults) {
        setup.chain.change(|s| s.newest = newest);
        setup.chain.change(fault);
        assert!(fails(setup.watcher.poll().await), "{newest}");
        let paid = setup.pay(2 * newest - 21).await;
        assert!(paid.is_ok(), "{newest}: {paid:?}");
        setup
            .chain
            .change(|s| (s.offline, s.broken, s.failing) = (false, None, None));
        setup.at(newest).await;
        assert!(setup.pay(2 * newest - 20).await.is_ok(), "{newest}");
    }
    assert!(setup.receiver.chain_faults().failed >= 6);
}

/// From a minute after the first poll that failed nothing is sold, until one succeeds.
#[tokio::test(start_paused = true)]
async fn a_silent_node_sells_for_a_minute() {
    let mut setup = ready().await;
    setup.chain.change(|s| s.offline = true);
    for balance in 1..=6 {
        assert!(fails(setup.watcher.poll().await));
        assert!(setup.pay(balance).await.is_ok(), "{balance}");
        seconds(if balance < 6 { 10 } else { 9 }).await;
    }
    assert!(setup.pay(7).await.is_ok());
    seconds(1).await;
    assert_eq!(setup.pay(8).await, Err(NOT_READY));
    assert!(fails(setup.watcher.poll().await));
    assert_eq!(setup.receiver.status(), ChainStatus::Offline);
    setup.chain.change(|s| s.offline = false);
    setup.at(11).await;
    assert!(setup.pay(8).await.is_ok());
    // The next silence has a minute of its own.
    setup.chain.change(|s| s.offline = true);
    seconds(50).await;
    assert!(fails(setup.watcher.poll().await));
    seconds(59).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    seconds(1).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Offline);
}

/// A poll without an end is one that fails.
#[tokio::test(start_paused = true)]
async fn a_node_that_hangs_sells_for_a_minute() {
    let mut setup = ready().await;
    setup.chain.change(|s| s.hangs = true);
    for (wait, status) in [(59, ChainStatus::Ready), (1, ChainStatus::Offline)] {
        let polled = timeout(Duration::from_secs(wait), setup.watcher.poll()).await;
        assert!(polled.is_err());
        assert_eq!(setup.receiver.status(), status, "{wait}");
    }
    setup.chain.change(|s| s.hangs = false);
    setup.at(11).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
}

/// What is known does not hold longer than its head may grow old.
#[tokio::test(start_paused = true)]
async fn silence_makes_no_head_younger() {
    let (chain, receiver) = parties(1);
    let head_age = HeadAge::AtMost(Duration::from_secs(40));
    let watcher =
        Watcher::new(Node::new(chain.clone()), Arc::clone(&receiver), 1, 0).with_head_age(head_age);
    let mut setup = Setup {
        chain,
        receiver,
        watcher,
    };
    setup.chain.change(|s| s.age = 20);
    setup.at(10).await;
    // A younger head that comes with a poll which fails later on is not what is sold by.
    setup
        .chain
        .change(|s| (s.newest, s.age, s.failing) = (11, 0, Some("eth_getLogs")));
    for (wait, status) in [(18, ChainStatus::Ready), (2, ChainStatus::Offline)] {
        assert!(fails(setup.watcher.poll().await));
        seconds(wait).await;
        assert_eq!(setup.receiver.status(), status);
    }
}

/// A node that contradicts what is known stops the receiver at once, and silence after that changes nothing.
#[tokio::test]
async fn a_contradiction_ends_what_silence_left() {
    let mut setup = ready().await;
    setup.chain.change(|s| s.offline = true);
    assert!(fails(setup.watcher.poll().await));
    assert!(setup.pay(1).await.is_ok());
    setup
        .chain
        .change(|s| (s.offline, s.unknown) = (false, vec![10]));
    setup.at(10).await;
    assert_eq!(setup.pay(2).await, Err(NOT_READY));
    setup
        .chain
        .change(|s| (s.offline, s.unknown) = (true, vec![]));
    assert!(fails(setup.watcher.poll().await));
    assert_eq!(setup.pay(2).await, Err(NOT_READY));
}

/// One of two nodes is silent when it is asked for events, the other one does not know its own head: that one
/// is believed, whichever it is.
#[tokio::test]
async fn a_contradiction_weighs_more_than_silence() {
    for first_is_silent in [true, false] {
        let (first, receiver) = parties(1);
        let second = ScriptedNode::default();
        second.change(|s| (s.newest, s.ether) = (10, u64::MAX));
        let nodes = Failover::new(first.clone(), [second.clone()]);
        let mut watcher = Watcher::over(nodes, Arc::clone(&receiver), 1, 0);
        assert_eq!(watcher.poll().await, Ok(()));
        let (silent, doubtful) = match first_is_silent {
            true => (&first, &second),
            false => (&second, &first),
        };
        silent.change(|s| (s.newest, s.failing) = (11, Some("eth_getLogs")));
        doubtful.change(|s| (s.newest, s.unknown) = (11, vec![11]));
        let polled = watcher.poll().await;
        let doubt = Err(WatchError::Inconsistent(Inconsistency::UnknownBlock(11)));
        assert_eq!(polled, doubt, "{first_is_silent}");
        assert_eq!(receiver.status(), ChainStatus::Offline);
    }
}
