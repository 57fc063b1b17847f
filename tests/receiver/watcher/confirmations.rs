//! Channels and top ups whose blocks have too few confirmations.

use crate::basics::units;
use std::collections::BTreeMap;

use microraiden::protocol::{Amount, event};
use microraiden::receiver::{AcceptError, ChannelStatus};

use super::{Setup, setup};

/// The channel of block 5, with this deposit.
fn create(setup: &Setup, deposit: u64) {
    setup
        .chain
        .log(5, event::signature::CREATED, None, &[deposit]);
}

fn top_up(setup: &Setup, block: u64, added: u64) {
    setup
        .chain
        .log(block, event::signature::TOPPED_UP, Some(5), &[added]);
}

async fn unconfirmed_top_ups(setup: &Setup) -> Vec<Amount> {
    let channel = setup.channel().await.expect("the channel");
    channel.unconfirmed_top_ups.into_values().collect()
}

/// R2: closing a channel that is not confirmed: first it is, then the closing; never lost.
#[tokio::test]
async fn a_channel_may_be_closed_before_it_is_confirmed() {
    let mut setup = setup(3);
    create(&setup, 100);
    setup
        .chain
        .log(6, event::signature::CLOSE_REQUESTED, Some(5), &[0]);
    let closing = ChannelStatus::Closing { settle_block: 506 };
    let expected = [
        (6, ChannelStatus::Unconfirmed),
        (7, ChannelStatus::Open),
        (8, closing),
        (9, closing),
    ];
    for (newest, status) in expected {
        setup.at(newest).await;
        assert_eq!(setup.status().await, Some(status), "at {newest}");
        let paid = setup.pay(1).await;
        assert_eq!(paid, Err(AcceptError::NonexistingChannel), "at {newest}");
    }
}

/// R2: settled before anything of it was confirmed.
#[tokio::test]
async fn a_channel_may_be_settled_before_it_is_confirmed() {
    let mut setup = setup(3);
    create(&setup, 100);
    setup
        .chain
        .log(6, event::signature::SETTLED_V02, Some(5), &[0, 0]);
    for newest in 6..8 {
        setup.at(newest).await;
        assert!(setup.pay(1).await.is_err(), "at {newest}");
    }
    setup.at(8).await;
    assert_eq!(setup.status().await, None);
}

/// R5: a top up of a channel that is not confirmed itself counts once, in whatever order the two are
/// confirmed.
#[tokio::test]
async fn a_top_up_of_an_unconfirmed_channel_counts_once() {
    for block in [5, 6] {
        let mut setup = setup(3);
        create(&setup, 100);
        top_up(&setup, block, 20);
        for newest in 5..=7 {
            setup.at(newest).await;
            let sum = [100, 100, if block == 5 { 120 } else { 100 }];
            let expected = units(sum[usize::try_from(newest - 5).expect("small")]);
            assert_eq!(setup.deposit().await, expected, "at {newest}");
        }
        for newest in 8..=10 {
            setup.at(newest).await;
            assert_eq!(setup.deposit().await, units(120), "at {newest}");
            assert_eq!(unconfirmed_top_ups(&setup).await, []);
        }
    }
}

/// R5: several top ups are noted apart by transaction, and summed up within one.
#[tokio::test]
async fn top_ups_are_noted_by_transaction() {
    let mut setup = setup(3);
    create(&setup, 100);
    setup.at(10).await;
    for added in [20, 3, 4] {
        top_up(&setup, 11, added);
    }
    setup.chain.change(|s| {
        let of_the_second = s.logs[2].transaction;
        s.logs[3].transaction = of_the_second;
    });
    top_up(&setup, 12, 50);
    setup.at(12).await;
    let mut noted = unconfirmed_top_ups(&setup).await;
    noted.sort();
    assert_eq!(noted, [units(7), units(20), units(50)]);
    assert_eq!(setup.deposit().await, units(100));
    setup.at(13).await;
    assert_eq!(unconfirmed_top_ups(&setup).await, [units(50)]);
    assert_eq!(setup.deposit().await, units(127));
    setup.at(14).await;
    assert_eq!(setup.deposit().await, units(177));
}

/// R11: a top up that is not confirmed vanishes with its block; the confirmed channel stays.
#[tokio::test]
async fn a_reorganisation_takes_back_a_top_up() {
    let mut setup = setup(3);
    create(&setup, 100);
    setup.at(8).await;
    assert!(setup.pay(1).await.is_ok());
    top_up(&setup, 9, 20);
    setup.at(10).await;
    assert_eq!(unconfirmed_top_ups(&setup).await, [units(20)]);
    setup.chain.take_last_log();
    setup.chain.change(|s| s.fork.push((9, 1)));
    setup.at(11).await;
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(channel.unconfirmed_top_ups, BTreeMap::new());
    assert_eq!(
        (channel.status, channel.deposit, channel.balance()),
        (ChannelStatus::Open, units(100), units(1))
    );
    setup.at(20).await;
    assert_eq!(setup.deposit().await, units(100));
}

/// Defect 14: closed and opened again within one block it is a new channel, in which the contract
/// takes the old proofs. Here, too, each counts once.
#[tokio::test]
async fn a_channel_may_be_opened_again_in_its_block() {
    let mut setup = setup(1);
    create(&setup, 100);
    setup
        .chain
        .log(5, event::signature::SETTLED_V02, Some(5), &[4, 4]);
    create(&setup, 70);
    setup.at(5).await;
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(
        (channel.status, channel.deposit, channel.proof()),
        (ChannelStatus::Open, units(70), None)
    );
    assert!(setup.pay(1).await.is_ok());
    assert!(matches!(
        setup.pay(1).await,
        Err(AcceptError::NothingPaid(_))
    ));
}
