//! Defects of the original server that this one must not have, over its router.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::basics::units;
use crate::seller::{id, options, payment, receiver, request, send, server, stored};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use microraiden::chain::Node;
use microraiden::chain::http::HttpTransport;
use microraiden::paywall::{Access, ServerOptions};
use microraiden::protocol::Amount;
use microraiden::protocol::header::Refusal;
use microraiden::receiver::Receiver;
use serde_json::Value;
use tokio::net::TcpListener;

type Headers = Vec<(&'static str, String)>;

/// Whose REST interface asks for no signatures.
async fn paywall() -> (Router, Arc<Receiver>) {
    let receiver = receiver().await;
    let access = Access {
        original: true,
        ..Access::default()
    };
    let options = ServerOptions {
        access,
        ..options()
    };
    (server(&receiver, options), receiver)
}

async fn get(app: &Router, headers: &Headers) -> (StatusCode, HeaderMap, Value) {
    let (status, headers, body) = send(app, request("GET", "/doggo.jpg", headers)).await;
    (
        status,
        headers,
        serde_json::from_slice(&body).unwrap_or_default(),
    )
}

/// The same headers, with this value under one name.
fn with(headers: &Headers, name: &str, value: &str) -> Headers {
    let mut headers = headers.clone();
    for (other, text) in &mut headers {
        if *other == name {
            value.clone_into(text);
        }
    }
    headers
}

/// Defect 1: the original takes every v from 35 on, and the contract none of them, so that such a
/// proof is worth nothing.
#[tokio::test]
async fn a_signature_that_the_contract_would_refuse_pays_nothing() {
    let (app, receiver) = paywall().await;
    let good = payment(3).headers();
    let text = payment(3).proof.signature.to_string();
    let (scalars, v) = text.split_at(text.len() - 2);
    let odd = v == "1c";
    assert!(odd || v == "1b");
    for v in (2..=26).chain(29..=255u8) {
        let signature = format!("{scalars}{v:02x}");
        let paying = with(&good, "RDN-Balance-Signature", &signature);
        let (status, _, problem) = get(&app, &paying).await;
        assert_eq!(status, StatusCode::CONFLICT, "v = {v}");
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(detail.contains("RDN-Balance-Signature"), "{detail}");
    }
    assert_eq!(stored(&receiver).await.charged(), Amount::ZERO);
    // K13: 0 and 1 mean the same as 27 and 28, and are kept as they came.
    let low = format!("{scalars}{:02x}", u8::from(odd));
    let paying = with(&good, "RDN-Balance-Signature", &low);
    assert_eq!(get(&app, &paying).await.0, StatusCode::OK);
    let kept = stored(&receiver).await.proof().expect("a proof");
    assert_eq!(kept.signature.to_string(), low);
}

/// Defect 17: a repeated balance, or one above the deposit, is answered without a header that says
/// so, as clients know it; but with what is counted, and with a sentence.
#[tokio::test]
async fn what_is_not_counted_says_what_is() {
    let (app, receiver) = paywall().await;
    let paid = receiver.accept(&payment(99), units(99)).await;
    paid.expect("paid");
    for balance in [99, 102] {
        let (status, headers, problem) = get(&app, &payment(balance).headers()).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
        for refusal in Refusal::ALL {
            assert!(!headers.contains_key(refusal.header()), "{refusal:?}");
        }
        assert_eq!(headers["rdn-sender-balance"], "99");
        let counted = payment(99).proof.signature.to_string();
        assert_eq!(headers["rdn-balance-signature"], counted);
        assert_eq!(headers["rdn-sender-address"], id().sender.to_string());
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(detail.starts_with("Nothing was paid"), "{detail}");
    }
}

/// Defect 20: an address means the same in any case; in a mixed one its checksum must be right.
#[tokio::test]
async fn addresses_are_read_in_any_case() {
    let sender = id().sender;
    let lower = sender.to_lower();
    let upper = format!("0x{}", lower[2..].to_uppercase());
    let spelled = [lower.clone(), upper, sender.to_string()];
    for text in &spelled {
        let (app, receiver) = paywall().await;
        let paying = with(&payment(3).headers(), "RDN-Sender-Address", text);
        assert_eq!(get(&app, &paying).await.0, StatusCode::OK, "{text}");
        for asked in &spelled {
            let path = format!("/api/1/channels/{asked}/3");
            let (status, _, body) = send(&app, request("GET", &path, &[])).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            let record: Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!(record["sender"], sender.to_string());
        }
        let close = format!("/api/1/channels/{text}/3?balance=3");
        let (status, ..) = send(&app, request("DELETE", &close, &[])).await;
        assert_eq!(status, StatusCode::OK, "{close}");
        assert!(stored(&receiver).await.closing_signature.is_some());
    }
    let letter = lower.rfind(|c: char| c.is_ascii_lowercase() && c != 'x');
    let letter = letter.expect("a letter");
    let mut wrong = sender.to_string();
    let other_case = if wrong.as_bytes()[letter].is_ascii_lowercase() {
        wrong[letter..=letter].to_uppercase()
    } else {
        wrong[letter..=letter].to_lowercase()
    };
    wrong.replace_range(letter..=letter, &other_case);
    let (app, _) = paywall().await;
    let paying = with(&payment(3).headers(), "RDN-Sender-Address", &wrong);
    assert_eq!(get(&app, &paying).await.0, StatusCode::CONFLICT);
}

/// Defect 25: what an earlier answer left in the browser's cookies does not count against a payment.
#[tokio::test]
async fn stale_cookies_of_refusals_are_ignored() {
    let (app, _) = paywall().await;
    let mut left: Vec<String> = Refusal::ALL
        .iter()
        .map(|refusal| format!("{}=1", refusal.header()))
        .collect();
    left.push("RDN-Price=99; RDN-Receiver-Address=x; RDN-Contract-Address=x".to_owned());
    let mut paying = payment(3).headers();
    paying.push(("cookie", left.join("; ")));
    assert_eq!(get(&app, &paying).await.0, StatusCode::OK);
}

/// Defect 31: cookies are for this site's own pages, and hold the sender's proof only where the
/// sender has shown one.
#[tokio::test]
async fn cookies_are_of_one_site_and_hold_no_proof_unasked() {
    let (app, receiver) = paywall().await;
    let paid = receiver.accept(&payment(3), units(3)).await;
    paid.expect("paid");
    let signature = payment(3).proof.signature.to_string();
    let html = ("accept", "text/html,*/*;q=0.8".to_owned());
    let mut forged = payment(6).headers();
    forged = with(&forged, "RDN-Balance-Signature", &signature);
    let asked = [
        (vec![], false),
        // The sender's newest proof, as anybody may have seen it, for another balance.
        (forged, false),
        (payment(3).headers(), true),
        (payment(7).headers(), true),
    ];
    for (mut headers, shown) in asked {
        headers.push(html.clone());
        let (status, answered, _) = get(&app, &headers).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
        let cookies: Vec<_> = answered
            .get_all("set-cookie")
            .iter()
            .map(|cookie| cookie.to_str().expect("text"))
            .collect();
        assert!(cookies.len() >= 5);
        for cookie in &cookies {
            assert!(cookie.ends_with("; Path=/; SameSite=Lax"), "{cookie}");
        }
        let told = cookies.iter().any(|cookie| cookie.contains(&signature));
        assert_eq!(told, shown, "{headers:?}");
    }
}

/// Defect 32: no request is a question to the node.
#[tokio::test]
async fn requests_do_not_ask_the_node() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let count = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { StatusCode::SERVICE_UNAVAILABLE }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let node = Router::new().fallback(count);
    tokio::spawn(async move { axum::serve(listener, node).await });
    let receiver = receiver().await;
    let node = Node::new(HttpTransport::new(url).expect("a URL"));
    let app = server(&receiver, ServerOptions { node, ..options() });
    for balance in [3, 6, 6, 20, 9] {
        let (status, ..) = get(&app, &payment(balance).headers()).await;
        assert!(status == StatusCode::OK || status == StatusCode::PAYMENT_REQUIRED);
    }
    assert_eq!(stored(&receiver).await.charged(), units(9));
    for path in ["/poem.txt", "/none", "/api/1/channels/", "/cm"] {
        send(&app, request("GET", path, &[])).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    // The statistics do: they tell the receiver's tokens.
    let (status, ..) = send(&app, request("GET", "/api/1/stats", &[])).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
