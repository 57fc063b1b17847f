//! Which disputes come first, which are not worth their gas, and the ether for them.

use crate::basics::{MANAGER, key, units};
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, ChannelId, event};
use microraiden::receiver::{ChainStatus, ChannelKey, PayoutTransaction};

use super::chain::{receiver_key, sender};
use super::{Setup, setup, setup_with};

fn channel_key(open_block: u32) -> ChannelKey {
    ChannelKey {
        sender: sender(),
        open_block,
    }
}

/// What one dispute may cost on this chain: 70,000 gas and a quarter more, at twice the base fee of 7
/// and a tip of 1.
const COST: u64 = 87_500 * 15;

/// Channels opened in blocks 1, 2, …, in which these amounts were paid.
async fn paid(setup: &mut Setup, amounts: &[u64]) {
    setup.chain.change(|s| {
        (s.deposit, s.nonces) = (Some(5_000_000), 1);
    });
    for (block, _) in (1..).zip(amounts) {
        let signature = event::signature::CREATED;
        setup.chain.log(block, signature, None, &[5_000_000]);
    }
    setup.at(20).await;
    for (open_block, amount) in (1..).zip(amounts) {
        let id = ChannelId {
            sender: sender(),
            receiver: receiver_key().address(),
            open_block,
        };
        let key = key(1);
        let payment = Payment {
            sender: id.sender,
            open_block,
            proof: MANAGER.sign_balance(&key, &id, units(*amount)),
            contract: None,
            receiver: None,
        };
        let paid = setup.receiver.accept(&payment, units(*amount)).await;
        paid.expect("paid");
    }
}

fn request_close(setup: &Setup, block: u64, open_block: u32, balance: u64) {
    let signature = event::signature::CLOSE_REQUESTED;
    setup
        .chain
        .log(block, signature, Some(open_block), &[balance]);
}

async fn attempt(setup: &Setup, open_block: u32) -> Option<PayoutTransaction> {
    setup.channel_of(open_block).await?.payout?.attempt
}

/// The open blocks of the channels that were closed, in the order of their transactions.
async fn order(setup: &Setup) -> Vec<u32> {
    let mut order = Vec::new();
    for open_block in 1..10 {
        if let Some(attempt) = attempt(setup, open_block).await {
            order.push((attempt.nonce, open_block));
        }
    }
    order.sort_unstable();
    order
        .into_iter()
        .map(|(_, open_block)| open_block)
        .collect()
}

/// With ether for five, the large one is not left out for five small ones.
#[tokio::test]
async fn the_most_at_stake_comes_first() {
    let mut setup = setup(1);
    paid(&mut setup, &[1, 1, 1, 1, 1, 1_000_000]).await;
    setup.chain.change(|s| s.ether = 5 * COST);
    for open_block in 1..=6 {
        request_close(&setup, 21, open_block, 0);
    }
    setup.at(21).await;
    assert_eq!(order(&setup).await, [6, 1, 2, 3, 4]);
    let disputes = setup.receiver.disputes();
    assert_eq!((disputes.waiting, disputes.failures), (6, 1));
    // What waits is reckoned with: nothing is sent that could not be paid.
    setup.at(22).await;
    assert_eq!(order(&setup).await.len(), 5);
    setup.chain.change(|s| s.ether = 6 * COST);
    setup.at(23).await;
    assert_eq!(order(&setup).await, [6, 1, 2, 3, 4, 5]);
}

/// It is the difference that counts, not the balance; of equal ones the one with fewer blocks left.
#[tokio::test]
async fn stakes_are_what_would_be_lost() {
    let mut setup = setup(1);
    paid(&mut setup, &[1000, 700, 900, 700, 500]).await;
    request_close(&setup, 24, 1, 999);
    request_close(&setup, 25, 2, 0);
    request_close(&setup, 23, 3, 800);
    request_close(&setup, 22, 4, 0);
    request_close(&setup, 21, 5, 499);
    setup.at(25).await;
    assert_eq!(order(&setup).await, [4, 2, 3, 5, 1]);
}

/// Those that were sent keep their nonces, whatever comes later.
#[tokio::test]
async fn what_was_sent_keeps_its_order() {
    let mut setup = setup(1);
    paid(&mut setup, &[1, 2, 1_000_000]).await;
    request_close(&setup, 21, 1, 0);
    setup.at(21).await;
    request_close(&setup, 22, 2, 0);
    setup.at(22).await;
    request_close(&setup, 23, 3, 0);
    setup.at(23).await;
    assert_eq!(order(&setup).await, [1, 2, 3]);
    // Also when fees are raised.
    for newest in 24..35 {
        setup.at(newest).await;
        assert_eq!(order(&setup).await, [1, 2, 3]);
    }
}

#[tokio::test]
async fn a_dispute_below_the_minimum_is_not_sent() {
    let mut setup = setup_with(|terms| terms.min_dispute = units(10));
    paid(&mut setup, &[9, 10, 15, 16, 5]).await;
    for (open_block, balance) in [(1, 0), (2, 0), (3, 6), (4, 6)] {
        request_close(&setup, 21, open_block, balance);
    }
    setup.at(21).await;
    assert_eq!(order(&setup).await, [2, 4]);
    let disputes = setup.receiver.disputes();
    assert_eq!(
        (disputes.waiting, disputes.skipped, disputes.failures),
        (2, 2, 0)
    );
    // What the operator closes is closed.
    assert_eq!(setup.receiver.force_close(channel_key(5)).await, Ok(true));
    setup.at(22).await;
    assert_eq!(order(&setup).await, [2, 4, 5]);
}

/// If it is known what a token is worth, the fee of the moment decides.
#[tokio::test]
async fn a_dispute_that_costs_more_than_it_brings_waits_for_a_lower_fee() {
    // A base unit is worth a wei. 105,342 gas at 15 wei.
    let worth = Amount::from_u128(1_000_000_000_000_000_000);
    let mut setup = setup_with(|terms| terms.token_worth = Some(worth));
    paid(&mut setup, &[1_580_129, 1_580_130]).await;
    for open_block in [1, 2] {
        request_close(&setup, 21, open_block, 0);
    }
    setup.at(21).await;
    assert_eq!(order(&setup).await, [2]);
    assert_eq!(setup.receiver.disputes().skipped, 1);
    setup.chain.change(|s| s.base_fee = Some(6));
    setup.at(22).await;
    assert_eq!(order(&setup).await, [2, 1]);
    assert_eq!(setup.receiver.disputes().skipped, 0);
}

/// Without terms of the operator each dispute is sent, however little it brings.
#[tokio::test]
async fn by_default_no_dispute_is_skipped() {
    let mut setup = setup(1);
    paid(&mut setup, &[1]).await;
    request_close(&setup, 21, 1, 0);
    setup.at(21).await;
    assert_eq!(order(&setup).await, [1]);
}

/// Nothing is sold without the ether for some disputes at the fee of the moment.
#[tokio::test]
async fn the_fee_decides_how_much_ether_is_enough() {
    // 105,342 gas and a quarter more, at twice the base fee and a tip of 1.
    let needed = |disputes: u64, base_fee: u64| disputes * 131_677 * (2 * base_fee + 1);
    for disputes in [3, 7] {
        let mut setup = setup_with(|terms| {
            assert_eq!(terms.covered_disputes, 3);
            terms.covered_disputes = u32::try_from(disputes).expect("few");
        });
        let gwei = 1_000_000_000;
        for (newest, base_fee) in [(20, 7), (21, gwei), (22, 30 * gwei), (23, 7)] {
            setup.chain.change(|s| {
                s.base_fee = Some(base_fee.into());
                s.ether = needed(disputes, base_fee);
            });
            setup.at(newest).await;
            assert_eq!(setup.receiver.status(), ChainStatus::Ready, "at {base_fee}");
            setup.chain.change(|s| s.ether -= 1);
            setup.at(newest).await;
            let status = setup.receiver.status();
            assert_eq!(status, ChainStatus::EtherTooLow, "at {base_fee}");
        }
    }
}

/// A token whose transfers take more gas makes disputes dearer: the last one tells.
#[tokio::test]
async fn the_gas_that_disputes_take_is_reckoned_with() {
    let mut setup = setup(1);
    paid(&mut setup, &[1]).await;
    request_close(&setup, 21, 1, 0);
    let enough = 3 * 131_677 * 15;
    setup
        .chain
        .change(|s| (s.gas, s.ether) = (Some(200_000), enough));
    setup.at(21).await;
    assert_eq!(order(&setup).await, [1]);
    setup.at(22).await;
    assert_eq!(setup.receiver.status(), ChainStatus::EtherTooLow);
    setup.chain.change(|s| s.ether = 3 * 250_000 * 15);
    setup.at(23).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
}
