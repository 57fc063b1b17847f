//! Nodes that answer null, answer short, lag, or jump back: nothing is sold and nothing is forgotten.

use crate::basics::units;
use std::sync::Arc;

use microraiden::chain::Node;
use microraiden::protocol::event;
use microraiden::receiver::Watcher;
use microraiden::receiver::{ChainStatus, ChannelStatus};

use super::{Setup, setup};

fn create(setup: &Setup, block: u64) {
    setup
        .chain
        .log(block, event::signature::CREATED, None, &[100]);
}

/// A channel is made at block 5 and settled at 240,000, and the node says null of just that block:
/// what it was in between is not sold in.
#[tokio::test]
async fn nothing_is_sold_while_a_block_is_null() {
    let mut setup = setup(1);
    create(&setup, 5);
    setup
        .chain
        .log(240_000, event::signature::SETTLED_V02, Some(5), &[0, 0]);
    setup.chain.change(|s| s.unknown = vec![240_000]);
    for _ in 0..3 {
        setup.at(240_000).await;
        assert_ne!(setup.receiver.status(), ChainStatus::Ready);
        assert!(setup.pay(1).await.is_err());
    }
    setup.chain.change(|s| s.unknown.clear());
    setup.at(240_000).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    assert_eq!(setup.status().await, None);
}

/// The same of a receiver that was ready before: what it missed meanwhile may be a settlement.
#[tokio::test]
async fn a_null_stops_a_receiver_that_was_ready() {
    let mut setup = setup(1);
    create(&setup, 5);
    setup.at(10).await;
    assert!(setup.pay(1).await.is_ok());
    setup
        .chain
        .log(11, event::signature::SETTLED_V02, Some(5), &[0, 0]);
    setup.chain.change(|s| s.unknown = vec![11]);
    setup.at(11).await;
    assert_ne!(setup.receiver.status(), ChainStatus::Ready);
    assert!(setup.pay(2).await.is_err());
}

/// The last applied block is null for once, or for long: that is no reorganisation.
#[tokio::test]
async fn a_null_resets_nothing() {
    let mut setup = setup(1);
    create(&setup, 5);
    setup.at(10).await;
    assert!(setup.pay(40).await.is_err());
    assert!(setup.pay(1).await.is_ok());
    let before = setup.channel().await;
    setup.chain.change(|s| s.unknown = vec![10]);
    for newest in 10..13 {
        setup.at(newest).await;
        assert_eq!(setup.channel().await, before, "at {newest}");
        assert_ne!(setup.receiver.status(), ChainStatus::Ready);
    }
    setup.chain.change(|s| s.unknown.clear());
    setup.at(13).await;
    assert_eq!(setup.channel().await, before);
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    assert!(setup.pay(2).await.is_ok());
}

/// A null that is gone when asked again stops nobody: one back end of a load balancer is a block
/// behind.
#[tokio::test]
async fn a_null_for_once_is_asked_again() {
    let mut setup = setup(1);
    create(&setup, 5);
    setup.at(10).await;
    for newest in 11..20 {
        // The first is about the head's time, the second about what was applied.
        setup.chain.change(|s| s.nulls = 2);
        setup.at(newest).await;
        assert_eq!(setup.receiver.status(), ChainStatus::Ready, "at {newest}");
        assert_eq!(setup.status().await, Some(ChannelStatus::Open));
    }
    assert_eq!(setup.receiver.chain_faults().unknown, 9);
    assert_eq!(setup.receiver.chain_faults().rollbacks, 0);
}

/// A back end that is behind answers `[]` for the newest block, and no block comes after it: the channel is
/// known, and so is a close request.
#[tokio::test]
async fn events_of_the_newest_block_are_not_lost() {
    let mut setup = setup(1);
    setup.at(10).await;
    create(&setup, 11);
    setup.chain.change(|s| s.behind = 1);
    setup.at(11).await;
    let opened = setup.channel_of(11).await.map(|channel| channel.status);
    assert_eq!(opened, Some(ChannelStatus::Open));
    setup
        .chain
        .log(12, event::signature::CLOSE_REQUESTED, Some(11), &[0]);
    setup.chain.change(|s| s.behind = 1);
    setup.at(13).await;
    let closing = setup.channel_of(11).await.map(|channel| channel.status);
    assert_eq!(closing, Some(ChannelStatus::Closing { settle_block: 512 }));
    assert_eq!(setup.receiver.chain_faults().rollbacks, 0);
}

/// The same of events: a back end that is behind refuses the question.
#[tokio::test]
async fn a_refusal_for_once_is_asked_again() {
    for confirmations in [1, 3] {
        let mut setup = setup(confirmations);
        create(&setup, 5);
        setup.at(10).await;
        setup.at(11).await;
        for newest in 12..20 {
            // Of several blocks first, then of one.
            setup.chain.change(|s| s.refusals = 3);
            setup.at(newest).await;
            assert_eq!(setup.receiver.status(), ChainStatus::Ready, "at {newest}");
        }
        assert!(setup.receiver.chain_faults().failed > 0);
    }
}

/// A close request that was seen without enough confirmations stays seen when the head is a block lower
/// at the next look.
#[tokio::test]
async fn a_lower_head_does_not_forget_a_close_request() {
    let mut setup = setup(3);
    create(&setup, 5);
    setup.at(10).await;
    assert!(setup.pay(1).await.is_ok());
    setup
        .chain
        .log(11, event::signature::CLOSE_REQUESTED, Some(5), &[1]);
    for newest in [11, 10, 9, 11] {
        setup.at(newest).await;
        assert!(setup.pay(2).await.is_err(), "at {newest}");
    }
}

/// An answer that leaves out a settlement is found out by the next one.
#[tokio::test]
async fn a_short_answer_is_found_out_by_the_next_one() {
    let mut setup = setup(1);
    create(&setup, 5);
    setup.at(10).await;
    setup.at(12).await;
    // There was a settlement in block 11 all the time.
    setup
        .chain
        .log(11, event::signature::SETTLED_V02, Some(5), &[0, 0]);
    setup.at(13).await;
    assert_eq!(setup.status().await, None);
    assert!(setup.pay(1).await.is_err());
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    assert_eq!(setup.receiver.chain_faults().short, 1);
    // And the other way round: a channel that never was.
    create(&setup, 14);
    setup.at(14).await;
    assert!(setup.channel_of(14).await.is_some());
    setup.chain.take_last_log();
    setup.at(15).await;
    assert!(setup.channel_of(14).await.is_none());
    assert_eq!(setup.receiver.chain_faults().short, 2);
}

/// What a watcher read is known to the next one: a restart hides no answer that was short.
#[tokio::test]
async fn a_short_answer_is_found_out_after_a_restart() {
    let mut setup = setup(1);
    create(&setup, 5);
    for newest in [10, 11, 12] {
        setup.at(newest).await;
    }
    // There was a settlement in block 11 all the time.
    setup
        .chain
        .log(11, event::signature::SETTLED_V02, Some(5), &[0, 0]);
    let node = Node::new(setup.chain.clone());
    setup.watcher = Watcher::new(node, Arc::clone(&setup.receiver), 1, 0);
    setup.at(13).await;
    assert_eq!(setup.status().await, None);
    assert!(setup.pay(1).await.is_err());
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    assert_eq!(setup.receiver.chain_faults().short, 1);
}

/// Events of many blocks, as after an outage: no later look asks for them again, so they are asked for twice.
#[tokio::test]
async fn a_short_answer_of_many_blocks_is_not_believed() {
    let mut setup = setup(1);
    create(&setup, 5);
    setup.at(10).await;
    setup
        .chain
        .log(50, event::signature::SETTLED_V02, Some(5), &[0, 0]);
    setup
        .chain
        .change(|script| (script.newest, script.short) = (200, 1));
    let _ = setup.watcher.poll().await;
    assert!(setup.pay(1).await.is_err());
    setup.at(200).await;
    setup.at(201).await;
    assert_eq!(setup.status().await, None);
    assert_eq!(setup.receiver.chain_faults().short, 1);
}

/// A node that jumps back far does not know what was applied: nothing is sold by its word, and
/// nothing is forgotten. One that is a little behind tells nothing new.
#[tokio::test]
async fn a_node_that_jumps_back_sells_nothing_and_forgets_nothing() {
    let mut setup = setup(1);
    create(&setup, 5);
    setup
        .chain
        .log(90, event::signature::TOPPED_UP, Some(5), &[20]);
    setup.at(100).await;
    assert!(setup.pay(1).await.is_ok());
    let before = setup.channel().await;
    for newest in [99, 97] {
        setup.at(newest).await;
        assert_eq!(setup.receiver.status(), ChainStatus::Ready, "at {newest}");
    }
    for newest in [96, 50, 4] {
        setup.at(newest).await;
        assert_ne!(setup.receiver.status(), ChainStatus::Ready, "at {newest}");
        assert!(setup.pay(2).await.is_err());
        assert_eq!(setup.channel().await, before);
    }
    setup.at(101).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    assert_eq!(setup.deposit().await, units(120));
    assert!(setup.pay(2).await.is_ok());
}
