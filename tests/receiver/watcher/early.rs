//! Payments in channels that the last poll did not show.

use std::sync::Arc;
use std::time::{Duration, Instant};

use microraiden::protocol::ChannelId;
use microraiden::protocol::event::signature;
use microraiden::protocol::header::Payment;
use microraiden::receiver::{AcceptError, ChainStatus, Receiver};
use tokio::task::JoinHandle;

use super::chain::{ScriptedNode, receiver_key, sender};
use super::{Setup, setup};
use crate::basics::{MANAGER, key, units};

/// The next poll that nobody asks for.
const INTERVAL: Duration = Duration::from_secs(3600);

struct Followed {
    chain: ScriptedNode,
    receiver: Arc<Receiver>,
    polling: JoinHandle<()>,
}

/// Polled once, at block 10.
async fn followed(confirmations: u64) -> Followed {
    let Setup {
        chain,
        receiver,
        watcher,
    } = setup(confirmations);
    let polling = tokio::spawn(watcher.follow(INTERVAL));
    while receiver.status() != ChainStatus::Ready {
        tokio::task::yield_now().await;
    }
    Followed {
        chain,
        receiver,
        polling,
    }
}

fn payment(of: u8, open_block: u32, balance: u64) -> Payment {
    let id = ChannelId {
        sender: key(of).address(),
        receiver: receiver_key().address(),
        open_block,
    };
    Payment {
        sender: id.sender,
        open_block,
        proof: MANAGER.sign_balance(&key(of), &id, units(balance)),
        contract: None,
        receiver: None,
    }
}

impl Followed {
    fn grow(&self, newest: u64) {
        self.chain.change(|s| s.newest = newest);
    }

    async fn pay(&self, open_block: u32, balance: u64) -> bool {
        let payment = payment(1, open_block, balance);
        self.receiver.accept(&payment, units(1)).await.is_ok()
    }

    /// How many blocks the node was asked about.
    fn polls(&self) -> usize {
        self.chain.asked().len()
    }
}

/// A channel, its confirmation and its top up are known by the first payment that needs them.
#[tokio::test]
async fn the_first_payment_has_the_chain_polled() {
    let seller = followed(1).await;
    seller.chain.log(11, signature::CREATED, None, &[1]);
    seller.grow(11);
    assert!(seller.pay(11, 1).await);

    let seller = followed(3).await;
    seller.chain.log(11, signature::CREATED, None, &[1]);
    seller.grow(12);
    // One confirmation is missing, whoever asks.
    let refused = seller.receiver.accept(&payment(1, 11, 1), units(1)).await;
    assert_eq!(refused, Err(AcceptError::Unconfirmed));
    seller.grow(13);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(seller.pay(11, 1).await);
    seller.chain.log(14, signature::TOPPED_UP, Some(11), &[1]);
    seller.grow(16);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(seller.pay(11, 2).await);
}

/// What nobody signed, and what was looked for a moment ago, costs no request.
#[tokio::test]
async fn polls_for_payments_are_bounded() {
    let seller = followed(1).await;
    let forged = Payment {
        sender: sender(),
        ..payment(3, 11, 1)
    };
    seller.grow(11);
    let polls = seller.polls();
    let refused = seller.receiver.accept(&forged, units(1)).await;
    assert_eq!(refused, Err(AcceptError::NonexistingChannel));
    assert_eq!(seller.polls(), polls);
    // The sender's first one asks, those after it don't.
    assert!(!seller.pay(11, 1).await);
    let polls = seller.polls();
    seller.grow(12);
    let began = Instant::now();
    for open_block in 11..50 {
        assert!(!seller.pay(open_block, 1).await);
    }
    if began.elapsed() < Duration::from_millis(400) {
        assert_eq!(seller.polls(), polls);
    }
    // Many senders share the polls.
    let (polls, began) = (seller.polls(), Instant::now());
    for newest in 13..16 {
        seller.grow(newest);
        let of = u8::try_from(newest).expect("small");
        let payment = payment(of, 11, 1);
        assert!(seller.receiver.accept(&payment, units(1)).await.is_err());
    }
    assert_eq!(seller.polls(), polls + 3);
    assert!(began.elapsed() > Duration::from_millis(400));
}

/// Nobody waits for a watcher that has stopped.
#[tokio::test]
async fn without_a_watcher_the_answer_comes_at_once() {
    let seller = followed(1).await;
    seller.polling.abort();
    while !seller.polling.is_finished() {
        tokio::task::yield_now().await;
    }
    seller.chain.log(11, signature::CREATED, None, &[1]);
    seller.grow(11);
    let began = Instant::now();
    assert!(!seller.pay(11, 1).await);
    assert!(began.elapsed() < Duration::from_secs(2));
}
