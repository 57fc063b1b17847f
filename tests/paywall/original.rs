//! What the original server reads and answers, and this one with `AnswerFormat::Original` alone.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use microraiden::paywall::{Access, AnswerFormat, ServerOptions};
use serde_json::{Value, json};

use crate::basics::units;
use crate::seller::{id, options, payment, receiver, request, send, server, stored};

const SIGNATURE: &str = "RDN-Balance-Signature";
const SENDER: &str = "RDN-Sender-Address";
const BLOCK: &str = "RDN-Open-Block";
const BALANCE: &str = "RDN-Balance";
const FORMATS: [AnswerFormat; 2] = [AnswerFormat::Problem, AnswerFormat::Original];

/// With access for anybody as well, as the original has it.
fn with(answers: AnswerFormat) -> ServerOptions {
    ServerOptions {
        answers,
        access: Access {
            original: true,
            ..Access::default()
        },
        ..options()
    }
}

/// The headers of a payment of 3, with others in the place of some, or in addition.
fn changed(changes: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let mut headers = payment(3).headers();
    headers.retain(|(name, _)| changes.iter().all(|(other, _)| other != name));
    headers.extend_from_slice(changes);
    headers
}

fn unprefixed(text: impl ToString) -> String {
    text.to_string()["0x".len()..].to_owned()
}

/// As cookies, in which the balance has another name.
fn as_cookies(headers: &[(&'static str, String)]) -> [(&'static str, String); 1] {
    let pairs = headers.iter().map(|(name, value)| match *name {
        BALANCE => format!("RDN-Sender-Balance={value}"),
        name => format!("{name}={value}"),
    });
    [("cookie", pairs.collect::<Vec<_>>().join("; "))]
}

#[tokio::test]
async fn hex_without_0x_signs_and_missing_values_are_read() {
    let paid = StatusCode::OK;
    let (asked, refused) = (StatusCode::PAYMENT_REQUIRED, StatusCode::CONFLICT);
    let signature = payment(3).proof.signature;
    let cases = [
        (vec![], paid, paid),
        (vec![(SIGNATURE, String::new())], refused, asked),
        (vec![(SIGNATURE, unprefixed(signature))], refused, paid),
        (
            vec![(SIGNATURE, unprefixed(signature).to_uppercase())],
            refused,
            paid,
        ),
        (
            vec![(SIGNATURE, format!("0X{}", unprefixed(signature)))],
            refused,
            paid,
        ),
        (
            vec![(SIGNATURE, unprefixed(signature)[2..].to_owned())],
            refused,
            refused,
        ),
        (vec![(SENDER, unprefixed(id().sender))], refused, paid),
        (vec![(BALANCE, "+3".to_owned())], refused, paid),
        (vec![(BLOCK, "+3".to_owned())], refused, paid),
        (vec![(BALANCE, "++3".to_owned())], refused, refused),
        (vec![(BALANCE, "-3".to_owned())], refused, refused),
        (vec![(BALANCE, "+".to_owned())], refused, refused),
        (vec![(BALANCE, "0x3".to_owned())], refused, refused),
        (vec![(BALANCE, String::new())], refused, refused),
        (vec![(SENDER, String::new())], refused, refused),
        (vec![("RDN-Price", String::new())], refused, paid),
        (vec![("RDN-Price", "+3".to_owned())], refused, paid),
        (vec![("RDN-Contract-Address", String::new())], refused, paid),
        (
            vec![("RDN-Receiver-Address", unprefixed(id().receiver))],
            refused,
            paid,
        ),
        (vec![("RDN-Payment", String::new())], refused, paid),
        (vec![("RDN-Payment", "3".to_owned())], refused, refused),
    ];
    for (changes, strictly, as_original) in cases {
        for (answers, expected) in FORMATS.into_iter().zip([strictly, as_original]) {
            let receiver = receiver().await;
            let app = server(&receiver, with(answers));
            let asking = request("GET", "/doggo.jpg", &changed(&changes));
            let (status, headers, _) = send(&app, asking).await;
            assert_eq!(status, expected, "{answers:?} {changes:?}");
            let charged = if status == paid { units(3) } else { units(0) };
            assert_eq!(stored(&receiver).await.charged(), charged);
            if status == asked {
                // Nothing was shown that proves who asks.
                assert!(!headers.contains_key("rdn-sender-balance"));
            }
        }
    }
}

#[tokio::test]
async fn cookies_are_read_like_headers() {
    let paid = StatusCode::OK;
    let (asked, refused) = (StatusCode::PAYMENT_REQUIRED, StatusCode::CONFLICT);
    let signature = payment(3).proof.signature;
    let odd = [
        (BALANCE, "+3".to_owned()),
        (BLOCK, "+3".to_owned()),
        (SENDER, unprefixed(id().sender)),
        (SIGNATURE, unprefixed(signature)),
    ];
    let none = [(SIGNATURE, String::new())];
    // The first one that can be read counts.
    let two = [
        (SIGNATURE, String::new()),
        (SIGNATURE, unprefixed(signature)),
    ];
    for (changes, strictly, as_original) in [
        (&odd[..], refused, paid),
        (&none, refused, asked),
        (&two, refused, paid),
    ] {
        for (answers, expected) in FORMATS.into_iter().zip([strictly, as_original]) {
            let app = server(&receiver().await, with(answers));
            let cookies = as_cookies(&changed(changes));
            let (status, headers, _) = send(&app, request("GET", "/doggo.jpg", &cookies)).await;
            assert_eq!(status, expected, "{answers:?} {changes:?}");
            assert_eq!(headers.contains_key("set-cookie"), status == refused);
        }
    }
}

async fn get(app: &Router, path: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
    let accept = [("accept", accept.to_owned())];
    let (status, headers, body) = send(app, request("GET", path, &accept)).await;
    (status, headers, String::from_utf8(body).expect("text"))
}

/// The original's own test compares the page's type with `text/html`, all of it.
#[tokio::test]
async fn a_page_with_a_402_has_the_exact_type_that_clients_expect() {
    for (answers, expected) in FORMATS
        .into_iter()
        .zip(["text/html; charset=utf-8", "text/html"])
    {
        let app = server(&receiver().await, with(answers));
        let (status, headers, page) = get(&app, "/doggo.jpg", "text/html").await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
        assert_eq!(headers["content-type"], expected, "{answers:?}");
        // It says its charset itself, where browsers look for it.
        let start = page.get(..1024).expect("a page");
        assert!(start.contains("<html") && start.contains("<meta charset=\"utf-8\">"));
    }
}

#[tokio::test]
async fn that_the_server_lives_is_said_as_json() {
    for (answers, kind, said) in [
        (AnswerFormat::Problem, "text/plain; charset=utf-8", "OK"),
        (AnswerFormat::Original, "application/json", "\"OK\""),
    ] {
        let app = server(&receiver().await, with(answers));
        let (status, headers, body) = get(&app, "/cm", "*/*").await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, said));
        assert_eq!(headers["content-type"], kind);
        assert_eq!(headers["cache-control"], "no-store");
    }
}

/// The original reads the balance by Python's `int`, and addresses by a library that needs no `0x`.
#[tokio::test]
async fn the_rest_interface_reads_the_same() {
    for (answers, reads) in FORMATS.into_iter().zip([false, true]) {
        let app = server(&receiver().await, with(answers));
        let (status, ..) = send(&app, request("GET", "/doggo.jpg", &payment(3).headers())).await;
        assert_eq!(status, StatusCode::OK);
        let sender = unprefixed(id().sender);
        let channel = format!("/api/1/channels/{sender}/3");
        let (status, ..) = get(&app, &channel, "*/*").await;
        assert_eq!(status == StatusCode::OK, reads, "{answers:?}: {status}");
        let (_, _, list) = get(&app, &format!("/api/1/channels/{sender}"), "*/*").await;
        let list: Value = serde_json::from_str(&list).expect("JSON");
        // A text that is no address lists all senders.
        assert_eq!(list[0]["balance"] == json!(3), reads, "{answers:?}: {list}");
        let channel = format!("/api/1/channels/{}/3", id().sender);
        for balance in ["+2", "+3"] {
            let mut close = request("DELETE", &channel, &[]);
            *close.body_mut() = Body::from(json!({ "balance": balance }).to_string());
            let (status, _, body) = send(&app, close).await;
            let expected = match (reads, balance) {
                (true, "+3") => StatusCode::OK,
                _ => StatusCode::BAD_REQUEST,
            };
            let body = String::from_utf8_lossy(&body);
            assert_eq!(status, expected, "{answers:?} {balance}: {body}");
        }
    }
}
