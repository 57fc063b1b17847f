//! A soak: many senders open, pay, top up and close through a pool of back ends that lag and fail. In the end
//! sums agree to the unit, and nobody opened two channels.

use std::cell::Cell;
use std::time::Duration;

use microraiden::protocol::{Generation, Uint256};
use microraiden::receiver::{Identity, Select, StoreExt};
use tokio::time::{sleep, timeout};

use crate::basics::key;
use crate::chain::RestartedChain;
use crate::keep::Keep;
use crate::page::Page;
use crate::payer::{Payer, Way};
use crate::pool::{MOST_LAG, Pool};
use crate::server::Server;
use crate::{ONE_AT_A_TIME, PRICE, TOKENS, all, all_is_paid_out, compared, plan, total};

const WAYS: [Way; 5] = [
    Way::Together,
    Way::Alone,
    Way::Together,
    Way::Cheating,
    Way::Together,
];
/// Fewer than a sender's list of payments keeps, which is compared in the end.
const MOST_PAYMENTS: u64 = 1500;

#[tokio::test]
async fn all_agree_over_a_pool_of_nodes() {
    Box::pin(soak(Generation::V02, 10, 15)).await;
}

/// `cargo xtask soak --minutes N`
#[tokio::test]
#[ignore = "it takes as many minutes as MICRORAIDEN_SOAK_MINUTES says"]
async fn fifty_channels_through_a_pool_of_nodes() {
    let minutes = std::env::var("MICRORAIDEN_SOAK_MINUTES").expect("a number of minutes");
    let minutes: u64 = minutes.parse().expect("a number of minutes");
    Box::pin(soak(Generation::V01, 50, 60 * minutes)).await;
}

async fn soak(generation: Generation, count: usize, seconds: u64) {
    let _alone = ONE_AT_A_TIME.lock().await;
    let mut chance = plan::seeded();
    let receiver = key(0x77);
    let account = receiver.address();
    let senders: Vec<_> = (1..).take(count).map(key).collect();
    let accounts: Vec<_> = senders.iter().map(|key| key.address()).collect();
    let chain = RestartedChain::start(generation, &accounts, Uint256::from(TOKENS)).await;
    chain.give_ether(account).await;
    // All back ends know what everybody has.
    chain.mine_blocks(MOST_LAG + 1).await;
    let identity = Identity::new(&chain.contract, account);
    let pool = Pool::start(&chain.url, &mut chance).await;
    let keep = Keep::file();
    let (place, price) = (keep.place(), crate::units(PRICE));
    let server = Server::start(&chain, &pool.url, &place, receiver, price, false).await;
    let web = reqwest::Client::new();
    let pace = Duration::from_millis((1000 * seconds / MOST_PAYMENTS).max(20));
    let payers: Vec<_> = senders
        .into_iter()
        .zip(WAYS.into_iter().cycle())
        .map(|(key, way)| {
            let page = Page::new(key, &chain, &pool.url, web.clone());
            Payer::new(page, way, &server.url, PRICE, pace)
        })
        .collect();
    let story = async {
        let stop = Cell::new(false);
        let time = async {
            for minute in 0..seconds.div_ceil(60) {
                println!(
                    "minute {minute} of {}: {:?}",
                    seconds.div_ceil(60),
                    pool.faults()
                );
                sleep(Duration::from_secs(60.min(seconds - 60 * minute))).await;
            }
            stop.set(true);
        };
        tokio::join!(time, all(payers.iter().map(|payer| payer.pay_until(&stop))));
        let store = keep.open(&identity).await;
        let books = compared(&payers, &*store).await;
        let sum = total(&books);
        drop(store);

        all(payers.iter().map(|payer| payer.leave(&chain))).await;
        chain.let_the_period_pass().await;
        all(payers.iter().map(|payer| payer.settle(&chain))).await;
        let store = keep.open(&identity).await;
        while !store.all(Select::All).await.expect("read").is_empty() {
            sleep(Duration::from_millis(100)).await;
        }
        let (lagged, failed) = pool.faults();
        let answered = |status: &str| payers.iter().map(|p| p.count(status)).sum::<u32>();
        let (offline, no_store) = (answered("502"), answered("503"));
        println!("{sum:?}; {lagged} answers from the past, {failed} failures");
        println!("payers were answered 502 {offline} times, 503 {no_store} times");
        all_is_paid_out(&chain, &payers, account, &books).await;
        // Otherwise nothing was shown.
        assert!(sum.served > 10 * count as u64 && sum.top_ups > 0, "{sum:?}");
        assert!(lagged > 0 && failed > 0);
    };
    let limit = Duration::from_secs(seconds + 240);
    tokio::select! {
        ended = timeout(limit, story) => {
            let told = || payers.iter().map(Payer::told).collect::<Vec<_>>().join("\n");
            assert!(ended.is_ok(), "it does not come to an end:\n{}", told());
        }
        () = chain.mine() => {}
    }
}
