//! Nodes and databases that are down at the start, and what the program tells of its state.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::node::{Faults, FixedNode};
#[cfg(feature = "postgres")]
use crate::program::{command, get, settings, url};

const DOWN: Faults = Faults {
    down: true,
    null: false,
    fork: false,
    elsewhere: false,
};

/// Nothing takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until `/ready` answers so, with the code of this reason, or with none.
async fn until(metrics: &str, expected: StatusCode, code: Option<&str>) {
    let asked = async {
        while !is_told(metrics, expected, code).await {
            tokio::task::yield_now().await;
        }
    };
    let asked = timeout(PATIENCE, asked).await;
    asked.unwrap_or_else(|_| panic!("it does not say {expected} {code:?}"));
}

async fn is_told(metrics: &str, expected: StatusCode, code: Option<&str>) -> bool {
    // The program may not listen yet.
    let Ok(answer) = reqwest::get(format!("{metrics}/ready")).await else {
        return false;
    };
    let status = answer.status();
    let text = answer.text().await.expect("text");
    let told: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(told["ready"], status == StatusCode::OK, "{told}");
    let reasons = told["reasons"].as_array().expect("a list");
    let mut codes = reasons.iter().map(|reason| reason["code"].as_str());
    let is_told = match code {
        Some(code) => codes.any(|told| told == Some(code)),
        None => reasons.is_empty(),
    };
    status == expected && is_told
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

#[tokio::test]
async fn the_start_waits_for_node_and_store_and_the_state_is_told() {
    let chain = FixedNode::start(&[]).await;
    chain.set(DOWN);
    let folder = TempDir::new().expect("a folder");
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/content");
    let address = free_address();
    let metrics = format!("http://{address}");
    let goods = format!(
        "price = 1\nfiles = \"{}\"\nmetrics = \"{address}\"\nwait = true\npoll-interval-ms = 20\n",
        content.display()
    );
    let missing = folder.path().join("mounted-later");
    let mut child = command(&folder, &settings(&chain, &folder, &goods))
        .arg(format!("--store={}", missing.join("channels.db").display()))
        .spawn()
        .expect("it starts");
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    until(&metrics, unavailable, Some("node-unavailable")).await;
    let health = get(format!("{metrics}/health"), None).await;
    assert_eq!(health.status(), StatusCode::OK);
    let scraped = get(format!("{metrics}/metrics"), None).await;
    assert_eq!(scraped.status(), unavailable);
    chain.set(Faults::default());
    until(&metrics, unavailable, Some("store-unavailable")).await;
    std::fs::create_dir(&missing).expect("a folder");
    let url = url(&mut child).await;
    assert_eq!(
        get(format!("{url}/cm"), None).await.status(),
        StatusCode::OK
    );
    until(&metrics, StatusCode::OK, None).await;
    chain.set(Faults {
        null: true,
        ..Faults::default()
    });
    until(&metrics, unavailable, Some("chain-unavailable")).await;
    let health = get(format!("{metrics}/health"), None).await;
    assert_eq!(health.status(), StatusCode::OK);
    chain.set(Faults::default());
    until(&metrics, StatusCode::OK, None).await;
}

#[tokio::test]
async fn the_start_waits_no_longer_than_it_is_told() {
    let chain = FixedNode::start(&[]).await;
    chain.set(DOWN);
    let folder = TempDir::new().expect("a folder");
    for wait in ["", "wait = 1\n"] {
        let goods = format!("price = 1\nupstream = \"http://127.0.0.1:1\"\n{wait}");
        let settings = settings(&chain, &folder, &goods);
        let output = command(&folder, &settings).output();
        let output = timeout(PATIENCE, output).await.expect("in time");
        let output = output.expect("it ends");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success() && said.contains("Error"), "{said}");
        assert_eq!(said.contains("the start waits"), !wait.is_empty(), "{said}");
    }
}

/// Whatever `--wait` says, nobody waits for what does not change by itself.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn the_start_does_not_wait_for_malformed_settings() {
    let chain = FixedNode::start(&[]).await;
    let folder = TempDir::new().expect("a folder");
    let goods = "price = 1\nupstream = \"http://127.0.0.1:1\"\nwait = true\n";
    let output = command(&folder, &settings(&chain, &folder, goods))
        .arg("--store=postgres://me@127.0.0.1:1/shop?nonsense=1")
        .output();
    let output = timeout(PATIENCE, output).await.expect("it ends");
    let said = String::from_utf8(output.expect("it ends").stderr).expect("text");
    assert!(said.contains("its settings are malformed"), "{said}");
    assert!(!said.contains("the start waits"), "{said}");
}
