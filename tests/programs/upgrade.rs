//! Two versions of the server over one database, as in an upgrade: this one, and an older one, which
//! `MICRORAIDEN_OLDER_PAYWALL` names. `cargo xtask upgrade` builds one and runs these tests.
//!
//! | what the newer one changes of the tables | the older one that runs | the older one that is started again |
//! |---|---|---|
//! | nothing | sells on | sells |
//! | it adds some | sells on | refuses the store, and says why |
//! | columns of those that there were | sells nothing any more | refuses the store, and says why |
//!
//! Whichever it is, no payment is lost or served twice, and a dispute is answered by one transaction.

mod sender;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use microraiden::protocol::{Address, Generation, Uint256};
use microraiden::receiver::{ChannelKey, store};
use microraiden::tls::Trust;
use reqwest::StatusCode;
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::basics::{MANAGER, key, units};
use crate::chain::{AnvilChain, ETHER};
use crate::cluster::Cluster;
use crate::durability::server::{Server, tell};
use crate::node::{FixedNode, receiver_key};
use crate::payer::{PRICE, Payer};
use sender::Sender;

const SENDERS: u8 = 6;
/// Each pays five or seven times in one.
const ROUNDS: u64 = 20;
/// Nothing takes so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a program says of tables that it does not know. Those of before several receivers shared them (`V5`) look
/// for their own first, and say the second.
const REFUSALS: [&str; 2] = [
    "the database was written by another version of this program",
    "the database holds something else than channels",
];

/// A version of the program, and the folder of its page.
struct Version {
    program: PathBuf,
    sources: PathBuf,
}

impl Version {
    fn this() -> Self {
        Self {
            program: env!("CARGO_BIN_EXE_microraiden-paywall").into(),
            sources: env!("CARGO_MANIFEST_DIR").into(),
        }
    }

    fn older() -> Self {
        let program = env::var_os("MICRORAIDEN_OLDER_PAYWALL");
        let program = program.expect("it names an older program; `cargo xtask upgrade` builds one");
        let sources = env::var_os("MICRORAIDEN_OLDER_SOURCES");
        Self {
            program: program.into(),
            sources: sources.map_or_else(|| Self::this().sources, PathBuf::from),
        }
    }

    async fn takes_numbers(&self) -> bool {
        let help = Command::new(&self.program).arg("--help").output().await;
        let help = help.expect("it starts").stdout;
        String::from_utf8(help).expect("text").contains("--credit")
    }
}

/// What both versions are told.
struct Sale {
    node: String,
    contract: Address,
    store: String,
    numbers: bool,
}

impl Sale {
    async fn new(node: &str, contract: Address, cluster: &Cluster) -> Self {
        Self {
            node: node.to_owned(),
            contract,
            store: cluster.url("postgres"),
            numbers: Version::older().takes_numbers().await,
        }
    }

    fn command(&self, version: &Version) -> Command {
        let mut command = Command::new(&version.program);
        let sources = &version.sources;
        tell(
            &mut command,
            sources,
            (&self.node, self.contract),
            PRICE,
            &self.store,
        );
        command.args(["--poll-interval-ms", "100"]);
        if self.numbers {
            command.arg("--credit");
        }
        command
    }

    async fn start(&self, version: &Version) -> Server {
        let mut command = self.command(version);
        let started = Server::run(command.stderr(Stdio::null()));
        timeout(PATIENCE, started).await.expect("it starts")
    }

    /// Why it does not start.
    async fn refusal(&self, version: &Version) -> String {
        let output = self.command(version).stderr(Stdio::piped()).output();
        let output = timeout(PATIENCE, output).await.expect("it ends");
        let output = output.expect("it starts");
        assert!(!output.status.success(), "it has ended well");
        String::from_utf8(output.stderr).expect("text")
    }
}

/// The tables, as the database tells.
struct Layout {
    migrations: String,
    /// Each with its columns.
    tables: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Nothing,
    NewTables,
    OtherColumns,
}

impl Layout {
    fn of(cluster: &Cluster) -> Self {
        // Versions of long ago have no list.
        let migrations = cluster.try_run("SELECT version FROM microraiden_migrations ORDER BY 1");
        let tables = cluster.run(
            "SELECT table_name, string_agg(column_name || ' ' || data_type, ', ' ORDER BY column_name) \
             FROM information_schema.columns WHERE table_name LIKE 'microraiden%' GROUP BY 1",
        );
        Self {
            migrations: migrations.unwrap_or_default(),
            tables: tables.lines().map(str::to_owned).collect(),
        }
    }

    fn change(&self, after: &Self) -> Change {
        match self.tables.is_subset(&after.tables) {
            _ if self.migrations == after.migrations => Change::Nothing,
            true => Change::NewTables,
            false => Change::OtherColumns,
        }
    }
}

/// Senders that pay all the time.
struct Busy {
    tasks: Vec<JoinHandle<Sender>>,
    stop: watch::Sender<bool>,
    told: UnboundedReceiver<()>,
}

impl Busy {
    /// Each payment goes to another of these servers first.
    fn start(senders: Vec<Sender>, servers: &[&Server]) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (tell, told) = unbounded_channel();
        let urls: Vec<_> = servers.iter().map(|server| server.url.clone()).collect();
        let tasks = senders.into_iter().map(|mut sender| {
            let (mut urls, stopped, tell) = (urls.clone(), stopped.clone(), tell.clone());
            tokio::spawn(async move {
                while !*stopped.borrow() {
                    let order: Vec<_> = urls.iter().map(String::as_str).collect();
                    if !sender.pay(&order).await {
                        // As it is asked to, though not for so long.
                        sleep(Duration::from_millis(20)).await;
                    }
                    urls.rotate_left(1);
                    // Nobody may wait for it any more.
                    let _ = tell.send(());
                }
                sender
            })
        });
        Self {
            tasks: tasks.collect(),
            stop,
            told,
        }
    }

    /// Until so many more payments were tried.
    async fn go_on(&mut self) {
        while self.told.try_recv().is_ok() {}
        for _ in 0..200 {
            let told = timeout(PATIENCE, self.told.recv()).await;
            told.expect("they pay")
                .expect("the servers keep their word");
        }
    }

    async fn end(self) -> Vec<Sender> {
        self.stop.send(true).expect("they pay");
        all(self.tasks).await
    }
}

async fn all(tasks: Vec<JoinHandle<Sender>>) -> Vec<Sender> {
    let mut senders = Vec::new();
    for task in tasks {
        senders.push(task.await.expect("the servers keep their word"));
    }
    senders
}

fn served_by(senders: &[Sender], server: &Server) -> u64 {
    senders.iter().map(|s| s.served_by(&server.url)).sum()
}

/// How often a server failed, by status.
fn failures_of(senders: &[Sender], server: &Server) -> BTreeMap<Option<StatusCode>, u64> {
    let mut failures = BTreeMap::new();
    for (status, count) in senders.iter().flat_map(|s| s.failures_of(&server.url)) {
        *failures.entry(status).or_default() += count;
    }
    failures
}

/// All senders pay both at the same time: in turn, one payment at both, and where payments have numbers one at each.
async fn pay_both(senders: Vec<Sender>, old: &Server, new: &Server) -> Vec<Sender> {
    let pay = |mut sender: Sender| {
        let (old, new) = (old.url.clone(), new.url.clone());
        tokio::spawn(async move {
            for _ in 0..ROUNDS {
                assert!(sender.pay(&[&old, &new]).await, "nobody sells");
                assert!(sender.pay(&[&new, &old]).await, "nobody sells");
                sender.pay_twice(&old, &new).await;
                sender.pay_side_by_side(&new, &old).await;
            }
            sender
        })
    };
    all(senders.into_iter().map(pay).collect()).await
}

/// The same, of which the older one has its part unless the newer one has changed its tables.
async fn sell_together(
    senders: Vec<Sender>,
    old: &Server,
    new: &Server,
    change: Change,
) -> Vec<Sender> {
    let before = served_by(&senders, old);
    let senders = pay_both(senders, old, new).await;
    let sold = served_by(&senders, old) - before;
    let failures = failures_of(&senders, old);
    println!("{change:?}: the older one served {sold} times, and failed by status: {failures:?}");
    match change {
        Change::OtherColumns => assert!(sold == 0 && !failures.is_empty()),
        Change::Nothing | Change::NewTables => {
            assert!(sold >= ROUNDS * u64::from(SENDERS) && failures.is_empty());
        }
    }
    assert_eq!(failures_of(&senders, new), BTreeMap::new());
    senders
}

/// One ends while both are paid, and the other one goes on.
async fn hand_over(senders: Vec<Sender>, from: Server, to: &Server) -> Vec<Sender> {
    let mut busy = Busy::start(senders, &[&from, to]);
    busy.go_on().await;
    from.end().await;
    busy.go_on().await;
    let senders = busy.end().await;
    assert_eq!(failures_of(&senders, to), BTreeMap::new());
    senders
}

/// The older version is started again over what the newer one has written.
async fn go_back(
    sale: &Sale,
    senders: Vec<Sender>,
    new: Server,
    change: Change,
) -> (Vec<Sender>, Server) {
    if change == Change::Nothing {
        let old = sale.start(&Version::older()).await;
        let senders = sell_together(senders, &old, &new, change).await;
        return (hand_over(senders, new, &old).await, old);
    }
    let said = sale.refusal(&Version::older()).await;
    let is_reason = |line: &&str| REFUSALS.iter().any(|reason| line.contains(reason));
    let reason = said.lines().find(is_reason);
    let reason = reason.unwrap_or_else(|| panic!("{said}"));
    println!("the older one, started again: {reason}");
    let mut busy = Busy::start(senders, &[&new]);
    busy.go_on().await;
    let senders = busy.end().await;
    assert_eq!(failures_of(&senders, &new), BTreeMap::new());
    (senders, new)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "`cargo xtask upgrade` has it, with an older program"]
async fn two_versions_sell_and_lose_nothing() {
    let cluster = Cluster::start();
    let payers: Vec<_> = (1..=SENDERS).map(Payer::new).collect();
    let chain = FixedNode::start(&payers).await;
    let sale = Sale::new(&chain.url, MANAGER.address, &cluster).await;
    println!("payments have numbers: {}", sale.numbers);
    let senders = (1..=SENDERS).zip(&payers).map(|(number, payer)| {
        let numbered = sale.numbers && number % 2 == 0;
        Sender::new(key(number), MANAGER, payer.channel, numbered)
    });

    let old = sale.start(&Version::older()).await;
    let before = Layout::of(&cluster);
    let mut busy = Busy::start(senders.collect(), &[&old]);
    busy.go_on().await;
    // It migrates the tables while the older one is paid.
    let new = sale.start(&Version::this()).await;
    busy.go_on().await;
    let senders = busy.end().await;
    let change = before.change(&Layout::of(&cluster));
    let senders = sell_together(senders, &old, &new, change).await;
    let senders = hand_over(senders, old, &new).await;
    let (senders, last) = go_back(&sale, senders, new, change).await;
    last.end().await;

    let trust = Trust::system().expect("TLS works");
    let store = store::open_at(Some(&sale.store), &chain.identity(), &trust).await;
    let store = store.expect("opened");
    let mut sum = 0;
    for sender in &senders {
        let kept = store.get(ChannelKey::from(&sender.channel)).await;
        let kept = kept.expect("read").expect("the channel");
        let paid = units(sender.paid * PRICE);
        assert_eq!((kept.balance(), kept.charged()), (paid, paid));
        sum += sender.paid;
    }
    println!("{sum} payments, each served and stored");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "`cargo xtask upgrade` has it, with an older program"]
async fn two_versions_answer_a_dispute_once() {
    let chain = AnvilChain::start(Generation::V02).await;
    let account = receiver_key().address();
    chain.set_ether(account, ETHER).await;
    let cluster = Cluster::start();
    let manager = chain.contract.manager;
    let sale = Sale::new(&chain.url, manager.address, &cluster).await;
    let cheat = chain.open(&key(1), account, units(100)).await;
    let old = sale.start(&Version::older()).await;
    let new = sale.start(&Version::this()).await;
    // Both servers see this one in the database, whichever of them reads the chain.
    let honest = chain.open(&key(3), account, units(100_000)).await;
    let mut cheat = Sender::new(key(1), manager, cheat, false);
    let mut honest = Sender::new(key(3), manager, honest, false);
    for urls in [[&old, &new], [&new, &old]] {
        let urls = urls.map(|server| server.url.as_str());
        assert!(cheat.pay(&urls).await && honest.pay(&urls).await);
    }
    let low = manager.sign_balance(&key(1), &cheat.channel, units(1));
    chain.request_close(&cheat.channel, &low).await;
    let answered = async {
        while !chain.is_settled(&cheat.channel).await {
            assert!(honest.pay(&[&old.url, &new.url]).await, "nobody sells");
            assert!(honest.pay(&[&new.url, &old.url]).await, "nobody sells");
        }
    };
    timeout(PATIENCE, answered).await.expect("answered");
    println!("settled after {} payments of another sender", honest.paid);
    assert_eq!(chain.tokens(account).await, Uint256::new(2));
    old.end().await;
    assert!(honest.pay(&[&new.url]).await);
    new.end().await;
    assert_eq!(chain.node.mined_nonce(account).await, Ok(1));
}
