//! Who may ask the REST interface for what, and that no input breaks it.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::basics::{MANAGER, key, units};
use crate::seller::{id, options, payment, receiver, request, send, server, stored};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use microraiden::paywall::{Access, AdminSecret, ServerOptions};
use microraiden::protocol::{CloseRequest, PrivateKey, ReadRequest, Signature};
use microraiden::receiver::{Channel, ChannelStatus, Receiver, StoreExt};
use proptest::prelude::*;
use serde_json::Value;

const SECRET: &str = "correct-horse-battery";

/// A server in whose channel 3 units were paid.
async fn rest(original: bool) -> (Router, Arc<Receiver>) {
    let receiver = receiver().await;
    let paid = receiver.accept(&payment(3), units(3)).await;
    paid.expect("paid");
    let access = Access {
        original,
        admin: Some(AdminSecret::new(SECRET).expect("strong")),
    };
    let options = ServerOptions {
        access,
        ..options()
    };
    (server(&receiver, options), receiver)
}

fn now() -> u64 {
    let age = SystemTime::now().duration_since(UNIX_EPOCH);
    age.expect("after 1970").as_secs()
}

fn query(expires: u64) -> ReadRequest {
    ReadRequest {
        sender: id().sender,
        receiver: id().receiver,
        contract: MANAGER.address,
        chain_id: 1,
        expires,
    }
}

fn close_request(balance: u64) -> CloseRequest {
    CloseRequest {
        channel: id(),
        balance: units(balance),
        contract: MANAGER.address,
        chain_id: 1,
    }
}

type Headers = Vec<(&'static str, String)>;

fn reading(signature: Signature, expires: u64) -> Headers {
    vec![
        ("rdn-request-signature", signature.to_string()),
        ("rdn-request-expires", expires.to_string()),
    ]
}

fn closing(signature: Signature) -> Headers {
    vec![("rdn-request-signature", signature.to_string())]
}

fn admin(secret: &str) -> Headers {
    vec![("authorization", format!("Bearer {secret}"))]
}

async fn ask(app: &Router, method: &str, path: &str, headers: &Headers) -> (StatusCode, Value) {
    let path = format!("/api/1{path}");
    let (status, answer, body) = send(app, request(method, &path, headers)).await;
    assert_eq!(answer["cache-control"], "no-store");
    assert_eq!(
        answer.contains_key("www-authenticate"),
        status == StatusCode::UNAUTHORIZED
    );
    (status, serde_json::from_slice(&body).expect("JSON"))
}

fn own() -> String {
    format!("/channels/{}", id().sender)
}

fn record() -> String {
    format!("{}/3", own())
}

#[tokio::test]
async fn details_ask_for_the_senders_signature() {
    let (app, _) = rest(false).await;
    let soon = now() + 300;
    let proof = reading(query(soon).sign(&key(1)), soon);
    for path in [own(), record()] {
        let (status, _) = ask(&app, "GET", &path, &vec![]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        let (status, _) = ask(&app, "GET", &path, &proof).await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    // Only the sender sees its signature.
    let newest = payment(3).proof.signature.to_string();
    let (_, answer) = ask(&app, "GET", &record(), &proof).await;
    assert_eq!(answer["last_signature"], newest);
    let (_, answer) = ask(&app, "GET", &record(), &admin(SECRET)).await;
    assert_eq!(
        (&answer["last_signature"], &answer["balance"]),
        (&Value::Null, &3.into())
    );
    // The channels of another sender.
    let other = format!("/channels/{}/3", key(5).address());
    let (status, _) = ask(&app, "GET", &other, &proof).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn no_other_signature_will_do() {
    for original in [true, false] {
        let (app, receiver) = rest(original).await;
        let soon = now() + 300;
        let good = query(soon);
        let by = |key: &PrivateKey, query: ReadRequest| reading(query.sign(key), soon);
        let elsewhere = ReadRequest {
            chain_id: 2,
            ..good
        };
        let other_contract = ReadRequest {
            contract: id().sender,
            ..good
        };
        let other_receiver = ReadRequest {
            receiver: id().sender,
            ..good
        };
        let late = now() + 3600;
        let refused = [
            by(&key(9), good),
            by(&key(1), elsewhere),
            by(&key(1), other_contract),
            by(&key(1), other_receiver),
            by(&key(1), query(soon + 1)),
            reading(query(now() - 1).sign(&key(1)), now() - 1),
            reading(query(late).sign(&key(1)), late),
            reading(close_request(3).sign(&key(1)), soon),
            reading(payment(3).proof.signature, soon),
            closing(good.sign(&key(1))),
            vec![("rdn-request-signature", "0x12".to_owned())],
            admin("correct-horse-batterx"),
            vec![("authorization", format!("Basic {SECRET}"))],
            vec![("authorization", SECRET.to_owned())],
        ];
        for headers in refused {
            let (status, _) = ask(&app, "GET", &record(), &headers).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{headers:?}");
        }
        let path = format!("{}?balance=3", record());
        let other_block = CloseRequest {
            channel: microraiden::protocol::ChannelId {
                open_block: 4,
                ..id()
            },
            ..close_request(3)
        };
        let refused = [
            close_request(3).sign(&key(9)),
            close_request(2).sign(&key(1)),
            other_block.sign(&key(1)),
            CloseRequest {
                chain_id: 2,
                ..close_request(3)
            }
            .sign(&key(1)),
            CloseRequest {
                contract: id().sender,
                ..close_request(3)
            }
            .sign(&key(1)),
            payment(3).proof.signature,
        ];
        for signature in refused {
            let (status, _) = ask(&app, "DELETE", &path, &closing(signature)).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(stored(&receiver).await.status, ChannelStatus::Open);
    }
}

/// H11, mended: with a proof, and again after the answer was lost.
#[tokio::test]
async fn closing_asks_for_the_senders_signature() {
    let (app, receiver) = rest(false).await;
    let path = format!("{}?balance=3", record());
    for headers in [vec![], admin(SECRET)] {
        let (status, _) = ask(&app, "DELETE", &path, &headers).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(stored(&receiver).await.status, ChannelStatus::Open);
    let proof = closing(close_request(3).sign(&key(1)));
    let (status, first) = ask(&app, "DELETE", &path, &proof).await;
    assert_eq!(status, StatusCode::OK);
    let (status, again) = ask(&app, "DELETE", &path, &proof).await;
    assert_eq!((status, &again), (StatusCode::OK, &first));
    let signature = first["close_signature"]
        .as_str()
        .and_then(|s| s.parse().ok());
    MANAGER
        .verify_closing(&id(), &payment(3).proof, &signature.expect("a signature"))
        .expect("the receiver's");
}

/// A request to close that was overheard is worthless once the sender has paid on.
#[tokio::test]
async fn an_old_request_to_close_closes_nothing() {
    let (app, receiver) = rest(false).await;
    let overheard = closing(close_request(3).sign(&key(1)));
    let paid = receiver.accept(&payment(6), units(3)).await;
    paid.expect("paid");
    for (balance, expected) in [(3, 400), (6, 401)] {
        let path = format!("{}?balance={balance}", record());
        let (status, _) = ask(&app, "DELETE", &path, &overheard).await;
        assert_eq!(status.as_u16(), expected);
    }
    assert_eq!(stored(&receiver).await.status, ChannelStatus::Open);
}

/// By default old clients are answered as ever, but see no signature.
#[tokio::test]
async fn without_the_option_old_clients_work() {
    let (app, _) = rest(true).await;
    let (status, answer) = ask(&app, "GET", &record(), &vec![]).await;
    assert_eq!(
        (status, &answer["last_signature"]),
        (StatusCode::OK, &Value::Null)
    );
    let (status, answer) = ask(&app, "GET", "/channels/", &vec![]).await;
    assert_eq!(
        (status, &answer[0]["blocks"][0]),
        (StatusCode::OK, &3.into())
    );
    let path = format!("{}?balance=3", record());
    assert_eq!(ask(&app, "DELETE", &path, &vec![]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_administrator_sees_all_channels() {
    let (app, receiver) = rest(false).await;
    for block in 4..8 {
        let channel_id = microraiden::protocol::ChannelId {
            open_block: block,
            ..id()
        };
        let channel = Channel::new(channel_id, units(9), ChannelStatus::Unconfirmed);
        receiver.store().insert(channel).await.expect("memory");
    }
    for path in [
        "/channels/",
        "/channels",
        "/channels/x",
        "/admin",
        "/admin/channels",
    ] {
        for headers in [vec![], admin("correct-horse-batterx"), admin("")] {
            let (status, _) = ask(&app, "GET", path, &headers).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        }
        let (status, _) = ask(&app, "GET", path, &admin(SECRET)).await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    let mut blocks = Vec::new();
    let mut path = "/admin/channels?limit=2".to_owned();
    loop {
        let (_, page) = ask(&app, "GET", &path, &admin(SECRET)).await;
        let channels = page["channels"].as_array().expect("a list");
        assert!(channels.len() <= 2);
        blocks.extend(channels.iter().map(|c| c["open_block_number"].as_u64()));
        let next = &page["next"];
        if next.is_null() {
            break;
        }
        let (sender, block) = (next["sender"].as_str().expect("text"), &next["block"]);
        path = format!("/admin/channels?limit=2&sender={sender}&block={block}");
    }
    assert_eq!(blocks, (3..8).map(Some).collect::<Vec<_>>());
    // Sums stay public: the original page reads them.
    assert_ne!(
        ask(&app, "GET", "/stats", &vec![]).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[test]
fn weak_secrets_are_refused_and_none_is_shown() {
    for weak in ["", "short", "sixteen letters!", "é-sixteen-letters"] {
        let error = AdminSecret::new(weak).expect_err("weak");
        assert!(weak.is_empty() || !error.to_string().contains(weak));
    }
    let secret = AdminSecret::new(SECRET).expect("strong");
    assert_eq!(format!("{secret:?}"), "AdminSecret(…)");
}

/// Parts of requests that mean something, among which random ones stand.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(id().sender.to_string()),
        Just("3".to_owned()),
        Just("4294967296".to_owned()),
        Just("-1".to_owned()),
        Just("%ff".to_owned()),
        Just("%00".to_owned()),
        Just("channels".to_owned()),
        Just("admin".to_owned()),
        Just("balance=3".to_owned()),
        Just("status=all".to_owned()),
        Just("{\"balance\":\"3\"}".to_owned()),
        Just("{\"balance\":1e999999999}".to_owned()),
        Just("a".repeat(300)),
        Just("a/".repeat(3000)),
        "[!-~]{0,12}",
        "[0-9]{60,90}",
    ]
}

/// What each header may be given; opaque bytes too.
fn hostile_headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let name = prop::sample::select(vec![
        "rdn-request-signature",
        "rdn-request-expires",
        "rdn-balance",
        "rdn-balance-signature",
        "rdn-open-block",
        "authorization",
        "cookie",
        "content-type",
        "content-length",
        "accept",
        "range",
        "if-modified-since",
    ]);
    let value = prop_oneof![
        word().prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..40),
        Just(format!("Bearer {SECRET}").into_bytes()),
        Just(payment(3).proof.signature.to_string().into_bytes()),
    ];
    prop::collection::vec((name, value), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// But for the statistics, which ask the node, and that is not there.
    #[test]
    fn no_input_is_answered_with_a_server_error(
        method in prop::sample::select(vec!["GET", "DELETE", "POST", "PUT", "HEAD", "PATCH", "ODD"]),
        prefix in prop::sample::select(vec!["/", "/api/1/", "/api/1/channels/", "/api/1/admin/", "/js/"]),
        path in prop::collection::vec(word(), 0..4),
        query in prop::collection::vec(word(), 0..3),
        headers in hostile_headers(),
        body in prop_oneof![word().prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..100)],
        original in any::<bool>(),
    ) {
        let path = path.join("/");
        let Ok(uri) = format!("{prefix}{path}?{}", query.join("&")).parse::<Uri>() else {
            return Ok(());
        };
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = Method::from_bytes(method.as_bytes()).expect("a method");
        *request.uri_mut() = uri;
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                request.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        let text = format!("{request:?}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let status = runtime.expect("a runtime").block_on(async {
            let (app, _) = rest(original).await;
            send(&app, request).await.0
        });
        prop_assert!(!status.is_server_error(), "{} for {}", status, text);
    }
}
