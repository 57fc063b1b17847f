//! Answers to close requests below the accepted balance, through real contracts on a real chain.
#![cfg(all(feature = "sqlite", not(target_arch = "wasm32")))]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

mod chain;

use std::sync::Arc;

use microraiden::chain::http::HttpTransport;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, ChannelId, Generation, PrivateKey, Uint256};
use microraiden::receiver::{
    ChainStatus, Channel, ChannelKey, Identity, Receiver, Refused, SqliteStore, Status, Watcher,
};
use tempfile::TempDir;

use chain::{Chain, ETHER};

fn units(amount: u64) -> Amount {
    Amount::from_u64(amount)
}

fn key(byte: u8) -> PrivateKey {
    PrivateKey::from_bytes(&[byte; 32]).expect("a key")
}

/// A receiver with one channel of deposit 100, in which 40 was paid.
struct Setup {
    chain: Chain,
    folder: TempDir,
    channel: ChannelId,
    receiver: Arc<Receiver>,
    watcher: Watcher<HttpTransport>,
}

impl Setup {
    async fn new(generation: Generation) -> Self {
        let chain = Chain::start(generation).await;
        chain.set_ether(key(2).address(), ETHER).await;
        let folder = TempDir::new().expect("a folder");
        let (receiver, watcher) = start(&chain, &folder);
        let channel = chain.open(&key(1), key(2).address(), units(100)).await;
        let mut setup = Self {
            chain,
            folder,
            channel,
            receiver,
            watcher,
        };
        setup.look().await;
        assert!(setup.pay(40).await.is_ok());
        setup
    }

    /// As after a crash: nothing is left but the file.
    fn restart(&mut self) {
        (self.receiver, self.watcher) = start(&self.chain, &self.folder);
    }

    async fn look(&mut self) {
        self.watcher.poll().await.expect("the chain answers");
    }

    async fn pay(&self, balance: u64) -> Result<(), Refused> {
        let manager = self.chain.contract.manager;
        let payment = Payment {
            sender: self.channel.sender,
            open_block: self.channel.open_block,
            proof: manager.sign_balance(&key(1), &self.channel, units(balance)),
            contract: None,
            receiver: None,
        };
        let before = self.stored().await.map_or(Amount::ZERO, |c| c.balance());
        let price = units(balance).saturating_sub(before);
        self.receiver.accept(&payment, price).await.map(drop)
    }

    async fn request_close(&self, balance: u64) {
        let manager = self.chain.contract.manager;
        let proof = manager.sign_balance(&key(1), &self.channel, units(balance));
        self.chain.request_close(&self.channel, &proof).await;
    }

    async fn stored(&self) -> Option<Channel> {
        let key = ChannelKey::from(&self.channel);
        self.receiver.store().get(key).await.expect("read")
    }

    /// Who got what in the end.
    async fn assert_paid_out(&mut self) {
        assert!(self.chain.is_settled(&self.channel).await);
        let tokens = [key(2).address(), self.channel.sender];
        let tokens = [
            self.chain.tokens(tokens[0]).await,
            self.chain.tokens(tokens[1]).await,
        ];
        assert_eq!(tokens, [Uint256::new(40), Uint256::new(60)]);
        self.look().await;
        assert_eq!(self.stored().await, None);
    }
}

fn start(chain: &Chain, folder: &TempDir) -> (Arc<Receiver>, Watcher<HttpTransport>) {
    let identity = Identity::new(&chain.contract, key(2).address());
    let store = SqliteStore::open(folder.path().join("channels.db"), &identity);
    let store = Arc::new(store.expect("opened"));
    let receiver = Arc::new(Receiver::new(chain.contract, key(2), store));
    let watcher = Watcher::new(chain.node.clone(), Arc::clone(&receiver), 1, 0);
    (receiver, watcher)
}

/// R5, R12: in both generations the proof wins, and nothing is paid any more meanwhile.
#[tokio::test]
async fn a_close_request_below_the_balance_is_answered() {
    for generation in Generation::ALL {
        let mut setup = Setup::new(generation).await;
        setup.request_close(10).await;
        setup.chain.stop_mining().await;
        setup.look().await;
        let closing = setup.stored().await.expect("the channel");
        assert!(matches!(closing.status, Status::Closing { .. }));
        assert_eq!(setup.pay(41).await, Err(Refused::NonexistingChannel));
        setup.chain.mine_at(Uint256::new(1)).await;
        setup.assert_paid_out().await;
    }
}

/// A request with the accepted balance is the sender's right: the receiver spends no ether on it.
#[tokio::test]
async fn a_true_close_request_is_left_alone() {
    let mut setup = Setup::new(Generation::V02).await;
    setup.request_close(40).await;
    setup.look().await;
    setup.look().await;
    let closing = setup.stored().await.expect("the channel");
    assert!(matches!(closing.status, Status::Closing { .. }));
    assert_eq!(closing.payout, None);
    assert!(!setup.chain.is_settled(&setup.channel).await);
    let sent = setup.chain.node.next_nonce(key(2).address()).await;
    assert_eq!(sent, Ok(0));
}

/// The fee rises until the answer is mined, also after a restart and where the node forgot it.
#[tokio::test]
async fn an_answer_that_is_not_mined_is_sent_again_with_a_higher_fee() {
    let mut setup = Setup::new(Generation::V02).await;
    setup.request_close(10).await;
    setup.chain.stop_mining().await;
    setup.chain.mine_at(Uint256::new(1_000_000_000)).await;
    setup.look().await;
    let account = key(2).address();
    let mut fees = setup.chain.waiting_fees(account).await;
    assert_eq!(fees.len(), 1);
    for round in 0..3 {
        let newest = fees[round];
        let base_fee = if round == 0 {
            // The node forgets it, and suggests no more than before.
            let account = serde_json::json!([account.to_string()]);
            let forget = "anvil_removePoolTransactions";
            setup.chain.ask(forget, account).await;
            Uint256::new(1_000_000_000)
        } else {
            // Blocks that are too dear for it.
            newest + 1
        };
        for _ in 0..3 {
            setup.chain.mine_at(base_fee).await;
        }
        if round == 1 {
            setup.restart();
        }
        setup.look().await;
        let waiting = setup.chain.waiting_fees(account).await;
        assert_eq!(waiting.len(), 1, "one replaces the other");
        assert!(waiting[0] > newest + newest / 10, "{waiting:?}");
        fees.push(waiting[0]);
        // Before its time it is not raised again.
        setup.look().await;
        assert_eq!(setup.chain.waiting_fees(account).await, waiting);
    }
    assert_eq!(setup.chain.node.mined_nonce(account).await, Ok(0));
    setup.chain.mine_at(Uint256::new(1)).await;
    setup.assert_paid_out().await;
    assert_eq!(setup.chain.node.mined_nonce(account).await, Ok(1));
}

/// Without ether nothing can be sent; when some arrives, the answer is.
#[tokio::test]
async fn ether_may_arrive_late() {
    let mut setup = Setup::new(Generation::V01).await;
    setup.chain.set_ether(key(2).address(), 1).await;
    setup.request_close(10).await;
    for _ in 0..3 {
        setup.look().await;
        assert_eq!(setup.receiver.status(), ChainStatus::EtherTooLow);
        assert!(!setup.chain.is_settled(&setup.channel).await);
    }
    setup.restart();
    setup.chain.set_ether(key(2).address(), ETHER).await;
    setup.look().await;
    setup.assert_paid_out().await;
}
