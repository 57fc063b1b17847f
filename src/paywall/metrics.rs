//! What the server counts, for Prometheus.
//!
//! | metric | meaning |
//! |---|---|
//! | `microraiden_payments_total` | payments that were taken |
//! | `microraiden_refusals_total{reason}` | requests that were not served, by the `code` of [`AnswerFormat`](super::AnswerFormat) |
//! | `microraiden_store_seconds{operation}` | a histogram of how long the store took, in seconds: `get`, `list`, `write`, `synced` |
//! | `microraiden_store_failures_total{operation}` | what the store did not do |
//! | `microraiden_chain_ready` | 1 if payments can be accepted, else 0 |
//! | `microraiden_chain_newest_block` | the node's newest block as last seen |
//! | `microraiden_chain_lag_blocks` | blocks whose events were not applied, among them those without enough confirmations |
//! | `microraiden_chain_head_age_seconds` | how long ago the newest block was made; 0: not known |
//! | `microraiden_chain_nodes` | nodes that keep up |
//! | `microraiden_chain_faults_total{kind}` | what nodes did wrong, by the fields of [`ChainFaults`]: `failed`, `unknown`, `behind`, `flapped`, `short`, `disagreed` |
//! | `microraiden_chain_rollbacks_total` | confirmed blocks were replaced, and what lay above the fork was rolled back |
//! | `microraiden_chain_seen_timestamp_seconds` | when the node was last heard, in seconds since 1970; 0: never |
//! | `microraiden_disputes_waiting` | channels that the receiver has to close on the chain |
//! | `microraiden_disputes_skipped` | close requests that are not answered, because that is not worth its gas |
//! | `microraiden_dispute_transactions_total` | transactions made for it, those with a raised fee too |
//! | `microraiden_dispute_failures_total` | tries to get on with it that failed |
//!
//! No label names a person.

mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::receiver::{ChainFaults, ChainStatus, Receiver, Store};

use super::SharedReceiver;
use super::observe::RequestOutcome;

/// Upper ends of the classes of the store's times, in seconds.
const CLASSES: [f64; 11] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0,
];

type Label = [(&'static str, &'static str); 1];

/// What the server counts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    payments: Counter,
    refusals: Family<Label, Counter>,
    store_seconds: Family<Label, Histogram>,
    store_failures: Family<Label, Counter>,
    chain: Chain,
    disputes: Disputes,
}

#[derive(Debug, Default)]
struct Chain {
    ready: Gauge,
    newest: Gauge<u64, AtomicU64>,
    lag: Gauge<u64, AtomicU64>,
    head_age: Gauge<u64, AtomicU64>,
    nodes: Gauge<u64, AtomicU64>,
    seen: Gauge<u64, AtomicU64>,
    faults: Family<Label, Counter>,
    rollbacks: Counter,
}

#[derive(Debug, Default)]
struct Disputes {
    waiting: Gauge<u64, AtomicU64>,
    skipped: Gauge<u64, AtomicU64>,
    transactions: Counter,
    failures: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing was counted yet.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("microraiden"),
            payments: Counter::default(),
            refusals: Family::default(),
            store_seconds: Family::new_with_constructor(|| Histogram::new(CLASSES)),
            store_failures: Family::default(),
            chain: Chain::default(),
            disputes: Disputes::default(),
        };
        metrics.register();
        metrics
    }

    /// A store that does what this one does, and is measured.
    pub fn measured(self: &Arc<Self>, store: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(store::Measured::new(store, Arc::clone(self)))
    }

    /// Counts how a request ended; for [`PaywallLayer::observe`](super::PaywallLayer::observe).
    pub fn count(&self, outcome: &RequestOutcome) {
        match outcome {
            RequestOutcome::Paid(_) => {
                self.payments.inc();
            }
            RequestOutcome::Refused(reason) => {
                self.refusals.get_or_create(&[("reason", *reason)]).inc();
            }
            RequestOutcome::Free => {}
        }
    }

    /// All of it in the text format of OpenMetrics, which Prometheus reads.
    pub fn render(&self, receiver: &Receiver) -> Result<String, core::fmt::Error> {
        self.look_at(receiver);
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "payments",
            "Payments that were taken",
            self.payments.clone(),
        );
        registry.register(
            "refusals",
            "Requests that were not served",
            self.refusals.clone(),
        );
        registry.register(
            "store_seconds",
            "How long the store took",
            self.store_seconds.clone(),
        );
        registry.register(
            "store_failures",
            "What the store did not do",
            self.store_failures.clone(),
        );
        let Chain {
            ready,
            newest,
            lag,
            head_age,
            nodes,
            seen,
            faults,
            rollbacks,
        } = &self.chain;
        registry.register(
            "chain_ready",
            "Whether payments can be accepted",
            ready.clone(),
        );
        registry.register(
            "chain_newest_block",
            "The node's newest block as last seen",
            newest.clone(),
        );
        registry.register(
            "chain_lag_blocks",
            "Blocks whose events were not applied",
            lag.clone(),
        );
        registry.register(
            "chain_head_age_seconds",
            "How long ago the newest block was made",
            head_age.clone(),
        );
        registry.register("chain_nodes", "Nodes that keep up", nodes.clone());
        registry.register("chain_faults", "What nodes did wrong", faults.clone());
        registry.register(
            "chain_rollbacks",
            "Rollbacks because confirmed blocks were replaced",
            rollbacks.clone(),
        );
        registry.register(
            "chain_seen_timestamp_seconds",
            "When the node was last heard",
            seen.clone(),
        );
        let Disputes {
            waiting,
            skipped,
            transactions,
            failures,
        } = &self.disputes;
        registry.register(
            "disputes_waiting",
            "Channels to be closed on the chain",
            waiting.clone(),
        );
        registry.register(
            "disputes_skipped",
            "Close requests that are not worth an answer",
            skipped.clone(),
        );
        registry.register(
            "dispute_transactions",
            "Transactions made to close channels",
            transactions.clone(),
        );
        registry.register(
            "dispute_failures",
            "Tries to close a channel that failed",
            failures.clone(),
        );
    }

    fn look_at(&self, receiver: &Receiver) {
        let ready = receiver.status() == ChainStatus::Ready;
        self.chain.ready.set(i64::from(ready));
        if let Some(progress) = receiver.progress() {
            self.chain.newest.set(progress.newest);
            self.chain.lag.set(progress.lag());
            let seen = progress.seen.duration_since(UNIX_EPOCH);
            self.chain.seen.set(seen.unwrap_or_default().as_secs());
            let age = progress.head_time.and_then(|time| time.elapsed().ok());
            self.chain.head_age.set(age.unwrap_or_default().as_secs());
            self.chain.nodes.set(progress.nodes as u64);
        }
        self.copy_faults(&receiver.chain_faults());
        let seen = receiver.disputes();
        let Disputes {
            waiting,
            skipped,
            transactions,
            failures,
        } = &self.disputes;
        waiting.set(seen.waiting);
        skipped.set(seen.skipped);
        // The receiver counts by itself; this is a copy of its numbers, which only grow.
        transactions
            .inner()
            .fetch_max(seen.transactions, Ordering::Relaxed);
        failures.inner().fetch_max(seen.failures, Ordering::Relaxed);
    }

    /// The watcher counts by itself; these are copies of its numbers, which only grow.
    fn copy_faults(&self, seen: &ChainFaults) {
        let kinds = [
            ("failed", seen.failed),
            ("unknown", seen.unknown),
            ("behind", seen.behind),
            ("flapped", seen.flapped),
            ("short", seen.short),
            ("disagreed", seen.disagreed),
        ];
        for (kind, count) in kinds {
            let counter = self.chain.faults.get_or_create(&[("kind", kind)]);
            counter.inner().fetch_max(count, Ordering::Relaxed);
        }
        let rollbacks = self.chain.rollbacks.inner();
        rollbacks.fetch_max(seen.rollbacks, Ordering::Relaxed);
    }

    fn store_took(&self, operation: &'static str, time: Duration, done: bool) {
        let label = [("operation", operation)];
        let seconds = self.store_seconds.get_or_create(&label);
        seconds.observe(time.as_secs_f64());
        if !done {
            self.store_failures.get_or_create(&label).inc();
        }
    }
}

/// Serves them at `/metrics`. They tell how business goes, so not to everybody.
pub fn router(metrics: Arc<Metrics>, receiver: SharedReceiver) -> Router {
    Router::new()
        .route("/metrics", get(tell))
        .with_state((metrics, receiver))
}

async fn tell(State((metrics, receiver)): State<(Arc<Metrics>, SharedReceiver)>) -> Response {
    const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.render(&receiver) {
        Ok(text) => ([(CONTENT_TYPE, KIND)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
