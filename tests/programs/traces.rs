//! Traces by OTLP: a receiver of the test's own sees what the server did for a payment, and no secret.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use microraiden::protocol::header::Payment;
use reqwest::StatusCode;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::basics::{MANAGER, key, units};
use crate::node::{FixedNode, receiver_key};
use crate::payer::{OPEN_BLOCK, PATH, Payer};
use crate::program::{command, settings, url};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// What was exported: each request's body, in protobuf, where texts and ids lie as they are.
#[derive(Clone, Default)]
struct Collector {
    heard: Arc<Mutex<Vec<u8>>>,
    news: Arc<Notify>,
}

impl Collector {
    async fn start(&self) -> String {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let place = format!("http://{}", socket.local_addr().expect("an address"));
        let (heard, news) = (Arc::clone(&self.heard), Arc::clone(&self.news));
        let take = move |headers: HeaderMap, body: Bytes| {
            assert_eq!(headers["content-type"], "application/x-protobuf");
            assert_eq!(headers["x-tenant"], "shop");
            heard.lock().expect("no panic").extend_from_slice(&body);
            news.notify_one();
            async { StatusCode::OK }
        };
        let app = Router::new().route("/v1/traces", post(take));
        tokio::spawn(async move { axum::serve(socket, app).await });
        place
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        let heard = self.heard.lock().expect("no panic");
        heard.windows(bytes.len()).any(|part| part == bytes)
    }

    async fn wait_for(&self, text: &str) {
        while !self.holds(text.as_bytes()) {
            self.news.notified().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_traced_and_continues_its_callers_trace() {
    let collector = Collector::default();
    let place = collector.start().await;
    let payer = Payer::new(5);
    let chain = FixedNode::start(std::slice::from_ref(&payer)).await;
    let folder = TempDir::new().expect("a folder");
    let goods = "price = 1\nfiles = \"demo/content\"\n";
    let mut server = command(&folder, &settings(&chain, &folder, goods))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &place)
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop")
        .env("OTEL_SERVICE_NAME", "the-shop")
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let url = url(&mut server).await;
    let proof = MANAGER.sign_balance(&key(5), &payer.channel, units(1));
    let payment = Payment {
        sender: payer.channel.sender,
        open_block: OPEN_BLOCK,
        proof,
        contract: None,
        receiver: None,
    };
    let query = "coupon-4711";
    let mut request = reqwest::Client::new().get(format!("{url}{PATH}?{query}"));
    for (name, value) in payment.headers() {
        request = request.header(name, value);
    }
    let traced = request.header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let answer = traced.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);

    let seen = [
        "GET", "payment", "verify", "read", "write", "the-shop", PATH,
    ];
    for text in seen {
        collector.wait_for(text).await;
    }
    for id in [TRACE, PARENT] {
        let id = hex::decode(id).expect("hex");
        assert!(collector.holds(&id), "the caller's trace");
    }
    let signature = proof.signature.to_string();
    let raw = proof.signature.as_bytes();
    let sender = payer.channel.sender.to_string();
    let secret = receiver_key().to_hex();
    for hidden in [
        &signature[..],
        &signature[2..],
        &sender,
        &secret,
        query,
        "correct-horse",
    ] {
        assert!(!collector.holds(hidden.as_bytes()), "{hidden}");
        let lower = hidden.to_lowercase();
        assert!(!collector.holds(lower.as_bytes()), "{hidden}");
    }
    assert!(!collector.holds(raw) && !collector.holds(&payer.channel.sender.0));
}

/// What is left is sent at the end.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_spans_are_sent_as_the_server_ends() {
    let collector = Collector::default();
    let place = collector.start().await;
    let chain = FixedNode::start(&[]).await;
    let folder = TempDir::new().expect("a folder");
    let goods = "price = 1\nfiles = \"demo/content\"\n";
    let mut server = command(&folder, &settings(&chain, &folder, goods))
        .env(
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            format!("{place}/v1/traces"),
        )
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop")
        .env("OTEL_BSP_SCHEDULE_DELAY", "600000")
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let url = url(&mut server).await;
    let answer = reqwest::get(format!("{url}/cm")).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!collector.holds(b"/cm"));
    let id = server.id().expect("it runs").to_string();
    let told = std::process::Command::new("kill")
        .args(["-TERM", &id])
        .status();
    assert!(told.expect("told").success());
    assert!(server.wait().await.expect("its end").success());
    assert!(collector.holds(b"/cm") && collector.holds(b"microraiden-paywall"));
}
