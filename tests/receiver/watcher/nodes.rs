//! Several nodes, held against each other.

use std::sync::Arc;

use microraiden::chain::Failover;
use microraiden::protocol::event::signature;
use microraiden::receiver::{ChainStatus, ChannelStatus, Inconsistency, WatchError, Watcher};

use super::chain::ScriptedNode;
use super::{Setup, parties};

/// Both know a channel, which is created at block 5.
fn two(chain_id: u64) -> (Setup, ScriptedNode) {
    let (chain, receiver) = parties(chain_id);
    let second = ScriptedNode::default();
    second.change(|s| (s.newest, s.ether) = (10, u64::MAX));
    let nodes = Failover::new(chain.clone(), [second.clone()]);
    let watcher = Watcher::over(nodes, Arc::clone(&receiver), 1, 0);
    for node in [&chain, &second] {
        node.log(5, signature::CREATED, None, &[100]);
    }
    let setup = Setup {
        chain,
        receiver,
        watcher,
    };
    (setup, second)
}

type Polled = Result<(), WatchError>;

async fn both_at(setup: &mut Setup, second: &ScriptedNode, newest: u64) -> Polled {
    setup.chain.change(|s| s.newest = newest);
    second.change(|s| s.newest = newest);
    setup.watcher.poll().await
}

fn is_ready(setup: &Setup) -> bool {
    setup.receiver.status() == ChainStatus::Ready
}

fn disagree(polled: &Polled) -> bool {
    matches!(
        polled,
        Err(WatchError::Inconsistent(Inconsistency::Disagreement {
            one: 1,
            other: 2,
            ..
        }))
    )
}

/// One that fails, answers null or stands still is stood in for by the other, whichever it is.
#[tokio::test]
async fn one_node_stands_in_for_the_other() {
    for first_fails in [true, false] {
        let (mut setup, second) = two(1);
        assert_eq!(both_at(&mut setup, &second, 10).await, Ok(()));
        assert_eq!(setup.receiver.progress().map(|seen| seen.nodes), Some(2));
        assert!(setup.pay(1).await.is_ok());
        let bad = if first_fails {
            setup.chain.clone()
        } else {
            second.clone()
        };
        bad.change(|s| s.offline = true);
        assert_eq!(both_at(&mut setup, &second, 11).await, Ok(()));
        assert_eq!(setup.receiver.progress().map(|seen| seen.nodes), Some(1));
        bad.change(|s| (s.offline, s.unknown) = (false, vec![12]));
        assert_eq!(both_at(&mut setup, &second, 12).await, Ok(()));
        bad.change(|s| (s.unknown, s.age) = (vec![], 10_000));
        assert_eq!(both_at(&mut setup, &second, 13).await, Ok(()));
        bad.change(|s| (s.age, s.failing) = (0, Some("eth_getLogs")));
        assert_eq!(both_at(&mut setup, &second, 14).await, Ok(()));
        assert!(setup.pay(2).await.is_ok());
        let faults = setup.receiver.chain_faults();
        assert!(faults.failed >= 3 && faults.behind >= 1, "{faults:?}");
        assert_eq!((faults.disagreed, faults.rollbacks), (0, 0));
    }
}

/// Two chains: an alarm, once, until they agree.
#[tokio::test]
async fn two_nodes_that_disagree_about_a_block_sell_nothing() {
    let (mut setup, second) = two(1);
    assert_eq!(both_at(&mut setup, &second, 10).await, Ok(()));
    assert!(setup.pay(1).await.is_ok());
    let before = setup.channel().await;
    second.change(|s| s.fork.push((9, 1)));
    for newest in [10, 11, 12] {
        let look = both_at(&mut setup, &second, newest).await;
        assert!(disagree(&look) && !is_ready(&setup), "{look:?}");
        assert!(setup.pay(2).await.is_err());
        assert_eq!(setup.channel().await, before);
    }
    assert_eq!(setup.receiver.chain_faults().disagreed, 1);
    second.change(|s| s.fork.clear());
    assert_eq!(both_at(&mut setup, &second, 12).await, Ok(()));
    assert!(setup.pay(2).await.is_ok());
    // Both have moved to another fork: that is a reorganisation.
    second.change(|s| s.fork.push((9, 1)));
    setup.chain.change(|s| s.fork.push((9, 1)));
    assert_eq!(both_at(&mut setup, &second, 13).await, Ok(()));
    assert_eq!(setup.receiver.chain_faults().rollbacks, 1);
    assert_eq!(setup.receiver.chain_faults().disagreed, 1);
}

/// One of them hides an event, or makes one up; whichever it is, it is not applied.
#[tokio::test]
async fn two_nodes_that_disagree_about_events_sell_nothing() {
    for first_knows in [true, false] {
        let (mut setup, second) = two(1);
        assert_eq!(both_at(&mut setup, &second, 10).await, Ok(()));
        let knows = if first_knows { &setup.chain } else { &second };
        knows.log(11, signature::SETTLED_V02, Some(5), &[0, 0]);
        let look = both_at(&mut setup, &second, 11).await;
        assert!(disagree(&look) && !is_ready(&setup), "{look:?}");
        assert!(setup.pay(1).await.is_err());
        assert_eq!(setup.status().await, Some(ChannelStatus::Open));
        let lacks = if first_knows { &second } else { &setup.chain };
        lacks.log(11, signature::SETTLED_V02, Some(5), &[0, 0]);
        assert_eq!(both_at(&mut setup, &second, 11).await, Ok(()));
        assert_eq!(setup.status().await, None);
    }
}

/// The first look holds them against each other from the start.
#[tokio::test]
async fn a_first_look_at_two_that_disagree_is_not_whole() {
    let (mut setup, second) = two(1);
    second.take_last_log();
    assert!(disagree(&both_at(&mut setup, &second, 10).await));
    assert!(!is_ready(&setup));
    assert!(setup.channel().await.is_none());
}

/// One that is behind contradicts nobody: it is waited for if it is young, and done without if not.
/// What it missed is compared when it is back.
#[tokio::test]
async fn a_node_that_is_behind_does_not_disagree() {
    let (mut setup, second) = two(1);
    assert_eq!(both_at(&mut setup, &second, 10).await, Ok(()));
    setup.chain.change(|s| s.newest = 14);
    second.change(|s| s.newest = 12);
    assert_eq!(setup.watcher.poll().await, Ok(()));
    let synced = |setup: &Setup| setup.receiver.progress().and_then(|seen| seen.synced);
    assert_eq!(synced(&setup), Some(12));
    second.change(|s| (s.newest, s.age) = (13, 10_000));
    assert_eq!(setup.watcher.poll().await, Ok(()));
    assert_eq!(synced(&setup), Some(14));
    assert!(is_ready(&setup));
    // Only the first one knew this when it was applied.
    setup.chain.log(15, signature::TOPPED_UP, Some(5), &[5]);
    setup.chain.change(|s| s.newest = 16);
    assert_eq!(setup.watcher.poll().await, Ok(()));
    second.change(|s| s.age = 0);
    assert!(disagree(&both_at(&mut setup, &second, 17).await));
    second.log(15, signature::TOPPED_UP, Some(5), &[5]);
    assert_eq!(both_at(&mut setup, &second, 17).await, Ok(()));
}

/// Young heads that are far apart contradict each other; without a time it is not known which is right,
/// and the higher one is followed.
#[tokio::test]
async fn young_heads_far_apart_contradict_each_other() {
    for (chain_id, ready) in [(1, false), (1337, true)] {
        let (mut setup, second) = two(chain_id);
        setup.chain.change(|s| s.newest = 1_000_000);
        second.change(|s| s.newest = 10);
        let polled = setup.watcher.poll().await;
        assert_eq!(polled.is_ok(), ready, "{polled:?}");
        assert_eq!(is_ready(&setup), ready);
        let apart = matches!(
            polled,
            Err(WatchError::Inconsistent(Inconsistency::Apart { .. }))
        );
        assert_eq!(apart, !ready);
    }
}

/// One of two that jumps back is done without.
#[tokio::test]
async fn one_node_may_jump_back() {
    let (mut setup, second) = two(1);
    assert_eq!(both_at(&mut setup, &second, 100).await, Ok(()));
    assert!(setup.pay(1).await.is_ok());
    setup.chain.change(|s| s.newest = 4);
    assert_eq!(setup.watcher.poll().await, Ok(()));
    assert!(setup.pay(2).await.is_ok());
    // Both: nothing is known.
    second.change(|s| s.newest = 50);
    let look = setup.watcher.poll().await;
    let expected = Inconsistency::Behind {
        head: 4,
        applied: 100,
    };
    assert_eq!(look, Err(expected.into()));
    assert!(setup.pay(3).await.is_err());
}

/// What answers a close request is handed in at both nodes: one that keeps it back changes nothing.
#[tokio::test]
async fn an_answer_is_handed_in_at_both() {
    let (mut setup, second) = two(1);
    assert_eq!(both_at(&mut setup, &second, 10).await, Ok(()));
    assert!(setup.pay(1).await.is_ok());
    for node in [&setup.chain, &second] {
        node.log(11, signature::CLOSE_REQUESTED, Some(5), &[0]);
        node.change(|s| s.deposit = Some(100));
    }
    assert_eq!(both_at(&mut setup, &second, 11).await, Ok(()));
    for node in [&setup.chain, &second] {
        node.change(|s| assert_eq!(s.sent.len(), 1));
    }
}
