//! Heads that stand still.

use std::time::Duration;

use microraiden::chain::Node;
use microraiden::protocol::event;
use microraiden::receiver::{ChainStatus, HeadAge, Inconsistency, WatchError, Watcher};

use super::{Setup, parties, setup, setup_on};

fn create(setup: &Setup) {
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
}

async fn is_ready_at_age(setup: &mut Setup, newest: u64, age: u64) -> bool {
    setup.chain.change(|s| (s.newest, s.age) = (newest, age));
    let polled = setup.watcher.poll().await;
    let ready = setup.receiver.status() == ChainStatus::Ready;
    let stale = matches!(
        polled,
        Err(WatchError::Inconsistent(Inconsistency::Stale { .. }))
    );
    assert!(stale || polled.is_ok(), "{polled:?}");
    assert_eq!(ready, !stale);
    ready
}

/// A node that stands still keeps to its old head, whose age is seen; nothing is sold by it.
#[tokio::test]
async fn a_head_that_stands_still_is_no_head() {
    let mut setup = setup(1);
    create(&setup);
    assert!(is_ready_at_age(&mut setup, 10, 5).await);
    assert!(setup.pay(1).await.is_ok());
    assert!(!is_ready_at_age(&mut setup, 11, 1000).await);
    assert!(setup.pay(2).await.is_err());
    let head = setup.receiver.progress().and_then(|seen| seen.head_time);
    let age = head.expect("known").elapsed().expect("past");
    assert!((1000..1100).contains(&age.as_secs()));
    assert!(is_ready_at_age(&mut setup, 12, 60).await);
    assert!(setup.pay(2).await.is_ok());
}

/// The limit is what 25 blocks take, and two minutes at least.
#[tokio::test]
async fn the_limit_follows_the_block_time() {
    for (block_time, young, old) in [(1, 110, 130), (12, 290, 320), (60, 1490, 1520)] {
        let mut setup = setup(1);
        setup.chain.change(|s| s.block_time = block_time);
        assert!(is_ready_at_age(&mut setup, 1000, young).await);
        assert!(!is_ready_at_age(&mut setup, 1001, old).await);
    }
}

#[tokio::test]
async fn the_limit_can_be_set() {
    let day = 86_400;
    for (head_age, young, old) in [
        (HeadAge::AtMost(Duration::from_secs(10)), 5, 15),
        (HeadAge::AtMost(Duration::from_secs(5000)), 4990, 5010),
        (HeadAge::Any, 365 * day, u64::MAX),
    ] {
        let (chain, receiver) = parties(1);
        let node = Node::new(chain.clone());
        let watcher = Watcher::new(node, receiver.clone(), 1, 0).with_head_age(head_age);
        let mut setup = Setup {
            chain,
            receiver,
            watcher,
        };
        assert!(is_ready_at_age(&mut setup, 10, young).await);
        if old < u64::MAX {
            assert!(!is_ready_at_age(&mut setup, 11, old).await);
        }
    }
}

/// Development chains make a block when there is something to put into it.
#[tokio::test]
async fn a_development_chain_may_rest() {
    for chain_id in [1337, 31_337] {
        let mut setup = setup_on(chain_id, 1);
        assert!(is_ready_at_age(&mut setup, 10, 100_000).await);
    }
}
