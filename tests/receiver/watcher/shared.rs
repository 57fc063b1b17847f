//! Watchers of several receivers that share their nodes.

use std::sync::Arc;
use std::time::Duration;

use microraiden::chain::Failover;
use microraiden::protocol::event::signature;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{ChannelId, PrivateKey};
use microraiden::receiver::{
    ChainStatus, Channel, HeadAge, MemoryStore, Receiver, Select, SharedNode, SharedNodes, Watcher,
};
use tokio::task::JoinHandle;

use super::chain::{ScriptedNode, sender};
use crate::basics::{CONTRACT, MANAGER, key, units};

/// Time passes only while everybody waits. It passes in milliseconds, so they wake a moment after they are due.
const INTERVAL: Duration = Duration::from_micros(300_001);
const NEVER: Duration = Duration::from_secs(3600);

struct Sharing {
    chain: ScriptedNode,
    nodes: SharedNodes<ScriptedNode>,
}

struct Member {
    key: PrivateKey,
    receiver: Arc<Receiver>,
    watcher: Watcher<SharedNode<ScriptedNode>>,
}

struct Followed {
    key: PrivateKey,
    receiver: Arc<Receiver>,
    polling: JoinHandle<()>,
}

impl Sharing {
    fn new() -> Self {
        let chain = ScriptedNode::default();
        chain.change(|s| (s.newest, s.ether) = (10, u64::MAX));
        let nodes = SharedNodes::new(&Failover::from(chain.clone()));
        Self { chain, nodes }
    }

    fn join(&self, number: u8) -> Member {
        let store = Arc::new(MemoryStore::default());
        let receiver = Arc::new(Receiver::new(CONTRACT, key(number), store));
        let watcher =
            Watcher::sharing(&self.nodes, Arc::clone(&receiver), 1, 0).with_head_age(HeadAge::Any);
        Member {
            key: key(number),
            receiver,
            watcher,
        }
    }

    fn open(&self, member: u8, block: u64, deposit: u64) {
        let receiver = key(member).address();
        self.chain
            .log_to(receiver, block, signature::CREATED, None, &[deposit]);
    }

    /// How often a method was asked.
    fn count(&self, method: &str) -> usize {
        let mut count = 0;
        self.chain
            .change(|s| count = s.methods.get(method).copied().unwrap_or_default());
        count
    }

    /// Lets them poll once, and then when all of them are due.
    async fn follow(&self, members: Vec<Member>, interval: Duration) -> Vec<Followed> {
        let mut followed = Vec::new();
        for member in members {
            let polling = tokio::spawn(member.watcher.follow(interval));
            while member.receiver.status() != ChainStatus::Ready {
                tokio::task::yield_now().await;
            }
            followed.push(Followed {
                key: member.key,
                receiver: member.receiver,
                polling,
            });
        }
        followed
    }
}

async fn channels(receiver: &Receiver) -> Vec<Channel> {
    let page = receiver.store().list(Select::All, None, 100);
    page.await.expect("memory")
}

/// The deposits of a receiver's channels, all of which pay it.
async fn deposits(receiver: &Receiver) -> Vec<u64> {
    let mut deposits = Vec::new();
    for channel in channels(receiver).await {
        assert_eq!(channel.id.receiver, receiver.address());
        deposits.push(channel.deposit.to_string().parse().expect("small"));
    }
    deposits
}

impl Followed {
    async fn knows(&self, deposit: u64) {
        while !deposits(&self.receiver).await.contains(&deposit) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn pay(&self, open_block: u32) -> bool {
        let id = ChannelId {
            sender: sender(),
            receiver: self.key.address(),
            open_block,
        };
        let payment = Payment {
            sender: id.sender,
            open_block,
            proof: MANAGER.sign_balance(&key(1), &id, units(1)),
            contract: None,
            receiver: None,
        };
        self.receiver.accept(&payment, units(1)).await.is_ok()
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.polling.abort();
    }
}

/// The same questions are asked once, whatever the number of receivers, and each gets its own events.
#[tokio::test(start_paused = true)]
async fn one_request_answers_all() {
    let mut asked = Vec::new();
    for members in [1, 5] {
        let sharing = Sharing::new();
        let numbers = 2..2 + members;
        let joined = numbers.clone().map(|number| sharing.join(number)).collect();
        let followed = sharing.follow(joined, INTERVAL).await;
        sharing.chain.change(|s| s.newest = 11);
        for followed in &followed {
            // All of them have polled at the new head before there is anything to be found.
            let seen = || followed.receiver.progress().and_then(|p| p.synced);
            while seen() != Some(11) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        for number in numbers.clone() {
            sharing.open(number, 12, u64::from(number));
        }
        sharing
            .chain
            .change(|s| (s.newest, s.asked) = (12, Vec::new()));
        for (number, followed) in numbers.zip(&followed) {
            followed.knows(number.into()).await;
            assert_eq!(deposits(&followed.receiver).await, [u64::from(number)]);
        }
        asked.push(sharing.chain.asked());
        let mut most = 0;
        sharing.chain.change(|s| most = s.most_receivers);
        assert_eq!(most, usize::from(members));
    }
    assert_eq!(asked[0], asked[1]);
}

/// A null for once is asked again by all of them, and answered to all of them.
#[tokio::test(start_paused = true)]
async fn a_second_question_is_no_repetition_of_the_first_answer() {
    let sharing = Sharing::new();
    let joined = vec![sharing.join(2), sharing.join(3)];
    let followed = sharing.follow(joined, INTERVAL).await;
    sharing.chain.change(|s| (s.newest, s.nulls) = (11, 1));
    for followed in &followed {
        let seen = || followed.receiver.progress().and_then(|p| p.synced);
        while seen() != Some(11) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(followed.receiver.chain_faults().unknown, 1);
        assert_eq!(followed.receiver.status(), ChainStatus::Ready);
    }
}

/// A payment that waits for a poll is decided by what is on the chain now, whatever the others have read.
#[tokio::test(start_paused = true)]
async fn a_payment_is_not_decided_by_what_others_read_before() {
    let sharing = Sharing::new();
    let joined = vec![sharing.join(2), sharing.join(3)];
    let followed = sharing.follow(joined, NEVER).await;
    for (block, index, number) in [(11_u32, 0, 2), (12, 1, 3), (13, 0, 2), (14, 1, 3)] {
        sharing.open(number, block.into(), 5);
        sharing.chain.change(|s| s.newest = block.into());
        // A sender's payments ask for a poll every half second.
        while !followed[index].pay(block).await {
            assert!(block > 12, "its first payment");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Geth takes 1000 receivers in a filter, others less.
#[tokio::test]
async fn filters_name_a_hundred_receivers() {
    let sharing = Sharing::new();
    let mut members: Vec<_> = (2..=104).map(|number| sharing.join(number)).collect();
    for number in 2..=104 {
        sharing.open(number, 5, number.into());
    }
    for (number, member) in (2..).zip(&mut members) {
        member.watcher.poll().await.expect("it answers");
        assert_eq!(deposits(&member.receiver).await, [number]);
    }
    let mut most = 0;
    sharing.chain.change(|s| most = s.most_receivers);
    assert_eq!(most, 100);
}

/// What concerns an account is asked for that account.
#[tokio::test]
async fn accounts_are_looked_at_by_themselves() {
    let sharing = Sharing::new();
    let mut one = sharing.join(2);
    let mut other = sharing.join(3);
    one.watcher.poll().await.expect("it answers");
    other.watcher.poll().await.expect("it answers");
    assert_eq!(sharing.count("eth_getBalance"), 2);
}
