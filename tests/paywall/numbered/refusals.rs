//! Why a number is refused, in headers and problem.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use microraiden::paywall::{PaywallLayer, Price};
use microraiden::protocol::CreditRefusal;
use serde_json::{Value, json};
use tower::{Layer, service_fn};

use super::{ANNOUNCED, FILE, get, said, shop};
use crate::basics::{MANAGER, key, units};
use crate::seller::{agreeing, id, numbered, payment, speaking, stored};

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
