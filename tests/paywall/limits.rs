//! How often clients may ask.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::basics::{MANAGER, key, units};
use crate::seller::{id, options, payment, receiver, request, send, server, stored};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, StatusCode};
use microraiden::paywall::{RateLimit, RequestLimits, ServerOptions, TrustedProxies};
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, ChannelId};
use microraiden::receiver::{Channel, ChannelStatus, Receiver, StoreExt};
use serde_json::Value;

fn per_hour(requests: u32) -> Option<RateLimit> {
    NonZeroU32::new(requests).map(RateLimit::per_hour)
}

async fn limited(limits: RequestLimits) -> (Router, Arc<Receiver>) {
    let receiver = receiver().await;
    let options = ServerOptions {
        limits,
        ..options()
    };
    (server(&receiver, options), receiver)
}

async fn with_sender_limit(per_sender: Option<RateLimit>) -> (Router, Arc<Receiver>) {
    limited(RequestLimits {
        per_sender,
        ..RequestLimits::default()
    })
    .await
}

async fn ask(app: &Router, from: &str, path: &str, payment: Option<Payment>) -> Answer {
    let headers = payment.map_or_else(Vec::new, |payment| payment.headers());
    ask_with(app, from, path, &headers).await
}

/// Asks over a connection from this address.
async fn ask_with(app: &Router, from: &str, path: &str, headers: &[(&str, String)]) -> Answer {
    let mut request = request("GET", path, headers);
    let address: IpAddr = from.parse().expect("an address");
    let client = ConnectInfo(SocketAddr::new(address, 1));
    request.extensions_mut().insert(client);
    let (status, headers, body) = send(app, request).await;
    Answer {
        status,
        headers,
        body,
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn is_too_many(&self, hour_of: u64) {
        assert_eq!(self.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem: Value = serde_json::from_slice(&self.body).expect("JSON");
        assert_eq!(problem["code"], "too-many-requests");
        let wait: u64 = self.headers["retry-after"]
            .to_str()
            .ok()
            .and_then(|text| text.parse().ok())
            .expect("seconds");
        let share = 3600 / hour_of;
        assert!((share / 2..=share).contains(&wait), "{wait}");
        // A page of another origin may read it.
        assert_eq!(self.headers["access-control-allow-origin"], "*");
        let exposed = &self.headers["access-control-expose-headers"];
        assert!(exposed.to_str().expect("text").contains("retry-after"));
    }
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_turned_away_unpaid() {
    let per_address = per_hour(3);
    let (app, receiver) = limited(RequestLimits {
        per_address,
        ..RequestLimits::default()
    })
    .await;
    for path in ["/", "/cm", "/poem.txt"] {
        assert_eq!(ask(&app, "10.0.0.1", path, None).await.status, 200);
    }
    let paying = ask(&app, "10.0.0.1", "/doggo.jpg", Some(payment(3))).await;
    paying.is_too_many(3);
    // An IPv4 address in IPv6 notation is the same.
    let mapped = ask(&app, "::ffff:10.0.0.1", "/cm", None).await;
    mapped.is_too_many(3);
    assert_eq!(stored(&receiver).await.charged(), Amount::ZERO);

    let other = ask(&app, "10.0.0.2", "/doggo.jpg", Some(payment(3))).await;
    assert_eq!(other.status, StatusCode::OK);
    for host in ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::"] {
        assert_eq!(ask(&app, host, "/cm", None).await.status, 200);
    }
    let fourth = ask(&app, "2001:db8::3", "/cm", None).await;
    fourth.is_too_many(3);
    assert_eq!(ask(&app, "2001:db8:0:1::1", "/cm", None).await.status, 200);
}

#[tokio::test]
async fn a_sender_that_pays_too_often_is_turned_away_unpaid() {
    let (app, receiver) = with_sender_limit(per_hour(3)).await;
    let path = "/doggo.jpg";
    for balance in [3, 6, 9] {
        let paid = ask(&app, "10.0.0.1", path, Some(payment(balance))).await;
        assert_eq!(paid.status, StatusCode::OK);
    }
    // From wherever it asks.
    let fourth = ask(&app, "10.0.0.2", path, Some(payment(12))).await;
    fourth.is_too_many(3);
    assert!(!fourth.headers.contains_key("rdn-sender-balance"));
    assert_eq!(stored(&receiver).await.charged(), units(9));
    // What costs nothing is not limited, and neither are others.
    assert_eq!(ask(&app, "10.0.0.1", "/poem.txt", None).await.status, 200);
    let channel = ChannelId {
        sender: key(5).address(),
        ..id()
    };
    let open = Channel::new(channel, units(100), ChannelStatus::Open);
    receiver.store().insert(open).await.expect("memory");
    let other = Payment {
        sender: channel.sender,
        proof: MANAGER.sign_balance(&key(5), &channel, units(3)),
        ..payment(3)
    };
    assert_eq!(ask(&app, "10.0.0.1", path, Some(other)).await.status, 200);
}

/// Neither with proofs of one's own nor with those that were seen before, as on the chain.
#[tokio::test]
async fn nobody_uses_up_the_share_of_another() {
    let (app, receiver) = with_sender_limit(per_hour(3)).await;
    let path = "/doggo.jpg";
    for balance in [3, 6] {
        let paid = ask(&app, "10.0.0.1", path, Some(payment(balance))).await;
        assert_eq!(paid.status, StatusCode::OK);
    }
    let forged = Payment {
        proof: MANAGER.sign_balance(&key(9), &id(), units(9)),
        ..payment(9)
    };
    for seen in [forged, payment(3), payment(6)].repeat(5) {
        let refused = ask(&app, "10.6.6.6", path, Some(seen)).await;
        assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED);
    }
    let third = ask(&app, "10.0.0.1", path, Some(payment(9))).await;
    assert_eq!(third.status, StatusCode::OK);
    assert_eq!(stored(&receiver).await.charged(), units(9));
}

/// What is wrong and new can only come from the sender.
#[tokio::test]
async fn wrong_payments_count_too() {
    let (app, _) = with_sender_limit(per_hour(2)).await;
    for balance in [4, 500] {
        let wrong = ask(&app, "10.0.0.1", "/doggo.jpg", Some(payment(balance))).await;
        assert_eq!(wrong.status, StatusCode::PAYMENT_REQUIRED);
    }
    let third = ask(&app, "10.0.0.1", "/doggo.jpg", Some(payment(3))).await;
    third.is_too_many(2);
}

async fn ask_for(app: &Router, connection: &str, forwarded: &[&str]) -> Answer {
    let forwarded = forwarded
        .iter()
        .map(|text| ("x-forwarded-for", (*text).to_owned()));
    let headers: Vec<_> = forwarded.collect();
    ask_with(app, connection, "/cm", &headers).await
}

/// Its clients are told apart by what it says, and by nothing that they say themselves.
#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_its_share() {
    let options = ServerOptions {
        limits: RequestLimits {
            per_address: per_hour(2),
            ..RequestLimits::default()
        },
        trusted_proxies: "127.0.0.1, 10.0.0.0/8".parse().expect("proxies"),
        ..options()
    };
    let app = server(&receiver().await, options);
    // The client lies, the proxies append.
    for lie in ["1.1.1.1", "2.2.2.2", "10.9.9.9, 3.3.3.3"] {
        let told = format!("{lie}, 6.6.6.6, 10.1.1.1");
        let answer = ask_for(&app, "127.0.0.1", &[&told]).await;
        if lie.starts_with("10.") {
            answer.is_too_many(2);
        } else {
            assert_eq!(answer.status, StatusCode::OK);
        }
    }
    ask_for(&app, "::ffff:127.0.0.1", &["9.9.9.9", "6.6.6.6:4711"])
        .await
        .is_too_many(2);
    for other in ["7.7.7.7", "2001:db8::1", "[2001:db8:0:2::1]:80"] {
        assert_eq!(
            ask_for(&app, "127.0.0.1", &[other]).await.status,
            StatusCode::OK
        );
    }
    // Who is no proxy speaks for himself alone, whatever he says.
    for claimed in ["8.8.1.1", "8.8.1.2"] {
        assert_eq!(
            ask_for(&app, "8.8.8.8", &[claimed]).await.status,
            StatusCode::OK
        );
    }
    ask_for(&app, "8.8.8.8", &["8.8.1.3"]).await.is_too_many(2);
    // A proxy that does not say it speaks for itself.
    for nobody in [&["unknown"][..], &[], &["7.7.7.8, _hidden"]] {
        let answer = ask_for(&app, "127.0.0.1", nobody).await;
        assert_eq!(
            answer.status == StatusCode::OK,
            nobody != ["7.7.7.8, _hidden"]
        );
    }
}

#[test]
fn proxies_are_addresses_and_networks() {
    for good in ["127.0.0.1", "::1", "10.0.0.0/8,fd00::/8", "::ffff:10.0.0.1"] {
        assert!(good.parse::<TrustedProxies>().is_ok(), "{good}");
    }
    for bad in ["", "localhost", "10.0.0.0/33", "10.0.0.1,", "*"] {
        assert!(bad.parse::<TrustedProxies>().is_err(), "{bad}");
    }
}

#[tokio::test]
async fn the_paywall_reads_no_more_of_a_body_than_it_may() {
    let receiver = receiver().await;
    let limits = RequestLimits {
        body: 1024,
        ..RequestLimits::default()
    };
    let app = server(
        &receiver,
        ServerOptions {
            limits,
            ..options()
        },
    );
    let path = format!("/api/1/channels/{}/{}", id().sender, id().open_block);
    for (length, expected) in [
        (1024, StatusCode::BAD_REQUEST),
        (1025, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let mut closing = request("DELETE", &path, &[]);
        *closing.body_mut() = "x".repeat(length).into();
        assert_eq!(send(&app, closing).await.0, expected, "{length}");
    }
}

/// The share grows back. A machine that is too slow to ask twice in a second sees no refusal.
#[tokio::test]
async fn after_the_wait_a_payment_is_taken() {
    let (app, _) = with_sender_limit(NonZeroU32::new(1).map(RateLimit::per_second)).await;
    let started = Instant::now();
    let first = ask(&app, "10.0.0.1", "/doggo.jpg", Some(payment(3))).await;
    assert_eq!(first.status, StatusCode::OK);
    let second = ask(&app, "10.0.0.1", "/doggo.jpg", Some(payment(6))).await;
    if second.status == StatusCode::OK {
        assert!(started.elapsed() >= Duration::from_secs(1));
        return;
    }
    assert_eq!(second.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(second.headers["retry-after"], "1");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let third = ask(&app, "10.0.0.1", "/doggo.jpg", Some(payment(6))).await;
    assert_eq!(third.status, StatusCode::OK);
}
