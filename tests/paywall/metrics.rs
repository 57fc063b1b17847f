//! What is counted, and where it is served.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::basics::{CONTRACT, MANAGER, key, units};
use crate::read_only::ReadOnly;
use crate::seller::{id, options, payment, receiver_over, request, send, server, store};
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use microraiden::paywall::{Health, Metrics, RateLimit, RequestLimits, ServerOptions, metrics};
use microraiden::protocol::ChannelId;
use microraiden::protocol::header::Payment;
use microraiden::receiver::{
    ChainStatus, Channel, ChannelStatus, Identity, Receiver, SqliteStore, StoreExt,
};

/// A store with the channel, and a receiver whose use of it is measured.
async fn measured(metrics: &Arc<Metrics>) -> Arc<Receiver> {
    receiver_over(metrics.measured(Arc::new(store().await)))
}

fn following(receiver: &Arc<Receiver>) -> Health {
    let health = Health::new(Duration::from_secs(60));
    health.follows(receiver);
    health
}

pub(crate) async fn scrape(metrics: &Arc<Metrics>, receiver: &Arc<Receiver>) -> String {
    let app = metrics::router(Arc::clone(metrics), following(receiver));
    let (status, headers, body) = send(&app, request("GET", "/metrics", &[])).await;
    assert_eq!(status, StatusCode::OK);
    let kind = headers["content-type"].to_str().expect("text");
    assert!(kind.starts_with("application/openmetrics-text"));
    String::from_utf8(body).expect("text")
}

fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    let found = lines.find(|(of, _)| of.strip_prefix("microraiden_") == Some(name));
    found.map(|(_, value)| value)
}

#[tokio::test]
async fn payments_and_refusals_are_counted_by_reason() {
    let metrics = Arc::new(Metrics::new());
    let receiver = measured(&metrics).await;
    let limits = RequestLimits {
        per_address: NonZeroU32::new(1).map(RateLimit::per_hour),
        per_sender: NonZeroU32::new(2).map(RateLimit::per_hour),
        ..RequestLimits::default()
    };
    let options = ServerOptions {
        limits,
        metrics: Some(Arc::clone(&metrics)),
        ..options()
    };
    let app = server(&receiver, options);
    let pay = async |payment: Payment| {
        let request = request("GET", "/doggo.jpg", &payment.headers());
        send(&app, request).await.0
    };
    let forged = Payment {
        proof: MANAGER.sign_balance(&key(9), &id(), units(3)),
        ..payment(3)
    };
    let unknown = Payment {
        open_block: 4,
        ..payment(3)
    };
    assert_eq!(pay(payment(3)).await, StatusCode::OK);
    for wrong in [forged, forged, unknown, payment(3), payment(2)] {
        assert_eq!(pay(wrong).await, StatusCode::PAYMENT_REQUIRED);
    }
    assert_eq!(pay(payment(6)).await, StatusCode::OK);
    assert_eq!(pay(payment(9)).await, StatusCode::TOO_MANY_REQUESTS);
    send(&app, request("GET", "/poem.txt", &[])).await;
    receiver.set_status(ChainStatus::Offline);
    assert_eq!(pay(payment(9)).await, StatusCode::BAD_GATEWAY);
    for expected in [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        let mut request = request("GET", "/cm", &[]);
        let client: SocketAddr = "10.0.0.1:1".parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(client));
        assert_eq!(send(&app, request).await.0, expected);
    }

    let text = scrape(&metrics, &receiver).await;
    assert_eq!(value(&text, "payments_total"), Some("2"));
    let refusals = [
        ("invalid-balance-proof", "2"),
        ("nonexisting-channel", "1"),
        ("payment-required", "1"),
        ("invalid-amount", "1"),
        ("too-many-requests", "2"),
        ("chain-unavailable", "1"),
    ];
    for (reason, count) in refusals {
        let name = format!("refusals_total{{reason=\"{reason}\"}}");
        assert_eq!(value(&text, &name), Some(count), "{name} in {text}");
    }
    // One look for each payment, but for what was turned away, and a write for those taken.
    for (operation, count) in [("get", "7"), ("write", "2")] {
        let name = format!("store_seconds_count{{operation=\"{operation}\"}}");
        assert_eq!(value(&text, &name), Some(count), "{name}");
    }
    assert!(text.contains("microraiden_store_seconds_bucket{le=\"0.001\",operation=\"write\"}"));
    assert_eq!(value(&text, "chain_ready"), Some("0"));
    for quantity in [
        "disputes_waiting",
        "dispute_transactions_total",
        "chain_lag_blocks",
    ] {
        assert_eq!(value(&text, quantity), Some("0"), "{quantity} in {text}");
    }
    let text = text.to_lowercase();
    for person in [id().sender.to_string(), "10.0.0.1".to_owned()] {
        assert!(!text.contains(&person.to_lowercase()), "{person} in {text}");
    }
    assert!(text.ends_with("# eof\n"));
}

#[tokio::test]
async fn a_store_that_fails_is_seen() {
    let metrics = Arc::new(Metrics::new());
    let failing = Arc::new(ReadOnly(store().await));
    let receiver = receiver_over(metrics.measured(failing));
    let refused = receiver.accept(&payment(3), units(3)).await;
    assert!(refused.is_err());
    let text = scrape(&metrics, &receiver).await;
    let failures = value(&text, "store_failures_total{operation=\"write\"}");
    assert_eq!(failures, Some("1"));
}

/// Otherwise a sum over sites would count its commits as often as there are sites.
#[tokio::test]
async fn what_sites_share_is_told_of_the_first_alone() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let open = |name: &str| {
        let identity = Identity::new(&CONTRACT, key(2).address());
        SqliteStore::open(folder.path().join(name), &identity).expect("opened")
    };
    let first = open("shared.db");
    let identity = Identity::new(&CONTRACT, key(3).address());
    let second = first.share(&identity).expect("shared");
    let names = ["a", "b", "c"].map(|name| Some(name.to_owned()));
    let health = Health::of_sites(Duration::from_secs(60), names);
    let mut all = Vec::new();
    for (at, store) in [first, second, open("own.db")].into_iter().enumerate() {
        let metrics = Arc::new(Metrics::of_site(["a", "b", "c"][at]));
        health.site_follows(at, &receiver_over(metrics.measured(Arc::new(store))));
        all.push(metrics);
    }
    let app = metrics::router_of_sites(all, health);
    let (_, _, body) = send(&app, request("GET", "/metrics", &[])).await;
    let text = String::from_utf8(body).expect("text");
    let told = |site| value(&text, &format!("store_group_size_count{{site=\"{site}\"}}"));
    assert_eq!(
        ["a", "b", "c"].map(told),
        [Some("0"), None, Some("0")],
        "{text}"
    );
}

#[tokio::test]
async fn writes_that_share_a_commit_are_counted() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let identity = Identity::new(&CONTRACT, key(2).address());
    let file = SqliteStore::open(folder.path().join("channels.db"), &identity).expect("opened");
    let metrics = Arc::new(Metrics::new());
    let receiver = receiver_over(metrics.measured(Arc::new(file)));
    for block in [1, 2] {
        let id = ChannelId {
            open_block: block,
            ..id()
        };
        let channel = Channel::new(id, units(9), ChannelStatus::Open);
        receiver.store().insert(channel).await.expect("stored");
    }
    let text = scrape(&metrics, &receiver).await;
    assert_eq!(value(&text, "store_group_size_count"), Some("2"));
    assert_eq!(value(&text, "store_group_size_sum"), Some("2.0"));
    for bound in ["1.0", "256.0", "+Inf"] {
        let bucket = format!("store_group_size_bucket{{le=\"{bound}\"}}");
        assert_eq!(value(&text, &bucket), Some("2"), "{text}");
    }
    assert_eq!(value(&text, "store_waiting"), None, "it has no sessions");
}
