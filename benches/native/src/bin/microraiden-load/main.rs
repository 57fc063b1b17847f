//! Measures how many payments the receiver accepts with a durable write for each, beside the bare
//! recovery of their signatures on all cores, and writes the tables into the file that is named.

// Figures are what this program is for.
#![allow(clippy::float_arithmetic)]

#[allow(clippy::expect_used)] // Of tests.
#[path = "../../../../../tests/support/cluster.rs"]
mod cluster;
mod payers;
mod shop;
mod stores;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use serde_json::{Value, json};

use payers::Load;
use shop::Shop;

/// Payers at once, where there are as many channels.
const PAYERS: usize = 256;
/// Rounds of few channels against many, and payments in each.
const ROUNDS: usize = 21;
const SLICE: usize = 4_000;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the tables of the store that is built in
    Tables {
        /// Where they are written to
        file: PathBuf,
        /// Where the stores lie, which should be on a disk
        folder: PathBuf,
        /// One of them: `rates`, `growth` or `numbers`
        only: Option<String>,
    },
    /// Write a table of stores by channels and processes
    Stores {
        /// Where it is written to
        file: PathBuf,
        /// Where the stores lie, which should be on a disk
        folder: PathBuf,
        #[command(flatten)]
        options: stores::Options,
    },
    /// Pay when told to, as one of the processes
    #[command(hide = true)]
    Pay(stores::Share),
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match Arguments::parse().command {
            Command::Tables { file, folder, only } => {
                write(&file, tables(&folder, only.as_deref()).await?)
            }
            Command::Stores {
                file,
                folder,
                options,
            } => write(&file, vec![stores::compare(&folder, &options).await?]),
            Command::Pay(share) => stores::work(&share).await,
        }
    })
}

fn write(file: &Path, tables: Vec<Value>) -> Result<()> {
    let report = json!({ "tables": tables });
    std::fs::write(file, serde_json::to_string_pretty(&report)?)
        .with_context(|| format!("{} cannot be written", file.display()))
}

async fn tables(folder: &Path, only: Option<&str>) -> Result<Vec<Value>> {
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    let mut tables = Vec::new();
    if wanted("rates") {
        tables.push(rates(folder).await?);
    }
    if wanted("growth") {
        tables.push(growth(folder).await?);
    }
    if wanted("numbers") {
        tables.push(numbers(folder).await?);
    }
    Ok(tables)
}

/// 1, 100 and 10,000 channels; recovery is measured before each, as a machine's speed changes.
async fn rates(folder: &Path) -> Result<Value> {
    let mut rows = Vec::new();
    for (channels, payments) in [(1, 3_000), (100, 30_000), (10_000, 30_000)] {
        println!("{channels} channels…");
        let shop = Shop::open(folder, channels).await?;
        let work = shop.sign(payments, 0);
        let bare = shop.recover_all(&work)?;
        let load = shop.pay(work, PAYERS).await?;
        rows.push(json!({
            "channels": channels,
            "payers": PAYERS.min(channels as usize),
            "rate": load.rate(),
            "recovery": bare,
            "ratio": load.rate() / bare,
            "median": millis(load.latency(50)),
            "p99": millis(load.latency(99)),
        }));
    }
    Ok(json!({
        "title": "Payments accepted with a durable write each",
        "columns": [
            { "key": "channels", "title": "channels" },
            { "key": "payers", "title": "payers at once" },
            { "key": "rate", "title": "payments/s" },
            { "key": "recovery", "title": "bare recoveries/s, all cores" },
            { "key": "ratio", "title": "ratio", "digits": 2 },
            { "key": "median", "title": "median ms", "digits": 2 },
            { "key": "p99", "title": "99 % ms", "digits": 2 },
        ],
        "rows": rows,
        "notes": [
            "In one channel each payment has to wait for the one before, so that one waits for the \
             disk at a time."
        ],
    }))
}

/// What a payment costs with few and with many channels, in turns.
async fn growth(folder: &Path) -> Result<Value> {
    const FEW_AND_MANY: [u32; 2] = [100, 100_000];
    let mut shops = Vec::new();
    for channels in FEW_AND_MANY {
        println!("{channels} channels…");
        shops.push((Shop::open(folder, channels).await?, Vec::new()));
    }
    for round in 0..ROUNDS {
        for (shop, rates) in &mut shops {
            let work = shop.sign(SLICE, round * SLICE);
            rates.push(shop.pay(work, 100).await?.rate());
        }
    }
    // Each round by itself, as a machine's speed changes.
    let few = shops[0].1.clone();
    let rows: Vec<_> = shops
        .iter()
        .zip(FEW_AND_MANY)
        .map(|((_, rates), channels)| {
            let rate = median(rates.clone());
            let costs = few.iter().zip(rates).map(|(few, rate)| few / rate);
            json!({
                "channels": channels,
                "rate": rate,
                "cost": 1e6 / rate,
                "ratio": median(costs.collect()),
            })
        })
        .collect();
    Ok(json!({
        "title": "Cost of a payment by the number of channels, 100 payers at once",
        "columns": [
            { "key": "channels", "title": "channels" },
            { "key": "rate", "title": "payments/s, median of 21" },
            { "key": "cost", "title": "µs for each" },
            { "key": "ratio", "title": "cost, median ratio of a round", "digits": 2 },
        ],
        "rows": rows,
        "notes": [],
    }))
}

/// What a payment with a number costs, beside one without, in turns: of the time of all cores that this program
/// had, since the rest of it is others'.
async fn numbers(folder: &Path) -> Result<Value> {
    let mut rows = Vec::new();
    for channels in [100, 10_000, 100_000] {
        println!("{channels} channels, with numbers and without…");
        let plain = Shop::open_used(folder, channels, false).await?;
        let numbered = Shop::open_used(folder, channels, true).await?;
        let mut costs = [Vec::new(), Vec::new()];
        let mut rates = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            for (kind, shop) in [&plain, &numbered].into_iter().enumerate() {
                let work = shop.sign(SLICE, round * SLICE);
                let load = shop.pay(work, 100).await?;
                costs[kind].push(load.cost());
                rates[kind].push(load.rate());
            }
        }
        let [plain, numbered] = &costs;
        let of_rounds = numbered
            .iter()
            .zip(plain)
            .map(|(with, without)| with / without);
        let ratio = median(of_rounds.collect());
        let [plain, numbered] = costs.map(median);
        let [rate, numbered_rate] = rates.map(median);
        rows.push(json!({
            "channels": channels,
            "plain": plain,
            "numbered": numbered,
            "ratio": ratio,
            "rate": rate,
            "numbered_rate": numbered_rate,
        }));
    }
    Ok(json!({
        "title": "Cost of a payment with a number in a full window, 100 payers at once",
        "columns": [
            { "key": "channels", "title": "channels" },
            { "key": "plain", "title": "without, processor µs", "digits": 1 },
            { "key": "numbered", "title": "with, processor µs", "digits": 1 },
            { "key": "ratio", "title": "median ratio of a round", "digits": 2 },
            { "key": "rate", "title": "without, payments/s" },
            { "key": "numbered_rate", "title": "with, payments/s" },
        ],
        "rows": rows,
        "notes": [],
    }))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Times what a closure does.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

impl Load {
    /// Payments each second.
    fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.time.as_secs_f64()
    }

    /// Microseconds of all cores for each payment.
    fn cost(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    /// Below this were so many of a hundred.
    fn latency(&self, percent: usize) -> Duration {
        let place = (self.latencies.len() * percent / 100).min(self.latencies.len() - 1);
        self.latencies[place]
    }
}
