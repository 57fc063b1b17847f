//! Closing all channels, in whatever state they are.

use std::sync::Arc;

use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, BalanceProof, ChannelId, Generation, Uint256};
use microraiden::receiver::{Identity, Receiver, Select, SqliteStore, StoreExt, Watcher};
use tempfile::TempDir;

use crate::basics::{key, units};
use crate::chain::{AnvilChain, ETHER};

struct Payer {
    number: u8,
    channel: ChannelId,
    proof: BalanceProof,
}

impl Payer {
    /// Opens a channel of deposit 100.
    async fn new(chain: &AnvilChain, number: u8) -> Self {
        let channel = chain.open(&key(number), key(2).address(), units(100)).await;
        let manager = chain.contract.manager;
        let proof = manager.sign_balance(&key(number), &channel, Amount::ZERO);
        Self {
            number,
            channel,
            proof,
        }
    }

    fn sign(&self, receiver: &Receiver, balance: u64) -> BalanceProof {
        let manager = receiver.contract().manager;
        manager.sign_balance(&key(self.number), &self.channel, units(balance))
    }

    async fn pay(&mut self, receiver: &Receiver, balance: u64) {
        self.proof = self.sign(receiver, balance);
        let payment = Payment {
            sender: self.channel.sender,
            open_block: self.channel.open_block,
            proof: self.proof,
            contract: None,
            receiver: None,
        };
        let paid = receiver.accept(&payment, units(balance)).await;
        paid.expect("paid");
    }
}

/// R15: one transaction for each open channel, simple, topped up, or with a close request, honest or
/// not; none for what is settled or was never paid in.
#[tokio::test]
async fn one_transaction_closes_each_channel() {
    for generation in Generation::ALL {
        let chain = AnvilChain::start(generation).await;
        let account = key(2).address();
        chain.set_ether(account, ETHER).await;
        let folder = TempDir::new().expect("a folder");
        let identity = Identity::new(&chain.contract, account);
        let store = SqliteStore::open(folder.path().join("channels.db"), &identity);
        let store = Arc::new(store.expect("opened"));
        let receiver = Arc::new(Receiver::new(chain.contract, key(2), store));
        let mut watcher = Watcher::new(chain.node.clone(), Arc::clone(&receiver), 1, 0);
        let mut payers = Vec::new();
        for number in [3, 4, 5, 6, 7, 8] {
            payers.push(Payer::new(&chain, number).await);
        }
        let [simple, topped, honest, cheat, settled, unpaid] = &mut payers[..] else {
            panic!("six");
        };
        chain.top_up(&topped.channel, units(20)).await;
        watcher.poll().await.expect("the chain answers");
        simple.pay(&receiver, 40).await;
        topped.pay(&receiver, 110).await;
        honest.pay(&receiver, 41).await;
        cheat.pay(&receiver, 42).await;
        settled.pay(&receiver, 43).await;
        let agreed = receiver.sign_close((&settled.channel).into(), units(43));
        let closing = agreed.await.expect("agreed");
        let settle = chain.close_together(&settled.channel, &settled.proof, &closing);
        settle.await;
        chain.request_close(&honest.channel, &honest.proof).await;
        let little = cheat.sign(&receiver, 1);
        chain.request_close(&cheat.channel, &little).await;

        let claims = receiver.closable(&chain.node).await.expect("told");
        let mut due: Vec<_> = claims.iter().map(|c| (c.channel.sender, c.due)).collect();
        let mut expected = vec![
            (simple.channel.sender, units(40)),
            (topped.channel.sender, units(110)),
            (honest.channel.sender, units(41)),
            (cheat.channel.sender, units(42)),
        ];
        due.sort();
        expected.sort();
        assert_eq!(due, expected);
        receiver.close_all(&claims).await.expect("begun");
        let mut looks = 0;
        while !receiver
            .store()
            .all(Select::Payouts)
            .await
            .expect("read")
            .is_empty()
        {
            looks += 1;
            assert!(looks < 20, "{:?}", receiver.disputes());
            watcher.poll().await.expect("the chain answers");
        }
        assert_eq!(chain.node.mined_nonce(account).await, Ok(4));
        assert_eq!(receiver.disputes().transactions, 4);
        let sum = Uint256::new(40 + 110 + 41 + 42 + 43);
        assert_eq!(chain.tokens(account).await, sum);
        assert_eq!(chain.tokens(topped.channel.sender).await, Uint256::new(10));
        assert_eq!(chain.tokens(cheat.channel.sender).await, Uint256::new(58));
        assert!(!chain.is_settled(&unpaid.channel).await);
        let left = receiver.store().all(Select::All).await.expect("read");
        assert_eq!(
            left.iter().map(|c| c.id).collect::<Vec<_>>(),
            [unpaid.channel]
        );
    }
}
