//! The server as a program, with nodes that can't be relied on.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use microraiden::protocol::header::Payment;
use reqwest::StatusCode;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

use crate::basics::{MANAGER, key, units};
use crate::node::{Faults, FixedNode, receiver_key};
use crate::payer::{OPEN_BLOCK, Payer};

/// The number of the payer, which is also every byte of its key.
const PAYER: u8 = 5;

const WELL: Faults = Faults {
    down: false,
    null: false,
    fork: false,
    elsewhere: false,
};
const NULL: Faults = Faults { null: true, ..WELL };
const DOWN: Faults = Faults { down: true, ..WELL };
const FORK: Faults = Faults { fork: true, ..WELL };

/// Nothing takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

struct Program {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    log: Lines<BufReader<ChildStderr>>,
    _folder: TempDir,
}

impl Program {
    /// With these settings in its file.
    fn start(settings: &str, listen: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = format!(
            "contract = \"{}\"\nlisten = \"{listen}\"\nprice = 1\nfiles = \"{}\"\npage = \"{}\"\n\
             store = \"{}\"\npoll-interval-ms = 50\nmetrics = \"127.0.0.1:0\"\n{settings}",
            MANAGER.address,
            root.join("demo/content").display(),
            root.join("www").display(),
            folder.path().join("channels.db").display(),
        );
        let file = folder.path().join("paywall.toml");
        std::fs::write(&file, text).expect("a file");
        let mut child = Command::new(env!("CARGO_BIN_EXE_microraiden-paywall"))
            .arg("--config")
            .arg(file)
            .env("MICRORAIDEN_RECEIVER_KEY", receiver_key().to_hex().as_str())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let output = child.stdout.take().expect("its output");
        let log = child.stderr.take().expect("its log");
        Self {
            child,
            output: BufReader::new(output).lines(),
            log: BufReader::new(log).lines(),
            _folder: folder,
        }
    }

    /// Waits until its log says this.
    async fn says(&mut self, what: &str) {
        let said = async {
            loop {
                let line = self.log.next_line().await.expect("text");
                let line = line.unwrap_or_else(|| panic!("it ended without saying: {what}"));
                if line.contains(what) {
                    return;
                }
            }
        };
        let said = timeout(PATIENCE, said).await;
        said.unwrap_or_else(|_| panic!("it does not say: {what}"));
    }

    /// Where it serves, and where its metrics are, once it does.
    async fn urls(&mut self) -> (String, String) {
        let line = self.output.next_line().await.expect("text");
        let line = line.expect("it says where it serves");
        let words: Vec<_> = line.split(' ').collect();
        let [_, _, url, _, _, "metrics", metrics] = words[..] else {
            panic!("{line}");
        };
        (url.to_owned(), metrics.to_owned())
    }

    async fn terminate(&mut self) {
        let id = self.child.id().expect("it runs").to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(told.expect("kill").success());
    }
}

async fn free_port() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    socket.local_addr().expect("an address").to_string()
}

async fn pay(url: &str, balance: u64) -> StatusCode {
    let key = key(PAYER);
    let channel = Payer::new(PAYER).channel;
    let payment = Payment {
        sender: channel.sender,
        open_block: OPEN_BLOCK,
        proof: MANAGER.sign_balance(&key, &channel, units(balance)),
        contract: None,
        receiver: None,
    };
    let mut request = reqwest::Client::new().get(format!("{url}/poem.txt"));
    for (name, value) in payment.headers() {
        request = request.header(name, value);
    }
    request.send().await.expect("an answer").status()
}

/// Scrapes until the metrics say this.
async fn metrics_say(url: &str, expected: &str) {
    let said = async {
        loop {
            let text = reqwest::get(url).await.expect("an answer");
            let text = text.text().await.expect("text");
            let expected = format!("microraiden_{expected}");
            if text.lines().any(|line| line == expected) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let said = timeout(PATIENCE, said).await;
    said.unwrap_or_else(|_| panic!("the metrics do not say: {expected}"));
}

/// Until everything up to the head is read, nobody is listened to.
#[tokio::test]
async fn nobody_is_listened_to_before_the_first_whole_look() {
    let chain = FixedNode::start(&[Payer::new(PAYER)]).await;
    chain.set(NULL);
    let listen = free_port().await;
    let settings = format!("rpc-url = \"{}\"\n", chain.url);
    let mut program = Program::start(&settings, &listen);
    program
        .says("reading the chain before anything is sold")
        .await;
    program.says("the node does not know block 100").await;
    // That look is over; after the next one it does not listen, either.
    chain.set(DOWN);
    program.says("the chain can't be followed for now").await;
    assert!(TcpStream::connect(&listen).await.is_err());
    chain.set(WELL);
    let (url, metrics) = program.urls().await;
    assert_eq!(pay(&url, 1).await, StatusCode::OK);
    // Later, too, but now it goes on listening.
    chain.set(NULL);
    program.says("the node does not know block 100").await;
    metrics_say(&metrics, "chain_ready 0").await;
    assert_eq!(pay(&url, 2).await, StatusCode::BAD_GATEWAY);
    chain.set(WELL);
    program.says("the chain is followed again").await;
    assert_eq!(pay(&url, 2).await, StatusCode::OK);
}

/// A server that waits for the chain ends when it is told to.
#[tokio::test]
async fn waiting_for_the_chain_can_be_ended() {
    let chain = FixedNode::start(&[]).await;
    chain.set(NULL);
    let settings = format!("rpc-url = \"{}\"\n", chain.url);
    let mut program = Program::start(&settings, "127.0.0.1:0");
    program.says("the node does not know block 100").await;
    program.terminate().await;
    assert!(program.child.wait().await.expect("it ends").success());
}

/// Several nodes, as a list in the file: one stands in for the other, and two that disagree are an
/// alarm.
#[tokio::test]
async fn several_nodes_are_held_against_each_other() {
    let payers = [Payer::new(PAYER)];
    let (one, two) = (
        FixedNode::start(&payers).await,
        FixedNode::start(&payers).await,
    );
    let settings = format!("rpc-url = [\"{}\", \"{}\"]\n", one.url, two.url);
    let mut program = Program::start(&settings, "127.0.0.1:0");
    let (url, metrics) = program.urls().await;
    metrics_say(&metrics, "chain_nodes 2").await;
    assert_eq!(pay(&url, 1).await, StatusCode::OK);
    let mut balance = 1;
    for chain in [&one, &two] {
        chain.set(DOWN);
        metrics_say(&metrics, "chain_nodes 1").await;
        balance += 1;
        assert_eq!(pay(&url, balance).await, StatusCode::OK);
        chain.set(WELL);
        metrics_say(&metrics, "chain_nodes 2").await;
    }
    two.set(FORK);
    program
        .says("node 1 and node 2 disagree about block 100")
        .await;
    metrics_say(&metrics, "chain_ready 0").await;
    assert_eq!(pay(&url, balance + 1).await, StatusCode::BAD_GATEWAY);
    metrics_say(&metrics, "chain_faults_total{kind=\"disagreed\"} 1").await;
    two.set(WELL);
    program.says("the chain is followed again").await;
    assert_eq!(pay(&url, balance + 1).await, StatusCode::OK);
}

/// A node of another chain is refused, by its number and not by its URL.
#[tokio::test]
async fn a_node_of_another_chain_is_refused() {
    let (one, two) = (FixedNode::start(&[]).await, FixedNode::start(&[]).await);
    two.set(Faults {
        elsewhere: true,
        ..WELL
    });
    let settings = format!("rpc-url = [\"{}\", \"{}\"]\n", one.url, two.url);
    let mut program = Program::start(&settings, "127.0.0.1:0");
    program
        .says("node 2 is on chain 1338, and the contract on chain 1337")
        .await;
    assert!(!program.child.wait().await.expect("it ends").success());
}

/// Nodes of the command line, with commas between them or each with an option, take the place of those
/// in the file.
#[tokio::test]
async fn nodes_are_named_on_the_command_line() {
    let folder = TempDir::new().expect("a folder");
    let (one, two) = (FixedNode::start(&[]).await, FixedNode::start(&[]).await);
    // It would be counted, too.
    let other = FixedNode::start(&[]).await;
    let file = folder.path().join("paywall.toml");
    std::fs::write(&file, format!("rpc-url = [\"{}\"]\n", other.url)).expect("a file");
    let both = format!("{},{}", one.url, two.url);
    let cases = [
        vec![both.as_str()],
        vec![one.url.as_str(), two.url.as_str()],
    ];
    for urls in cases {
        let mut command = Command::new(env!("CARGO_BIN_EXE_microraiden-paywall"));
        command
            .arg("--config")
            .arg(&file)
            .args(["--contract", &MANAGER.address.to_string()])
            .args(["--price", "1", "--files", "demo/content"])
            .args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"])
            .arg("--store")
            .arg(folder.path().join("channels.db"))
            .args(urls.iter().flat_map(|url| ["--rpc-url", url]))
            .env("MICRORAIDEN_RECEIVER_KEY", receiver_key().to_hex().as_str())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("it starts");
        let output = child.stdout.take().expect("its output");
        let line = BufReader::new(output).lines().next_line().await;
        let line = line.expect("text").expect("it serves");
        let metrics = line.split(' ').next_back().expect("a URL");
        metrics_say(metrics, "chain_nodes 2").await;
        child.kill().await.expect("killed");
    }
}
