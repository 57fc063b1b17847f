//! Confirmed blocks that are replaced, and those that only seem to be.

use microraiden::protocol::Hash;
use microraiden::protocol::event::signature;
use microraiden::receiver::store::{Synced, Trail};
use microraiden::receiver::{ChainStatus, ChannelStatus, StoreExt};

use super::chain::Script;
use super::{Setup, setup};

/// A channel at block 5, which is paid in up to 1; its closing is requested with 0 at block 8, and
/// answered. Two more channels at 57 and 61.
async fn followed() -> Setup {
    let mut setup = setup(1);
    for block in [5, 57, 61] {
        setup.chain.log(block, signature::CREATED, None, &[100]);
    }
    setup.chain.change(|s| s.deposit = Some(100));
    setup.at(7).await;
    assert!(setup.pay(1).await.is_ok());
    setup
        .chain
        .log(8, signature::CLOSE_REQUESTED, Some(5), &[0]);
    for newest in [10, 40, 60, 70] {
        setup.at(newest).await;
    }
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(channel.status, ChannelStatus::Closing { settle_block: 508 });
    assert!(
        channel
            .payout
            .is_some_and(|payout| payout.attempt.is_some())
    );
    setup
}

/// What lies below the fork is what it was, with the answer that is under way; what lies above it is
/// read anew, and the chain from the fork on.
#[tokio::test]
async fn only_what_lies_above_the_fork_is_rolled_back() {
    let mut setup = followed().await;
    let before = setup.channel().await.expect("the channel");
    setup.chain.change(|s| {
        s.fork.push((59, 1));
        s.logs.retain(|log| log.block != 61);
    });
    setup.at(71).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    let after = setup.channel().await.expect("the channel");
    assert_eq!(
        (after.status, after.payout, after.proof(), after.deposit),
        (before.status, before.payout, before.proof(), before.deposit)
    );
    assert!(setup.channel_of(57).await.is_some());
    assert!(setup.channel_of(61).await.is_none());
    // 40 is the newest applied block that is still there: the rest was applied from there on.
    let mut asked = setup.chain.asked();
    asked.dedup();
    assert_eq!(asked[asked.len() - 2..], [(0, 40), (41, 71)]);
    assert_eq!(setup.receiver.chain_faults().rollbacks, 1);
}

/// A fork between any two questions of a read in several ranges: what is stored is of one chain.
#[tokio::test]
async fn a_fork_in_the_middle_of_a_read_is_noticed() {
    let mut questions = 0;
    loop {
        let mut setup = setup(1);
        setup.chain.log(5, signature::CREATED, None, &[100]);
        setup.at(10).await;
        let chain = &setup.chain;
        chain.log(20, signature::CLOSE_REQUESTED, Some(5), &[0]);
        let fork = |s: &mut Script| {
            s.fork.push((13, 1));
            s.logs[1].block = 13;
        };
        chain.change(|s| {
            s.most_blocks = Some(4);
            s.then = Some((questions, Box::new(fork)));
        });
        setup.at(22).await;
        let store = setup.receiver.store();
        let synced = store.synced().await.expect("memory").expect("a block");
        let (mut has_forked, mut hash) = (false, None);
        setup.chain.change(|s| {
            has_forked = s.then.is_none();
            hash = Some(s.hash(synced.block));
        });
        if synced.block >= 20 && hash == Some(synced.hash) {
            let channel = setup.channel().await.expect("the channel");
            let settle_block = if has_forked { 513 } else { 520 };
            let closing = ChannelStatus::Closing { settle_block };
            assert_eq!(channel.status, closing, "after {questions} questions");
        }
        if !has_forked {
            break;
        }
        questions += 1;
    }
    assert!(questions > 20, "{questions}");
}

/// A node that fails while a fork is looked at: all is as it was, and nothing is sold.
#[tokio::test]
async fn a_rollback_that_fails_changes_nothing() {
    let mut setup = followed().await;
    let before = setup.channel().await;
    setup.chain.change(|s| {
        s.fork.push((59, 1));
        s.failing = Some("eth_getLogs");
        s.newest = 71;
    });
    for _ in 0..2 {
        assert!(super::fails(setup.watcher.poll().await));
        assert_eq!(setup.receiver.status(), ChainStatus::Offline);
        assert_eq!(setup.channel().await, before);
    }
    setup.chain.change(|s| s.failing = None);
    setup.at(72).await;
    assert_eq!(setup.receiver.chain_faults().rollbacks, 1);
}

/// What is read for a rollback is read twice: an event left out then would be left out for ever.
#[tokio::test]
async fn a_rollback_does_not_believe_a_short_answer() {
    let mut setup = followed().await;
    let before = setup.channel().await;
    setup.chain.change(|s| {
        s.fork.push((59, 1));
        s.short = 1;
    });
    setup.at(71).await;
    assert_ne!(setup.receiver.status(), ChainStatus::Ready);
    assert_eq!(setup.channel().await, before);
    setup.at(71).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    let status = Some(ChannelStatus::Closing { settle_block: 508 });
    assert_eq!(setup.status().await, status);
}

/// Another hash for once is none: the second look tells.
#[tokio::test]
async fn one_wrong_hash_is_not_believed() {
    let mut setup = followed().await;
    let before = setup.channel().await;
    // The head's time is asked of a block, too.
    setup.chain.change(|s| s.flaps = 2);
    setup.at(71).await;
    assert_ne!(setup.receiver.status(), ChainStatus::Ready);
    assert_eq!(setup.channel().await, before);
    setup.at(71).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    let faults = setup.receiver.chain_faults();
    assert_eq!((faults.flapped, faults.rollbacks), (1, 0));
}

/// A hash that parents and children know nothing of is not believed, however often it is told.
#[tokio::test]
async fn a_hash_without_a_chain_is_not_believed() {
    let mut setup = followed().await;
    let before = setup.channel().await;
    setup.chain.change(|s| s.lies = vec![70]);
    // At 70 itself there would be no child yet.
    for newest in [71, 72] {
        setup.at(newest).await;
        assert_ne!(setup.receiver.status(), ChainStatus::Ready, "at {newest}");
        assert_eq!(setup.channel().await, before);
        assert!(setup.channel_of(61).await.is_some());
    }
    setup.chain.change(|s| s.lies.clear());
    setup.at(76).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    assert_eq!(setup.receiver.chain_faults().rollbacks, 0);
}

/// A node of another chain, or a chain begun anew, is no reorganisation.
#[tokio::test]
async fn another_chain_rolls_nothing_back() {
    let mut setup = followed().await;
    setup.at(30_000).await;
    let before = setup.channel().await;
    setup.chain.change(|s| s.fork.push((0, 9)));
    for newest in [30_000, 30_001] {
        setup.at(newest).await;
        assert_ne!(setup.receiver.status(), ChainStatus::Ready);
        assert_eq!(setup.channel().await, before);
    }
}

/// A fork near the head is found near the head, also when the chain was read in one go.
#[tokio::test]
async fn the_first_look_leaves_a_block_to_go_back_to() {
    let mut setup = setup(1);
    setup.chain.log(5, signature::CREATED, None, &[100]);
    setup.at(50_000).await;
    setup.chain.change(|s| s.fork.push((49_990, 1)));
    setup.at(50_001).await;
    assert_eq!(setup.status().await, Some(ChannelStatus::Open));
    let asked = setup.chain.asked();
    assert_eq!(asked[asked.len() - 1], (49_937, 50_001));
}

/// However long the chain is, there are few blocks in a trail, and one within twice the depth of any
/// fork.
#[test]
fn a_trail_is_short_and_reaches_back() {
    let at = |block| Synced {
        block,
        hash: Hash([1; 32]),
    };
    let mut trail = Trail::default();
    for block in 0..20_000 {
        trail.advance(Some(at(block)), None);
        if block % 997 != 0 {
            continue;
        }
        for depth in 0..block {
            let found = trail.up_to(block - depth).next().expect("one of them");
            assert!(block - found.block <= 2 * depth.max(16), "{block}: {depth}");
        }
    }
    assert!(trail.up_to(u64::MAX).count() < 50);
    trail.advance(Some(at(19_990)), None);
    assert_eq!(trail.newest(), Some(at(19_990)));
    trail.advance(None, None);
    assert_eq!(trail, Trail::default());
}

/// Digests are told of intervals that are whole, and reach back as far as was asked for.
#[test]
fn a_trail_knows_the_digests_of_the_newest_blocks() {
    let at = |block| Synced {
        block,
        hash: Hash([1; 32]),
    };
    let digest = |block| Hash([block as u8 + 1; 32]);
    let of = |trail: &Trail, last, span| {
        let recent = trail.recent(at(last), 0, span);
        assert!(recent.iter().all(|known| known.events == digest(known.to)));
        let intervals = recent.iter().map(|known| (known.from, known.to));
        intervals.collect::<Vec<_>>()
    };
    let mut trail = Trail::default();
    for block in [4, 6, 7] {
        trail.advance(Some(at(block)), Some(digest(block)));
    }
    assert_eq!(of(&trail, 7, 16), [(0, 4), (5, 6), (7, 7)]);
    assert_eq!(of(&trail, 7, 7), [(5, 6), (7, 7)]);
    assert_eq!(of(&trail, 6, 16), [(0, 4), (5, 6)]);
    assert_eq!(of(&trail, 5, 16), []);
    // Back to a block that is known; on without a digest.
    trail.advance(Some(at(6)), None);
    assert_eq!(of(&trail, 6, 16), [(0, 4), (5, 6)]);
    trail.advance(Some(at(9)), None);
    assert_eq!(of(&trail, 9, 16), []);
    for block in 10..200 {
        trail.advance(Some(at(block)), Some(digest(block)));
        for (from, to) in of(&trail, block, 100) {
            assert_eq!(from, to);
        }
    }
    assert!(of(&trail, 199, 100).len() > 10);
}
