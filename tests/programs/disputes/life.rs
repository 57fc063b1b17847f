//! Channels from their opening to their settlement, as the server tells of them.

use crate::basics::{key, units};
use crate::seller;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use microraiden::chain::Node;
use microraiden::chain::http::HttpTransport;
use microraiden::paywall::{Access, Content, Goods, Prices, ServerOptions};
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, ChannelId, Generation, PrivateKey, Uint256};
use microraiden::receiver::{Identity, Receiver, Select, SqliteStore, StoreExt, Watcher};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::chain::{AnvilChain, ETHER};
use crate::patient::Patient;

/// A server that sells a file at this price, on behalf of one of many receivers.
struct Shop {
    receiver: Arc<Receiver>,
    watcher: Watcher<Patient>,
    app: Router,
    _folder: TempDir,
}

impl Shop {
    fn new(
        chain: &AnvilChain,
        receiver_key: PrivateKey,
        confirmations: u64,
        price: Amount,
    ) -> Self {
        let folder = TempDir::new().expect("a folder");
        let identity = Identity::new(&chain.contract, receiver_key.address());
        let store = SqliteStore::open(folder.path().join("channels.db"), &identity);
        let store = Arc::new(store.expect("opened"));
        let receiver = Arc::new(Receiver::new(chain.contract, receiver_key, store));
        let followed = Arc::clone(&receiver);
        let watcher = Watcher::new(chain.node.clone(), followed, confirmations, 0);
        let prices = Prices::new(price).with("/poem.txt", Amount::ZERO);
        let content = Content::new("demo/content", prices.expect("a path"));
        let options = ServerOptions {
            goods: Goods::Files(content.expect("the demo's content")),
            // Anybody may ask: who may not is another test's matter.
            access: Access {
                original: true,
                ..Access::default()
            },
            node: Node::new(HttpTransport::new(&*chain.url).expect("a URL")),
            ..seller::options()
        };
        Self {
            app: seller::server(&receiver, options),
            receiver,
            watcher,
            _folder: folder,
        }
    }

    async fn look(&mut self) {
        self.watcher.poll().await.expect("the chain answers");
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        seller::send(&self.app, request).await
    }

    /// The file, for a payment up to this balance.
    async fn pay(&self, channel: &ChannelId, balance: Amount) -> (StatusCode, HeaderMap) {
        let manager = self.receiver.contract().manager;
        let payment = Payment {
            sender: channel.sender,
            open_block: channel.open_block,
            proof: manager.sign_balance(&key(1), channel, balance),
            contract: None,
            receiver: None,
        };
        let paying = seller::request("GET", "/doggo.jpg", &payment.headers());
        let (status, headers, _) = self.ask(paying).await;
        (status, headers)
    }

    async fn json(&self, path: &str) -> (StatusCode, Value) {
        let asked = seller::request("GET", &format!("/api/1{path}"), &[]);
        let (status, _, body) = self.ask(asked).await;
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    async fn record(&self, channel: &ChannelId) -> Value {
        let (status, record) = self.json(&path(channel)).await;
        assert_eq!(status, StatusCode::OK, "{record}");
        record
    }

    async fn stats(&self) -> Value {
        let (status, stats) = self.json("/stats").await;
        assert_eq!(status, StatusCode::OK, "{stats}");
        stats
    }

    /// The same numbers are told for a moment, ten times as long as they took to be worked out.
    async fn stats_become(&self, expected: &[(&str, u64)]) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let stats = self.stats().await;
            let holds = |(field, value): &(&str, u64)| stats[field] == json!(value);
            if expected.iter().all(holds) {
                return;
            }
            assert!(Instant::now() < end, "{expected:?}: {stats}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks the receiver to agree to closing, with this JSON as the balance.
    async fn close(&self, channel: &ChannelId, balance: &Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method("DELETE")
            .uri(format!("/api/1{}", path(channel)))
            .body(Body::from(json!({ "balance": balance }).to_string()));
        let (status, _, body) = self.ask(request.expect("a request")).await;
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    async fn knows_nothing(&mut self) -> bool {
        self.look().await;
        let all = self.receiver.store().all(Select::All).await;
        all.expect("read").is_empty()
    }
}

fn path(channel: &ChannelId) -> String {
    format!("/channels/{}/{}", channel.sender, channel.open_block)
}

async fn tokens(chain: &AnvilChain, channel: &ChannelId) -> [Uint256; 2] {
    [
        chain.tokens(channel.receiver).await,
        chain.tokens(channel.sender).await,
    ]
}

/// R1, R3, R4, R5, R8: at three confirmations; to another receiver nothing of it is known.
#[tokio::test]
async fn a_channel_is_followed_from_its_opening_to_its_settlement() {
    for generation in Generation::ALL {
        let chain = AnvilChain::start(generation).await;
        for account in [key(2), key(4)] {
            chain.set_ether(account.address(), ETHER).await;
        }
        let mut shop = Shop::new(&chain, key(2), 3, units(3));
        let mut other = Shop::new(&chain, key(4), 1, units(3));
        let channel = chain.open(&key(1), key(2).address(), units(100)).await;
        shop.look().await;
        let (status, headers) = shop.pay(&channel, units(3)).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
        assert_eq!(headers["rdn-insufficient-confirmations"], "1");
        assert_eq!(shop.json(&path(&channel)).await.0, StatusCode::NOT_FOUND);
        chain.mine(2).await;
        shop.look().await;
        let record = shop.record(&channel).await;
        let expected = [
            ("balance", json!(0)),
            ("confirmed", json!(1)),
            ("deposit", json!(100)),
            ("last_signature", Value::Null),
            ("open_block_number", json!(channel.open_block)),
            ("receiver", json!(channel.receiver.to_string())),
            ("sender", json!(channel.sender.to_string())),
            ("settle_timeout", json!(-1)),
            ("state", json!(0)),
            ("unconfirmed_topups", json!({})),
        ];
        for (field, value) in expected {
            assert_eq!(record[field], value, "{field}");
        }
        assert!(record["ctime"].is_number() && record["mtime"].is_number());
        assert!(other.knows_nothing().await);

        chain.top_up(&channel, units(20)).await;
        shop.look().await;
        let record = shop.record(&channel).await;
        let noted = record["unconfirmed_topups"].as_object().expect("a map");
        assert_eq!(noted.values().collect::<Vec<_>>(), [&json!(20)]);
        assert_eq!(record["deposit"], 100);
        chain.mine(2).await;
        shop.look().await;
        let record = shop.record(&channel).await;
        assert_eq!(
            (&record["deposit"], &record["unconfirmed_topups"]),
            (&json!(120), &json!({}))
        );
        assert!(other.knows_nothing().await);

        assert_eq!(shop.pay(&channel, units(3)).await.0, StatusCode::OK);
        let manager = chain.contract.manager;
        let proof = manager.sign_balance(&key(1), &channel, units(3));
        chain.request_close(&channel, &proof).await;
        chain.mine(2).await;
        shop.look().await;
        let info = chain.contract.info(&chain.node, &channel).await;
        let settle_block = info.expect("an answer").expect("the channel").settle_block;
        let record = shop.record(&channel).await;
        assert_eq!(
            (&record["state"], &record["settle_timeout"]),
            (&json!(1), &json!(settle_block))
        );
        assert!(other.knows_nothing().await);
        chain.mine(500).await;
        chain.settle(&channel).await;
        chain.mine(2).await;
        shop.look().await;
        assert!(shop.knows_nothing().await);
        assert!(other.knows_nothing().await);
        let paid_out = [Uint256::new(3), Uint256::new(117)];
        assert_eq!(tokens(&chain, &channel).await, paid_out);
        assert_eq!(shop.receiver.disputes().transactions, 0);
    }
}

/// R9, R10, H9, H11: what the statistics tell before and after a close together.
#[tokio::test]
async fn closing_together_pays_both() {
    for generation in Generation::ALL {
        let chain = AnvilChain::start(generation).await;
        chain.set_ether(key(2).address(), ETHER).await;
        let mut shop = Shop::new(&chain, key(2), 1, units(3));
        let channel = chain.open(&key(1), key(2).address(), units(100)).await;
        shop.look().await;
        assert_eq!(shop.pay(&channel, units(3)).await.0, StatusCode::OK);
        let stats = shop.stats().await;
        let expected = [
            ("balance_sum", json!(3)),
            ("deposit_sum", json!(100)),
            ("open_channels", json!(1)),
            ("pending_channels", json!(0)),
            ("unique_senders", json!(1)),
            ("liquid_balance", json!(0)),
            ("token_address", json!(chain.contract.token.to_string())),
            (
                "contract_address",
                json!(chain.contract.manager.address.to_string()),
            ),
            ("receiver_address", json!(key(2).address().to_string())),
            ("sync_block", json!(0)),
        ];
        for (field, value) in &expected {
            assert_eq!(&stats[field], value, "{field}");
        }
        for abi in ["manager_abi", "token_abi"] {
            assert!(stats[abi].as_array().is_some_and(|abi| abi.len() > 5));
        }
        assert_eq!(stats.as_object().map(|s| s.len()), Some(expected.len() + 2));

        let (status, _) = shop.close(&channel, &json!(2)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(shop.pay(&channel, units(6)).await.0, StatusCode::OK);
        let balance = shop.record(&channel).await["balance"].clone();
        let (status, answer) = shop.close(&channel, &balance).await;
        assert_eq!(status, StatusCode::OK);
        let closing = answer["close_signature"].as_str().map(str::parse);
        let closing = closing.expect("a text").expect("a signature");
        shop.stats_become(&[("open_channels", 0), ("pending_channels", 1)])
            .await;
        let manager = chain.contract.manager;
        let proof = manager.sign_balance(&key(1), &channel, units(6));
        chain.close_together(&channel, &proof, &closing).await;
        assert!(shop.knows_nothing().await);
        shop.stats_become(&[
            ("balance_sum", 0),
            ("deposit_sum", 0),
            ("liquid_balance", 6),
        ])
        .await;
        let paid_out = [Uint256::new(6), Uint256::new(94)];
        assert_eq!(tokens(&chain, &channel).await, paid_out);
    }
}

/// R14, defects 4 and 18: every digit of an amount beyond 64 bits is kept, told, read and paid out,
/// with the balance as a JSON number in one generation and as text in the other.
#[tokio::test]
async fn amounts_beyond_64_bits_are_exact() {
    let price = Amount::from_u128(20_000_000_000_000_000_001);
    let paid = "60000000000000000003";
    for generation in Generation::ALL {
        let chain = AnvilChain::start(generation).await;
        chain.set_ether(key(2).address(), ETHER).await;
        let mut shop = Shop::new(&chain, key(2), 1, price);
        let deposit = Amount::from_u128(99_999_999_999_999_999_999);
        let channel = chain.open(&key(1), key(2).address(), deposit).await;
        shop.look().await;
        let mut balance = Amount::ZERO;
        for _ in 0..3 {
            balance = balance.checked_add(price).expect("small");
            assert_eq!(shop.pay(&channel, balance).await.0, StatusCode::OK);
        }
        let record = shop.record(&channel).await;
        assert_eq!(record["balance"].to_string(), paid);
        assert_eq!(record["deposit"].to_string(), deposit.to_string());
        assert_eq!(shop.stats().await["balance_sum"].to_string(), paid);
        for wrong in [json!("60000000000000000002"), json!("60000000000000000004")] {
            let (status, _) = shop.close(&channel, &wrong).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
        }
        let asked = if generation == Generation::V01 {
            serde_json::from_str(paid).expect("a number")
        } else {
            json!(paid)
        };
        let (status, answer) = shop.close(&channel, &asked).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let closing = answer["close_signature"].as_str().map(str::parse);
        let closing = closing.expect("a text").expect("a signature");
        let proof = chain
            .contract
            .manager
            .sign_balance(&key(1), &channel, balance);
        chain.close_together(&channel, &proof, &closing).await;
        let paid_out = [60_000_000_000_000_000_003, 39_999_999_999_999_999_996];
        assert_eq!(tokens(&chain, &channel).await, paid_out.map(Uint256::new));
    }
}

/// H2: also what is free.
#[tokio::test]
async fn without_ether_nothing_is_sold_until_there_is_some() {
    let chain = AnvilChain::start(Generation::V02).await;
    chain.set_ether(key(2).address(), 99_999_999).await;
    let mut shop = Shop::new(&chain, key(2), 1, units(3));
    let channel = chain.open(&key(1), key(2).address(), units(100)).await;
    shop.look().await;
    let free = async |shop: &Shop| shop.ask(seller::request("GET", "/poem.txt", &[])).await.0;
    assert_eq!(
        shop.pay(&channel, units(3)).await.0,
        StatusCode::BAD_GATEWAY
    );
    assert_eq!(free(&shop).await, StatusCode::BAD_GATEWAY);
    assert_eq!(shop.record(&channel).await["balance"], 0);
    // What was enough when gas cost next to nothing is not.
    chain.set_ether(key(2).address(), 100_000_000).await;
    shop.look().await;
    assert_eq!(free(&shop).await, StatusCode::BAD_GATEWAY);
    chain.set_ether(key(2).address(), ETHER / 10).await;
    shop.look().await;
    assert_eq!(free(&shop).await, StatusCode::OK);
    assert_eq!(shop.pay(&channel, units(3)).await.0, StatusCode::OK);
}

/// Defect 26: a channel may be opened with nothing, and topped up.
#[tokio::test]
async fn a_channel_without_a_deposit_is_a_channel() {
    let chain = AnvilChain::start(Generation::V02).await;
    chain.set_ether(key(2).address(), ETHER).await;
    let mut shop = Shop::new(&chain, key(2), 1, units(3));
    let channel = chain.open(&key(1), key(2).address(), units(0)).await;
    shop.look().await;
    assert_eq!(shop.record(&channel).await["deposit"], 0);
    let (status, headers) = shop.pay(&channel, units(3)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(headers["rdn-sender-balance"], "0");
    chain.top_up(&channel, units(3)).await;
    shop.look().await;
    assert_eq!(shop.pay(&channel, units(3)).await.0, StatusCode::OK);
}

/// R12: the programs end with a sentence, and make no file.
#[tokio::test]
async fn without_a_channel_manager_no_program_starts() {
    let chain = AnvilChain::start(Generation::V02).await;
    let folder = TempDir::new().expect("a folder");
    let store = folder.path().join("channels.db");
    let programs: [(&str, &[&str]); 2] = [
        (
            env!("CARGO_BIN_EXE_microraiden-paywall"),
            &["--price", "1", "--files", "demo/content"],
        ),
        (env!("CARGO_BIN_EXE_microraiden-collect"), &["close-all"]),
    ];
    for (program, arguments) in programs {
        for address in [chain.contract.token, key(9).address()] {
            let output = tokio::process::Command::new(program)
                .args(["--rpc-url", &chain.url])
                .args(["--contract", &address.to_string()])
                .arg("--store")
                .arg(&store)
                .args(arguments)
                .env("MICRORAIDEN_RECEIVER_KEY", key(2).to_hex().as_str())
                .output();
            let output = output.await.expect("it ends");
            assert!(!output.status.success());
            let said = String::from_utf8(output.stderr).expect("text");
            let sentence = format!("there is no channel manager at {address}");
            assert!(said.contains(&sentence), "{said}");
            assert!(!store.exists());
        }
    }
}
