//! Numbered requests over HTTP: the credit extension (`docs/extension.md`).

mod closing;
mod refusals;
mod repeats;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use microraiden::receiver::Receiver;
use serde_json::{Value, json};

use crate::basics::units;
use crate::seller::{
    Headers, numbered, options, payment, receiver, request, send, server, speaking, stored,
};
use crate::upstream::start;

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
