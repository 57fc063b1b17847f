//! The paywall before another server: a real one, over real connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::basics::units;
use crate::seller::{options, payment, receiver, request, send, server, stored};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use microraiden::paywall::{Goods, Prices, ServerOptions, Timeouts, Upstream, UpstreamUrl};
use microraiden::receiver::Receiver;
use microraiden::tls::Trust;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that says what it sees, on any path, and counts the requests.
async fn upstream() -> (SocketAddr, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let app = Router::new()
        .route("/ws", axum::routing::any(echo_after_upgrade))
        .route("/body", axum::routing::any(async |body: Body| body))
        .route("/odd", axum::routing::any(other_protocol))
        .route("/rude", axum::routing::any(unasked_upgrade))
        .fallback(move |headers: HeaderMap, request: Request<Body>| {
            counted.fetch_add(1, Ordering::SeqCst);
            async move { see(&headers, &request) }
        });
    (serve(app).await, count)
}

fn see(headers: &HeaderMap, request: &Request<Body>) -> Response<Body> {
    let lines = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")));
    let text = format!("{} {}\n", request.method(), request.uri());
    let answer = Response::builder()
        .header("x-answer", "kept")
        .header("keep-alive", "timeout=5")
        .header("x-hop", "gone")
        // One name, and something that is none.
        .header("connection", &b"x-hop, \xff"[..]);
    let body = text + &lines.collect::<Vec<_>>().join("\n");
    answer.body(Body::from(body)).expect("an answer")
}

async fn echo_after_upgrade(mut request: Request<Body>) -> Response<Body> {
    let asked = request.headers().get(header::UPGRADE).cloned();
    if asked.is_none_or(|protocol| protocol != "websocket") {
        return Response::new(Body::from("no upgrade"));
    }
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let stream = TokioIo::new(upgrade.await.expect("an upgrade"));
        let (mut from, mut to) = tokio::io::split(stream);
        tokio::io::copy(&mut from, &mut to).await
    });
    switching()
}

async fn unasked_upgrade() -> Response<Body> {
    switching()
}

async fn other_protocol() -> Response<Body> {
    let mut response = switching();
    let other = header::HeaderValue::from_static("h2c");
    response.headers_mut().insert(header::UPGRADE, other);
    response
}

fn switching() -> Response<Body> {
    let answer = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    answer.body(Body::empty()).expect("an answer")
}

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Sells that server: 3 units a request, `/free` and what is below it for nothing.
async fn paywall(upstream: SocketAddr) -> (Router, Arc<Receiver>) {
    let receiver = receiver().await;
    let url: UpstreamUrl = format!("http://{upstream}").parse().expect("a URL");
    let timeouts = Timeouts {
        connect: Duration::from_millis(500),
        response: Duration::from_millis(300),
        ..Timeouts::default()
    };
    let trust = Trust::system().expect("TLS works");
    let prices = Prices::new(units(3))
        .with("/free", units(0))
        .and_then(|prices| prices.with("/free/{*rest}", units(0)))
        .and_then(|prices| prices.with("/free/not/{name}", units(4)))
        .expect("patterns");
    let goods = Goods::Server {
        upstream: Upstream::new(url, timeouts, &trust),
        prices,
    };
    let options = ServerOptions { goods, ..options() };
    (server(&receiver, options), receiver)
}

async fn get(app: &Router, path: &str, headers: &[(&str, String)]) -> (StatusCode, String) {
    let (status, _, body) = send(app, request("GET", path, headers)).await;
    (status, String::from_utf8(body).expect("text"))
}

#[tokio::test]
async fn requests_are_passed_on_for_their_price() {
    let (address, count) = upstream().await;
    let (app, receiver) = paywall(address).await;
    for (path, price) in [("/", "3"), ("/a?b=c", "3"), ("/free/not/this", "4")] {
        let (status, headers, _) = send(&app, request("GET", path, &[])).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED, "{path}");
        assert_eq!(headers["rdn-price"], price, "{path}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
    let paid = request("PUT", "/a%20b?c=%2F", &payment(3).headers());
    let (status, headers, body) = send(&app, paid).await;
    let body = String::from_utf8(body).expect("text");
    assert_eq!(status, StatusCode::OK);
    assert!(body.starts_with("PUT /a%20b?c=%2F\n"), "{body}");
    assert_eq!(headers["x-answer"], "kept");
    assert_eq!(headers["cache-control"], "private, no-store");
    for hop in ["x-hop", "keep-alive", "connection"] {
        assert!(!headers.contains_key(hop), "{hop}");
    }
    assert_eq!(stored(&receiver).await.charged(), units(3));
    let (status, _) = get(&app, "/free/a", &[]).await;
    assert_eq!(status, StatusCode::OK);
}

/// What another server might read as another path has no price and does not reach it.
#[tokio::test]
async fn no_spelling_of_a_path_is_cheaper() {
    let (address, count) = upstream().await;
    let (app, _) = paywall(address).await;
    let ambiguous = [
        "/free/../a",
        "/free/%2e%2e/a",
        "/free/..%2fa",
        "/free/%2E./a",
        "/free%5c..%5ca",
        "/free/./a",
        "/free/%00",
        "/free/%zz",
        "/free/%ff",
        "/free/x/..",
        "//free//not/x",
        "/free//not/x",
    ];
    for path in ambiguous {
        assert_eq!(
            get(&app, path, &[]).await.0,
            StatusCode::BAD_REQUEST,
            "{path}"
        );
    }
    for path in ["/free/not/x/", "/free/%6eot/x", "/FREE"] {
        let status = get(&app, path, &[]).await.0;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED, "{path}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_for_one_hop_or_for_the_paywall_is_not_passed_on() {
    let (address, _) = upstream().await;
    let (app, _) = paywall(address).await;
    let mut headers = payment(3).headers();
    let hostile = [
        ("connection", "close, X-Named , upgrade"),
        ("x-named", "secret"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
        ("te", "trailers"),
        ("trailer", "x"),
        ("keep-alive", "300"),
        ("proxy-authorization", "Basic c2VjcmV0"),
        ("proxy-connection", "keep-alive"),
        ("expect", "100-continue"),
        ("forwarded", "for=6.6.6.6;proto=https"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-host", "evil.example"),
        ("host", "shop.example"),
        ("rdn-anything", "x"),
        ("cookie", "a=b; RDN-Sender-Balance=3; rdn-x=y"),
        ("cookie", "c=d"),
        ("x-kept", "yes"),
    ];
    headers.extend(hostile.map(|(name, value)| (name, value.to_owned())));
    let (status, text) = get(&app, "/a", &headers).await;
    assert_eq!(status, StatusCode::OK);
    let mut seen: Vec<&str> = text.lines().skip(1).collect();
    seen.sort_unstable();
    let host = format!("host: {address}");
    let sender = format!("x-microraiden-sender: {}", payment(3).sender);
    let expected = [
        "cookie: a=b; c=d",
        "forwarded: host=\"shop.example\";proto=http",
        &host,
        "http2-settings: AAMAAABkAAQAAP__",
        "via: 1.1 microraiden",
        "x-forwarded-host: shop.example",
        "x-forwarded-proto: http",
        "x-kept: yes",
        "x-microraiden-amount: 3",
        "x-microraiden-balance: 3",
        &sender,
    ];
    assert_eq!(seen, expected);
}

fn head(method: &str, path: &str, balance: u64, more: &str) -> String {
    let payment = payment(balance).headers();
    let payment = payment
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"));
    let payment: String = payment.collect();
    format!("{method} {path} HTTP/1.1\r\nhost: shop\r\n{payment}{more}\r\n")
}

/// Reads until this text has come.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = String::new();
    let mut buffer = [0; 4096];
    while !read.contains(text) {
        let reading = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer));
        let length = reading.await.expect("in time").expect("a connection");
        assert_ne!(length, 0, "ended after {read}");
        read += core::str::from_utf8(&buffer[..length]).expect("text");
    }
    read
}

#[tokio::test]
async fn bodies_are_streamed_both_ways() {
    let (address, _) = upstream().await;
    let (app, _) = paywall(address).await;
    let mut stream = TcpStream::connect(serve(app).await)
        .await
        .expect("a connection");
    let head = head("POST", "/body", 3, "transfer-encoding: chunked\r\n");
    stream.write_all(head.as_bytes()).await.expect("sent");
    // Each part comes back before the next is sent.
    for part in ["first", "later", "third"] {
        let chunk = format!("5\r\n{part}\r\n");
        stream.write_all(chunk.as_bytes()).await.expect("sent");
        read_until(&mut stream, part).await;
    }
    stream.write_all(b"0\r\n\r\n").await.expect("sent");
    read_until(&mut stream, "0\r\n\r\n").await;
}

#[tokio::test]
async fn a_websocket_is_passed_through_once_it_is_paid() {
    let (address, _) = upstream().await;
    let (app, receiver) = paywall(address).await;
    let server = serve(app).await;
    let upgrade = "connection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n\
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n";
    let mut stream = TcpStream::connect(server).await.expect("a connection");
    let unpaid = format!("GET /ws HTTP/1.1\r\nhost: shop\r\n{upgrade}\r\n");
    stream.write_all(unpaid.as_bytes()).await.expect("sent");
    let answer = read_until(&mut stream, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 402"), "{answer}");

    let mut stream = TcpStream::connect(server).await.expect("a connection");
    let paid = head("GET", "/ws", 3, upgrade);
    stream.write_all(paid.as_bytes()).await.expect("sent");
    let answer = read_until(&mut stream, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    assert!(answer.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    for message in ["ping", "pong"] {
        stream.write_all(message.as_bytes()).await.expect("sent");
        read_until(&mut stream, message).await;
    }
    assert_eq!(stored(&receiver).await.charged(), units(3));

    // Other protocols are not passed through.
    let mut stream = TcpStream::connect(server).await.expect("a connection");
    let other = "connection: upgrade\r\nupgrade: h2c\r\n";
    stream
        .write_all(head("GET", "/ws", 6, other).as_bytes())
        .await
        .expect("sent");
    let answer = read_until(&mut stream, "no upgrade").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn the_upstream_learns_who_asks() {
    let (address, _) = upstream().await;
    let (app, _) = paywall(address).await;
    let url = format!("http://{}/free", serve(app).await);
    let seen = reqwest::get(url).await.expect("an answer").text().await;
    let seen = seen.expect("text");
    assert!(seen.contains("\nx-forwarded-for: 127.0.0.1\n"), "{seen}");
    assert!(seen.contains("forwarded: for=127.0.0.1;host="), "{seen}");
}

/// Paid all the same: the payment is stored before the upstream is asked.
#[tokio::test]
async fn an_upstream_that_fails_is_told_from_one_that_is_slow() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addresses = [&silent, &closed].map(|l| l.local_addr().expect("an address"));
    drop(closed);
    let (rude, _) = upstream().await;
    let cases = [
        (addresses[0], "/a", 504, "upstream-timeout"),
        (addresses[1], "/a", 502, "upstream-unavailable"),
        (rude, "/rude", 502, "upstream-unavailable"),
        (rude, "/odd", 502, "upstream-unavailable"),
    ];
    for (address, path, expected, code) in cases {
        let (app, receiver) = paywall(address).await;
        let (status, headers, body) = send(&app, request("GET", path, &payment(3).headers())).await;
        assert_eq!(status.as_u16(), expected);
        assert_eq!(headers["content-type"], "application/problem+json");
        let problem: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(problem["code"], code);
        assert_eq!(stored(&receiver).await.charged(), units(3));
    }
}

#[test]
fn only_plain_urls_and_patterns_are_taken() {
    for good in [
        "http://127.0.0.1:8080",
        "http://shop.internal/",
        "http://[::1]:80",
        "https://shop.example",
    ] {
        assert!(good.parse::<UpstreamUrl>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "127.0.0.1:80",
        "ftp://a",
        "https://a/b",
        "http://a/b",
        "http://a?b",
        "http://a#b",
        "http://a/#http://b",
        "http://u:p@a",
        "http://",
    ] {
        assert!(bad.parse::<UpstreamUrl>().is_err(), "{bad}");
    }
    let prices = Prices::new(units(1))
        .with("/a/{b}", units(2))
        .expect("a pattern");
    for bad in ["a", "", "/a/{c}", "/{", "/{*a}/b"] {
        assert!(prices.clone().with(bad, units(3)).is_err(), "{bad}");
    }
}
