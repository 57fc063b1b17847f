//! The layer before a router of axum and before a plain service of hyper, over real connections.

use std::convert::Infallible;
use std::net::SocketAddr;

use crate::basics::units;
use crate::seller::{payment, receiver};
use axum::Extension;
use axum::http::{Request, Response};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use microraiden::paywall::{Paid, PaywallLayer, Price};
use tokio::net::TcpListener;
use tower::{Layer, service_fn};

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Status and text of the answer to a request that pays up to this balance.
async fn ask(address: SocketAddr, path: &str, balance: Option<u64>) -> (u16, String) {
    let mut request = reqwest::Client::new().get(format!("http://{address}{path}"));
    for (name, value) in balance.map_or_else(Vec::new, |balance| payment(balance).headers()) {
        request = request.header(name, value);
    }
    let answer = request.send().await.expect("an answer");
    (
        answer.status().as_u16(),
        answer.text().await.expect("a body"),
    )
}

#[tokio::test]
async fn before_a_route_of_axum() {
    async fn weather(Extension(paid): Extension<Paid>) -> String {
        format!("sunny for {}", paid.amount)
    }
    let layer = PaywallLayer::new(receiver().await, Price::fixed(units(10)));
    let app = axum::Router::new()
        .route("/weather", get(weather))
        .route_layer(layer)
        .route("/", get("free"));
    let (listener, address) = listener().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    assert_eq!(ask(address, "/", None).await, (200, "free".to_owned()));
    assert_eq!(ask(address, "/weather", None).await.0, 402);
    let sunny = (200, "sunny for 10".to_owned());
    assert_eq!(ask(address, "/weather", Some(10)).await, sunny);
    assert_eq!(ask(address, "/weather", Some(10)).await.0, 402);
    assert_eq!(ask(address, "/weather", Some(20)).await, sunny);
}

#[tokio::test]
async fn before_a_service_of_hyper() {
    let layer = PaywallLayer::new(receiver().await, Price::fixed(units(10)));
    let service = layer.layer(service_fn(|request: Request<Incoming>| async move {
        let paid = request.extensions().get::<Paid>().cloned();
        let text = paid.map_or(String::new(), |paid| paid.balance.to_string());
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(text)))
    }));
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    assert_eq!(ask(address, "/", None).await.0, 402);
    assert_eq!(ask(address, "/", Some(10)).await, (200, "10".to_owned()));
    assert_eq!(ask(address, "/", Some(20)).await, (200, "20".to_owned()));
}

/// H7: what a resource says stands, once, and its body is handed on as it is.
#[tokio::test]
async fn what_the_resource_says_is_not_changed() {
    async fn json() -> impl IntoResponse {
        let own = [
            ("rdn-price", "its own"),
            ("rdn-token-address", "0x1"),
            ("x-own", "kept"),
        ];
        (own, axum::Json(serde_json::json!({ "a": [1, "é"] })))
    }
    let layer = PaywallLayer::new(receiver().await, Price::fixed(units(10)));
    let app = axum::Router::new()
        .route("/json", get(json))
        .route("/text", get("text, ünchanged\n"))
        .route_layer(layer);
    let (listener, address) = listener().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut request = reqwest::Client::new().get(format!("http://{address}/json"));
    for (name, value) in payment(10).headers() {
        request = request.header(name, value);
    }
    let answer = request.send().await.expect("an answer");
    let headers = answer.headers().clone();
    let of = |name: &str| headers.get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(of("rdn-price"), ["its own"]);
    assert_eq!(of("rdn-token-address"), ["0x1"]);
    assert_eq!(of("x-own"), ["kept"]);
    assert_eq!(of("content-type"), ["application/json"]);
    assert_eq!(of("rdn-sender-balance"), ["0"]);
    assert_eq!(answer.text().await.expect("a body"), "{\"a\":[1,\"é\"]}");
    let text = (200, "text, ünchanged\n".to_owned());
    assert_eq!(ask(address, "/text", Some(20)).await, text);
}
