//! Heads of requests and answers through the proxy and a real connection: a path, header lines of the
//! request, an empty line, header lines of the answer. The server behind it sees no payment, nothing
//! of the hop before and what is forwarded once; the client sees nothing of the hop behind.
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use super::Head;
use axum::body::Body;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use microraiden::paywall::{AnswerFormat, Timeouts, Upstream};
use microraiden::tls::Trust;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// For one hop, besides `Connection` and what it names.
const OF_ONE_HOP: [&str; 8] = [
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What the upstream has seen, and what it answers.
static SEEN: Mutex<Option<HeaderMap>> = Mutex::new(None);
static ANSWER: Mutex<Option<HeaderMap>> = Mutex::new(None);
static PROXY: LazyLock<(Runtime, Upstream)> = LazyLock::new(|| proxy().expect("a proxy"));

/// Fails if a promise is broken.
pub fn run(text: &str) {
    let (head, answer) = text.split_once("\n\n").unwrap_or((text, ""));
    let (path, head) = head.split_once('\n').unwrap_or((head, ""));
    let Ok(mut request) = Request::builder().uri(path).body(Body::empty()) else {
        return;
    };
    *request.headers_mut() = messages(head);
    let named = named(request.headers());
    *ANSWER.lock().expect("one thread") = Some(messages(answer));
    *SEEN.lock().expect("one thread") = None;
    let (runtime, upstream) = &*PROXY;
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let response = runtime.block_on(upstream.call(request, Some(client), AnswerFormat::Problem));
    let Some(seen) = SEEN.lock().expect("one thread").take() else {
        return assert!(!response.status().is_success());
    };
    check_request(&seen, &named);
    if response.status().is_success() {
        let answered = messages(answer);
        check_hop(response.headers(), &self::named(&answered));
    }
}

/// Without the length, which says what follows and not who may see it.
fn messages(text: &str) -> HeaderMap {
    let mut headers = Head::read(text).headers();
    headers.remove(header::CONTENT_LENGTH);
    headers
}

/// What `Connection` names.
fn named(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::CONNECTION).iter();
    let names = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    names
        .map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase())
        .collect()
}

fn check_request(seen: &HeaderMap, named: &[String]) {
    // A WebSocket alone goes on, and then these two are set anew.
    let websocket = HeaderValue::from_static("websocket");
    if seen.get(header::UPGRADE) == Some(&websocket) {
        assert_eq!(seen[header::CONNECTION], "upgrade");
        assert!(named.contains(&"upgrade".to_owned()));
    } else {
        check_hop(seen, named);
    }
    assert!(!seen.keys().any(|name| name.as_str().starts_with("rdn-")));
    for value in seen.get_all(header::COOKIE) {
        let value = value.to_str().expect("text").to_ascii_lowercase();
        assert!(!value.split(';').any(|pair| pair.trim().starts_with("rdn-")));
    }
    assert_eq!(seen["x-forwarded-for"], "127.0.0.1");
    for name in ["forwarded", "x-forwarded-for", "x-forwarded-proto", "host"] {
        assert_eq!(seen.get_all(name).iter().count(), 1, "{name}");
    }
    assert!(seen.get_all("x-forwarded-host").iter().count() <= 1);
    let forwarded = seen[header::FORWARDED].to_str().expect("text");
    assert!(forwarded.starts_with("for=127.0.0.1;") && forwarded.ends_with("proto=http"));
}

fn check_hop(headers: &HeaderMap, named: &[String]) {
    assert!(!headers.contains_key(header::CONNECTION));
    assert!(!OF_ONE_HOP.iter().any(|name| headers.contains_key(*name)));
    // Both ends set these themselves.
    let anew = [
        "host",
        "via",
        "date",
        "content-length",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    ];
    for name in named.iter().filter(|name| !anew.contains(&name.as_str())) {
        assert!(!headers.contains_key(name.as_str()), "{name}");
    }
}

fn proxy() -> std::io::Result<(Runtime, Upstream)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let address = runtime.block_on(serve())?;
    let url = format!("http://{address}")
        .parse()
        .map_err(std::io::Error::other)?;
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        response: Duration::from_secs(5),
        ..Timeouts::default()
    };
    let trust = Trust::system().map_err(std::io::Error::other)?;
    // The client keeps connections on the runtime that it was made in.
    let upstream = runtime.block_on(async { Upstream::new(url, timeouts, &trust) });
    Ok((runtime, upstream))
}

async fn serve() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(answer);
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok(address)
}

async fn answer(request: Request<hyper::body::Incoming>) -> Result<Response<String>, Infallible> {
    *SEEN.lock().expect("one thread") = Some(request.headers().clone());
    let mut response = Response::new(String::new());
    *response.headers_mut() = ANSWER
        .lock()
        .expect("one thread")
        .clone()
        .unwrap_or_default();
    Ok(response)
}
