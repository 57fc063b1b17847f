//! Who paid, as the upstream is told: by headers that no client can set.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use tokio::io::AsyncBufReadExt;

use crate::seller::{payment, receiver, request, send};
use crate::upstream::{self, Heads, PLAIN, ask, listen, paywall};

/// What the upstream sees of our headers, with their names as CGI, WSGI and PHP fold them.
fn told(heads: &Heads) -> Vec<String> {
    let head = heads.lock().expect("no panic").pop().expect("a request");
    let folded = head.lines().filter_map(|line| line.split_once(':'));
    let folded = folded.map(|(name, value)| {
        let dash = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = name.chars().map(dash).collect();
        format!("{}:{value}", name.to_uppercase())
    });
    let mut ours: Vec<String> = folded
        .filter(|line| line.contains("MICRORAIDEN_"))
        .collect();
    ours.sort_unstable();
    ours
}

fn expected(amount: u64, balance: u64) -> Vec<String> {
    let sender = payment(1).sender;
    vec![
        format!("X_MICRORAIDEN_AMOUNT: {amount}"),
        format!("X_MICRORAIDEN_BALANCE: {balance}"),
        format!("X_MICRORAIDEN_SENDER: {sender}"),
    ]
}

async fn selling() -> (Router, Heads) {
    let (address, heads) = upstream::start(PLAIN).await;
    (paywall(&receiver().await, address), heads)
}

/// A request over the wire, with the payment up to this balance if there is one.
fn raw(first: &str, balance: Option<u64>, more: &[&str]) -> Vec<u8> {
    let mut lines = vec![
        format!("{first} HTTP/1.1"),
        "host: shop".to_owned(),
        "connection: close".to_owned(),
    ];
    let paid = balance.map(|balance| payment(balance).headers());
    let paid = paid.into_iter().flatten();
    lines.extend(paid.map(|(name, value)| format!("{name}: {value}")));
    lines.extend(more.iter().map(|&line| line.to_owned()));
    (lines.join("\r\n") + "\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn the_upstream_is_told_who_paid_how_much() {
    let (app, heads) = selling().await;
    for (balance, path, amount) in [(3, "/a", 3), (7, "/free/not/this", 4), (10, "/a", 3)] {
        let paid = request("GET", path, &payment(balance).headers());
        assert_eq!(send(&app, paid).await.0, StatusCode::OK);
        assert_eq!(told(&heads), expected(amount, balance));
    }
    // By cookies as well.
    let cookies = payment(13).cookies();
    let pairs = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let cookies = [("cookie", pairs.collect::<Vec<_>>().join("; "))];
    let (status, ..) = send(&app, request("GET", "/a", &cookies)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(told(&heads), expected(3, 13));
}

#[tokio::test]
async fn nothing_is_told_of_free_requests() {
    let (app, heads) = selling().await;
    for headers in [vec![], payment(3).headers()] {
        let (status, ..) = send(&app, request("GET", "/free", &headers)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(told(&heads), Vec::<String>::new());
    }
}

/// Spellings of the headers, of which servers read all, or the last, or a list, as theirs.
const FORGED: [&str; 13] = [
    "X-Microraiden-Sender: 0x00000000000000000000000000000000000000aa",
    "X-Microraiden-Sender: 0x00000000000000000000000000000000000000bb",
    "x-microraiden-sender: 0x00000000000000000000000000000000000000cc",
    "X-MICRORAIDEN-AMOUNT: 1000000",
    "X_Microraiden_Sender: 0x00000000000000000000000000000000000000dd",
    "X_MICRORAIDEN_BALANCE: 1000000",
    "X-Microraiden_Amount: 1000000",
    "x_microraiden-sender: 0x00000000000000000000000000000000000000ee",
    "X.Microraiden.Sender: 0x00000000000000000000000000000000000000ff",
    "x|microraiden^sender: 0x00000000000000000000000000000000000000ff",
    "X-Microraiden-Channel: 1",
    "X-Microraiden-Number: 1",
    "X-Microraiden-Balance:",
];

#[tokio::test]
async fn no_client_sets_them() {
    let (app, heads) = selling().await;
    let server = listen(app).await;
    let (status, _) = ask(server, &raw("GET /free", None, &FORGED)).await;
    assert_eq!(status, 200);
    assert_eq!(told(&heads), Vec::<String>::new());
    let (status, _) = ask(server, &raw("GET /a", Some(3), &FORGED)).await;
    assert_eq!(status, 200);
    assert_eq!(told(&heads), expected(3, 3));
}

/// By `Connection` a client asks proxies to remove headers: not ours.
#[tokio::test]
async fn no_client_has_them_removed() {
    let (app, heads) = selling().await;
    let named = "connection: x-microraiden-sender, x-microraiden-amount";
    let (status, _) = ask(listen(app).await, &raw("GET /a", Some(3), &[named])).await;
    assert_eq!(status, 200);
    assert_eq!(told(&heads), expected(3, 3));
}

/// A server that reads trailers as headers would take them from there.
#[tokio::test]
async fn no_client_sends_them_as_trailers() {
    let seen = axum::routing::any(async |request: Request<Body>| {
        use http_body_util::BodyExt;
        let body = request.into_body().collect().await.expect("a body");
        format!("trailers: {:?}", body.trailers())
    });
    let upstream = serve_plain(Router::new().fallback(seen)).await;
    let server = listen(paywall(&receiver().await, upstream)).await;
    let chunked = [
        "transfer-encoding: chunked",
        "te: trailers",
        "trailer: x-microraiden-sender",
    ];
    let mut sent = raw("POST /free", None, &chunked);
    sent.extend(b"4\r\nbody\r\n0\r\nX-Microraiden-Sender: 0xaa\r\n\r\n");
    let (status, answer) = ask(server, &sent).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("trailers: None"), "{answer}");
}

async fn serve_plain(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A preflight is passed on unpaid, as is the question for the upstream's policy.
#[tokio::test]
async fn preflights_do_not_carry_them() {
    let (app, heads) = selling().await;
    let preflight = [
        "origin: https://app.example",
        "access-control-request-method: GET",
        "x_microraiden_sender: 0xaa",
        "x-microraiden-sender: 0xaa",
    ];
    ask(listen(app).await, &raw("OPTIONS /a", None, &preflight)).await;
    assert_eq!(told(&heads), Vec::<String>::new());
}

/// What follows a redirect is covered by the payment before it: the sender is told, and no amount twice.
#[tokio::test]
async fn a_covered_request_names_its_payer() {
    let (address, heads) =
        upstream::start("HTTP/1.1 302 Found\r\nlocation: /goods\r\ncontent-length: 5").await;
    let app = paywall(&receiver().await, address);
    let (status, headers, _) = send(&app, request("GET", "/a", &payment(3).headers())).await;
    assert_eq!(status, StatusCode::FOUND);
    assert_eq!(told(&heads), expected(3, 3));
    let ticket = headers["set-cookie"].to_str().expect("text");
    let ticket = ticket.split(';').next().expect("a pair").to_owned();
    let (status, ..) = send(&app, request("GET", "/goods", &[("cookie", ticket)])).await;
    assert_eq!(status, StatusCode::FOUND);
    assert_eq!(told(&heads), expected(0, 3));
}

/// The example, as Node.js and what is built on it read headers: all values of one name in one text.
#[tokio::test]
async fn a_node_server_sees_who_paid() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = tokio::process::Command::new("node")
        .arg(root.join("examples/upstream.mjs"))
        .env("PORT", "0")
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Node is installed");
    let lines = tokio::io::BufReader::new(node.stdout.take().expect("its output")).lines();
    let first = { lines }.next_line().await.expect("text").expect("a line");
    let (_, upstream) = first.split_once("http://").expect("a URL");
    let upstream = upstream.parse().expect("an address");
    let server = listen(paywall(&receiver().await, upstream)).await;

    let (status, answer) = ask(server, &raw("GET /free?x=1", None, &FORGED)).await;
    assert_eq!(status, 200);
    assert!(answer.contains(r#"{"path":"/free?x=1"}"#), "{answer}");
    let (status, answer) = ask(server, &raw("GET /a", Some(3), &FORGED)).await;
    assert_eq!(status, 200);
    let sender = payment(3).sender;
    let told = format!(r#"{{"path":"/a","sender":"{sender}","amount":"3","balance":"3"}}"#);
    assert!(answer.contains(&told), "{answer}");
}
