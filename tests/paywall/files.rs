//! The files that are sold, as they leave the server.

use std::fs;

use crate::seller::{options, receiver, request, send, server};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use microraiden::paywall::{Content, Goods, Prices, ServerOptions};
use microraiden::protocol::Amount;
use tempfile::TempDir;

/// Several of the pieces in which a file is read.
const LARGE: usize = 200_000;

const NAMES: [&str; 5] = [
    "small.txt",
    "large.bin",
    "empty.txt",
    "a b+c%20d.txt",
    "größe&#?.txt",
];

fn content(name: &str) -> Vec<u8> {
    match name {
        "empty.txt" => Vec::new(),
        "large.bin" => (0..LARGE).map(|place| (place % 251) as u8).collect(),
        _ => name.repeat(3).into_bytes(),
    }
}

fn path(name: &str) -> String {
    let spelled: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("/{spelled}")
}

/// Gives the files away.
async fn shop() -> (TempDir, Router) {
    let folder = tempfile::tempdir().expect("a folder");
    for name in NAMES {
        fs::write(folder.path().join(name), content(name)).expect("written");
    }
    let goods = Content::new(folder.path(), Prices::new(Amount::ZERO)).expect("there");
    let goods = Goods::Files(goods);
    let app = server(&receiver().await, ServerOptions { goods, ..options() });
    (folder, app)
}

async fn get(
    app: &Router,
    name: &str,
    headers: &[(&str, String)],
) -> (StatusCode, HeaderMap, Vec<u8>) {
    send(app, request("GET", &path(name), headers)).await
}

#[tokio::test]
async fn every_file_arrives_whole() {
    let (_folder, app) = shop().await;
    for name in NAMES {
        let (status, headers, body) = get(&app, name, &[]).await;
        assert_eq!(status, StatusCode::OK, "{name}");
        assert_eq!(body, content(name), "{name}");
        assert_eq!(headers["content-length"], body.len().to_string(), "{name}");
        let kind = if name.ends_with("txt") {
            "text/plain"
        } else {
            "application/octet-stream"
        };
        assert_eq!(headers["content-type"], kind, "{name}");
        let (status, headers, body) = send(&app, request("HEAD", &path(name), &[])).await;
        assert_eq!((status, body.len()), (StatusCode::OK, 0), "{name}");
        assert_eq!(
            headers["content-length"],
            content(name).len().to_string(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_range_of_a_file_is_that_range() {
    let (_folder, app) = shop().await;
    for (name, from, to) in [("small.txt", 2, 7), ("large.bin", 70_000, 150_000)] {
        let range = [("range", format!("bytes={from}-{to}"))];
        let (status, headers, body) = get(&app, name, &range).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT, "{name}");
        let whole = content(name);
        assert_eq!(body, whole[from..=to], "{name}");
        let length = whole.len();
        assert_eq!(
            headers["content-range"],
            format!("bytes {from}-{to}/{length}")
        );
        let beyond = [("range", format!("bytes={length}-"))];
        let (status, _, _) = get(&app, name, &beyond).await;
        assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE, "{name}");
    }
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let (_folder, app) = shop().await;
    for name in ["small.txt", "large.bin"] {
        let (_, headers, _) = get(&app, name, &[]).await;
        for (told, asked) in [
            ("etag", "if-none-match"),
            ("last-modified", "if-modified-since"),
        ] {
            let known = headers[told].to_str().expect("text").to_owned();
            let (status, _, body) = get(&app, name, &[(asked, known)]).await;
            assert_eq!(
                (status, body.len()),
                (StatusCode::NOT_MODIFIED, 0),
                "{name} {told}"
            );
        }
    }
}
