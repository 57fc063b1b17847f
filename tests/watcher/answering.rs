//! Close requests below the accepted balance, at a node that makes mistakes.

use std::sync::Arc;

use microraiden::chain::Node;
use microraiden::protocol::event;
use microraiden::receiver::Watcher;

use super::setup;

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
