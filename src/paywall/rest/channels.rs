//! Lists of channels, and one channel.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::paywall::server::App;
use crate::protocol::{Address, Signature};
use crate::receiver::{Channel, ChannelStatus, Select, StoreExt};

use super::access::{self, Caller};
use super::{ApiError, ApiResult, key, number};

#[derive(serde::Deserialize)]
pub(super) struct Filter {
    status: Option<String>,
}

impl Filter {
    fn matches(&self) -> Result<fn(&Channel) -> bool, ApiError> {
        match self.status.as_deref() {
            None | Some("open" | "opened") => Ok(|channel| channel.status == ChannelStatus::Open),
            Some("closed") => Ok(|c| {
                matches!(
                    c.status,
                    ChannelStatus::Agreed | ChannelStatus::Closing { .. }
                )
            }),
            Some("all") => Ok(|channel| channel.status != ChannelStatus::Unconfirmed),
            Some(_) => Err(ApiError::parameter("status", "open, closed or all")),
        }
    }
}

/// All senders, with the open blocks of their channels.
pub(super) async fn all(
    State(app): State<App>,
    headers: HeaderMap,
    Query(filter): Query<Filter>,
) -> ApiResult {
    access::list(&app, &headers)?;
    let matches = filter.matches()?;
    let mut blocks: BTreeMap<Address, Vec<u32>> = BTreeMap::new();
    let see = |channel: Channel| {
        if matches(&channel) {
            let of_sender = blocks.entry(channel.id.sender).or_default();
            of_sender.push(channel.id.open_block);
        }
    };
    app.receiver.store().for_each(Select::All, see).await?;
    let list: Vec<Value> = blocks
        .into_iter()
        .map(|(sender, blocks)| json!({ "sender_address": sender.to_string(), "blocks": blocks }))
        .collect();
    Ok(Json(Value::Array(list)))
}

/// The channels of one sender.
pub(super) async fn of(
    State(app): State<App>,
    Path(sender): Path<String>,
    headers: HeaderMap,
    Query(filter): Query<Filter>,
) -> ApiResult {
    // As in the original, a text that is no address lists all senders.
    let Some(sender) = app.answers.address(&sender) else {
        return all(State(app), headers, Query(filter)).await;
    };
    access::read(&app, &headers, sender)?;
    let matches = filter.matches()?;
    let channels = app.receiver.store().all(Select::Of(sender)).await?;
    let list: Vec<Value> = channels
        .iter()
        .filter(|channel| matches(channel))
        .map(|channel| {
            let open = channel.status == ChannelStatus::Open;
            json!({
                "sender_address": sender.to_string(),
                "open_block": channel.id.open_block,
                "state": if open { "open" } else { "closed" },
                "deposit": number(channel.deposit),
                "balance": number(channel.balance()),
            })
        })
        .collect();
    Ok(Json(Value::Array(list)))
}

/// The record of a channel.
pub(super) async fn one(
    State(app): State<App>,
    Path((sender, block)): Path<(String, String)>,
    headers: HeaderMap,
) -> ApiResult {
    let key = key(&app, &sender, &block).ok_or(ApiError::NotFound)?;
    let caller = access::read(&app, &headers, key.sender)?;
    let found = app.receiver.store().get(key).await?;
    let channel = found
        .filter(|channel| channel.status != ChannelStatus::Unconfirmed)
        .ok_or(ApiError::NotFound)?;
    let proof = channel.proof().filter(|_| caller == Caller::Sender);
    let signature = proof.map(|proof| proof.signature);
    Ok(Json(record(&channel, signature.as_ref())))
}

/// The record as the original writes it.
pub(super) fn record(channel: &Channel, signature: Option<&Signature>) -> Value {
    let (state, settle_timeout) = match channel.status {
        ChannelStatus::Unconfirmed | ChannelStatus::Open => (0, -1),
        ChannelStatus::Agreed => (1, -1),
        ChannelStatus::Closing { settle_block } => (1, i64::from(settle_block)),
    };
    let top_ups: BTreeMap<String, Value> = channel
        .unconfirmed_top_ups
        .iter()
        .map(|(transaction, added)| (transaction.to_string(), number(added)))
        .collect();
    let mut told = json!({
        "receiver": channel.id.receiver.to_string(),
        "sender": channel.id.sender.to_string(),
        "deposit": number(channel.deposit),
        "open_block_number": channel.id.open_block,
        "balance": number(channel.balance()),
        "state": state,
        "last_signature": signature.map(ToString::to_string),
        "settle_timeout": settle_timeout,
        "ctime": seconds(channel.created),
        "mtime": seconds(channel.modified),
        "confirmed": u8::from(channel.status != ChannelStatus::Unconfirmed),
        "unconfirmed_topups": top_ups,
    });
    // Not of the original, so for channels alone that use the credit extension.
    if let Some(newest) = channel.window.newest() {
        told["charged"] = number(channel.charged());
        told["newest_number"] = newest.get().into();
    }
    told
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0.0, |age| age.as_secs_f64())
}
