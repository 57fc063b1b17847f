//! The paywall's HTTP answers, through its router.

use std::sync::Arc;

use crate::basics::{MANAGER, key, units};
use crate::seller::{id, options, payment, receiver, receiver_with, request, send, server, stored};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use microraiden::paywall::{Access, Content, Goods, Prices, ServerOptions, TokenLabel};
use microraiden::protocol::Amount;
use microraiden::receiver::{ChainStatus, Channel, ChannelStatus, MemoryStore, Receiver, StoreExt};
use serde_json::{Value, json};

async fn paywall() -> (Router, Arc<Receiver>) {
    let receiver = receiver().await;
    (server(&receiver, options()), receiver)
}

async fn pay(app: &Router, method: &str, balance: u64) -> (StatusCode, HeaderMap, Vec<u8>) {
    send(
        app,
        request(method, "/doggo.jpg", &payment(balance).headers()),
    )
    .await
}

/// A channel that is not worth closing sells nothing, and its sender is told what would be.
#[tokio::test]
async fn a_deposit_below_the_minimum_is_not_sold_for() {
    for (deposit, status) in [(100, StatusCode::PAYMENT_REQUIRED), (101, StatusCode::OK)] {
        let store = MemoryStore::default();
        let channel = Channel::new(id(), units(deposit), ChannelStatus::Open);
        store.insert(channel).await.expect("memory");
        let receiver = receiver_with(Arc::new(store), |terms| terms.min_deposit = units(101));
        let app = server(&receiver, options());
        let (_, _, body) = send(&app, request("GET", "/doggo.jpg", &[])).await;
        let asked: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(asked["minDeposit"], "101");
        let (answered, headers, body) = pay(&app, "GET", 3).await;
        assert_eq!(answered, status);
        if status == StatusCode::OK {
            continue;
        }
        assert_eq!(headers["rdn-sender-balance"], "0");
        let problem: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(problem["code"], "deposit-too-low");
        assert_eq!(problem["minDeposit"], "101");
        assert_eq!(stored(&receiver).await.proof(), None);
    }
    let (app, _) = paywall().await;
    let (_, _, body) = send(&app, request("GET", "/doggo.jpg", &[])).await;
    let asked: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(asked["minDeposit"], Value::Null);
}

/// H1: without a proof, programs get headers and a problem, browsers the page and cookies.
#[tokio::test]
async fn a_402_says_what_is_asked() {
    let (app, _) = paywall().await;
    let (status, headers, body) = send(&app, request("GET", "/doggo.jpg", &[])).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(headers["rdn-price"], "3");
    assert_eq!(headers["rdn-gateway-path"], "/api/1");
    assert_eq!(
        headers["rdn-receiver-address"],
        key(2).address().to_string()
    );
    assert_eq!(headers["rdn-contract-address"], MANAGER.address.to_string());
    assert_eq!(headers["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_slice(&body).expect("JSON");
    assert!(problem["code"] == "payment-required" && !headers.contains_key("rdn-sender-balance"));

    let accept = [("accept", "text/html,*/*;q=0.8".to_owned())];
    let (status, headers, body) = send(&app, request("GET", "/doggo.jpg", &accept)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    let page = String::from_utf8(body).expect("text");
    assert!(page.contains("id=\"paywall-config\"") && page.contains("\"price\":\"3\""));
    let cookies: Vec<_> = headers.get_all("set-cookie").iter().collect();
    assert!(
        cookies
            .iter()
            .any(|c| c.to_str().is_ok_and(|c| c.starts_with("RDN-Price=3;")))
    );
    assert!(headers.contains_key("content-security-policy"));
}

/// The JSON element of a page.
fn config(page: &str) -> Value {
    let start = page.find("id=\"paywall-config\"").expect("a configuration");
    let text = page[start..].split_once('>').expect("an element").1;
    let text = text.split_once("</script>").expect("its end").0;
    serde_json::from_str(text).expect("JSON")
}

async fn page(app: &Router, method: &str, path: &str) -> String {
    let accept = [("accept", "text/html".to_owned())];
    let (_, _, body) = send(app, request(method, path, &accept)).await;
    String::from_utf8(body).expect("text")
}

/// What is sold is what was asked for: with its query, by its method.
#[tokio::test]
async fn an_offer_names_the_whole_resource() {
    let (app, _) = paywall().await;
    for (method, path) in [
        ("GET", "/doggo.jpg?id=5&of=a%20b"),
        ("POST", "/doggo.jpg?"),
        ("GET", "/doggo.jpg"),
    ] {
        let (_, _, body) = send(&app, request(method, path, &[])).await;
        let problem: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(problem["resource"], json!(path));
        let config = config(&page(&app, method, path).await);
        assert_eq!(config["resource"], json!(path));
        assert_eq!(config["method"], json!(method));
    }
    // `<`, `>` and `"` never get this far: they are no characters of a request's line.
    let page = page(&app, "GET", "/doggo.jpg?b='&x").await;
    assert!(page.contains(">doggo.jpg?b=&#39;&amp;x</h1>"), "{page}");
}

/// A token's symbol is a claim; it reaches the page cut and escaped.
#[tokio::test]
async fn the_page_says_the_price_in_tokens() {
    for (symbol, decimals, price, told) in [
        ("TKN", 1, "0.3\u{a0}TKN", json!("TKN")),
        ("TKN", 0, "3\u{a0}TKN", json!("TKN")),
        (
            "<b>\u{202e} 00&",
            18,
            "0.000000000000000003\u{a0}&lt;b&gt;00&amp;",
            json!("<b>00&"),
        ),
        ("", 1, "0.3\u{a0}tokens", json!("tokens")),
        ("TKN", 200, "3 base units", Value::Null),
    ] {
        let receiver = receiver().await;
        let options = ServerOptions {
            token_label: TokenLabel::new(symbol, decimals),
            ..options()
        };
        let app = server(&receiver, options);
        let shown = page(&app, "GET", "/doggo.jpg").await;
        let place = format!("data-testid=\"price\">{price}</span>");
        assert!(shown.contains(&place), "{symbol:?}: {shown}");
        assert!(shown.contains(&receiver.address().to_string()));
        assert_eq!(config(&shown)["tokenSymbol"], told);
        let (_, headers, body) = send(&app, request("GET", "/doggo.jpg", &[])).await;
        let problem: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(
            (&problem["tokenSymbol"], &problem["price"]),
            (&told, &json!("3"))
        );
        assert_eq!(headers["rdn-price"], "3");
        let list = page(&app, "GET", "/").await;
        assert!(
            list.contains(&format!("data-amount=\"3\">{price}</span>")),
            "{list}"
        );
    }
}

/// Names of files may hold what means something else in a URL.
#[tokio::test]
async fn the_list_leads_to_each_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "a b.txt",
        "100%.txt",
        "what?.txt",
        "#1.txt",
        "<i>.txt",
        "é.txt",
    ] {
        std::fs::write(folder.path().join(name), name).expect("a file");
    }
    let content = Content::new(folder.path(), Prices::new(Amount::ZERO)).expect("the folder");
    let options = ServerOptions {
        goods: Goods::Files(content),
        ..options()
    };
    let app = server(&receiver().await, options);
    let list = config(&page(&app, "GET", "/").await);
    let files = list["files"].as_array().expect("a list");
    assert_eq!(files.len(), 6);
    for file in files {
        let path = file["path"].as_str().expect("a path");
        let (status, _, body) = send(&app, request("GET", path, &[])).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(body.ends_with(b".txt"));
    }
}

/// H3, H4, H14
#[tokio::test]
async fn each_request_pays_its_price_once() {
    let (app, receiver) = paywall().await;
    let mut balance = 0;
    for method in ["GET", "POST", "PUT", "DELETE"]
        .into_iter()
        .cycle()
        .take(12)
    {
        for wrong in [balance + 2, balance + 4] {
            let (status, headers, _) = pay(&app, method, wrong).await;
            assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
            assert_eq!(headers["rdn-invalid-amount"], "1");
        }
        let (status, headers, body) = pay(&app, method, balance + 3).await;
        assert_eq!(status, StatusCode::OK, "{method}");
        assert_eq!(headers["rdn-sender-balance"], balance.to_string());
        assert_eq!(headers["content-type"], "image/jpeg");
        assert!(
            headers["cache-control"]
                .to_str()
                .is_ok_and(|c| c.contains("private"))
        );
        assert!(body.len() > 10_000);
        balance += 3;
        let (status, headers, _) = pay(&app, method, balance).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
        assert_eq!(headers["rdn-sender-balance"], balance.to_string());
        assert_eq!(
            headers["rdn-balance-signature"],
            payment(balance).proof.signature.to_string()
        );
        assert!(!headers.contains_key("rdn-invalid-amount"));
    }
    assert_eq!(stored(&receiver).await.charged(), units(36));
}

/// The page of the original pays by cookies. They stand in for headers that are missing; complete headers count
/// alone, as the sender knows of them.
#[tokio::test]
async fn cookies_pay_too() {
    let (app, _) = paywall().await;
    let cookies: Vec<String> = payment(3)
        .cookies()
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut refused = payment(50).headers();
    let incomplete = refused
        .iter()
        .filter(|(name, _)| *name != "RDN-Balance-Signature");
    let mut incomplete: Vec<_> = incomplete.cloned().collect();
    let cookie = ("cookie", cookies.join("; "));
    refused.push(cookie.clone());
    incomplete.push(cookie.clone());
    for (headers, expected) in [
        (&refused, StatusCode::PAYMENT_REQUIRED),
        (&incomplete, StatusCode::OK),
        (&vec![cookie], StatusCode::PAYMENT_REQUIRED),
    ] {
        let (status, _, _) = send(&app, request("GET", "/doggo.jpg", headers)).await;
        assert_eq!(status, expected);
    }
}

/// H5, H10
#[tokio::test]
async fn free_missing_and_foreign_files() {
    let (app, _) = paywall().await;
    let (status, headers, _) = send(&app, request("GET", "/poem.txt", &[])).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!headers.contains_key("rdn-price"));
    for path in [
        "/cat.jpg",
        "/../Cargo.toml",
        "/%2e%2e/once.mjs",
        "/%2E%2E%2Fonce.mjs",
        "//",
        "/./poem.txt",
        "/%",
        "/%00",
    ] {
        let (status, _, _) = send(&app, request("GET", path, &[])).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// However a path is written, the file has its one price.
#[tokio::test]
async fn other_spellings_of_a_path_cost_the_same() {
    let (app, _) = paywall().await;
    for path in ["/%70oem.txt", "/poem%2Etxt"] {
        let (status, _, _) = send(&app, request("GET", path, &[])).await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    for path in ["/%64oggo.jpg", "/doggo%2ejpg"] {
        let (status, headers, _) = send(&app, request("GET", path, &[])).await;
        assert_eq!(status, StatusCode::PAYMENT_REQUIRED, "{path}");
        assert_eq!(headers["rdn-price"], "3");
    }
}

#[tokio::test]
async fn malformed_payments_are_named_and_never_a_500() {
    let (app, receiver) = paywall().await;
    let good = payment(3).headers();
    let bad = [
        "",
        "-1",
        "0x",
        "zz",
        "1e9",
        "é",
        "99999999999999999999999999999999999999999999",
    ];
    for (name, _) in &good {
        for value in bad.into_iter().map(str::to_owned).chain(["9".repeat(5000)]) {
            let headers: Vec<_> = good
                .iter()
                .map(|(n, v)| (*n, if n == name { value.clone() } else { v.clone() }))
                .collect();
            let (status, _, body) = send(&app, request("GET", "/doggo.jpg", &headers)).await;
            let refused = [StatusCode::CONFLICT, StatusCode::PAYMENT_REQUIRED].contains(&status);
            assert!(refused, "{name}: {value} gave {status}");
            if status == StatusCode::CONFLICT {
                let problem: Value = serde_json::from_slice(&body).expect("JSON");
                let reason = problem["detail"].as_str().expect("a sentence");
                assert!(reason.contains("RDN-"), "{reason}");
            }
        }
        if *name != "RDN-Balance-Signature" {
            let headers: Vec<_> = good.iter().filter(|(n, _)| n != name).cloned().collect();
            let (status, _, _) = send(&app, request("GET", "/doggo.jpg", &headers)).await;
            assert_eq!(status, StatusCode::CONFLICT, "without {name}");
        }
    }
    let mut documented = good.clone();
    documented.push(("RDN-Payment", "3".to_owned()));
    let (status, _, _) = send(&app, request("GET", "/doggo.jpg", &documented)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(stored(&receiver).await.charged(), Amount::ZERO);
}

/// H2
#[tokio::test]
async fn without_the_chain_nothing_is_sold() {
    let (app, receiver) = paywall().await;
    for status in [ChainStatus::Offline, ChainStatus::EtherTooLow] {
        receiver.set_status(status);
        assert_eq!(pay(&app, "GET", 3).await.0, StatusCode::BAD_GATEWAY);
    }
    receiver.set_status(ChainStatus::Ready);
    assert_eq!(pay(&app, "GET", 3).await.0, StatusCode::OK);
}

/// H11: the balance as a number, as text, as a form field, in the query.
#[tokio::test]
async fn the_receiver_agrees_to_close() {
    let receiver = receiver().await;
    let access = Access {
        original: true,
        admin: None,
    };
    let app = server(
        &receiver,
        ServerOptions {
            access,
            ..options()
        },
    );
    assert_eq!(pay(&app, "GET", 3).await.0, StatusCode::OK);
    let path = format!("/api/1/channels/{}/3", id().sender);
    let delete = async |path: &str, body: String| {
        let request = Request::builder()
            .method("DELETE")
            .uri(path)
            .body(Body::from(body));
        send(&app, request.expect("a request")).await
    };
    let hostile = [
        "",
        "{}",
        "[]",
        "{\"balance\":-1}",
        "{\"balance\":1.5}",
        "{\"balance\":{}}",
        "balance=",
        "balance=x",
        "{\"balance\":4}",
        "\u{0}",
    ];
    for body in hostile {
        let (status, _, _) = delete(&path, body.to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(stored(&receiver).await.status, ChannelStatus::Open);
    let query = format!("{path}?balance=3");
    let ways = [
        (path.as_str(), json!({ "balance": 3 }).to_string()),
        (path.as_str(), json!({ "balance": "3" }).to_string()),
        (path.as_str(), "balance=3".to_owned()),
        (query.as_str(), String::new()),
    ];
    for (path, body) in ways {
        let (status, _, answer) = delete(path, body).await;
        assert_eq!(status, StatusCode::OK);
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        let closing = answer["close_signature"]
            .as_str()
            .and_then(|s| s.parse().ok());
        let closing = closing.expect("a signature");
        MANAGER
            .verify_closing(&id(), &payment(3).proof, &closing)
            .expect("the receiver's");
    }
    let (_, _, body) = send(&app, request("GET", &path, &[])).await;
    let record: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(record["balance"].to_string(), "3");
    assert_eq!(record["last_signature"], Value::Null);
    for path in ["/api/1/channels/0x12/3", "/api/1/channels/x/y"] {
        assert_eq!(
            delete(path, "balance=3".to_owned()).await.0,
            StatusCode::BAD_REQUEST
        );
        assert_eq!(
            send(&app, request("GET", path, &[])).await.0,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_pay() {
    let (app, _) = paywall().await;
    let origin = [("origin", "https://example.org".to_owned())];
    let (_, headers, _) = send(&app, request("GET", "/doggo.jpg", &origin)).await;
    assert_eq!(headers["access-control-allow-origin"], "*");
    let exposed = headers["access-control-expose-headers"]
        .to_str()
        .expect("text")
        .to_lowercase();
    for name in ["rdn-price", "rdn-sender-balance", "rdn-invalid-amount"] {
        assert!(exposed.contains(name), "{name}");
    }
}
