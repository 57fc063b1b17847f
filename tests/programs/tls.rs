//! H13: a node or an upstream whose certificate nobody vouches for is refused, and believed once its
//! owner names it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use microraiden::chain::http::HttpTransport;
use microraiden::chain::{ChainError, Node, TransportError};
use microraiden::paywall::{AnswerFormat, Timeouts, Upstream};
use microraiden::tls::{Trust, TrustError};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;

/// A server with a certificate for `localhost` that it has signed itself.
struct Server {
    port: u16,
    folder: TempDir,
}

impl Server {
    async fn start() -> Self {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let own = own.expect("a certificate");
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("own.pem"), own.cert.pem()).expect("written");
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .expect("a key and its certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = socket.local_addr().expect("an address").port();
        let app = Router::new()
            .route("/", post(node))
            .route("/thing", get(async || "sold"));
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (acceptor, app) = (acceptor.clone(), app.clone());
                tokio::spawn(async move {
                    // A client that does not believe it goes away.
                    let stream = acceptor.accept(stream).await?;
                    let service = TowerToHyperService::new(app);
                    let server = hyper::server::conn::http1::Builder::new();
                    let served = server.serve_connection(TokioIo::new(stream), service);
                    served.await.map_err(std::io::Error::other)
                });
            }
        });
        Self { port, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("own.pem")
    }

    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.port)
    }
}

/// A node without any contract. Its chain has the number of bytes that the client says of itself.
async fn node(headers: HeaderMap, Json(request): Json<Value>) -> Json<Value> {
    let named = headers
        .get("authorization")
        .map_or("", |value| value.to_str().expect("text"));
    let result = match request["method"].as_str() {
        Some("eth_chainId") => format!("{:#x}", named.len()),
        _ => "0x".to_owned(),
    };
    Json(json!({ "jsonrpc": "2.0", "id": 1, "result": result }))
}

fn reason<T: std::fmt::Debug>(answer: Result<T, ChainError>) -> String {
    match answer {
        Err(ChainError::Transport {
            source: TransportError::Unreachable(reason),
            ..
        }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_node_has_to_prove_who_it_is() {
    let server = Server::start().await;
    let trust = Trust::new(Some(&server.file())).expect("read");
    let node = |url: String| Node::new(HttpTransport::trusting(url, &trust).expect("a URL"));
    let believed = node(server.url("localhost")).chain_id().await;
    assert_eq!(believed, Ok(0));

    let stranger = HttpTransport::new(server.url("localhost")).expect("a URL");
    let refused = reason(Node::new(stranger).chain_id().await);
    assert!(refused.contains("certificate"), "{refused}");
    // The certificate is for another name.
    let refused = reason(node(server.url("127.0.0.1")).chain_id().await);
    assert!(refused.contains("certificate"), "{refused}");
}

/// What a URL says of user and password goes to the node, and nowhere else.
#[tokio::test]
async fn a_password_is_sent_and_not_shown() {
    let server = Server::start().await;
    let trust = Trust::new(Some(&server.file())).expect("read");
    let url = server.url("me:p%40ss@localhost");
    let transport = HttpTransport::trusting(&url, &trust).expect("a URL");
    assert!(!format!("{transport:?}").contains("p%40ss"));
    // `Basic bWU6cEBzcw==` is me:p@ss.
    let named = Node::new(transport).chain_id().await;
    assert_eq!(named, Ok("Basic bWU6cEBzcw==".len() as u64));
    let stranger = HttpTransport::new(&url).expect("a URL");
    let refused = reason(Node::new(stranger).chain_id().await);
    assert!(!refused.contains("ss@"), "{refused}");
    for wrong in ["ftp://localhost", "localhost:8545", "/node", "https://"] {
        assert!(HttpTransport::new(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn an_upstream_has_to_prove_who_it_is() {
    let server = Server::start().await;
    let ask = async |trust: &Trust| {
        let url = server.url("localhost").parse().expect("a URL");
        let upstream = Upstream::new(url, Timeouts::default(), trust);
        let request = Request::get("/thing").body(Body::empty());
        let request = request.expect("a request");
        let answer = upstream.call(request, None, AnswerFormat::Problem).await;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 10_000).await.expect("a body");
        (status, body)
    };
    let system = Trust::system().expect("TLS works");
    assert_eq!(ask(&system).await.0, StatusCode::BAD_GATEWAY);
    let trust = Trust::new(Some(&server.file())).expect("read");
    assert_eq!(ask(&trust).await, (StatusCode::OK, "sold".into()));
}

/// The programs take the file as an option.
#[tokio::test]
async fn the_programs_are_told_whom_to_believe() {
    let server = Server::start().await;
    for program in [
        env!("CARGO_BIN_EXE_microraiden-paywall"),
        env!("CARGO_BIN_EXE_microraiden-collect"),
    ] {
        let run = async |own: &[&str]| {
            let mut command = Command::new(program);
            command
                .args(["--rpc-url", &server.url("localhost")])
                .args(["--contract", "0x0707070707070707070707070707070707070707"])
                .args(own)
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env("MICRORAIDEN_RECEIVER_KEY", "11".repeat(32));
            if program.ends_with("collect") {
                command.args(["withdraw", "--dry-run"]);
            } else {
                command.args(["--files", "demo/content", "--price", "1"]);
            }
            let output = command.output().await.expect("the program");
            assert!(!output.status.success());
            String::from_utf8(output.stderr).expect("text")
        };
        let refused = run(&[]).await;
        assert!(refused.contains("certificate"), "{refused}");
        let file = server.file();
        let believed = run(&["--ca-file", file.to_str().expect("text")]).await;
        assert!(believed.contains("no channel manager"), "{believed}");
    }
}

#[test]
fn a_file_without_authorities_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("own.pem");
    let refused = || Trust::new(Some(&file)).expect_err("refused");
    assert!(matches!(refused(), TrustError::Unreadable { .. }));
    for text in ["", "not PEM"] {
        fs::write(&file, text).expect("written");
        assert_eq!(refused(), TrustError::NoAuthority(file.clone()));
    }
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    fs::write(&file, nonsense).expect("written");
    assert_eq!(refused(), TrustError::NoAuthority(file.clone()));
}
