//! Requests that come again with their number.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::LOCATION;
use axum::http::{Request, Response, StatusCode};
use microraiden::paywall::{
    Goods, Metrics, Paid, PaywallLayer, Price, Prices, RateLimit, RequestLimits, ServerOptions,
    Timeouts, Upstream,
};
use microraiden::tls::Trust;
use tower::{Layer, service_fn};

use super::{FILE, get, said, shop};
use crate::basics::units;
use crate::seller::{numbered, options, payment, request, send, server, speaking, stored};
use crate::upstream::listen;

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
