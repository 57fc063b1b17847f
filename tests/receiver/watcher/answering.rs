//! Close requests below the accepted balance, at a node that makes mistakes.

use std::sync::Arc;

use microraiden::chain::Node;
use microraiden::chain::fee;
use microraiden::protocol::{Uint256, event};
use microraiden::receiver::{PayoutTransaction, Watcher};

use super::{Setup, setup};

/// Defect 34: whatever a node refuses, the answer stays due, in the store, and is sent when the node
/// is well again.
#[tokio::test]
async fn an_answer_stays_due_whatever_fails() {
    let methods = [
        "eth_blockNumber",
        "eth_getBalance",
        "eth_getBlockByNumber",
        "eth_getLogs",
        "eth_call",
        "eth_estimateGas",
        "eth_getTransactionCount",
        "eth_sendRawTransaction",
    ];
    for method in methods {
        let mut setup = setup(1);
        setup.chain.log(5, event::signature::CREATED, None, &[100]);
        setup.at(6).await;
        assert!(setup.pay(1).await.is_ok());
        setup
            .chain
            .change(|s| (s.deposit, s.newest) = (Some(100), 8));
        let request = event::signature::CLOSE_REQUESTED;
        setup.chain.log(7, request, Some(5), &[0]);
        setup.chain.change(|s| s.failing = Some(method));
        for _ in 0..3 {
            // Some failures are of the look itself, some of the answer alone.
            let _ = setup.watcher.poll().await;
        }
        setup.chain.change(|s| {
            s.failing = None;
            s.sent.clear();
        });
        // As after a restart: what is due comes from the store.
        let node = Node::new(setup.chain.clone());
        let mut next = Watcher::new(node, Arc::clone(&setup.receiver), 1, 0);
        next.poll().await.expect("the node is well");
        let mut sent = Vec::new();
        setup.chain.change(|s| sent.clone_from(&s.sent));
        assert_eq!(sent.len(), 1, "{method}");
        assert_eq!(setup.receiver.disputes().waiting, 1);
        // `cooperativeClose`
        assert!(sent[0].contains("1c6f609b"), "{method}");
        setup
            .chain
            .log(9, event::signature::SETTLED_V02, Some(5), &[1, 1]);
        setup.at(9).await;
        assert_eq!(setup.status().await, None);
        assert_eq!(setup.receiver.disputes().waiting, 0);
    }
}

/// A channel of deposit 100 in which 1 was paid, and whose sender requests closing with nothing.
async fn cheated(setup: &mut Setup) {
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup.at(6).await;
    assert!(setup.pay(1).await.is_ok());
    setup.chain.change(|s| s.deposit = Some(100));
    let request = event::signature::CLOSE_REQUESTED;
    setup.chain.log(7, request, Some(5), &[0]);
}

async fn attempt(setup: &Setup) -> Option<PayoutTransaction> {
    setup.channel().await?.payout?.attempt
}

/// A node that asks for any fee gets no more than the limit offered, now and when the fee is raised.
#[tokio::test]
async fn no_node_makes_the_receiver_offer_all_its_ether() {
    const ETHER: u128 = 1_000_000_000_000_000_000;
    const GWEI: u128 = 1_000_000_000;
    for (base_fee, tip, paid, limit) in [
        (ETHER, ETHER, None, 500 * GWEI),
        (30 * GWEI, ETHER, None, 500 * GWEI),
        (ETHER, ETHER, Some(vec![ETHER; 20]), 500 * GWEI),
        (30 * GWEI, ETHER, Some(vec![20 * GWEI; 20]), 200 * GWEI),
    ] {
        let mut setup = setup(1);
        cheated(&mut setup).await;
        setup.chain.change(|s| {
            (s.base_fee, s.tip) = (Some(base_fee), Some(tip));
            s.paid = paid;
        });
        for newest in 7..60 {
            setup.at(newest).await;
            let Some(attempt) = attempt(&setup).await else {
                panic!("nothing was sent");
            };
            let price = fee::worst_cost(&attempt.fee, 1, Uint256::ZERO);
            let most = if newest < 10 { limit } else { 500 * GWEI };
            assert!(price <= Uint256::new(most), "{price} at {newest}");
        }
    }
    // However much gas it names.
    let mut setup = setup(1);
    cheated(&mut setup).await;
    setup.chain.change(|s| {
        (s.base_fee, s.gas) = (Some(30 * GWEI), Some(30_000_000));
    });
    setup.at(7).await;
    assert_eq!(attempt(&setup).await, None);
    assert_eq!(setup.receiver.disputes().failures, 1);
    setup.chain.change(|s| s.gas = Some(90_000));
    setup.at(8).await;
    assert!(attempt(&setup).await.is_some());
}
