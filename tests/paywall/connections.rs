//! Too many connections, and heads that are too slow or too large.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use microraiden::paywall::connections::{ConnectionLimits, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Notes whom it answers, in order.
async fn start(limits: ConnectionLimits) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let note = move |Path(name): Path<String>| async move {
        noted.lock().expect("no panic").push(name);
        "seen"
    };
    let app = Router::new().route("/{name}", get(note));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(listener, app, limits, pending()));
    (address, seen)
}

async fn ask(stream: &mut TcpStream, name: &str, more: &str) {
    let text = format!("GET /{name} HTTP/1.1\r\nhost: a\r\n{more}\r\n");
    stream.write_all(text.as_bytes()).await.expect("sent");
}

/// The answer's status.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"seen") {
        let mut piece = [0; 1024];
        let size = stream.read(&mut piece).await.expect("read");
        if size == 0 {
            break;
        }
        text.extend_from_slice(&piece[..size]);
    }
    let text = String::from_utf8(text).expect("text");
    text.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn further_connections_wait_until_one_ends() {
    let limits = ConnectionLimits {
        max: 1,
        ..ConnectionLimits::default()
    };
    let (address, seen) = start(limits).await;
    let mut first = TcpStream::connect(address).await.expect("connected");
    ask(&mut first, "first", "").await;
    assert_eq!(answer(&mut first).await, "200");
    let mut second = TcpStream::connect(address).await.expect("connected");
    ask(&mut second, "second", "").await;
    for _ in 0..50 {
        ask(&mut first, "first", "").await;
        assert_eq!(answer(&mut first).await, "200");
    }
    assert!(
        !seen
            .lock()
            .expect("no panic")
            .contains(&"second".to_owned())
    );
    drop(first);
    assert_eq!(answer(&mut second).await, "200");
}

#[tokio::test]
async fn a_head_that_does_not_arrive_ends_the_connection() {
    let limits = ConnectionLimits {
        max: 1,
        head_timeout: Duration::from_millis(200),
        ..ConnectionLimits::default()
    };
    let (address, seen) = start(limits).await;
    for start in ["", "GET /slow HTTP/1.1\r\nhost"] {
        let mut slow = TcpStream::connect(address).await.expect("connected");
        slow.write_all(start.as_bytes()).await.expect("sent");
        // It is closed, whatever it is told before.
        let _ = answer(&mut slow).await;
    }
    let mut idle = TcpStream::connect(address).await.expect("connected");
    ask(&mut idle, "idle", "").await;
    assert_eq!(answer(&mut idle).await, "200");
    assert_eq!(answer(&mut idle).await, "");
    assert_eq!(*seen.lock().expect("no panic"), ["idle"]);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let limits = ConnectionLimits {
        head_bytes: 1000,
        headers: 10,
        ..ConnectionLimits::default()
    };
    let (address, _) = start(limits).await;
    let cases = [
        (format!("a: {}\r\n", "x".repeat(900)), "200"),
        (format!("a: {}\r\n", "x".repeat(1000)), "431"),
        ("a: b\r\n".repeat(9), "200"),
        ("a: b\r\n".repeat(10), "431"),
    ];
    for (headers, expected) in cases {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        ask(&mut stream, "name", &headers).await;
        assert_eq!(answer(&mut stream).await, expected);
    }
}
