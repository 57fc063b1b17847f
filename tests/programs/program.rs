//! The server as a program: its settings, its end, its logs.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use axum::Router;
use microraiden::protocol::header::Payment;
use reqwest::{Response, StatusCode};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::Notify;

use crate::basics::{MANAGER, key, units};
use crate::node::{FixedNode, receiver_key};
use crate::payer::{OPEN_BLOCK, Payer};

/// The number of the payer, which is also every byte of its key.
const PAYER: u8 = 5;
const ADMIN: &str = "correct-horse-battery";

pub(crate) fn command(folder: &TempDir, settings: &str) -> Command {
    let file = folder.path().join("paywall.toml");
    std::fs::write(&file, settings).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_microraiden-paywall"));
    command
        .arg("--config")
        .arg(file)
        .env("MICRORAIDEN_RECEIVER_KEY", receiver_key().to_hex().as_str())
        .env("MICRORAIDEN_ADMIN_SECRET", ADMIN)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

pub(crate) fn settings(chain: &FixedNode, folder: &TempDir, goods: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    format!(
        "rpc-url = \"{}\"\ncontract = \"{}\"\nlisten = \"127.0.0.1:0\"\npage = \"{}\"\nstore = \"{}\"\n{goods}",
        chain.url,
        MANAGER.address,
        root.join("www").display(),
        folder.path().join("channels.db").display(),
    )
}

/// Waits for the line that says where it serves.
async fn line(child: &mut Child) -> String {
    let output = child.stdout.take().expect("its output");
    let line = BufReader::new(output).lines().next_line().await;
    line.expect("text").expect("it says where it serves")
}

pub(crate) async fn url(child: &mut Child) -> String {
    let line = line(child).await;
    line.split(' ').nth(2).expect("a URL").to_owned()
}

fn payment(balance: u64) -> Payment {
    let key = key(PAYER);
    let channel = Payer::new(PAYER).channel;
    Payment {
        sender: channel.sender,
        open_block: OPEN_BLOCK,
        proof: MANAGER.sign_balance(&key, &channel, units(balance)),
        contract: None,
        receiver: None,
    }
}

pub(crate) async fn get(url: String, payment: Option<Payment>) -> Response {
    let mut request = reqwest::Client::new().get(url);
    for (name, value) in payment.map_or_else(Vec::new, |payment| payment.headers()) {
        request = request.header(name, value);
    }
    request.send().await.expect("an answer")
}

async fn price(url: &str, path: &str) -> String {
    let answer = get(format!("{url}{path}"), None).await;
    let price = answer.headers().get("rdn-price");
    price.map_or_else(
        || answer.status().to_string(),
        |p| p.to_str().expect("text").to_owned(),
    )
}

#[tokio::test]
async fn the_command_line_counts_more_than_the_file() {
    let chain = FixedNode::start(&[]).await;
    let folder = TempDir::new().expect("a folder");
    let goods = "price = \"100000000000000000000\"\nupstream = \"http://127.0.0.1:1\"\n\
        original-answers = true\noriginal-access = false\n\
        [price-for]\n\"/poem.txt\" = 0\n\"/{name}.jpg\" = \"7\"\n";
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/content");
    let mut child = command(&folder, &settings(&chain, &folder, goods))
        .arg("--files")
        .arg(content)
        .arg("--price-for=/poem.txt=5")
        .spawn()
        .expect("it starts");
    let url = url(&mut child).await;
    assert_eq!(price(&url, "/poem.txt").await, "5");
    assert_eq!(price(&url, "/doggo.jpg").await, "7");
    let answer = get(format!("{url}/doggo.jpg"), None).await;
    assert_eq!(answer.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn origins_that_may_send_credentials_are_named_by_file_or_command_line() {
    const ALLOWED: &str = "access-control-allow-credentials";
    let chain = FixedNode::start(&[]).await;
    let folder = TempDir::new().expect("a folder");
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/content");
    let goods = format!(
        "price = 3\nfiles = \"{}\"\ncredential-origins = \"https://a.example, https://b.example\"\n",
        content.display()
    );
    let settings = settings(&chain, &folder, &goods);
    for (argument, allowed) in [
        (None, ["https://a.example", "https://b.example"].as_slice()),
        (
            Some("--credential-origins=https://c.example"),
            &["https://c.example"],
        ),
    ] {
        let mut child = command(&folder, &settings)
            .args(argument)
            .spawn()
            .expect("it starts");
        let url = url(&mut child).await;
        for origin in [
            "https://a.example",
            "https://b.example",
            "https://c.example",
        ] {
            let request = reqwest::Client::new().get(format!("{url}/doggo.jpg"));
            let answer = request.header("origin", origin).send().await;
            let answer = answer.expect("an answer");
            assert_eq!(answer.status(), StatusCode::PAYMENT_REQUIRED);
            let headers = answer.headers();
            let is_allowed = allowed.contains(&origin);
            assert_eq!(headers.contains_key(ALLOWED), is_allowed, "{origin}");
            let told = if is_allowed { origin } else { "*" };
            assert_eq!(headers["access-control-allow-origin"], told);
        }
    }
}

/// H9: the original's page searches from there.
#[tokio::test]
async fn the_statistics_tell_where_the_chain_was_read_from() {
    let chain = FixedNode::start(&[]).await;
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/content");
    for (start, told) in [("", 0), ("start-block = 7\n", 7)] {
        let folder = TempDir::new().expect("a folder");
        let goods = format!("price = 3\nfiles = \"{}\"\n{start}", content.display());
        let mut child = command(&folder, &settings(&chain, &folder, &goods))
            .spawn()
            .expect("it starts");
        let url = url(&mut child).await;
        let stats = get(format!("{url}/api/1/stats"), None).await;
        let stats = stats.text().await.expect("text");
        let stats: serde_json::Value = serde_json::from_str(&stats).expect("JSON");
        assert_eq!(stats["sync_block"], told);
    }
}

#[tokio::test]
async fn settings_that_can_not_be_used_are_refused_with_a_sentence() {
    let chain = FixedNode::start(&[]).await;
    let folder = TempDir::new().expect("a folder");
    let cases = [
        ("price = 3\nprise = 4\n", "there is no setting `prise`"),
        ("config = \"other\"\n", "there is no setting `config`"),
        ("price = 1.5\n", "`price` must be"),
        ("price = [3]\n", "`price` must be"),
        ("price = -3\n", "--price"),
        (
            "price = 3\n[price-for]\n\"/a\" = \"b=0\"\n",
            "`/a` in `price-for` must have",
        ),
        ("price = 3\nprice = 4\n", "it is no TOML"),
        ("price = 3\ncontract = 4\n", "it is no TOML"),
        ("price = 3\nupstream = \"ftp://a\"\n", "--upstream"),
        (
            "price = 3\nupstream = \"http://a\"\ncredential-origins = \"*\"\n",
            "an origin is a scheme, a host",
        ),
        ("price = 3\n", "--files"),
        (
            "price = 3\nupstream = \"http://a\"\n[price-for]\n\"/{\" = 3\n",
            "the pattern /{",
        ),
    ];
    for (goods, sentence) in cases {
        let settings = settings(&chain, &folder, goods);
        let output = command(&folder, &settings).output().await.expect("it ends");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success(), "{goods}");
        assert!(said.contains(sentence), "{goods}: {said}");
    }
}

#[tokio::test]
async fn a_secret_in_the_url_of_the_node_is_not_told_to_browsers() {
    let chain = FixedNode::start(&[]).await;
    let folder = TempDir::new().expect("a folder");
    let settings = settings(&chain, &folder, "price = 3\nupstream = \"http://a\"\n");
    for secret in [
        "127.0.0.1:1/s3cret",
        "127.0.0.1:1/?s3cret",
        "me:s3cret@127.0.0.1:1",
    ] {
        let mut command = command(&folder, &settings);
        let refused = command.arg(format!("--rpc-url=http://{secret}"));
        let output = refused.output().await.expect("it ends");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(said.contains("--public-rpc-url"), "{said}");
        assert!(
            !output.status.success() && !said.contains("s3cret"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn metrics_have_an_address_of_their_own_and_clients_a_limit() {
    let chain = FixedNode::start(&[Payer::new(PAYER)]).await;
    let folder = TempDir::new().expect("a folder");
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/content");
    let goods = format!(
        "price = 1\nfiles = \"{}\"\nmetrics = \"127.0.0.1:0\"\nrequests-per-address = 1\n",
        content.display()
    );
    let mut child = command(&folder, &settings(&chain, &folder, &goods))
        .spawn()
        .expect("it starts");
    let line = line(&mut child).await;
    let words: Vec<_> = line.split(' ').collect();
    let [_, _, url, _, _, "metrics", metrics] = words[..] else {
        panic!("{line}");
    };
    let scrape = async || {
        let answer = get(metrics.to_owned(), None).await;
        answer.text().await.expect("text")
    };
    let paid = get(format!("{url}/poem.txt"), Some(payment(1))).await;
    assert_eq!(paid.status(), StatusCode::OK);
    // One a second: of several at once some are too many.
    let mut turned_away = 0;
    while turned_away == 0 {
        let answer = get(format!("{url}/cm"), None).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.headers()["retry-after"], "1");
            turned_away += 1;
        }
    }
    let text = scrape().await;
    for counted in [
        "microraiden_payments_total 1",
        "microraiden_refusals_total{reason=\"too-many-requests\"} 1",
        "microraiden_chain_ready 1",
        "microraiden_chain_newest_block 100",
        "microraiden_chain_lag_blocks 0",
    ] {
        assert!(
            text.lines().any(|line| line == counted),
            "{counted} in {text}"
        );
    }
    // Not where everybody asks.
    let here = get(format!("{url}/metrics"), None).await;
    assert_ne!(here.status(), StatusCode::OK);
}

/// Each limit by the key of its option.
#[tokio::test]
async fn limits_come_from_the_file() {
    let chain = FixedNode::start(&[]).await;
    let folder = TempDir::new().expect("a folder");
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/content");
    let goods = format!(
        "price = 1\nfiles = \"{}\"\nrequests-per-address = 1\npayments-per-sender = 1\n\
         original-access = true\n\
         trusted-proxies = \"127.0.0.1,::1\"\nmax-connections = 9\nhead-timeout = 9\n\
         max-head-bytes = 8192\nmax-headers = 20\nmax-body-bytes = 1024\n\
         upstream-connect-timeout = 1\nupstream-response-timeout = 1\n",
        content.display()
    );
    let mut child = command(&folder, &settings(&chain, &folder, &goods))
        .spawn()
        .expect("it starts");
    let url = url(&mut child).await;
    // Each from an address of its own, as the proxy says, so that none comes too often.
    let ask = async |client: u8, method: &str, headers: &[(String, String)], body: usize| {
        let method = method.parse().expect("a method");
        let path = format!("{url}/api/1/channels/{}/1", receiver_key().address());
        let mut request = reqwest::Client::new()
            .request(method, path)
            .header("x-forwarded-for", format!("9.9.9.{client}"))
            .body("x".repeat(body));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send().await.expect("an answer").status()
    };
    let many: Vec<_> = (0..20)
        .map(|n| (format!("x-{n}"), "x".to_owned()))
        .collect();
    let long = [("x-long".to_owned(), "x".repeat(8192))];
    assert_eq!(ask(1, "GET", &[], 0).await, StatusCode::NOT_FOUND);
    assert_eq!(ask(2, "GET", &many, 0).await.as_u16(), 431);
    assert_eq!(ask(3, "GET", &long, 0).await.as_u16(), 431);
    assert_eq!(ask(4, "DELETE", &[], 1024).await, StatusCode::BAD_REQUEST);
    assert_eq!(
        ask(5, "DELETE", &[], 1025).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let mut turned_away = false;
    while !turned_away {
        turned_away = ask(6, "GET", &[], 0).await == StatusCode::TOO_MANY_REQUESTS;
    }
}

/// Told to stop, it finishes what was paid. And nothing it writes would let anybody take money.
#[tokio::test]
async fn what_was_paid_is_finished_and_no_log_tells_a_secret() {
    let (asked, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (asked, go_on) = (Arc::clone(&asked), Arc::clone(&go_on));
        move || async move {
            asked.notify_one();
            go_on.notified().await;
            "finished"
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let upstream = listener.local_addr().expect("an address");
    let app = Router::new().route("/slow", axum::routing::get(slow));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let chain = FixedNode::start(&[Payer::new(PAYER)]).await;
    let folder = TempDir::new().expect("a folder");
    let goods = format!("price = 1\nupstream = \"http://{upstream}\"\n");
    let mut child = command(&folder, &settings(&chain, &folder, &goods))
        .spawn()
        .expect("it starts");
    let url = url(&mut child).await;
    for refused in [payment(2), payment(0)] {
        let answer = get(format!("{url}/slow"), Some(refused)).await;
        assert_eq!(answer.status(), StatusCode::PAYMENT_REQUIRED);
    }
    let paid = tokio::spawn(get(format!("{url}/slow"), Some(payment(1))));
    asked.notified().await;
    let id = child.id().expect("it runs").to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(told.expect("kill").success());
    // It takes no more connections, but this request is not over.
    while reqwest::get(format!("{url}/cm")).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    let answer = paid.await.expect("no panic");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.text().await.expect("text"), "finished");
    assert!(child.wait().await.expect("it ends").success());

    let mut log = String::new();
    let mut errors = child.stderr.take().expect("its log");
    errors.read_to_string(&mut log).await.expect("text");
    assert!(
        log.contains("paid") && log.contains("payment refused"),
        "{log}"
    );
    let key = receiver_key().to_hex();
    let signatures = [0, 1, 2].map(|balance| payment(balance).proof.signature.to_string());
    let secrets = signatures.iter().map(String::as_str).chain([key.as_str()]);
    for secret in secrets {
        let digits = &secret.trim_start_matches("0x")[..16];
        assert!(!log.to_lowercase().contains(digits), "{digits} in {log}");
    }
    assert!(!log.contains(ADMIN));
}
