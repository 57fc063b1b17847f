//! A server behind the paywall that tells what came over its wire, and answers what a test wants.
#![allow(dead_code)] // Each test crate uses a part of it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use microraiden::paywall::{Goods, Prices, ServerOptions, Timeouts, Upstream, UpstreamUrl};
use microraiden::receiver::Receiver;
use microraiden::tls::Trust;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::basics::units;
use crate::seller::{options, server};

/// The head of an answer without its last empty line.
pub(crate) const PLAIN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5";

/// The heads of requests, as they came.
pub(crate) type Heads = Arc<Mutex<Vec<String>>>;

/// Answers every request with this head and the body `goods`, and closes.
pub(crate) async fn start(answer: &str) -> (SocketAddr, Heads) {
    let heads = Heads::default();
    let noted = Arc::clone(&heads);
    let answer = format!("{answer}\r\nconnection: close\r\n\r\ngoods");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            noted.lock().expect("no panic").push(head);
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, heads)
}

/// 3 units a request; `/free` and what is below it for nothing, but for `/free/not/…`.
pub(crate) fn prices() -> Prices {
    Prices::new(units(3))
        .with("/free", units(0))
        .and_then(|prices| prices.with("/free/{*rest}", units(0)))
        .and_then(|prices| prices.with("/free/not/{name}", units(4)))
        .expect("patterns")
}

/// Sells that server.
pub(crate) fn paywall(receiver: &Arc<Receiver>, upstream: SocketAddr) -> Router {
    paywall_with(receiver, upstream, options())
}

/// With other options than what is sold.
pub(crate) fn paywall_with(
    receiver: &Arc<Receiver>,
    upstream: SocketAddr,
    options: ServerOptions,
) -> Router {
    let url: UpstreamUrl = format!("http://{upstream}").parse().expect("a URL");
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        response: Duration::from_secs(5),
        ..Timeouts::default()
    };
    let trust = Trust::system().expect("TLS works");
    let goods = Goods::Server {
        upstream: Upstream::new(url, timeouts, &trust),
        prices: prices(),
    };
    server(receiver, ServerOptions { goods, ..options })
}

/// Serves it over real connections.
pub(crate) async fn listen(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let limits = microraiden::paywall::ConnectionLimits::default();
    tokio::spawn(microraiden::paywall::connections::serve(
        listener,
        app,
        limits,
        std::future::pending(),
    ));
    address
}

/// Sends these bytes as a request's head, and reads the answer: status, head and body.
pub(crate) async fn ask(server: SocketAddr, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(server).await.expect("a connection");
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let reading = tokio::time::timeout(Duration::from_secs(20), reading);
    // What is refused early may reset the connection after its answer.
    let _ = reading.await.expect("in time");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.unwrap_or_default(), answer)
}
