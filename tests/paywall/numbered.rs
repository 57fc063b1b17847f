//! Numbered requests over HTTP: the credit extension (`docs/extension.md`).

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use microraiden::paywall::{
    Access, Goods, Metrics, Paid, PaywallLayer, Price, Prices, RateLimit, RequestLimits,
    ServerOptions, Timeouts, Upstream,
};
use microraiden::protocol::{CloseRequest, CreditRefusal};
use microraiden::receiver::{ChannelStatus, Receiver};
use microraiden::tls::Trust;
use serde_json::{Value, json};
use tower::{Layer, service_fn};

use crate::basics::{MANAGER, key, units};
use crate::seller::{
    Headers, agreeing, id, numbered, options, payment, receiver, request, send, server, speaking,
    stored,
};
use crate::upstream::{listen, start};

const FILE: &str = "/doggo.jpg";
const ANNOUNCED: &str = "1;window=64;repeat=600";

/// Sells the demo's picture for 3.
async fn shop() -> (Router, Arc<Receiver>) {
    let receiver = speaking(600).await;
    (server(&receiver, options()), receiver)
}

async fn get(app: &Router, path: &str, headers: &Headers) -> (StatusCode, HeaderMap, Vec<u8>) {
    send(app, request("GET", path, headers)).await
}

/// What an answer says by the extension: the number, what it paid, what is charged and the newest number; or the
/// refusal.
fn said(headers: &HeaderMap) -> String {
    let names = [
        "rdn-credit-refused",
        "rdn-payment-number",
        "rdn-paid",
        "rdn-charged",
        "rdn-newest-number",
    ];
    let texts = names.map(|name| headers.get(name).map(|value| value.to_str().expect("text")));
    texts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_receiver_announces_it_where_it_is_switched_on() {
    let (app, _) = shop().await;
    let (status, headers, body) = get(&app, FILE, &vec![]).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(headers["rdn-credit"], ANNOUNCED);
    assert_eq!(said(&headers), "", "nobody's state is told");
    let problem: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(problem["credit"], json!({ "window": 64, "repeat": 600 }));
    let (_, headers, _) = get(&app, FILE, &payment(3).headers()).await;
    assert_eq!(headers["rdn-credit"], ANNOUNCED);
    // The page's cookies are for clients of the original.
    let browser = vec![("accept", "text/html".to_owned())];
    let (_, headers, _) = get(&app, FILE, &browser).await;
    assert_eq!(headers["rdn-credit"], ANNOUNCED);
    let cookies = headers.get_all("set-cookie").iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().expect("text"));
    assert!(!cookies.any(|cookie| cookie.starts_with("RDN-Credit")));
}

#[tokio::test]
async fn without_the_setting_numbers_are_not_seen() {
    let receiver = receiver().await;
    let app = server(&receiver, options());
    let (_, headers, body) = get(&app, FILE, &vec![]).await;
    assert!(!headers.contains_key("rdn-credit"));
    let problem: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(problem.get("credit"), None);
    // A payment as ever, or none.
    let (status, headers, _) = get(&app, FILE, &numbered(1, 3)).await;
    assert_eq!((status, said(&headers)), (StatusCode::OK, String::new()));
    let (status, headers, _) = get(&app, FILE, &numbered(1, 3)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(said(&headers), "");
    let (status, _, _) = get(&app, FILE, &numbered(2, 9)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    let mut malformed = payment(6).headers();
    malformed.push(("rdn-payment-number", "x".to_owned()));
    assert_eq!(get(&app, FILE, &malformed).await.0, StatusCode::OK);
}

#[tokio::test]
async fn requests_are_served_in_whatever_order_they_come() {
    let (app, receiver) = shop().await;
    for (number, expected) in [
        (2, "2 3 3 2"),
        (1, "1 3 6 2"),
        (5, "5 3 9 5"),
        (3, "3 3 12 5"),
        (4, "4 3 15 5"),
    ] {
        let (status, headers, body) = get(&app, FILE, &numbered(number, number * 3)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(said(&headers), expected);
        assert!(!body.is_empty());
    }
    // The state after the request: what is accepted, and its proof.
    let (_, headers, _) = get(&app, FILE, &numbered(6, 18)).await;
    assert_eq!(headers["rdn-sender-balance"], "18");
    let newest = payment(18).proof.signature.to_string();
    assert_eq!(headers["rdn-balance-signature"], newest);
    let channel = stored(&receiver).await;
    assert_eq!(
        (channel.balance(), channel.charged()),
        (units(18), units(18))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_are_all_served_and_charged_once() {
    let (app, receiver) = shop().await;
    let whole = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/demo/content/doggo.jpg"
    ));
    let whole = Arc::new(whole.expect("the picture"));
    // 30 requests, each three times, the last one first.
    let tasks: Vec<_> = (0..90)
        .map(|place| {
            let (app, whole) = (app.clone(), Arc::clone(&whole));
            tokio::spawn(async move {
                let number = 30 - place / 3;
                let (status, _, body) = get(&app, FILE, &numbered(number, number * 3)).await;
                status == StatusCode::OK && body == *whole
            })
        })
        .collect();
    for task in tasks {
        assert!(task.await.expect("no panic"));
    }
    let channel = stored(&receiver).await;
    assert_eq!(
        (channel.balance(), channel.charged()),
        (units(90), units(90))
    );
}

/// The answer of each second request is lost: it is repeated, and served without charge.
#[tokio::test]
async fn a_lost_answer_costs_nothing_more() {
    let (app, receiver) = shop().await;
    let mut bodies = Vec::new();
    for number in 1..=6 {
        for _ in 0..=number % 2 {
            let (status, headers, body) = get(&app, FILE, &numbered(number, number * 3)).await;
            assert_eq!(status, StatusCode::OK);
            let charged = number * 3;
            assert_eq!(said(&headers), format!("{number} 3 {charged} {number}"));
            assert_eq!(headers["cache-control"], "private, no-store");
            bodies.push(body);
        }
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert_eq!(stored(&receiver).await.charged(), units(18));
}

#[tokio::test]
async fn ranges_of_one_file_are_one_payment() {
    let (app, receiver) = shop().await;
    let (_, _, whole) = get(&app, FILE, &numbered(1, 3)).await;
    let mut pieces = Vec::new();
    for from in (0..whole.len()).step_by(10_000) {
        let mut headers = numbered(2, 6);
        headers.push(("range", format!("bytes={from}-{}", from + 9999)));
        let (status, _, body) = get(&app, FILE, &headers).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT);
        pieces.extend(body);
    }
    assert_eq!(pieces, whole);
    assert_eq!(stored(&receiver).await.charged(), units(6));
}

/// Sells by path: `/a` and `/b` for 3, `/dear` for 9.
fn by_path() -> Price {
    Price::by_request(|parts| {
        let price = if parts.uri.path() == "/dear" { 9 } else { 3 };
        std::future::ready(Ok(units(price)))
    })
}

#[tokio::test]
async fn refusals_say_why_in_header_and_problem_and_charge_nothing() {
    let receiver = speaking(600).await;
    let layer = PaywallLayer::new(Arc::clone(&receiver), by_path());
    let serve = service_fn(async |_| Ok::<_, Infallible>(Response::new(Body::from("goods"))));
    let app = Router::new().fallback_service(layer.layer(serve));
    for (number, balance) in [(10, 30), (12, 36), (80, 60)] {
        let (status, ..) = get(&app, "/a", &numbered(number, balance)).await;
        assert_eq!(status, StatusCode::OK);
    }
    // 9 of 60 are charged.
    for (path, headers, expected) in [
        ("/dear", agreeing(81, 61, 9), None),
        ("/dear", numbered(82, 62), Some(CreditRefusal::PriceRaised)),
        ("/a", numbered(18, 59), None),
        ("/a", numbered(17, 50), Some(CreditRefusal::NumberStale)),
        ("/b", numbered(80, 60), Some(CreditRefusal::NumberUsed)),
        ("/a?x", numbered(80, 60), Some(CreditRefusal::NumberUsed)),
        ("/a", numbered(80, 59), Some(CreditRefusal::NumberUsed)),
        (
            "/a",
            numbered(83, 60),
            Some(CreditRefusal::BalanceOutOfOrder),
        ),
        (
            "/a",
            numbered(19, 30),
            Some(CreditRefusal::BalanceOutOfOrder),
        ),
        ("/a", numbered(80, 60), None),
    ] {
        let before = stored(&receiver).await;
        let (status, headers, body) = get(&app, path, &headers).await;
        let Some(expected) = expected else {
            assert_eq!(status, StatusCode::OK, "{path}");
            continue;
        };
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
        let (charged, newest) = (before.charged(), before.window.newest());
        let newest = newest.map_or(0, |number| number.get());
        let code = expected.code();
        assert_eq!(said(&headers), format!("{code} {charged} {newest}"));
        assert_eq!(headers["rdn-credit"], ANNOUNCED);
        assert_eq!(headers["rdn-sender-balance"], before.balance().to_string());
        let problem: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(problem["code"], code);
        for refusal in ["amount", "balance-proof"] {
            assert!(!headers.contains_key(format!("rdn-invalid-{refusal}")));
        }
        assert_eq!(stored(&receiver).await, before);
    }
}

#[tokio::test]
async fn more_is_asked_for_where_the_credit_does_not_suffice() {
    let (app, receiver) = shop().await;
    let (status, headers, body) = get(&app, FILE, &numbered(1, 2)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(said(&headers), "insufficient-credit 0 0");
    assert_eq!(headers["rdn-price"], "3");
    let problem: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(
        (&problem["code"], &problem["price"]),
        (&json!("insufficient-credit"), &json!("3"))
    );
    assert_eq!(get(&app, FILE, &numbered(2, 3)).await.0, StatusCode::OK);
    // A question, without a number, is answered with all that is known.
    let (status, headers, _) = get(&app, FILE, &payment(3).headers()).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(said(&headers), "3 2");
    assert_eq!(headers["rdn-sender-balance"], "3");
    assert_eq!(stored(&receiver).await.charged(), units(3));
}

#[tokio::test]
async fn refusals_of_the_original_come_as_ever() {
    let (app, _) = shop().await;
    let forged = MANAGER.sign_balance(&key(9), &id(), units(3));
    let mut headers = numbered(1, 3);
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("rdn-balance-signature"));
    headers.push(("rdn-balance-signature", forged.signature.to_string()));
    let (status, headers, _) = get(&app, FILE, &headers).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(headers["rdn-invalid-balance-proof"], "1");
    assert_eq!(
        said(&headers),
        "",
        "nothing is told to whom it may not concern"
    );
    let (status, headers, _) = get(&app, FILE, &numbered(1, 101)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(said(&headers), "0 0");
}

#[tokio::test]
async fn malformed_numbers_are_malformed_payments() {
    let (app, receiver) = shop().await;
    for number in ["0", "01", "+1", "1.0", "9007199254740992", "", "é"] {
        let mut headers = payment(3).headers();
        headers.push(("rdn-payment-number", number.to_owned()));
        headers.push(("rdn-price", "3".to_owned()));
        let (status, _, body) = get(&app, FILE, &headers).await;
        assert_eq!(status, StatusCode::CONFLICT, "{number}");
        let problem: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(problem["code"], "malformed-payment");
    }
    let mut without_price = payment(3).headers();
    without_price.push(("rdn-payment-number", "1".to_owned()));
    let (status, _, body) = get(&app, FILE, &without_price).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let text = String::from_utf8(body).expect("text");
    assert!(text.contains("RDN-Price is missing"), "{text}");
    assert_eq!(stored(&receiver).await.charged(), units(0));
}

/// A form that was sent twice is not handled twice, and its sender learns that it was paid.
#[tokio::test]
async fn what_changes_something_is_not_done_twice() {
    let receiver = speaking(600).await;
    let called = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&called);
    let serve = service_fn(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::from("done"))))
    });
    let layer = PaywallLayer::new(Arc::clone(&receiver), Price::fixed(units(3)));
    let app = Router::new().fallback_service(layer.layer(serve));
    let post = async || send(&app, request("POST", "/order", &numbered(1, 3))).await;
    assert_eq!(post().await.0, StatusCode::OK);
    for _ in 0..2 {
        let (status, headers, _) = post().await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
        assert_eq!(said(&headers), "number-charged 3 1");
    }
    assert_eq!(called.load(Ordering::SeqCst), 1);
}

/// The service is told which payment it is, and that a repeated request pays nothing.
#[tokio::test]
async fn the_service_knows_what_is_repeated() {
    let receiver = speaking(600).await;
    let tell = service_fn(async |request: Request<Body>| {
        let paid = request.extensions().get::<Paid>().cloned().expect("paid");
        let number = paid.number.map_or(0, |number| number.get());
        let text = format!("{number} {} {}", paid.amount, paid.balance);
        Ok::<_, Infallible>(Response::new(Body::from(text)))
    });
    let layer = PaywallLayer::new(receiver, Price::fixed(units(3)));
    let app = Router::new().fallback_service(layer.layer(tell));
    for (headers, expected) in [
        (numbered(2, 6), "2 3 3"),
        (numbered(2, 6), "2 0 3"),
        (numbered(1, 3), "1 3 6"),
        (payment(9).headers(), "0 3 9"),
    ] {
        let (status, _, body) = get(&app, "/", &headers).await;
        assert_eq!(
            (status, body),
            (StatusCode::OK, expected.as_bytes().to_vec())
        );
    }
}

#[tokio::test]
async fn an_upstream_is_told_the_number() {
    let receiver = speaking(600).await;
    let (address, heads) = start(crate::upstream::PLAIN).await;
    let app = crate::upstream::paywall(&receiver, address);
    for (headers, amount) in [(numbered(7, 3), 3), (numbered(7, 3), 0)] {
        let (status, ..) = get(&app, "/a", &headers).await;
        assert_eq!(status, StatusCode::OK);
        let head = heads.lock().expect("no panic").pop().expect("a request");
        let told: Vec<_> = head.lines().map(str::to_ascii_lowercase).collect();
        let amount = format!("x-microraiden-amount: {amount}");
        for line in [amount.as_str(), "x-microraiden-number: 7"] {
            assert!(told.iter().any(|told| told == line), "{line} of {told:?}");
        }
        assert!(
            !told.iter().any(|line| line.starts_with("rdn-")),
            "{told:?}"
        );
    }
}

/// An older client pays in a channel whose sender has used numbers elsewhere.
#[tokio::test]
async fn clients_without_numbers_pay_as_ever() {
    let (app, receiver) = shop().await;
    assert_eq!(get(&app, FILE, &numbered(2, 6)).await.0, StatusCode::OK);
    let (status, headers, _) = get(&app, FILE, &payment(9).headers()).await;
    assert_eq!(status, StatusCode::OK);
    // As ever, the state before.
    assert_eq!(headers["rdn-sender-balance"], "6");
    let (status, headers, _) = get(&app, FILE, &payment(13).headers()).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(headers["rdn-invalid-amount"], "1");
    let channel = stored(&receiver).await;
    assert_eq!((channel.balance(), channel.charged()), (units(9), units(6)));
}

#[tokio::test]
async fn a_repeated_redirect_is_covered_again() {
    let receiver = speaking(600).await;
    let behind = Router::new().fallback(async |asked: Request<Body>| {
        let answer = match asked.uri().path() {
            "/a" => Response::builder().status(302).header(LOCATION, "/b"),
            _ => Response::builder(),
        };
        answer.body(Body::from("goods")).expect("an answer")
    });
    let url = format!("http://{}", listen(behind).await);
    let trust = Trust::system().expect("TLS works");
    let upstream = Upstream::new(url.parse().expect("a URL"), Timeouts::default(), &trust);
    let goods = Goods::Server {
        upstream: upstream.cover_redirects(Duration::from_secs(60)),
        prices: Prices::new(units(3)),
    };
    let app = server(&receiver, ServerOptions { goods, ..options() });
    for _ in 0..2 {
        let mut headers = numbered(1, 3);
        headers.push(("host", "shop.example".to_owned()));
        let (status, headers, _) = get(&app, "/a", &headers).await;
        assert_eq!(status, StatusCode::FOUND);
        let ticket = headers["set-cookie"].to_str().expect("text");
        let ticket = ticket.split(';').next().expect("a value");
        let follow = vec![
            ("cookie", ticket.to_owned()),
            ("host", "shop.example".to_owned()),
        ];
        assert_eq!(get(&app, "/b", &follow).await.0, StatusCode::OK);
    }
    assert_eq!(stored(&receiver).await.charged(), units(3));
}

#[tokio::test]
async fn repeats_are_counted_apart_and_use_up_no_quota() {
    let receiver = speaking(600).await;
    let metrics = Arc::new(Metrics::new());
    let limits = RequestLimits {
        per_sender: NonZeroU32::new(3).map(RateLimit::per_hour),
        ..RequestLimits::default()
    };
    let options = ServerOptions {
        limits,
        metrics: Some(Arc::clone(&metrics)),
        ..options()
    };
    let app = server(&receiver, options);
    for _ in 0..9 {
        for number in 1..=2 {
            let (status, ..) = get(&app, FILE, &numbered(number, number * 3)).await;
            assert_eq!(status, StatusCode::OK);
        }
    }
    assert_eq!(get(&app, FILE, &numbered(3, 9)).await.0, StatusCode::OK);
    let (status, ..) = get(&app, FILE, &numbered(4, 12)).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let text = metrics.render(&receiver).expect("text");
    for line in [
        "microraiden_payments_total 3",
        "microraiden_repeats_total 16",
    ] {
        assert!(text.lines().any(|told| told == line), "{text}");
    }
}

fn close_headers(balance: u64) -> Headers {
    let asked = CloseRequest {
        channel: id(),
        balance: units(balance),
        contract: MANAGER.address,
        chain_id: 1,
    };
    let signature = asked.sign(&key(1)).to_string();
    vec![("rdn-request-signature", signature)]
}

async fn close(app: &Router, balance: u64, proof: Option<String>) -> (StatusCode, Value) {
    let path = format!("/api/1/channels/{}/3", id().sender);
    let mut asked = request("DELETE", &path, &close_headers(balance));
    let mut body = json!({ "balance": balance.to_string() });
    if let Some(proof) = proof {
        body["balance_signature"] = json!(proof);
    }
    *asked.body_mut() = Body::from(body.to_string());
    let (status, _, body) = send(app, asked).await;
    (status, serde_json::from_slice(&body).expect("JSON"))
}

#[tokio::test]
async fn unused_credit_comes_back_by_closing_together() {
    let receiver = speaking(600).await;
    let app = server(
        &receiver,
        ServerOptions {
            access: Access::default(),
            ..options()
        },
    );
    // 1 is lost.
    for number in [2, 3] {
        assert_eq!(
            get(&app, FILE, &numbered(number, number * 3)).await.0,
            StatusCode::OK
        );
    }
    let (_, headers, _) = get(&app, FILE, &payment(9).headers()).await;
    assert_eq!(said(&headers), "6 3");
    let signature = |balance| payment(balance).proof.signature.to_string();
    for (balance, proof) in [
        (6, None),
        (5, Some(signature(5))),
        (6, Some(signature(9))),
        (6, Some("0x12".to_owned())),
    ] {
        let (status, _) = close(&app, balance, proof).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{balance}");
    }
    assert_eq!(stored(&receiver).await.status, ChannelStatus::Open);
    for _ in 0..2 {
        let (status, told) = close(&app, 6, Some(signature(6))).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(told["balance_signature"], signature(6));
        let closing = told["close_signature"].as_str().expect("a signature");
        let closing = closing.parse().expect("a signature");
        let verified = MANAGER.verify_closing(&id(), &payment(6).proof, &closing);
        verified.expect("the receiver's");
    }
    let channel = stored(&receiver).await;
    assert_eq!(
        (channel.status, channel.ceiling),
        (ChannelStatus::Agreed, Some(units(6)))
    );
}

/// Pages of other origins may send the number, and read what is said of it.
#[tokio::test]
async fn pages_of_other_origins_may_use_numbers() {
    use microraiden::paywall::cors;
    let allowed = cors::allow_headers();
    assert!(allowed.iter().any(|name| name == "rdn-payment-number"));
    let (app, _) = shop().await;
    let mut headers = numbered(1, 3);
    headers.push(("origin", "https://app.example".to_owned()));
    let (_, headers, _) = get(&app, FILE, &headers).await;
    let exposed = headers["access-control-expose-headers"]
        .to_str()
        .expect("text");
    for name in headers
        .keys()
        .filter(|name| name.as_str().starts_with("rdn-"))
    {
        assert!(exposed.contains(name.as_str()), "{name}");
    }
}
