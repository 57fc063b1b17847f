//! Metrics for Prometheus.
//!
//! | metric | meaning |
//! |---|---|
//! | `microraiden_payments_total` | accepted payments |
//! | `microraiden_repeats_total` | requests that were paid for before and served again |
//! | `microraiden_refusals_total{reason}` | requests that were not served, by the `code` of [`AnswerFormat`](super::AnswerFormat) |
//! | `microraiden_store_seconds{operation}` | a histogram of how long the store took, in seconds: `get`, `list`, `write`, `trail`, `totals`, `lease` |
//! | `microraiden_store_failures_total{operation}` | calls of the store that failed |
//! | `microraiden_store_group_size` | a histogram of how many writes shared a commit, because they waited together |
//! | `microraiden_store_sessions{state}` | sessions with a database: `open`, `idle`, and `most` that there may be |
//! | `microraiden_store_waiting` | calls that wait for a session |
//! | `microraiden_store_sessions_asked_total`, `microraiden_store_sessions_waited_seconds_total` | how often a call asked for a session, and how long these calls waited for it together: a rate divided by the other is the mean wait |
//! | `microraiden_chain_ready` | 1 if payments can be accepted, else 0; while no node answers, 1 for a minute, and `microraiden_chain_faults_total{kind="failed"}` grows |
//! | `microraiden_lease_held` | 1 if this process follows the chain and answers close requests, 0 if another one over the same database does |
//! | `microraiden_lease_takeovers_total` | how often this process took that over from another one |
//! | `microraiden_ether_too_low` | 1 if nothing is sold because the account can't pay for disputes, else 0 |
//! | `microraiden_chain_newest_block` | the node's newest block as last seen |
//! | `microraiden_chain_lag_blocks` | blocks whose events were not applied, among them those without enough confirmations |
//! | `microraiden_chain_head_age_seconds` | how long ago the newest block was made; 0: unknown |
//! | `microraiden_chain_nodes` | nodes that keep up |
//! | `microraiden_chain_faults_total{kind}` | what nodes did wrong, by the fields of [`ChainFaults`](crate::receiver::ChainFaults): `failed`, `unknown`, `behind`, `flapped`, `short`, `disagreed` |
//! | `microraiden_chain_rollbacks_total` | confirmed blocks were replaced, and what lay above the fork was rolled back |
//! | `microraiden_chain_seen_timestamp_seconds` | when a node last answered, in seconds since 1970; 0: never |
//! | `microraiden_disputes_waiting` | channels that the receiver has to close on the chain |
//! | `microraiden_disputes_skipped` | close requests that are not answered, because the answer costs more than it brings |
//! | `microraiden_dispute_transactions_total` | transactions made for it, including those that replace one with a higher fee |
//! | `microraiden_dispute_failures_total` | steps of it that failed |
//!
//! Of a server with several sites each of these is told for each, with the label `site`. Sites may share a store: its
//! groups and sessions are told under the first of them alone.
//!
//! No label names a person.

mod groups;
mod store;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::receiver::store::StoreActivity;
use crate::receiver::{ChainStatus, Receiver, Store, SyncProgress};

use super::health::Health;
use super::observe::RequestOutcome;

/// Upper bounds of the histogram's buckets, in seconds.
const BUCKETS: [f64; 11] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0,
];

type Label = [(&'static str, &'static str); 1];

/// What the server counts.
#[derive(Debug)]
pub struct Metrics {
    /// The site, if there are several.
    site: Option<String>,
    registry: Registry,
    payments: Counter,
    repeats: Counter,
    refusals: Family<Label, Counter>,
    store_seconds: Family<Label, Histogram>,
    store_failures: Family<Label, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing was counted yet.
    pub fn new() -> Self {
        Self::of(None)
    }

    /// The same of one site among several.
    pub fn of_site(name: &str) -> Self {
        Self::of(Some(name.to_owned()))
    }

    fn of(site: Option<String>) -> Self {
        let mut registry = registry(site.as_deref());
        let payments = Counter::default();
        let repeats = Counter::default();
        let refusals = Family::default();
        let store_seconds = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> _);
        let store_failures = Family::default();
        registry.register("payments", "Payments that were taken", payments.clone());
        let help = "Requests that were paid for before and served again";
        registry.register("repeats", help, repeats.clone());
        let help = "Requests that were not served";
        registry.register("refusals", help, refusals.clone());
        let help = "How long the store took";
        registry.register("store_seconds", help, store_seconds.clone());
        let help = "What the store did not do";
        registry.register("store_failures", help, store_failures.clone());
        Self {
            site,
            registry,
            payments,
            repeats,
            refusals,
            store_seconds,
            store_failures,
        }
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
            RequestOutcome::Repeated(_) => {
                self.repeats.inc();
            }
            RequestOutcome::Refused(reason) => {
                self.refusals.get_or_create(&[("reason", *reason)]).inc();
            }
            RequestOutcome::Free => {}
        }
    }

    /// All of it in the text format of OpenMetrics, which Prometheus reads.
    pub fn render(&self, receiver: &Receiver) -> Result<String, core::fmt::Error> {
        let mut text = self.encode(receiver, &mut BTreeSet::new())?;
        text::encode_eof(&mut text)?;
        Ok(text)
    }

    /// Without the end, and without what its store shares with others if that is told.
    fn encode(
        &self,
        receiver: &Receiver,
        told: &mut BTreeSet<u64>,
    ) -> Result<String, core::fmt::Error> {
        let mut text = String::new();
        text::encode_registry(&mut text, &self.registry)?;
        let mut registry = registry(self.site.as_deref());
        register_receiver(&mut registry, receiver);
        let activity = receiver.store().activity();
        if activity.place.is_none_or(|place| told.insert(place)) {
            register_store(&mut registry, activity);
        }
        text::encode_registry(&mut text, &registry)?;
        Ok(text)
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

fn registry(site: Option<&str>) -> Registry {
    let label = site.map(|site| ("site".into(), site.to_owned().into()));
    Registry::with_prefix_and_labels("microraiden", label.into_iter())
}

/// The receiver counts by itself; these are its numbers at this moment.
fn register_receiver(registry: &mut Registry, receiver: &Receiver) {
    let mut gauge = |name, help, value| {
        let gauge = Gauge::<u64, AtomicU64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    let ready = receiver.status() == ChainStatus::Ready;
    let help = "Whether payments can be accepted";
    gauge("chain_ready", help, u64::from(ready));
    let lease = receiver.lease();
    let help = "Whether this process follows the chain";
    gauge("lease_held", help, u64::from(lease.leads));
    let poor = receiver.status() == ChainStatus::EtherTooLow;
    let help = "Whether the account has too little ether for disputes";
    gauge("ether_too_low", help, u64::from(poor));
    let progress = receiver.progress();
    let of_progress = |value: fn(SyncProgress) -> u64| progress.map_or(0, value);
    let help = "The node's newest block as last seen";
    gauge("chain_newest_block", help, of_progress(|p| p.newest));
    let help = "Blocks whose events were not applied";
    gauge("chain_lag_blocks", help, of_progress(|p| p.lag()));
    let help = "How long ago the newest block was made";
    gauge("chain_head_age_seconds", help, of_progress(head_age));
    let help = "Nodes that keep up";
    gauge("chain_nodes", help, of_progress(|p| p.nodes as u64));
    let help = "When the node was last heard";
    gauge("chain_seen_timestamp_seconds", help, of_progress(seen));
    let disputes = receiver.disputes();
    let help = "Channels to be closed on the chain";
    gauge("disputes_waiting", help, disputes.waiting);
    let help = "Close requests that are not worth an answer";
    gauge("disputes_skipped", help, disputes.skipped);

    let mut counter = |name, help, value| {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    };
    let help = "Transactions made to close channels";
    counter("dispute_transactions", help, disputes.transactions);
    let help = "Tries to close a channel that failed";
    counter("dispute_failures", help, disputes.failures);
    let help = "How often this process took the chain over from another one";
    counter("lease_takeovers", help, lease.takeovers);
    let faults = receiver.chain_faults();
    let help = "Rollbacks because confirmed blocks were replaced";
    counter("chain_rollbacks", help, faults.rollbacks);
    let kinds = [
        ("failed", faults.failed),
        ("unknown", faults.unknown),
        ("behind", faults.behind),
        ("flapped", faults.flapped),
        ("short", faults.short),
        ("disagreed", faults.disagreed),
    ];
    let by_kind = Family::<Label, Counter>::default();
    for (kind, count) in kinds {
        by_kind.get_or_create(&[("kind", kind)]).inc_by(count);
    }
    registry.register("chain_faults", "What nodes did wrong", by_kind);
}

/// What all stores of one place have done together.
fn register_store(registry: &mut Registry, activity: StoreActivity) {
    registry.register_collector(Box::new(groups::Collected(activity.groups)));
    if let Some(sessions) = activity.sessions {
        let waiting = Gauge::<u64, AtomicU64>::default();
        waiting.set(sessions.waiting);
        let help = "Calls that wait for a session with the database";
        registry.register("store_waiting", help, waiting);
        let by_state = Family::<Label, Gauge<u64, AtomicU64>>::default();
        for (state, count) in [
            ("open", sessions.open),
            ("idle", sessions.idle),
            ("most", sessions.most),
        ] {
            by_state.get_or_create(&[("state", state)]).set(count);
        }
        let help = "Sessions with the database";
        registry.register("store_sessions", help, by_state);
        let asked = Counter::<u64>::default();
        asked.inc_by(sessions.asked);
        let help = "How often a call asked for a session";
        registry.register("store_sessions_asked", help, asked);
        let waited = Counter::<f64, AtomicU64>::default();
        waited.inc_by(sessions.waited.as_secs_f64());
        let help = "How long calls waited for a session";
        registry.register("store_sessions_waited_seconds", help, waited);
    }
}

fn head_age(progress: SyncProgress) -> u64 {
    let age = progress.head_time.and_then(|time| time.elapsed().ok());
    age.unwrap_or_default().as_secs()
}

fn seen(progress: SyncProgress) -> u64 {
    let seen = progress.seen.duration_since(UNIX_EPOCH);
    seen.unwrap_or_default().as_secs()
}

/// One text of those of several sites: what is said of a metric comes once, and all its values follow.
fn merge(texts: &[String]) -> String {
    let mut heads: Vec<(&str, String)> = Vec::new();
    let mut places = HashMap::new();
    for text in texts {
        let mut place = None;
        let mut is_known = false;
        for line in text.lines() {
            let described = line
                .strip_prefix("# ")
                .and_then(|line| line.split(' ').nth(1));
            if let Some(metric) = described {
                let next = heads.len();
                let now = *places.entry(metric).or_insert(next);
                // Its second line of description is no second metric.
                if place != Some(now) {
                    is_known = now < next;
                    place = Some(now);
                }
                if now == next {
                    heads.push((metric, String::new()));
                }
                if is_known {
                    continue;
                }
            }
            if let Some((_, lines)) = place.and_then(|place| heads.get_mut(place)) {
                lines.push_str(line);
                lines.push('\n');
            }
        }
    }
    heads.into_iter().map(|(_, lines)| lines).collect()
}

/// Serves them at `/metrics`, and the program's state at `/health` and `/ready`. They tell how business goes, so
/// they are not for everybody.
pub fn router(metrics: Arc<Metrics>, health: Health) -> Router {
    router_of_sites(vec![metrics], health)
}

/// The same for several sites, whose metrics are in the order of those that the health tells of.
pub fn router_of_sites(metrics: Vec<Arc<Metrics>>, health: Health) -> Router {
    Router::new()
        .route("/metrics", get(tell))
        .route("/health", get(([(CACHE_CONTROL, "no-store")], "OK\n")))
        .route(
            "/ready",
            get(|State((_, health)): State<Told>| health.ready()),
        )
        .with_state((metrics.into(), health))
}

type Told = (Arc<[Arc<Metrics>]>, Health);

async fn tell(State((metrics, health)): State<Told>) -> Response {
    const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let mut told = BTreeSet::new();
    // A site that starts has nothing to tell yet.
    let started = metrics.iter().zip(health.receivers());
    let started =
        started.filter_map(|(metrics, receiver)| Some(metrics.encode(receiver?, &mut told)));
    let texts = started.collect::<Result<Vec<_>, _>>();
    let text = texts.and_then(|texts| {
        let mut text = merge(&texts);
        text::encode_eof(&mut text)?;
        Ok((texts.is_empty(), text))
    });
    match text {
        Ok((true, _)) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Ok((false, text)) => ([(CONTENT_TYPE, KIND)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::merge;

    #[test]
    fn what_is_said_of_a_metric_comes_once() {
        let text = |site: &str, more: &str| {
            format!(
                "# HELP a What a is.\n# TYPE a counter\na_total{{site=\"{site}\"}} 1\n\
                 # HELP b What b is.\n# TYPE b gauge\nb{{site=\"{site}\"}} 2\n{more}"
            )
        };
        let merged = merge(&[
            text("one", ""),
            text(
                "two",
                "# HELP c What c is.\n# TYPE c gauge\n# UNIT c seconds\nc 3\n",
            ),
        ]);
        assert_eq!(
            merged,
            "# HELP a What a is.\n# TYPE a counter\na_total{site=\"one\"} 1\n\
             a_total{site=\"two\"} 1\n\
             # HELP b What b is.\n# TYPE b gauge\nb{site=\"one\"} 2\nb{site=\"two\"} 2\n\
             # HELP c What c is.\n# TYPE c gauge\n# UNIT c seconds\nc 3\n"
        );
    }
}
