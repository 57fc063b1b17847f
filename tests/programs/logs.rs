//! What the paywall server writes when it is asked to write everything: named events, and nothing by
//! which anybody could take money or read what is private.

mod secrets;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use microraiden::protocol::header::Payment;
use microraiden::protocol::{
    ChannelId, CloseRequest, Generation, PrivateKey, ReadRequest, Signature, hex_text,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::basics::{key, units};
use crate::chain::{AnvilChain, ETHER};
use crate::cluster::Cluster;
use secrets::Secrets;

const ADMIN: &str = "correct-horse-battery";
const WRONG_ADMIN: &str = "another-horse-battery";
const PASSWORD: &str = "correct horse, πß";
const DATABASE_PASSWORD: &str = "hunter2database";
const NODE_PASSWORD: &str = "hunter2node";

/// That of the keystore.
fn receiver_key() -> PrivateKey {
    key(0x42)
}

struct Shop {
    chain: AnvilChain,
    folder: TempDir,
    url: String,
    secrets: Secrets,
}

impl Shop {
    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
    ) -> (StatusCode, Value) {
        let mut request = reqwest::Client::new().request(method, format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let body = answer.bytes().await.expect("a body");
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// A payment by the channel's sender, or by somebody else in its name.
    fn sign(&mut self, signer: &PrivateKey, channel: &ChannelId, balance: u64) -> Payment {
        let manager = self.chain.contract.manager;
        let proof = manager.sign_balance(signer, channel, units(balance));
        self.secrets.signature(&proof.signature);
        Payment {
            sender: channel.sender,
            open_block: channel.open_block,
            proof,
            contract: None,
            receiver: None,
        }
    }

    async fn pay(&self, payment: &Payment) -> StatusCode {
        let headers = payment.headers();
        self.ask(Method::GET, "/doggo.jpg", &headers).await.0
    }

    async fn wait_until_settled(&self, channel: &ChannelId) {
        let settled = async {
            let told = format!("channel settled sender={}", channel.sender);
            while !self.log().contains(&told) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        let settled = timeout(Duration::from_secs(60), settled).await;
        settled.expect("the receiver answers the close request");
        assert!(self.chain.is_settled(channel).await);
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("text")
    }

    /// The signatures of the receiver's transactions, which the chain shows.
    async fn note_transactions(&mut self) {
        let newest = self.chain.node.block_number().await.expect("a number");
        for number in 0..=newest {
            let params = json!([format!("{number:#x}"), true]);
            let block = self.chain.ask("eth_getBlockByNumber", params).await;
            for sent in block["transactions"].as_array().expect("transactions") {
                let from = sent["from"].as_str().expect("an account");
                if from.eq_ignore_ascii_case(&receiver_key().address().to_string()) {
                    for half in ["r", "s"] {
                        let number = sent[half].as_str().expect("a number");
                        let digits = format!("{:0>64}", &number[2..]);
                        self.secrets
                            .bytes(&hex_text::decode(&format!("0x{digits}")).expect("hex"));
                    }
                }
            }
        }
    }
}

fn private(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, text).expect("a file");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("a mode");
    file
}

/// The server with everything that it can be told in secret; what it writes goes to `log`.
fn start(chain: &AnvilChain, folder: &Path, password: &str, database: &str) -> Child {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .expect("a file");
    let keystore = include_str!("../keystores/ethers-scrypt.json");
    let node = chain
        .url
        .replacen("http://", &format!("http://me:{NODE_PASSWORD}@"), 1);
    Command::new(env!("CARGO_BIN_EXE_microraiden-paywall"))
        .args([
            "--rpc-url",
            &node,
            "--public-rpc-url",
            &chain.url,
            "--listen",
            "127.0.0.1:0",
            "--price",
            "1",
        ])
        .args(["--contract", &chain.contract.manager.address.to_string()])
        .args(["--poll-interval-ms", "50", "--metrics", "127.0.0.1:0"])
        .arg("--files")
        .arg(root.join("demo/content"))
        .arg("--page")
        .arg(root.join("www"))
        .arg("--key-file")
        .arg(private(folder, "key.json", keystore))
        .env("MICRORAIDEN_KEY_PASSWORD", password)
        .env("MICRORAIDEN_ADMIN_SECRET", ADMIN)
        .env("MICRORAIDEN_STORE", database)
        .env("RUST_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .expect("it starts")
}

fn database(cluster: &Cluster) -> String {
    let socket = cluster.socket().replace('/', "%2F");
    format!("postgres://tests:{DATABASE_PASSWORD}@{socket}/postgres")
}

#[tokio::test]
async fn everything_is_written_but_secrets() {
    let chain = AnvilChain::start(Generation::V02).await;
    let receiver = receiver_key().address();
    chain.set_ether(receiver, ETHER).await;
    let closed = chain.open(&key(1), receiver, units(100)).await;
    let disputed = chain.open(&key(3), receiver, units(100)).await;
    let folder = TempDir::new().expect("a folder");
    let mut secrets = Secrets::default();
    for text in [
        ADMIN,
        WRONG_ADMIN,
        PASSWORD,
        "wrong password",
        DATABASE_PASSWORD,
        NODE_PASSWORD,
    ] {
        secrets.text(text);
    }
    for byte in [0x42, 1, 3] {
        secrets.bytes(key(byte).to_bytes().as_slice());
    }

    // Two that don't start: with another password, and without a database.
    let nowhere = format!("postgres://tests:{DATABASE_PASSWORD}@127.0.0.1:1/postgres");
    let cluster = Cluster::start();
    for (password, store) in [("wrong password", database(&cluster)), (PASSWORD, nowhere)] {
        let ended = start(&chain, folder.path(), password, &store).wait().await;
        assert!(!ended.expect("it ends").success());
    }
    let mut child = start(&chain, folder.path(), PASSWORD, &database(&cluster));
    let output = child.stdout.take().expect("its output");
    let line = BufReader::new(output).lines().next_line().await;
    let line = line.expect("text").expect("it says where it serves");
    let url = line.split(' ').nth(2).expect("a URL").to_owned();
    let mut shop = Shop {
        chain,
        folder,
        url,
        secrets,
    };

    assert_eq!(
        shop.ask(Method::GET, "/doggo.jpg", &[]).await.0,
        StatusCode::PAYMENT_REQUIRED
    );
    pay_and_be_refused(&mut shop, &closed).await;
    ask_the_gateway(&mut shop, &closed).await;
    dispute(&mut shop, &disputed).await;
    shop.note_transactions().await;

    let id = child.id().expect("it runs").to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(told.expect("kill").success());
    assert!(child.wait().await.expect("it ends").success());
    let log = shop.log();
    check_events(&log, &closed, &disputed);
    shop.secrets.check(&format!("{line}\n{log}"));
}

async fn pay_and_be_refused(shop: &mut Shop, channel: &ChannelId) {
    let first = shop.sign(&key(1), channel, 1);
    assert_eq!(shop.pay(&first).await, StatusCode::OK);
    let cookies = shop.sign(&key(1), channel, 2).cookies();
    let pairs: Vec<_> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let cookie = [("cookie", pairs.join("; "))];
    assert_eq!(
        shop.ask(Method::GET, "/doggo.jpg", &cookie).await.0,
        StatusCode::OK
    );
    let other = ChannelId {
        open_block: 999_999,
        ..*channel
    };
    let refused = [
        first,
        shop.sign(&key(1), channel, 50),
        shop.sign(&key(1), channel, 101),
        shop.sign(&key(9), channel, 3),
        shop.sign(&key(1), &other, 1),
    ];
    for payment in refused {
        assert_eq!(shop.pay(&payment).await, StatusCode::PAYMENT_REQUIRED);
    }
    // Malformed: a digit more, and a v that no contract takes.
    let good = shop.sign(&key(1), channel, 3);
    let text = good.proof.signature.to_string();
    for bad in [format!("{text}0"), format!("{}63", &text[..130])] {
        let headers: Vec<_> = good
            .headers()
            .into_iter()
            .map(|(name, value)| (name, if value == text { bad.clone() } else { value }))
            .collect();
        let (status, _) = shop.ask(Method::GET, "/doggo.jpg", &headers).await;
        assert_eq!(status, StatusCode::CONFLICT);
    }
}

/// Reads and closes, with and without the right.
async fn ask_the_gateway(shop: &mut Shop, channel: &ChannelId) {
    let path = format!("/api/1/channels/{}/{}", channel.sender, channel.open_block);
    for (secret, expected) in [
        (ADMIN, StatusCode::OK),
        (WRONG_ADMIN, StatusCode::UNAUTHORIZED),
    ] {
        let bearer = [("authorization", format!("Bearer {secret}"))];
        for path in ["/api/1/admin", "/api/1/admin/channels"] {
            assert_eq!(shop.ask(Method::GET, path, &bearer).await.0, expected);
        }
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("later");
    let expires = now.as_secs() + 60;
    let request = ReadRequest {
        sender: channel.sender,
        receiver: channel.receiver,
        contract: shop.chain.contract.manager.address,
        chain_id: shop.chain.contract.chain_id,
        expires,
    };
    for signer in [key(1), key(9)] {
        let signature = request.sign(&signer);
        shop.secrets.signature(&signature);
        let headers = [
            ("rdn-request-signature", signature.to_string()),
            ("rdn-request-expires", expires.to_string()),
        ];
        let is_sender = signer.address() == channel.sender;
        let (status, record) = shop.ask(Method::GET, &path, &headers).await;
        assert_eq!(status == StatusCode::OK, is_sender);
        assert_eq!(record["last_signature"].is_string(), is_sender);
    }
    let mut agreed = Value::Null;
    for (balance, expected) in [(1, StatusCode::BAD_REQUEST), (2, StatusCode::OK)] {
        let request = CloseRequest {
            channel: *channel,
            balance: units(balance),
            contract: shop.chain.contract.manager.address,
            chain_id: shop.chain.contract.chain_id,
        };
        let signature = request.sign(&key(1));
        shop.secrets.signature(&signature);
        let signed = [("rdn-request-signature", signature.to_string())];
        let path = format!("{path}?balance={balance}");
        let (status, answer) = shop.ask(Method::DELETE, &path, &signed).await;
        assert_eq!(status, expected);
        agreed = answer;
    }
    let closing: Signature = agreed["close_signature"]
        .as_str()
        .and_then(|t| t.parse().ok())
        .expect("a signature");
    shop.secrets.signature(&closing);
}

/// Pays, and requests closing with less.
async fn dispute(shop: &mut Shop, channel: &ChannelId) {
    let newest = shop.sign(&key(3), channel, 1);
    assert_eq!(shop.pay(&newest).await, StatusCode::OK);
    let manager = shop.chain.contract.manager;
    let closing = receiver_key().sign_hash(&manager.closing_hash(channel, &newest.proof));
    shop.secrets.signature(&closing);
    let less = shop.sign(&key(3), channel, 0);
    shop.chain.request_close(channel, &less.proof).await;
    shop.wait_until_settled(channel).await;
}

/// One line for each, with its fields.
fn check_events(log: &str, closed: &ChannelId, disputed: &ChannelId) {
    let about =
        |channel: &ChannelId| format!("sender={} block={}", channel.sender, channel.open_block);
    let (closed, disputed) = (about(closed), about(disputed));
    let events = [
        "DEBUG microraiden::paywall::service: payment asked for path=\"/doggo.jpg\"".to_owned(),
        format!("paid {closed} paid=1 balance=2 path=\"/doggo.jpg\""),
        format!(
            "payment refused {closed} balance=50 reason=\"invalid-amount\" path=\"/doggo.jpg\""
        ),
        format!("payment refused {closed} balance=3 reason=\"invalid-balance-proof\""),
        "reason=\"nonexisting-channel\"".to_owned(),
        "refused reason=\"malformed-payment\" path=\"/doggo.jpg\"".to_owned(),
        "request denied reason=\"This is not the administrator's secret.\"".to_owned(),
        format!("agreed to close {closed} balance=2"),
        format!("answering {disputed} requested=0 owed=1 settle_block="),
        "closing the channel with its proof hash=0x".to_owned(),
        format!("channel settled {disputed}"),
    ];
    for event in events {
        assert!(log.contains(&event), "{event} is missing in\n{log}");
    }
}
