//! One store, so many processes over so many channels.
//!
//! Each process is this program again (`microraiden-load pay`), with a store of its own over the same file or
//! database, and pays channels that no other one pays.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::cluster::{self, Cluster};
use crate::shop::{Place, Shop};
use crate::{median, millis};

/// Payers at once in all processes, where there are as many channels.
const PAYERS: usize = 256;
const ROUNDS: usize = 5;
/// How long `pgbench` commits in each round, in seconds.
const COMMITS: u32 = 3;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

#[derive(Args)]
pub(crate) struct Options {
    /// The stores to compare
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "sqlite,postgres"
    )]
    pub(crate) store: Vec<Kind>,
    /// How many processes share a store
    #[arg(long, value_delimiter = ',', default_value = "1,2,4")]
    pub(crate) processes: Vec<usize>,
    /// How many channels there are
    #[arg(long, value_delimiter = ',', default_value = "1,100,10000,1000000")]
    pub(crate) channels: Vec<u32>,
    /// Payments have numbers, in windows that are full
    #[arg(long)]
    pub(crate) numbers: bool,
}

/// What a process is told to pay.
#[derive(Args)]
pub(crate) struct Share {
    #[arg(long, value_enum)]
    store: Kind,
    /// The file or the URL
    #[arg(long)]
    place: String,
    #[arg(long)]
    channels: u32,
    #[arg(long)]
    part: usize,
    #[arg(long)]
    of: usize,
    #[arg(long)]
    numbers: bool,
}

/// A store with its channels.
struct Case {
    kind: Kind,
    channels: u32,
    place: Place,
    numbers: bool,
    /// Payments so far.
    paid: usize,
    cluster: Option<usize>,
    _folder: Option<TempDir>,
}

/// The figures of one case with so many processes.
#[derive(Default)]
struct Figures {
    rates: Vec<f64>,
    tails: Vec<f64>,
    bare: Vec<f64>,
    commits: Vec<f64>,
}

/// Measures all cases in turns.
pub(crate) async fn compare(folder: &Path, options: &Options) -> Result<Value> {
    let mut clusters = Vec::new();
    let mut cases = Vec::new();
    for &channels in &options.channels {
        for &kind in &options.store {
            println!("{channels} channels in {}…", name(kind));
            let case = open(folder, kind, channels, options.numbers, &mut clusters);
            cases.push(case.await?);
        }
    }
    // A channel is one process's alone.
    let kinds = |case: &Case| {
        let most = case.channels as usize;
        let processes = options.processes.iter().copied();
        processes
            .filter(move |count| *count <= most)
            .collect::<Vec<_>>()
    };
    let mut figures: Vec<Vec<_>> = cases
        .iter()
        .map(|case| {
            kinds(case)
                .into_iter()
                .map(|count| (count, Figures::default()))
                .collect()
        })
        .collect();
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS}…");
        for (case, figures) in cases.iter_mut().zip(&mut figures) {
            for (processes, figures) in figures {
                measure(case, *processes, figures, &clusters).await?;
            }
        }
    }
    let rows = cases.iter().zip(figures).flat_map(|(case, figures)| {
        figures
            .into_iter()
            .map(|(processes, figures)| figures.row(case, processes))
    });
    let rows: Vec<_> = rows.collect();
    Ok(json!({
        "title": "Payments accepted with a durable write each, by store and processes",
        "columns": [
            { "key": "store", "title": "store", "text": true },
            { "key": "channels", "title": "channels" },
            { "key": "processes", "title": "processes" },
            { "key": "rate", "title": "payments/s, median of 5" },
            { "key": "p99", "title": "99 % ms", "digits": 2 },
            { "key": "bare", "title": "bare recoveries/s, all cores" },
            { "key": "commits", "title": "pgbench, commits/s" },
            { "key": "ratio", "title": "payments / commits", "digits": 2 },
        ],
        "rows": rows,
        "notes": [],
    }))
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "SQLite",
        Kind::Postgres => "PostgreSQL",
    }
}

async fn open(
    folder: &Path,
    kind: Kind,
    channels: u32,
    numbers: bool,
    clusters: &mut Vec<Cluster>,
) -> Result<Case> {
    let own = TempDir::new_in(folder)?;
    let (place, cluster, own) = match kind {
        Kind::Sqlite => (
            Place::Sqlite(own.path().join("channels.db")),
            None,
            Some(own),
        ),
        Kind::Postgres => {
            let cluster = Cluster::with(own, 5432, &[]);
            let place = Place::Postgres(cluster.url("postgres"));
            clusters.push(cluster);
            (place, Some(clusters.len() - 1), None)
        }
    };
    let first = match kind {
        Kind::Sqlite => channels,
        // The others are its copies, which the database makes faster.
        Kind::Postgres => 1,
    };
    let mut shop = Shop::over(&place, first).await?;
    if numbers {
        shop.has_used_channels();
    }
    let model = match numbers {
        true => shop.used_channel().await?,
        false => shop.new_channel(0),
    };
    shop.make_channels(&model).await?;
    if let Some(cluster) = cluster.and_then(|cluster| clusters.get(cluster)) {
        copy_first(cluster, channels).await?;
    }
    Ok(Case {
        kind,
        channels,
        place,
        numbers,
        paid: 0,
        cluster,
        _folder: own,
    })
}

async fn copy_first(cluster: &Cluster, channels: u32) -> Result<()> {
    let settings = format!("host={} user=tests dbname=postgres", cluster.socket());
    let (client, connection) = tokio_postgres::connect(&settings, NoTls).await?;
    tokio::spawn(connection);
    let copy = format!(
        "CREATE TEMPORARY TABLE model AS SELECT * FROM microraiden_channels; \
         ALTER TABLE model DROP COLUMN open_block; \
         INSERT INTO microraiden_channels SELECT (jsonb_populate_record(NULL::microraiden_channels, \
             to_jsonb(model) || jsonb_build_object('open_block', block))).* \
         FROM model, generate_series(1, {channels} - 1) AS block; \
         CREATE TABLE commits (id integer PRIMARY KEY, count integer NOT NULL); \
         INSERT INTO commits SELECT id, 0 FROM generate_series(1, {channels}) AS id; \
         VACUUM ANALYZE"
    );
    // VACUUM must not be in a transaction with others.
    for statement in copy.split("; ") {
        client.batch_execute(statement).await?;
    }
    Ok(())
}

/// One round: bare recovery, single commits, payments.
async fn measure(
    case: &mut Case,
    processes: usize,
    figures: &mut Figures,
    clusters: &[Cluster],
) -> Result<()> {
    let payments = match case.channels {
        0..100 => 1_000,
        _ => 10_000,
    };
    let shop = Shop::over(&case.place, case.channels).await?;
    figures
        .bare
        .push(shop.recover_all(&shop.sign(2_000, case.paid))?);
    drop(shop);
    if let Some(cluster) = case.cluster.and_then(|cluster| clusters.get(cluster)) {
        figures.commits.push(pgbench(cluster, case.channels)?);
    }
    let (rate, tail) = pay(case, processes, payments)?;
    case.paid += payments;
    figures.rates.push(rate);
    figures.tails.push(tail);
    Ok(())
}

/// Commits each second of one changed row of as many as there are channels, by as many clients as the store has
/// connections.
fn pgbench(cluster: &Cluster, rows: u32) -> Result<f64> {
    let mut process = Command::new(cluster::programs().join("pgbench"))
        .args([
            "--no-vacuum",
            "--client=16",
            "--jobs=2",
            "--protocol=prepared",
        ])
        .arg(format!("--time={COMMITS}"))
        .arg(format!("--define=rows={rows}"))
        .args([
            "--file=/dev/stdin",
            "--host",
            cluster.socket(),
            "--username=tests",
            "postgres",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("pgbench is missing")?;
    let script =
        "\\set id random(1, :rows)\nUPDATE commits SET count = count + 1 WHERE id = :id;\n";
    let mut input = process.stdin.take().context("its input")?;
    input.write_all(script.as_bytes())?;
    drop(input);
    let output = process.wait_with_output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = line.and_then(|line| line.split(' ').next());
    let rate = rate.with_context(|| format!("pgbench says {text:?}"))?;
    Ok(rate.parse()?)
}

/// All processes pay at once. Returns the payments each second, and the milliseconds below which 99 % were.
fn pay(case: &Case, processes: usize, payments: usize) -> Result<(f64, f64)> {
    let workers = (0..processes).map(|part| Worker::start(case, part, processes));
    let mut workers = workers.collect::<Result<Vec<_>>>()?;
    let each = |workers: &mut Vec<Worker>, order: &str| -> Result<()> {
        workers.iter_mut().try_for_each(|worker| worker.tell(order))
    };
    // They sign before they begin.
    each(&mut workers, &format!("{} {payments}", case.paid))?;
    for worker in &mut workers {
        ensure!(worker.hear()? == "ready", "A process failed.");
    }
    let started = std::time::Instant::now();
    each(&mut workers, "go")?;
    let mut latencies: Vec<f64> = Vec::new();
    for worker in &mut workers {
        let said = worker.hear()?;
        latencies.extend(serde_json::from_str::<Vec<f64>>(&said)?);
    }
    let time = started.elapsed();
    ensure!(latencies.len() == payments, "Payments are missing.");
    latencies.sort_by(f64::total_cmp);
    let tail = latencies[latencies.len() * 99 / 100];
    Ok((payments as f64 / time.as_secs_f64(), tail))
}

struct Worker {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn start(case: &Case, part: usize, of: usize) -> Result<Self> {
        let place = match &case.place {
            Place::Sqlite(file) => file.display().to_string(),
            Place::Postgres(url) => url.clone(),
        };
        let kind = case.kind.to_possible_value().context("a name")?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["pay", "--store", kind.get_name(), "--place", &place])
            .args(["--channels", &case.channels.to_string()])
            .args(["--part", &part.to_string(), "--of", &of.to_string()])
            .args(case.numbers.then_some("--numbers"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self {
            input: process.stdin.take().context("its input")?,
            output: BufReader::new(process.stdout.take().context("its output")?),
            process,
        })
    }

    fn tell(&mut self, order: &str) -> Result<()> {
        Ok(writeln!(self.input, "{order}")?)
    }

    fn hear(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The other side of a [`Worker`].
pub(crate) async fn work(share: &Share) -> Result<()> {
    let place = match share.store {
        Kind::Sqlite => Place::Sqlite((&share.place).into()),
        Kind::Postgres => Place::Postgres(share.place.clone()),
    };
    let mut shop = Shop::over(&place, share.channels).await?;
    if share.numbers {
        shop.has_used_channels();
    }
    let mut orders = std::io::stdin().lines();
    let mut order = || orders.next().context("no order");
    let told = order()??;
    let (before, payments) = told.split_once(' ').context("two numbers")?;
    let part = (share.part, share.of);
    let work = shop.sign_part(payments.parse()?, before.parse()?, part);
    println!("ready");
    order()??;
    let load = shop.pay(work, PAYERS / share.of).await?;
    let latencies: Vec<_> = load.latencies.into_iter().map(millis).collect();
    println!("{}", serde_json::to_string(&latencies)?);
    Ok(())
}

impl Figures {
    fn row(self, case: &Case, processes: usize) -> Value {
        let ratios = self
            .rates
            .iter()
            .zip(&self.commits)
            .map(|(rate, commits)| rate / commits);
        let ratios: Vec<_> = ratios.collect();
        let of = |figures: Vec<f64>| (!figures.is_empty()).then(|| median(figures));
        json!({
            "store": name(case.kind),
            "channels": case.channels,
            "processes": processes,
            "rate": of(self.rates),
            "p99": of(self.tails),
            "bare": of(self.bare),
            "commits": of(self.commits),
            "ratio": of(ratios),
        })
    }
}
