//! Chaos: server, chain node and store are killed and started again at random while real senders pay
//! over HTTP and then leave, some of them cheating, and the server's node answers null, short, of another
//! fork and from the past; in the end senders, receiver and chain agree to
//! the unit. Senders pay one by one, or with the numbers of the credit extension several requests at once.
//!
//! `cargo test` has two of these tests, `cargo xtask chaos` all.
//!
//! Over a database that fails over, three servers are killed by turns, of which one follows the chain.
//! `MICRORAIDEN_CHAOS_FAILOVERS` says how often it fails over while they are paid.
//!
//! [`soak`] kills nobody, and has a pool of nodes that lag and fail instead.
//!
//! `MICRORAIDEN_CHAOS_SEED` repeats a schedule of failures, `MICRORAIDEN_CHAOS_SECONDS` makes the
//! time of payments longer, `MICRORAIDEN_CHAOS_LOG` names a file for the servers' logs.
#![cfg(all(feature = "paywall", target_os = "linux"))]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

#[path = "../support/basics.rs"]
mod basics;
mod chain;
#[allow(dead_code, unreachable_pub)] // Shared with another test.
#[path = "../simulation/chance.rs"]
mod chance;
#[cfg(feature = "postgres")]
#[path = "../support/cluster.rs"]
mod cluster;
#[cfg(feature = "postgres")]
mod failover;
mod keep;
mod page;
mod payer;
#[cfg(feature = "postgres")]
#[path = "../support/pgbouncer.rs"]
mod pgbouncer;
mod plan;
mod pool;
mod request;
mod server;
mod soak;
mod trouble;
mod wayward;

use crate::basics::{key, units};
use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use microraiden::protocol::{Address, Generation, Uint256};
use microraiden::receiver::{Identity, Select, Store, StoreExt};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use chain::RestartedChain;
use keep::Keep;
use page::Page;
use payer::{Books, Payer, Way};
use plan::Plan;
use server::Server;
use wayward::Wayward;

const PRICE: u64 = 3;
/// What every sender has at first.
const TOKENS: u64 = 1_000_000;
/// How many requests a sender has under way at once, where it has several.
const AT_ONCE: usize = 4;
const WAYS: [Way; 6] = [
    Way::Together,
    Way::Cheating,
    Way::Alone,
    Way::Cheating,
    Way::Together,
    Way::Cheating,
];

#[tokio::test]
#[ignore = "`cargo xtask chaos` has it"]
async fn all_agree_after_chaos_over_a_file() {
    Box::pin(chaos(Generation::V02, Keep::file(), Nodes::Wayward, 1)).await;
}

#[tokio::test]
async fn all_agree_after_chaos_in_parallel_over_a_file() {
    let keep = Keep::file();
    Box::pin(chaos(Generation::V01, keep, Nodes::Wayward, AT_ONCE)).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "`cargo xtask chaos` has it"]
async fn all_agree_after_chaos_over_a_database() {
    Box::pin(chaos(Generation::V01, Keep::database(), Nodes::Both, 1)).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "`cargo xtask chaos` has it"]
async fn all_agree_after_chaos_in_parallel_over_a_database() {
    let keep = Keep::database();
    Box::pin(chaos(Generation::V02, keep, Nodes::Both, AT_ONCE)).await;
}

/// Three servers, of which one follows the chain, behind a pooler over a primary with a standby.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn all_agree_after_chaos_of_three_servers_over_a_database_that_fails_over() {
    let keep = Keep::Failover(Arc::new(failover::Failover::start()));
    Box::pin(chaos(Generation::V02, keep, Nodes::Both, AT_ONCE)).await;
}

/// Whom the server asks.
#[derive(Clone, Copy, PartialEq)]
enum Nodes {
    /// The one that can't be relied on.
    Wayward,
    /// The real one, too.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    Both,
}

/// Each of these tests keeps the whole machine busy, and waits for answers in time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// With so many requests of each sender under way at once: several with numbers.
async fn chaos(generation: Generation, keep: Keep, nodes: Nodes, at_once: usize) {
    let _alone = ONE_AT_A_TIME.lock().await;
    let seconds = std::env::var("MICRORAIDEN_CHAOS_SECONDS");
    let seconds = seconds.map_or(20, |text| text.parse().expect("seconds"));
    // The servers and their node are killed for as long as the database fails over.
    let failovers = keep.failovers() as u64;
    let seconds = failovers.saturating_mul(4).max(seconds);
    let mut chance = plan::seeded();
    let receiver = key(0x77);
    let accounts: Vec<_> = (1..).take(WAYS.len()).map(|n| key(n).address()).collect();
    let chain = RestartedChain::start(generation, &accounts, Uint256::from(TOKENS)).await;
    chain.give_ether(receiver.address()).await;
    let identity = Identity::new(&chain.contract, receiver.address());
    let account = receiver.address();
    // Of one node alone, a short answer just before the server is killed would be believed for ever.
    let short = nodes == Nodes::Both;
    let node = Wayward::start(&chain.url, &mut chance, short).await;
    let mut urls = node.url.clone();
    if nodes == Nodes::Both {
        urls = format!("{urls},{}", chain.url);
    }
    let price = units(PRICE);
    let (place, credit) = (keep.place(), at_once > 1);
    let mut servers = Vec::new();
    for _ in 0..keep.servers() {
        let key = receiver.clone();
        servers.push(Server::start(&chain, &urls, &place, key, price, credit).await);
    }
    let web = reqwest::Client::new();
    let payers: Vec<_> = (1..)
        .zip(WAYS)
        .zip(servers.iter().cycle())
        .map(|((number, way), server)| {
            let page = Page::new(key(number), &chain, &chain.url, web.clone());
            let payer = Payer::new(page, way, &server.url, PRICE, Duration::ZERO);
            payer.with_requests(at_once)
        })
        .collect();
    let outages = Cell::new(0);
    let story = async {
        // They pay.
        let stop = Cell::new(false);
        let plans: Vec<_> = servers
            .iter()
            .map(|_| Plan::new(&mut chance, seconds))
            .collect();
        let plan = Plan::new(&mut chance, seconds);
        let failures = keep.outages(&plan.store);
        let storm = async {
            tokio::join!(
                all(servers
                    .iter()
                    .zip(&plans)
                    .map(|(server, plan)| server.suffer(&plan.server))),
                chain.suffer(&plan.node),
                keep.suffer(&failures, &outages),
                kill_pages(&payers, &plan),
            );
            stop.set(true);
        };
        tokio::join!(
            storm,
            all(payers.iter().map(|payer| payer.pay_until(&stop)))
        );
        let store = keep.open(&identity).await;
        let books = compared(&payers, &*store).await;
        let sum = total(&books);
        drop(store);

        // They leave.
        let plans: Vec<_> = servers
            .iter()
            .map(|_| Plan::new(&mut chance, seconds / 2))
            .collect();
        let plan = Plan::new(&mut chance, seconds / 2);
        tokio::join!(
            all(servers
                .iter()
                .zip(&plans)
                .map(|(server, plan)| server.suffer(&plan.server))),
            chain.suffer(&plan.node),
            keep.suffer(&plan.store, &outages),
            all(payers.iter().map(|payer| payer.leave(&chain))),
        );
        chain.let_the_period_pass().await;
        all(payers.iter().map(|payer| payer.settle(&chain))).await;
        let store = keep.open(&identity).await;
        while !store.all(Select::All).await.expect("read").is_empty() {
            sleep(Duration::from_millis(100)).await;
        }

        let deaths: u32 = payers.iter().map(|payer| payer.deaths.get()).sum();
        println!(
            "{sum:?}; killed: server {} (and {} starts in vain), node {} ({} blocks lost), store \
             {}, pages {deaths}; the node was wrong {} times",
            servers.iter().map(|server| server.kills.get()).sum::<u32>(),
            servers
                .iter()
                .map(|server| server.vain_starts.get())
                .sum::<u32>(),
            chain.kills.get(),
            chain.lost.get(),
            outages.get(),
            node.faults(),
        );
        let repeated: u32 = payers.iter().map(|p| p.tally.repeated.get()).sum();
        let most = payers.iter().map(|p| p.tally.most_at_once.get()).max();
        println!("{most:?} payments of a channel at once; {repeated} served again");
        all_is_paid_out(&chain, &payers, account, &books).await;
        // Otherwise nothing was shown.
        assert!(sum.served > 100 && sum.top_ups > 0, "{sum:?}");
        assert!(node.faults() > 0);
        assert_eq!(most, Some(at_once));
    };
    let limit = Duration::from_secs(4 * seconds + 120 + 20 * failovers);
    tokio::select! {
        ended = timeout(limit, story) => {
            let told = || payers.iter().map(Payer::told).collect::<Vec<_>>().join("\n");
            assert!(ended.is_ok(), "it does not come to an end:\n{}", told());
        }
        () = chain.mine() => {}
    }
}

/// Compares what payers and receiver keep; returns what each paid for.
async fn compared(payers: &[Payer], store: &dyn Store) -> Vec<Books> {
    let mut all = Vec::new();
    for payer in payers {
        all.push(payer.compare(store, PRICE).await);
    }
    all
}

fn total(all: &[Books]) -> Books {
    let mut sum = Books::default();
    for books in all {
        sum.served += books.served;
        sum.unanswered += books.unanswered;
        sum.top_ups += books.top_ups;
        sum.due = sum.due.saturating_add(books.due);
    }
    sum
}

/// The contract is empty, and each has its own, to the unit.
async fn all_is_paid_out(
    chain: &RestartedChain,
    payers: &[Payer],
    receiver: Address,
    books: &[Books],
) {
    for payer in payers {
        println!("{:?} {}", payer.way, payer.told());
    }
    let due = total(books).due;
    assert_eq!(chain.tokens(receiver).await, due, "what was paid out");
    for (payer, Books { due, .. }) in payers.iter().zip(books) {
        let left = chain.tokens(payer.page.account()).await;
        assert_eq!(
            left,
            Uint256::from(TOKENS).saturating_sub(*due),
            "what came back"
        );
    }
    let manager = chain.contract.manager.address;
    assert_eq!(chain.tokens(manager).await, Uint256::ZERO);
}

/// Cuts off one page after the other.
async fn kill_pages(payers: &[Payer], plan: &Plan) {
    for (after, which) in &plan.pages {
        sleep(*after).await;
        payers[(which % payers.len() as u64) as usize].die();
    }
}

/// Runs all at once to their ends.
async fn all<F: Future<Output = ()>>(work: impl Iterator<Item = F>) {
    let mut work: Vec<_> = work.map(Box::pin).collect();
    std::future::poll_fn(move |context| {
        work.retain_mut(|work| work.as_mut().poll(context).is_pending());
        if work.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}
