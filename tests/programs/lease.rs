//! Several real servers over one database: one follows the chain and answers close requests, and another one does when
//! that one ends, dies, stands still or loses the database.

use std::time::{Duration, Instant};

use microraiden::protocol::header::Payment;
use microraiden::protocol::{Address, ChannelId, Generation, Manager, Uint256};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::basics::{MANAGER, key, units};
use crate::chain::{AnvilChain, ETHER};
use crate::cluster::Cluster;
use crate::durability::server;
use crate::line::{Line, State};
use crate::node::{Faults, FixedNode, receiver_key};

const PRICE: u64 = 20;
/// A lease, and some time to notice.
const TAKEOVER: Duration = Duration::from_secs(30);

/// One server of several.
struct Process {
    url: String,
    metrics: String,
    child: Child,
}

impl Process {
    async fn start(node: &str, contract: Address, store: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_microraiden-paywall"));
        command.args(["--poll-interval-ms", "100", "--metrics", "127.0.0.1:0"]);
        let (child, line) = server::start(command, (node, contract), PRICE, store).await;
        let words: Vec<_> = line.split(' ').collect();
        let metrics = words.last().expect("a URL").trim_end_matches("/metrics");
        Self {
            url: words[2].to_owned(),
            metrics: metrics.to_owned(),
            child,
        }
    }

    async fn leads(&self) -> bool {
        let told = reqwest::get(format!("{}/ready", self.metrics)).await;
        let told = told.expect("it answers").text().await.expect("text");
        let told: Value = serde_json::from_str(&told).expect("JSON");
        told["leads"].as_bool().expect("it says so")
    }

    async fn metric(&self, name: &str) -> u64 {
        let told = reqwest::get(format!("{}/metrics", self.metrics)).await;
        let told = told.expect("it answers").text().await.expect("text");
        let line = told.lines().find_map(|line| line.strip_prefix(name));
        line.expect("it is told").trim().parse().expect("a number")
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let told = std::process::Command::new("kill")
            .args([name, &id])
            .status();
        assert!(told.expect("kill").success());
    }

    /// The answer to a payment of everything up to this balance.
    async fn pay(
        &self,
        manager: &Manager,
        number: u8,
        channel: &ChannelId,
        balance: u64,
    ) -> StatusCode {
        let payment = Payment {
            sender: channel.sender,
            open_block: channel.open_block,
            proof: manager.sign_balance(&key(number), channel, units(balance)),
            contract: None,
            receiver: None,
        };
        let mut request = reqwest::Client::new().get(format!("{}/poem.txt", self.url));
        for (name, value) in payment.headers() {
            request = request.header(name, value);
        }
        request.send().await.expect("it answers").status()
    }
}

/// Waits until exactly one of them leads, and says which.
async fn leader(processes: &[&Process]) -> usize {
    let found = async {
        loop {
            let mut leading = Vec::new();
            for (index, process) in processes.iter().enumerate() {
                if process.leads().await {
                    leading.push(index);
                }
            }
            assert!(leading.len() < 2, "two lead");
            if let [one] = leading[..] {
                return one;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(TAKEOVER, found).await.expect("one leads")
}

/// Three, of which the one that leads is killed just before a sender cheats.
#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_answered_by_the_one_that_takes_over() {
    let chain = AnvilChain::start(Generation::V02).await;
    let account = receiver_key().address();
    chain.set_ether(account, ETHER).await;
    let cheat = chain.open(&key(1), account, units(100)).await;
    let honest = chain.open(&key(3), account, units(10_000)).await;
    let cluster = Cluster::start();
    let store = cluster.url("postgres");
    let manager = chain.contract.manager;
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(Process::start(&chain.url, manager.address, &store).await);
    }
    let first = leader(&processes.iter().collect::<Vec<_>>()).await;
    let mut dead = processes.remove(first);
    let [one, other] = &processes[..] else {
        panic!("two are left");
    };
    assert_eq!(one.metric("microraiden_lease_held").await, 0);
    for (balance, process) in [(20, one), (40, other)] {
        let paid = process.pay(&manager, 1, &cheat, balance).await;
        assert_eq!(paid, StatusCode::OK);
    }
    // A channel that nobody has read of yet, at one that does not read the chain.
    let new = chain.open(&key(4), account, units(100)).await;
    assert_eq!(one.pay(&manager, 4, &new, PRICE).await, StatusCode::OK);

    dead.child.kill().await.expect("killed");
    let died = Instant::now();
    chain
        .request_close(&cheat, &manager.sign_balance(&key(1), &cheat, units(10)))
        .await;
    let mut balance = 0;
    while !chain.is_settled(&cheat).await {
        assert!(died.elapsed() < TAKEOVER, "nobody answers");
        for process in [one, other] {
            balance += PRICE;
            let paid = process.pay(&manager, 3, &honest, balance).await;
            assert_eq!(paid, StatusCode::OK, "after {:?}", died.elapsed());
            sleep(Duration::from_millis(50)).await;
        }
    }
    println!(
        "answered {:?} after the death of the one that led",
        died.elapsed()
    );
    assert_eq!(chain.tokens(account).await, Uint256::new(40));
    assert_eq!(chain.node.mined_nonce(account).await, Ok(1));
    let now = [one, other][leader(&[one, other]).await];
    assert_eq!(now.metric("microraiden_lease_takeovers_total").await, 1);
}

/// One that ends gives the lease back, so that nobody waits for its end.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_ends_is_followed_at_once() {
    let (chain, cluster) = (FixedNode::start(&[]).await, Cluster::start());
    let store = cluster.url("postgres");
    let mut one = Process::start(&chain.url, MANAGER.address, &store).await;
    assert!(one.leads().await);
    let other = Process::start(&chain.url, MANAGER.address, &store).await;
    assert!(!other.leads().await);
    one.signal("-TERM");
    assert!(one.child.wait().await.expect("it ends").success());
    let ended = Instant::now();
    assert_eq!(leader(&[&other]).await, 0);
    println!("followed {:?} after its end", ended.elapsed());
    assert!(ended.elapsed() < Duration::from_secs(6));
}

/// One that stands still for longer than its lease, and one that can't reach the database, have lost it.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_can_not_renew_does_not_act() {
    let (chain, cluster) = (FixedNode::start(&[]).await, Cluster::start());
    let line = Line::to(cluster.socket()).await;
    let far = format!("postgres://tests@127.0.0.1:{}/postgres", line.port);
    let one = Process::start(&chain.url, MANAGER.address, &far).await;
    let other = Process::start(&chain.url, MANAGER.address, &cluster.url("postgres")).await;
    assert!(one.leads().await);
    one.signal("-STOP");
    assert_eq!(leader(&[&other]).await, 0);
    one.signal("-CONT");
    sleep(Duration::from_millis(500)).await;
    assert_eq!(leader(&[&one, &other]).await, 1);

    other.signal("-STOP");
    assert_eq!(leader(&[&one]).await, 0);
    other.signal("-CONT");
    sleep(Duration::from_millis(500)).await;
    line.set(State::Dark);
    // Never two at a time.
    let lost = async {
        while !other.leads().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(TAKEOVER, lost).await.expect("taken over");
    assert!(!one.leads().await);
}

/// One whose node is silent leaves the chain to one whose node is not.
#[tokio::test(flavor = "multi_thread")]
async fn one_without_a_node_leaves_the_chain_to_others() {
    let [broken, well] = [FixedNode::start(&[]).await, FixedNode::start(&[]).await];
    let cluster = Cluster::start();
    let store = cluster.url("postgres");
    let one = Process::start(&broken.url, MANAGER.address, &store).await;
    let other = Process::start(&well.url, MANAGER.address, &store).await;
    assert!(one.leads().await);
    broken.set(Faults {
        down: true,
        ..Faults::default()
    });
    let given_up = async {
        while !other.leads().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(2 * TAKEOVER, given_up).await.expect("given up");
    assert_eq!(leader(&[&one, &other]).await, 1);
    // Both sell by what the node that is well shows.
    for process in [&one, &other] {
        let ready = reqwest::get(format!("{}/ready", process.metrics)).await;
        assert_eq!(ready.expect("it answers").status(), StatusCode::OK);
    }
}
