//! Lists of channels, and one channel.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::paywall::server::App;
use crate::protocol::Address;
use crate::receiver::{Channel, Select, Status, StoreExt};

use super::{key, number, store_fails};

#[derive(serde::Deserialize)]
pub(super) struct Filter {
    status: Option<String>,
}

impl Filter {
    fn matches(&self) -> Result<fn(&Channel) -> bool, Response> {
        match self.status.as_deref() {
            None | Some("open" | "opened") => Ok(|channel| channel.status == Status::Open),
            Some("closed") => Ok(|c| matches!(c.status, Status::Agreed | Status::Closing { .. })),
            Some("all") => Ok(|channel| channel.status != Status::Unconfirmed),
            Some(_) => {
                let message = json!({ "message": { "status": "open, closed or all" } });
                Err((StatusCode::BAD_REQUEST, Json(message)).into_response())
            }
        }
    }
}

pub(super) async fn all(State(app): State<App>, Query(filter): Query<Filter>) -> Response {
    let matches = match filter.matches() {
        Ok(matches) => matches,
        Err(response) => return response,
    };
    let mut blocks: BTreeMap<Address, Vec<u32>> = BTreeMap::new();
    let scan = app.receiver.store().for_each(Select::All, |channel| {
        if matches(&channel) {
            let of_sender = blocks.entry(channel.id.sender).or_default();
            of_sender.push(channel.id.open_block);
        }
    });
    if let Err(error) = scan.await {
        return store_fails(&error);
    }
    let list: Vec<Value> = blocks
        .into_iter()
        .map(|(sender, blocks)| json!({ "sender_address": sender.to_string(), "blocks": blocks }))
        .collect();
    Json(list).into_response()
}

pub(super) async fn of(
    State(app): State<App>,
    Path(sender): Path<String>,
    Query(filter): Query<Filter>,
) -> Response {
    // As in the original, a text that is no address lists all senders.
    let Ok(sender) = sender.parse::<Address>() else {
        return all(State(app), Query(filter)).await;
    };
    let matches = match filter.matches() {
        Ok(matches) => matches,
        Err(response) => return response,
    };
    let channels = match app.receiver.store().all(Select::Of(sender)).await {
        Ok(channels) => channels,
        Err(error) => return store_fails(&error),
    };
    let list: Vec<Value> = channels
        .iter()
        .filter(|channel| matches(channel))
        .map(|channel| {
            let open = channel.status == Status::Open;
            json!({
                "sender_address": sender.to_string(),
                "open_block": channel.id.open_block,
                "state": if open { "open" } else { "closed" },
                "deposit": number(channel.deposit),
                "balance": number(channel.balance()),
            })
        })
        .collect();
    Json(list).into_response()
}

/// The record of a channel. The last signature is left out: whoever holds it could close the
/// channel, and this answer is public.
pub(super) async fn one(
    State(app): State<App>,
    Path((sender, block)): Path<(String, String)>,
) -> Response {
    let found = match key(&sender, &block) {
        Some(key) => app.receiver.store().get(key).await,
        None => Ok(None),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return store_fails(&error),
    };
    let Some(channel) = found.filter(|channel| channel.status != Status::Unconfirmed) else {
        return (StatusCode::NOT_FOUND, Json("Sender address not found")).into_response();
    };
    let (state, settle_timeout) = match channel.status {
        Status::Unconfirmed | Status::Open => (0, -1),
        Status::Agreed => (1, -1),
        Status::Closing { settle_block } => (1, i64::from(settle_block)),
    };
    let top_ups: BTreeMap<String, Value> = channel
        .unconfirmed_top_ups
        .iter()
        .map(|(transaction, added)| (transaction.to_string(), number(added)))
        .collect();
    Json(json!({
        "receiver": channel.id.receiver.to_string(),
        "sender": channel.id.sender.to_string(),
        "deposit": number(channel.deposit),
        "open_block_number": channel.id.open_block,
        "balance": number(channel.balance()),
        "state": state,
        "last_signature": null,
        "settle_timeout": settle_timeout,
        "ctime": seconds(channel.created),
        "mtime": seconds(channel.modified),
        "confirmed": 1,
        "unconfirmed_topups": top_ups,
    }))
    .into_response()
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0.0, |age| age.as_secs_f64())
}
