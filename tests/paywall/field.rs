//! What proxies and upstreams do, as `docs/field-server.md` lists it.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use microraiden::paywall::{Goods, ServerOptions, Timeouts, Upstream};
use microraiden::tls::Trust;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::basics::units;
use crate::seller::{options, payment, receiver, request, send, server, stored};
use crate::upstream::{self, PLAIN, paywall};

/// A redirect to the host behind the paywall leads to the same path here; others stay.
#[tokio::test]
async fn a_redirect_to_the_inner_host_is_rewritten() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let cases = [
        (
            format!("http://127.0.0.1:{port}/b/?x=1#y"),
            "/b/?x=1#y".to_owned(),
        ),
        (format!("//127.0.0.1:{port}/b"), "/b".to_owned()),
        (format!("http://127.0.0.1:{port}"), "/".to_owned()),
        (format!("http://127.0.0.1:{port}?q"), "/?q".to_owned()),
        (
            format!("http://127.0.0.1:{port}//evil.example/"),
            "/evil.example/".to_owned(),
        ),
        ("/b".to_owned(), "/b".to_owned()),
        (
            "http://127.0.0.1:1/b".to_owned(),
            "http://127.0.0.1:1/b".to_owned(),
        ),
        (
            format!("http://127.0.0.1:{port}.evil.example/"),
            format!("http://127.0.0.1:{port}.evil.example/"),
        ),
        (
            "https://elsewhere.example/b".to_owned(),
            "https://elsewhere.example/b".to_owned(),
        ),
    ];
    for (said, expected) in cases {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .expect("the port");
        let answer = format!(
            "HTTP/1.1 302 Found\r\nlocation: {said}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            stream.write_all(answer.as_bytes()).await.expect("sent");
        });
        let app = paywall(&receiver().await, SocketAddr::from(([127, 0, 0, 1], port)));
        let (status, headers, _) = send(&app, request("GET", "/free", &[])).await;
        assert_eq!(status, StatusCode::FOUND);
        assert_eq!(headers["location"], expected, "{said}");
        serving.await.expect("served");
    }
}

/// Answers the first request on each connection, and closes when the second one comes.
async fn closing() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).await;
                let answer = format!("{PLAIN}\r\n\r\ngoods");
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.read(&mut head).await;
            });
        }
    });
    address
}

/// A kept connection that closes as a request goes out costs nobody a payment; what may have had an effect is
/// not sent twice.
#[tokio::test]
async fn a_request_on_a_connection_that_closes_is_sent_once_more() {
    let receiver = receiver().await;
    let app = paywall(&receiver, closing().await);
    for balance in [3, 6, 9] {
        let headers = payment(balance).headers();
        let (status, _, body) = send(&app, request("GET", "/a", &headers)).await;
        assert_eq!(
            (status, &body[..]),
            (StatusCode::OK, &b"goods"[..]),
            "{balance}"
        );
    }
    assert_eq!(stored(&receiver).await.balance(), units(9));
    assert_eq!(
        send(&app, request("GET", "/free", &[])).await.0,
        StatusCode::OK
    );
    let (status, _, _) = send(&app, request("POST", "/free", &[])).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
}

/// A connection is not kept for longer than the upstream keeps it.
#[tokio::test]
async fn an_idle_connection_is_given_up_in_time() {
    assert!(Timeouts::default().keep_alive.as_secs() < 5);
    let upstream = closing().await;
    let timeouts = Timeouts {
        keep_alive: std::time::Duration::ZERO,
        ..Timeouts::default()
    };
    let url = format!("http://{upstream}").parse().expect("a URL");
    let goods = Goods::Server {
        upstream: Upstream::new(url, timeouts, &Trust::system().expect("TLS works")),
        prices: upstream::prices(),
    };
    let app = server(&receiver().await, ServerOptions { goods, ..options() });
    for _ in 0..3 {
        assert_eq!(
            send(&app, request("POST", "/free", &[])).await.0,
            StatusCode::OK
        );
    }
}

/// Scheme and host of the request are what a trusted proxy says, and nobody else.
#[tokio::test]
async fn a_trusted_proxy_tells_scheme_and_host() {
    for (trusted, proto, host) in [
        ("10.0.0.0/8", "https", "shop.example"),
        ("10.9.0.0/16", "http", "inner"),
    ] {
        let (address, heads) = upstream::start(PLAIN).await;
        let goods = Goods::Server {
            upstream: Upstream::new(
                format!("http://{address}").parse().expect("a URL"),
                Timeouts::default(),
                &Trust::system().expect("TLS works"),
            ),
            prices: upstream::prices(),
        };
        let trusted_proxies = trusted.parse().expect("networks");
        let options = ServerOptions {
            goods,
            trusted_proxies,
            ..options()
        };
        let app = server(&receiver().await, options);
        let mut asked = request(
            "GET",
            "/free",
            &[
                ("host", "inner".to_owned()),
                ("x-forwarded-proto", "gopher, https".to_owned()),
                (
                    "x-forwarded-host",
                    "forged.example, shop.example".to_owned(),
                ),
            ],
        );
        let peer = SocketAddr::from(([10, 1, 2, 3], 4));
        asked.extensions_mut().insert(ConnectInfo(peer));
        assert_eq!(send(&app, asked).await.0, StatusCode::OK);
        let heads = heads.lock().expect("no panic");
        let head = heads.first().expect("a request");
        assert!(
            head.contains(&format!("x-forwarded-proto: {proto}\r\n")),
            "{head}"
        );
        assert!(
            head.contains(&format!("x-forwarded-host: {host}\r\n")),
            "{head}"
        );
        let forwarded = format!("host=\"{host}\";proto={proto}\r\n");
        assert!(head.contains(&forwarded), "{head}");
    }
}
