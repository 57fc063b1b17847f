//! A receiver and its channel.

use std::sync::Arc;

use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, ChannelId, Generation, Uint256};
use microraiden::receiver::{AcceptError, Channel, ChannelKey, Identity, Receiver, Watcher, store};
use microraiden::tls::Trust;
use tempfile::TempDir;

use crate::basics::{key, units};
use crate::chain::{AnvilChain, ETHER};
use crate::patient::Patient;

/// A receiver with one channel of deposit 100, in which 40 was paid.
pub(crate) struct Setup {
    pub(crate) chain: AnvilChain,
    pub(crate) keep: Keep,
    pub(crate) channel: ChannelId,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) watcher: Watcher<Patient>,
}

/// Where the channels are.
pub(crate) enum Keep {
    File(TempDir),
    #[cfg(feature = "postgres")]
    Database(crate::cluster::Cluster),
}

impl Keep {
    pub(crate) fn place(&self) -> String {
        match self {
            Self::File(folder) => folder.path().join("channels.db").display().to_string(),
            #[cfg(feature = "postgres")]
            Self::Database(cluster) => cluster.url("postgres"),
        }
    }
}

impl Setup {
    pub(crate) async fn new(generation: Generation) -> Self {
        let folder = TempDir::new().expect("a folder");
        Self::over(Keep::File(folder), generation).await
    }

    pub(crate) async fn over(keep: Keep, generation: Generation) -> Self {
        let chain = AnvilChain::start(generation).await;
        chain.set_ether(key(2).address(), ETHER).await;
        let (receiver, watcher) = start(&chain, &keep).await;
        let channel = chain.open(&key(1), key(2).address(), units(100)).await;
        let mut setup = Self {
            chain,
            keep,
            channel,
            receiver,
            watcher,
        };
        setup.look().await;
        assert!(setup.pay(40).await.is_ok());
        setup
    }

    /// As after a crash: nothing is left but what was stored.
    pub(crate) async fn restart(&mut self) {
        (self.receiver, self.watcher) = start(&self.chain, &self.keep).await;
    }

    pub(crate) async fn look(&mut self) {
        self.watcher.poll().await.expect("the chain answers");
    }

    pub(crate) async fn pay(&self, balance: u64) -> Result<(), AcceptError> {
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

    pub(crate) async fn request_close(&self, balance: u64) {
        let manager = self.chain.contract.manager;
        let proof = manager.sign_balance(&key(1), &self.channel, units(balance));
        self.chain.request_close(&self.channel, &proof).await;
    }

    pub(crate) async fn stored(&self) -> Option<Channel> {
        let key = ChannelKey::from(&self.channel);
        self.receiver.store().get(key).await.expect("read")
    }

    /// Who got what in the end.
    pub(crate) async fn assert_paid_out(&mut self) {
        assert!(self.chain.is_settled(&self.channel).await);
        self.assert_tokens().await;
        self.look().await;
        assert_eq!(self.stored().await, None);
    }

    pub(crate) async fn assert_tokens(&self) {
        let tokens = [key(2).address(), self.channel.sender];
        let tokens = [
            self.chain.tokens(tokens[0]).await,
            self.chain.tokens(tokens[1]).await,
        ];
        assert_eq!(tokens, [Uint256::new(40), Uint256::new(60)]);
    }
}

async fn start(chain: &AnvilChain, keep: &Keep) -> (Arc<Receiver>, Watcher<Patient>) {
    let identity = Identity::new(&chain.contract, key(2).address());
    let trust = Trust::system().expect("TLS works");
    let store = store::open_at(Some(&keep.place()), &identity, &trust).await;
    let receiver = Receiver::new(chain.contract, key(2), store.expect("opened"));
    let receiver = Arc::new(receiver);
    let watcher = Watcher::new(chain.node.clone(), Arc::clone(&receiver), 1, 0);
    (receiver, watcher)
}
