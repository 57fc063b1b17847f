//! Clients that are slow on purpose, and the others, who are served all the same.

use std::fs::File;
use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use crate::seller::{id, options, receiver, server};
use crate::upstream::PLAIN;
use axum::Router;
use microraiden::paywall::connections::serve;
use microraiden::paywall::{
    ConnectionLimits, Content, Goods, Prices, RequestLimits, ServerOptions, Timeouts, Upstream,
};
use microraiden::protocol::Amount;
use microraiden::tls::Trust;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

const SHORT: Duration = Duration::from_millis(300);
/// Longer than any test may take.
const LONG: Duration = Duration::from_secs(3600);
/// More than the system holds of an answer that nobody reads.
const LARGE: u64 = 64 * 1024 * 1024;

/// Waits for nothing, unless a test says so.
fn patient() -> ConnectionLimits {
    ConnectionLimits {
        max: 5,
        head_timeout: LONG,
        body_timeout: LONG,
        write_timeout: LONG,
        ..ConnectionLimits::default()
    }
}

async fn start(app: Router, limits: ConnectionLimits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(listener, app, limits, pending()));
    address
}

/// From another address of this machine.
async fn connect(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    let from: SocketAddr = format!("{from}:0").parse().expect("an address");
    socket.bind(from).expect("bound");
    socket.connect(to).await.expect("a connection")
}

/// The status of the answer.
async fn ask(mut stream: TcpStream, path: &str) -> u16 {
    let request = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    status(&mut stream).await
}

async fn status(stream: &mut TcpStream) -> u16 {
    let mut answer = Vec::new();
    let reading = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    // A connection that is cut while something was on its way is reset.
    let _ = reading.await.expect("in time");
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    status.unwrap_or_default()
}

/// Ends when the other side has closed.
async fn closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let reading = timeout(Duration::from_secs(20), stream.read_to_end(&mut rest));
    let _ = reading.await.expect("in time");
}

fn half_a_body(kind: &str) -> String {
    let path = format!("/api/1/channels/{}/{}", id().sender, id().open_block);
    format!("{kind} {path} HTTP/1.1\r\nhost: shop\r\ncontent-length: 100\r\n\r\nbalance=")
}

async fn send(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(text.as_bytes()).await.expect("sent");
    stream
}

async fn selling(limits: RequestLimits) -> Router {
    let options = ServerOptions {
        limits,
        ..options()
    };
    server(&receiver().await, options)
}

/// Whoever holds all places with half a request, or with an answer that is not read, loses them.
#[tokio::test]
async fn half_sent_requests_do_not_keep_others_out() {
    let body = RequestLimits {
        body_time: SHORT,
        ..RequestLimits::default()
    };
    let heads = ConnectionLimits {
        head_timeout: SHORT,
        ..patient()
    };
    let pieces = ConnectionLimits {
        body_timeout: SHORT,
        ..patient()
    };
    for (app, limits, text, told) in [
        (selling(body).await, patient(), half_a_body("DELETE"), 408),
        (
            selling(RequestLimits::default()).await,
            pieces,
            half_a_body("DELETE"),
            408,
        ),
        (
            selling(RequestLimits::default()).await,
            heads.clone(),
            "GET / HTTP/1.1\r\nho".to_owned(),
            0,
        ),
        (
            selling(RequestLimits::default()).await,
            heads,
            String::new(),
            0,
        ),
    ] {
        let address = start(app, limits).await;
        let mut slow = Vec::new();
        for _ in 0..5 {
            slow.push(send(address, &text).await);
        }
        let good = TcpStream::connect(address).await.expect("a connection");
        assert_eq!(ask(good, "/cm").await, 200, "{text}");
        for mut stream in slow {
            let status = status(&mut stream).await;
            assert!(status == told || told == 0, "{text}: {status}");
        }
    }
}

/// A piece now and then holds a place, but only until the body should be there.
#[tokio::test]
async fn a_body_that_drips_is_not_read_for_ever() {
    let body = RequestLimits {
        body_time: SHORT,
        ..RequestLimits::default()
    };
    let address = start(selling(body).await, patient()).await;
    let stream = send(address, &half_a_body("DELETE")).await;
    let (mut from, mut to) = stream.into_split();
    let drip = async {
        while to.write_all(b"1").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    let mut answer = Vec::new();
    let reading = timeout(Duration::from_secs(20), async {
        let mut piece = [0; 1024];
        while let Ok(length @ 1..) = from.read(&mut piece).await {
            answer.extend_from_slice(&piece[..length]);
        }
    });
    tokio::select! {
        () = drip => {}
        read = reading => read.expect("in time"),
    }
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"));
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = File::create(folder.path().join("large.bin")).expect("a file");
    file.set_len(LARGE).expect("a length");
    let goods = Content::new(folder.path(), Prices::new(Amount::ZERO)).expect("there");
    let goods = Goods::Files(goods);
    let app = server(&receiver().await, ServerOptions { goods, ..options() });
    let limits = ConnectionLimits {
        write_timeout: SHORT,
        ..patient()
    };
    let address = start(app, limits).await;
    let get = "GET /large.bin HTTP/1.1\r\nhost: shop\r\n\r\n";
    let mut slow = Vec::new();
    for _ in 0..5 {
        slow.push(send(address, get).await);
    }
    let good = TcpStream::connect(address).await.expect("a connection");
    assert_eq!(ask(good, "/cm").await, 200);
    // Who reads gets all of it.
    let mut reader = send(
        address,
        &get.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"),
    )
    .await;
    let mut whole = Vec::new();
    reader.read_to_end(&mut whole).await.expect("all of it");
    assert!(whole.len() as u64 > LARGE);
}

#[tokio::test]
async fn an_address_has_only_a_part_of_all_places() {
    let limits = ConnectionLimits {
        per_address: 4,
        ..patient()
    };
    let address = start(selling(RequestLimits::default()).await, limits).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(send(address, &half_a_body("DELETE")).await);
    }
    // Further ones are closed, and others are served in between.
    for _ in 0..10 {
        closed(TcpStream::connect(address).await.expect("a connection")).await;
        assert_eq!(ask(connect("127.0.0.2", address).await, "/cm").await, 200);
    }
    // Once one ends there is a place again.
    drop(held.pop());
    let again = async {
        loop {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let request = b"GET /cm HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
            // It may be closed before this is sent.
            let _ = stream.write_all(request).await;
            if status(&mut stream).await == 200 {
                return;
            }
        }
    };
    timeout(Duration::from_secs(20), again)
        .await
        .expect("a place");
}

#[tokio::test]
async fn connections_of_a_trusted_proxy_are_not_counted() {
    let limits = ConnectionLimits {
        per_address: 1,
        trusted_proxies: "127.0.0.1".parse().expect("a proxy"),
        ..patient()
    };
    let address = start(selling(RequestLimits::default()).await, limits).await;
    let _held = [send(address, "GET").await, send(address, "GET").await];
    let proxy = TcpStream::connect(address).await.expect("a connection");
    assert_eq!(ask(proxy, "/cm").await, 200);
    let mut other = connect("127.0.0.2", address).await;
    other.write_all(b"GET").await.expect("sent");
    closed(connect("127.0.0.2", address).await).await;
}

async fn proxying(upstream: SocketAddr, idle: Duration) -> Router {
    let url = format!("http://{upstream}").parse().expect("a URL");
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        response: LONG,
        ..Timeouts::default()
    };
    let trust = Trust::system().expect("TLS works");
    let upstream = Upstream::new(url, timeouts, &trust).idle_timeout(idle);
    let prices = Prices::new(Amount::ZERO);
    let goods = Goods::Server { upstream, prices };
    server(&receiver().await, ServerOptions { goods, ..options() })
}

/// It goes to the upstream piece by piece, and holds a place there as well.
#[tokio::test]
async fn a_body_for_the_upstream_has_to_come() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let app = proxying(listener.local_addr().expect("an address"), LONG).await;
    let limits = ConnectionLimits {
        body_timeout: SHORT,
        ..patient()
    };
    let address = start(app, limits).await;
    let mut slow = send(
        address,
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf",
    )
    .await;
    let (upstream, _) = listener.accept().await.expect("a connection");
    assert_eq!(status(&mut slow).await, 408);
    closed(upstream).await;
}

#[tokio::test]
async fn a_silent_answer_breaks_off() {
    // It promises more than it says, and stays.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let app = proxying(listener.local_addr().expect("an address"), SHORT).await;
    let address = start(app, patient()).await;
    let client = send(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let (mut upstream, _) = listener.accept().await.expect("a connection");
    let half = PLAIN.replace('5', "500") + "\r\n\r\nhalf";
    upstream.write_all(half.as_bytes()).await.expect("sent");
    closed(client).await;
    closed(upstream).await;
}

#[tokio::test]
async fn a_silent_websocket_is_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let app = proxying(listener.local_addr().expect("an address"), SHORT).await;
    let address = start(app, patient()).await;
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let mut client = send(address, &format!("GET / HTTP/1.1\r\nhost: a\r\n{upgrade}")).await;
    let (mut upstream, _) = listener.accept().await.expect("a connection");
    let switching = format!("HTTP/1.1 101 Switching Protocols\r\n{upgrade}");
    upstream
        .write_all(switching.as_bytes())
        .await
        .expect("sent");
    // What is said is passed on.
    upstream.write_all(b"hello").await.expect("sent");
    let mut heard = Vec::new();
    while !heard.ends_with(b"hello") {
        heard.push(client.read_u8().await.expect("more"));
    }
    client.write_all(b"hello").await.expect("sent");
    closed(client).await;
    closed(upstream).await;
}
