//! The receiver's view of a scripted chain.
#![cfg(all(feature = "receiver", not(target_arch = "wasm32")))]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use microraiden::chain::{ManagerContract, Node, Transport, TransportError};
use microraiden::protocol::{
    Address, Amount, ChannelId, Generation, Hash, Manager, PrivateKey, event, hex_text, keccak256,
};
use microraiden::receiver::{
    ChainStatus, Channel, ChannelKey, MemoryStore, Receiver, Status, StoreExt, Watcher,
};
use serde_json::{Value, json};

const MANAGER: Manager = Manager {
    address: Address([7; 20]),
    generation: Generation::V02,
};

/// One log: the block it is in, its event, the open block as third topic if any, its data words.
#[derive(Clone)]
struct Entry {
    block: u64,
    signature: &'static str,
    open_block: Option<u32>,
    words: Vec<u64>,
}

#[derive(Default)]
struct Script {
    newest: u64,
    /// Changed by a reorganisation of this block and all after it.
    fork: Vec<(u64, u8)>,
    logs: Vec<Entry>,
    ether: u64,
    broken: Option<Value>,
    offline: bool,
}

#[derive(Clone, Default)]
struct Chain(Arc<Mutex<Script>>);

impl Chain {
    fn change(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.0.lock().expect("no panic"));
    }

    fn log(&self, block: u64, signature: &'static str, open_block: Option<u32>, words: &[u64]) {
        let words = words.to_vec();
        self.change(|s| {
            s.logs.push(Entry {
                block,
                signature,
                open_block,
                words,
            })
        });
    }
}

fn sender() -> Address {
    PrivateKey::from_bytes(&[1; 32]).expect("a key").address()
}

fn receiver_key() -> PrivateKey {
    PrivateKey::from_bytes(&[2; 32]).expect("a key")
}

fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

fn quantity(value: &Value) -> u64 {
    hex_text::decode_u64(value.as_str().expect("text")).expect("a quantity")
}

impl Transport for Chain {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let script = self.0.lock().expect("no panic");
        if script.offline {
            return Err(TransportError::Unreachable("scripted".to_owned()));
        }
        if let Some(broken) = &script.broken {
            return Ok(broken.clone());
        }
        Ok(match method {
            "eth_blockNumber" => json!(format!("{:#x}", script.newest)),
            "eth_getBalance" => json!(format!("{:#x}", script.ether)),
            "eth_getBlockByNumber" => {
                let number = quantity(&params[0]);
                let forks = script.fork.iter().filter(|(from, _)| *from <= number);
                let fork = forks.map(|(_, fork)| *fork).max().unwrap_or(0);
                let hash = keccak256(&[&number.to_be_bytes(), &[fork]]);
                if number > script.newest {
                    Value::Null
                } else {
                    json!({ "hash": hash.to_string() })
                }
            }
            "eth_getLogs" => {
                let range = quantity(&params[0]["fromBlock"])..=quantity(&params[0]["toBlock"]);
                let logs = script.logs.iter().enumerate();
                let logs = logs.filter(|(_, entry)| range.contains(&entry.block));
                logs.map(|(index, entry)| log_json(index, entry)).collect()
            }
            other => panic!("{other} was not expected"),
        })
    }

    async fn pause(&self, _: Duration) -> Result<(), TransportError> {
        Ok(())
    }
}

fn log_json(index: usize, entry: &Entry) -> Value {
    let parties = [
        event::address_topic(sender()),
        event::address_topic(receiver_key().address()),
    ];
    let topics: Vec<String> = [event::topic(entry.signature)]
        .into_iter()
        .chain(parties)
        .chain(entry.open_block.map(|block| Hash(word(block.into()))))
        .map(|topic| topic.to_string())
        .collect();
    let data: Vec<u8> = entry
        .words
        .iter()
        .flat_map(|number| word(*number))
        .collect();
    json!({
        "address": MANAGER.address.to_string(),
        "topics": topics,
        "data": hex_text::encode(&data),
        "blockNumber": format!("{:#x}", entry.block),
        "transactionHash": keccak256(&[&entry.block.to_be_bytes(), &[index as u8]]).to_string(),
        "logIndex": format!("{index:#x}"),
    })
}

struct Setup {
    chain: Chain,
    receiver: Arc<Receiver>,
    watcher: Watcher<Chain>,
}

fn setup(confirmations: u64) -> Setup {
    let contract = ManagerContract {
        manager: MANAGER,
        chain_id: 1,
        token: Address([6; 20]),
        challenge_period: 500,
        start_block: 0,
    };
    let chain = Chain::default();
    chain.change(|s| (s.newest, s.ether) = (10, u64::MAX));
    let receiver = Arc::new(Receiver::new(
        contract,
        receiver_key(),
        Arc::new(MemoryStore::default()),
    ));
    let node = Node::new(chain.clone());
    let watcher = Watcher::new(node, Arc::clone(&receiver), confirmations, 0);
    Setup {
        chain,
        receiver,
        watcher,
    }
}

impl Setup {
    /// Looks at the chain when it has grown to this block.
    async fn at(&mut self, newest: u64) {
        self.chain.change(|s| s.newest = newest);
        self.watcher.poll().await.expect("the chain answers");
    }

    async fn channel_of(&self, open_block: u32) -> Option<Channel> {
        let key = ChannelKey {
            sender: sender(),
            open_block,
        };
        self.receiver.store().get(key).await.expect("memory")
    }

    async fn channel(&self) -> Option<Channel> {
        self.channel_of(5).await
    }

    async fn status(&self) -> Option<Status> {
        self.channel().await.map(|channel| channel.status)
    }

    async fn deposit(&self) -> Amount {
        self.channel().await.expect("the channel").deposit
    }
}

/// R1, R3, R4, R5: the life of a channel at three confirmations.
#[tokio::test]
async fn a_channel_lives_as_its_events_are_confirmed() {
    let mut setup = setup(3);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup.at(6).await;
    assert_eq!(setup.status().await, Some(Status::Unconfirmed));
    setup.at(7).await;
    assert_eq!(setup.status().await, Some(Status::Open));
    assert_eq!(setup.deposit().await, Amount::from_u64(100));

    setup
        .chain
        .log(8, event::signature::TOPPED_UP, Some(5), &[20]);
    setup
        .chain
        .log(8, event::signature::TOPPED_UP, Some(5), &[3]);
    setup.at(9).await;
    assert_eq!(setup.deposit().await, Amount::from_u64(100));
    assert_eq!(
        setup
            .channel()
            .await
            .expect("the channel")
            .unconfirmed_top_ups
            .len(),
        2
    );
    setup.at(10).await;
    setup.at(11).await;
    assert_eq!(setup.deposit().await, Amount::from_u64(123));
    assert!(
        setup
            .channel()
            .await
            .expect("the channel")
            .unconfirmed_top_ups
            .is_empty()
    );

    setup
        .chain
        .log(12, event::signature::CLOSE_REQUESTED, Some(5), &[1]);
    setup.at(13).await;
    assert_eq!(setup.status().await, Some(Status::Open));
    setup.at(14).await;
    assert_eq!(
        setup.status().await,
        Some(Status::Closing { settle_block: 512 })
    );

    setup
        .chain
        .log(600, event::signature::SETTLED_V02, Some(5), &[1, 1]);
    setup.at(602).await;
    assert_eq!(setup.status().await, None);
}

/// R11: what was not confirmed vanishes with its block.
#[tokio::test]
async fn a_reorganisation_takes_back_what_was_unconfirmed() {
    let mut setup = setup(3);
    setup.chain.log(9, event::signature::CREATED, None, &[100]);
    setup.at(10).await;
    assert!(setup.channel_of(9).await.is_some());
    setup.chain.change(|s| {
        s.logs.clear();
        s.fork.push((9, 1));
    });
    setup.at(11).await;
    assert!(setup.channel_of(9).await.is_none());
}

/// Deeper than the confirmations: the chain is read again and the proofs are kept.
#[tokio::test]
async fn a_deep_reorganisation_keeps_the_proofs() {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup
        .chain
        .log(6, event::signature::TOPPED_UP, Some(5), &[50]);
    setup.at(10).await;
    let id = ChannelId {
        sender: sender(),
        receiver: receiver_key().address(),
        open_block: 5,
    };
    let sender_key = PrivateKey::from_bytes(&[1; 32]).expect("a key");
    let proof = MANAGER.sign_balance(&sender_key, &id, Amount::from_u64(40));
    let keep = move |channel: &mut Channel| {
        channel.proof = Some(proof);
        Ok::<_, ()>(())
    };
    let kept = setup.receiver.store().update(ChannelKey::from(&id), keep);
    assert_eq!(kept.await, Ok(Some(Ok(()))));
    setup.chain.change(|s| {
        s.logs.truncate(1);
        s.fork.push((6, 1));
    });
    setup.at(11).await;
    let channel = setup.channel().await.expect("the channel");
    assert_eq!(channel.deposit, Amount::from_u64(100));
    assert_eq!((channel.status, channel.proof), (Status::Open, Some(proof)));
}

#[tokio::test]
async fn faults_of_the_node_are_temporary() {
    let mut setup = setup(1);
    setup.chain.log(5, event::signature::CREATED, None, &[100]);
    setup.at(10).await;
    assert_eq!(setup.receiver.status(), ChainStatus::Ready);
    setup.chain.change(|s| s.offline = true);
    assert!(setup.watcher.poll().await.is_err());
    assert_eq!(setup.receiver.status(), ChainStatus::Offline);
    setup.chain.change(|s| s.offline = false);
    let answers = [
        json!(null),
        json!("0x"),
        json!([]),
        json!({}),
        json!(7),
        json!("0xzz"),
    ];
    for broken in answers {
        setup.chain.change(|s| s.broken = Some(broken.clone()));
        assert!(setup.watcher.poll().await.is_err(), "{broken}");
        assert_eq!(setup.status().await, Some(Status::Open));
    }
    setup.chain.change(|s| (s.broken, s.ether) = (None, 1));
    setup.at(11).await;
    assert_eq!(setup.receiver.status(), ChainStatus::EtherTooLow);
    setup.chain.change(|s| s.ether = u64::MAX);
    // A node that lags behind is no reorganisation.
    setup.at(8).await;
    assert_eq!(
        (setup.receiver.status(), setup.status().await),
        (ChainStatus::Ready, Some(Status::Open))
    );
}
