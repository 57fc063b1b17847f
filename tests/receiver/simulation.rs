//! The real receiver and watcher against a model of chain, nodes and senders: random schedules of openings,
//! top ups, payments, agreements, close requests, settlements, reorganisations deeper than the
//! confirmations, restarts, and nodes that lag, fail, answer null, jump back and disagree.
//!
//! What holds at each step: after a complete poll the channels of a receiver that is ready are those of the
//! chain at the confirmed block; nothing is accepted after an agreement; nothing that was accepted is forgotten. At the
//! end every cheating sender has paid all that the chain's deposit covers.
//!
//! `MICRORAIDEN_SEED` and `MICRORAIDEN_STEPS` change where the search begins and how long it goes on:
//! `MICRORAIDEN_SEED=7 MICRORAIDEN_STEPS=1000000 cargo test --release --features receiver --test
//! receiver simulation`. A failure prints its episode, to be kept in `KEPT`.

mod books;
mod chain;
mod node;
mod shop;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::chance::Chance;
use node::Faults;
use shop::Shop;

/// Steps of one episode.
const LENGTH: u64 = 400;
/// After so many steps the nodes work for a while: a receiver that is cut off for a whole challenge period
/// loses what it does not answer in time.
const CALM: u64 = 20;

/// One schedule.
#[derive(Clone, Copy, Debug)]
struct Episode {
    seed: u64,
    length: u64,
}

/// Episodes that failed once.
const KEPT: &[Episode] = &[
    // A deposit fell and rose again by another amount; the proof that only the first one covered was lost.
    Episode {
        seed: 918_956,
        length: 400,
    },
];

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

async fn run(episode: Episode) {
    let mut chance = Chance(episode.seed);
    let mut shop = Shop::new(&mut chance);
    for step in 0..episode.length {
        if step % CALM == 0 {
            shop.calm_down().await;
        }
        let kind = chance.below(100);
        match kind {
            0..24 => shop.pay(&mut chance).await,
            24..27 => shop.use_up(&mut chance).await,
            27..30 => shop.come_back(&mut chance).await,
            30..54 => shop.poll().await,
            54..66 => shop.mine(),
            66..69 => shop.open(&mut chance),
            69..75 => shop.top_up(&mut chance),
            75..78 => shop.agree(&mut chance).await,
            78..80 => shop.request_close(&mut chance),
            80..83 => shop.settle(&mut chance),
            83..90 => shop.reorganise(&mut chance),
            90..92 => shop.restart(),
            92..98 => shop.suffer(faults(&mut chance), &mut chance),
            _ => shop.branch(&mut chance),
        }
    }
    shop.conclude().await;
}

fn faults(chance: &mut Chance) -> Faults {
    let mut some = |percent: u64, most: u64| match chance.percent(percent) {
        true => chance.below(most + 1),
        false => 0,
    };
    Faults {
        fail: some(40, 60),
        null: some(40, 100),
        lag: some(40, 4),
    }
}

fn search(first: u64, steps: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let found = (0..steps.div_ceil(LENGTH)).map(|number| Episode {
        seed: first + number,
        length: LENGTH,
    });
    for episode in KEPT.iter().copied().chain(found) {
        let ran = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run(episode))));
        assert!(ran.is_ok(), "{episode:?} fails");
    }
}

#[test]
fn a_ready_receiver_has_the_chain_and_loses_nothing() {
    let seed = number("MICRORAIDEN_SEED").unwrap_or(1_000_000);
    search(seed, number("MICRORAIDEN_STEPS").unwrap_or(12_000));
}
