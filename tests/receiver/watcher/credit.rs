//! What the receiver claims on the chain of a channel whose sender numbers its payments.

use std::sync::Arc;
use std::time::Duration;

use microraiden::chain::Node;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{ChannelId, Numbered, PaymentNumber, event};
use microraiden::receiver::{ChannelKey, ChannelStatus, NumberedRequest, ResourceHash};

use super::chain::{receiver_key, sender};
use super::{Setup, setup};
use crate::basics::{MANAGER, key, units};

/// Of a channel of deposit 100, 30 are charged and 60 accepted; proofs of 10, 40 and 60 are known.
async fn charged() -> Setup {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup.at(6).await;
    setup.chain.change(|s| s.deposit = Some(100));
    let id = ChannelId {
        sender: sender(),
        receiver: receiver_key().address(),
        open_block: 5,
    };
    for (number, balance) in [(1, 10), (6, 60), (4, 40)] {
        let payment = Payment {
            sender: id.sender,
            open_block: 5,
            proof: MANAGER.sign_balance(&key(1), &id, units(balance)),
            contract: None,
            receiver: None,
        };
        let request = NumberedRequest {
            numbered: Numbered {
                number: PaymentNumber::new(number).expect("a number"),
                agreed: units(10),
            },
            resource: ResourceHash([1; 16]),
            repeat: Duration::ZERO,
        };
        let charged = setup.receiver.charge(&payment, &request, units(10)).await;
        charged.expect("charged");
    }
    setup
}

/// The transactions that were sent by now.
fn sent(setup: &Setup) -> Vec<String> {
    let mut sent = Vec::new();
    setup.chain.change(|s| sent.clone_from(&s.sent));
    sent
}

/// An amount as an argument of a call.
fn word(amount: u64) -> String {
    format!("{amount:064x}")
}

#[tokio::test]
async fn a_close_request_is_disputed_only_below_what_was_charged() {
    for (requested, is_disputed) in [(0, true), (29, true), (30, false), (40, false), (60, false)] {
        let mut setup = charged().await;
        let request = event::signature::CLOSE_REQUESTED;
        setup.chain.log(7, request, Some(5), &[requested]);
        setup.at(8).await;
        let channel = setup.channel().await.expect("the channel");
        assert!(matches!(channel.status, ChannelStatus::Closing { .. }));
        assert_eq!(channel.payout.is_some(), is_disputed, "{requested}");
        let sent = sent(&setup);
        assert_eq!(sent.len(), usize::from(is_disputed), "{requested}");
        for sent in sent {
            // `cooperativeClose` with the lowest proof that covers 30.
            assert!(
                sent.contains("1c6f609b") && sent.contains(&word(40)),
                "{sent}"
            );
        }
    }
}

/// A withdrawal takes nothing that could still be given back, and its proof pays for nothing more.
#[tokio::test]
async fn a_withdrawal_takes_only_what_was_charged() {
    let mut setup = charged().await;
    let node = Node::new(setup.chain.clone());
    let claims = setup.receiver.withdrawable(&node, units(1)).await;
    let claims = claims.expect("the contract answers");
    let found: Vec<_> = claims
        .iter()
        .map(|claim| (claim.balance, claim.due))
        .collect();
    assert_eq!(found, [(units(10), units(10))]);
    let closable = setup.receiver.closable(&node).await;
    let closable = closable.expect("the contract answers");
    assert_eq!(closable.first().map(|claim| claim.balance), Some(units(40)));
    setup.receiver.withdraw_all(&claims).await.expect("begun");
    setup.at(9).await;
    let sent = sent(&setup);
    assert!(
        sent.iter()
            .all(|sent| sent.contains("a6b7fa36") && sent.contains(&word(10)))
    );
    assert_eq!(sent.len(), 1);
    let store = Arc::clone(&setup.receiver);
    let key = ChannelKey {
        sender: sender(),
        open_block: 5,
    };
    let kept = store.store().get(key).await.expect("memory");
    assert_eq!(kept.expect("the channel").status, ChannelStatus::Open);
}
