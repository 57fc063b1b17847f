//! What the REST interface answers, where nobody has to prove anything.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::basics::{key, units};
use crate::seller::{id, options, payment, receiver, request, send, server};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use microraiden::paywall::{Access, AdminSecret, ServerOptions};
use microraiden::protocol::ChannelId;
use microraiden::receiver::{
    AcceptError, Channel, ChannelStatus, Payout, Receiver, Select, StoreExt,
};
use serde_json::{Value, json};

const SECRET: &str = "correct-horse-battery";

/// A server with one channel.
async fn rest() -> (Router, Arc<Receiver>) {
    let receiver = receiver().await;
    let access = Access {
        original: true,
        admin: Some(AdminSecret::new(SECRET).expect("strong")),
    };
    let options = ServerOptions {
        access,
        ..options()
    };
    (server(&receiver, options), receiver)
}

async fn ask(app: &Router, method: &str, path: &str) -> (StatusCode, Value) {
    let (status, _, body) = send(app, request(method, &format!("/api/1{path}"), &[])).await;
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// The lists of all senders and of one, by status.
#[tokio::test]
async fn channels_are_listed_by_status() {
    let (app, receiver) = rest().await;
    let states = [
        (4, ChannelStatus::Agreed),
        (5, ChannelStatus::Closing { settle_block: 9 }),
        (6, ChannelStatus::Unconfirmed),
    ];
    for (open_block, status) in states {
        let id = ChannelId { open_block, ..id() };
        let stored = receiver.store().insert(Channel::new(id, units(7), status));
        stored.await.expect("memory");
    }
    let other = ChannelId {
        sender: key(5).address(),
        ..id()
    };
    let stored = receiver
        .store()
        .insert(Channel::new(other, units(7), ChannelStatus::Open));
    stored.await.expect("memory");
    let sender = id().sender;
    let selected = [
        ("", vec![3]),
        ("?status=open", vec![3]),
        ("?status=opened", vec![3]),
        ("?status=closed", vec![4, 5]),
        ("?status=all", vec![3, 4, 5]),
    ];
    for (query, blocks) in selected {
        let (status, list) = ask(&app, "GET", &format!("/channels/{sender}{query}")).await;
        assert_eq!(status, StatusCode::OK);
        let list = list.as_array().expect("a list");
        let told: Vec<_> = list.iter().map(|c| c["open_block"].clone()).collect();
        assert_eq!(told, blocks, "{query}");
        for channel in list {
            let open = channel["open_block"] == 3;
            assert_eq!(channel["state"], if open { "open" } else { "closed" });
            assert_eq!(channel["deposit"], if open { 100 } else { 7 });
            assert_eq!(channel["balance"], 0);
            assert_eq!(channel["sender_address"], sender.to_string());
        }
        for path in ["/channels/", "/channels", "/channels/nobody"] {
            let (status, list) = ask(&app, "GET", &format!("{path}{query}")).await;
            assert_eq!(status, StatusCode::OK);
            let list = list.as_array().expect("a list");
            let own = list
                .iter()
                .find(|of| of["sender_address"] == sender.to_string());
            assert_eq!(own.expect("the sender")["blocks"], json!(blocks), "{query}");
            let others = if query.ends_with("closed") { 1 } else { 2 };
            assert_eq!(list.len(), others, "{path}{query}");
        }
    }
    let nobody = format!("/channels/{}", key(9).address());
    assert_eq!(ask(&app, "GET", &nobody).await, (StatusCode::OK, json!([])));
    for path in ["/channels/".to_owned(), format!("/channels/{sender}")] {
        let (status, said) = ask(&app, "GET", &format!("{path}?status=lost")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(said["message"]["status"].is_string(), "{said}");
    }
}

/// Defects 19 and 32: where the original fails with a 500, a sentence.
#[tokio::test]
async fn what_can_not_be_closed_is_a_bad_request() {
    let (app, receiver) = rest().await;
    let channel = format!("/channels/{}/3", id().sender);
    let close = async |path: &str| ask(&app, "DELETE", path).await;
    let (status, said) = close(&format!("{channel}?balance=0")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        said.as_str()
            .is_some_and(|s| s.starts_with("Nothing was paid"))
    );
    assert_eq!(
        close(&channel).await,
        (StatusCode::BAD_REQUEST, json!("Bad balance format"))
    );
    let (status, said) = close(&format!("{channel}?balance=x")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(said["message"]["balance"].is_string(), "{said}");
    let paid = receiver.accept(&payment(3), units(3)).await;
    paid.expect("paid");
    let other = json!("Requested closing balance does not match latest one.");
    assert_eq!(
        close(&format!("{channel}?balance=2")).await,
        (StatusCode::BAD_REQUEST, other)
    );
    for path in [
        format!("/channels/{}/4?balance=3", id().sender),
        "/channels/0x12/3?balance=3".to_owned(),
        format!("/channels/{}/x?balance=3", id().sender),
    ] {
        assert_eq!(close(&path).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    // Closing all channels of a sender, which the original documents, is no method here.
    let all = format!("/channels/{}", id().sender);
    assert_eq!(close(&all).await.0, StatusCode::METHOD_NOT_ALLOWED);
}

/// The administrator closes without the sender: on the chain where something was paid.
#[tokio::test]
async fn the_administrator_closes_a_channel() {
    let (app, receiver) = rest().await;
    let paid = receiver.accept(&payment(3), units(3)).await;
    paid.expect("paid");
    for (open_block, status) in [(4, ChannelStatus::Open), (5, ChannelStatus::Unconfirmed)] {
        let id = ChannelId { open_block, ..id() };
        let stored = receiver.store().insert(Channel::new(id, units(7), status));
        stored.await.expect("memory");
    }
    let before = receiver.store().all(Select::All).await.expect("memory");
    let close = async |block: &str, secret: Option<&str>| {
        let path = format!("/api/1/admin/channels/{}/{block}", id().sender);
        let bearer = secret.map(|secret| ("authorization", format!("Bearer {secret}")));
        let (status, _, body) = send(&app, request("DELETE", &path, bearer.as_slice())).await;
        let said: Value = serde_json::from_slice(&body).expect("JSON");
        (status, said)
    };
    for secret in [None, Some("correct-horse-batterx")] {
        for block in ["3", "9"] {
            let (status, _) = close(block, secret).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
        }
    }
    for unknown in ["5", "9", "x", "4294967296"] {
        let (status, _) = close(unknown, Some(SECRET)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{unknown}");
    }
    let after = receiver.store().all(Select::All).await.expect("memory");
    assert_eq!(after, before);
    for block in ["3", "4", "3"] {
        let said = format!("force closed ({}, {block})", id().sender);
        let closed = close(block, Some(SECRET)).await;
        assert_eq!(closed, (StatusCode::OK, json!(said)));
    }
    let channels = receiver.store().all(Select::All).await.expect("memory");
    let states: Vec<_> = channels
        .iter()
        .map(|c| (c.id.open_block, c.status, c.payout))
        .collect();
    let expected = [
        (3, ChannelStatus::Agreed, Some(Payout::default())),
        (4, ChannelStatus::Agreed, None),
        (5, ChannelStatus::Unconfirmed, None),
    ];
    assert_eq!(states, expected);
    let late = receiver.accept(&payment(6), units(3)).await;
    assert_eq!(late, Err(AcceptError::NonexistingChannel));
}

/// H8, H10: there are no logins, and no other paths.
#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let (app, _) = rest().await;
    for path in ["/login", "/logout", "/nothing", "", "/"] {
        for method in ["GET", "POST", "DELETE"] {
            let (status, _) = ask(&app, method, path).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
    let unknown = format!("/channels/{}/4", id().sender);
    let said = json!("Sender address not found");
    assert_eq!(
        ask(&app, "GET", &unknown).await,
        (StatusCode::NOT_FOUND, said)
    );
    let (status, ..) = send(&app, request("GET", "/js/none.js", &[])).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

/// The requests with which fuzzing begins; no one of them is a fault of the server.
#[tokio::test]
async fn no_kept_request_is_answered_with_a_server_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/rest");
    let mut asked = 0;
    for file in fs::read_dir(folder).expect("the seeds") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("text");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let first = lines.next().and_then(|line| line.split_once(' '));
        let (method, path) = first.expect("method and path");
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            request = request.header(name, value.trim());
        }
        let Ok(request) = request.body(Body::from(body.to_owned())) else {
            continue;
        };
        asked += 1;
        let (app, receiver) = rest().await;
        let paid = receiver.accept(&payment(3), units(3)).await;
        paid.expect("paid");
        let (status, ..) = send(&app, request).await;
        // The node, which only the statistics ask, is not there.
        let stats = path.starts_with("/api/1/stats");
        assert!(!status.is_server_error() || stats, "{status} for {text}");
    }
    assert!(asked > 10, "only {asked} requests");
}
