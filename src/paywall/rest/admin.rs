//! Calls for the administrator.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::paywall::server::App;
use crate::receiver::{ChainStatus, ChannelKey, Select, StoreExt};

use super::channels::record;
use super::{ApiError, ApiResult, access, key};

/// The most records in one answer.
const PAGE: usize = 500;

/// The state of the chain.
pub(super) async fn status(State(app): State<App>, headers: HeaderMap) -> ApiResult {
    access::admin(&app, &headers)?;
    let chain = match app.receiver.status() {
        ChainStatus::Ready => "ready",
        ChainStatus::Offline => "offline",
        ChainStatus::EtherTooLow => "ether too low",
        ChainStatus::StoreUnavailable => "store unavailable",
    };
    let synced = app.receiver.store().synced().await?;
    let synced = synced.map(|synced| synced.block);
    Ok(Json(json!({ "chain": chain, "synced_block": synced })))
}

#[derive(serde::Deserialize)]
pub(super) struct PageQuery {
    limit: Option<usize>,
    sender: Option<String>,
    block: Option<u32>,
}

/// The records of all channels, unconfirmed ones too, by sender and open block; `next` holds the
/// parameters of the following page, and is null after the last one.
pub(super) async fn channels(
    State(app): State<App>,
    headers: HeaderMap,
    Query(page): Query<PageQuery>,
) -> ApiResult {
    access::admin(&app, &headers)?;
    let limit = page.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let after = page.sender.map(|sender| {
        let sender = sender.parse();
        let sender = sender.map_err(|_| ApiError::parameter("sender", "an address"))?;
        Ok::<_, ApiError>(ChannelKey {
            sender,
            open_block: page.block.unwrap_or(u32::MAX),
        })
    });
    let after = after.transpose()?;
    let list = app.receiver.store().list(Select::All, after, limit).await?;
    let last = list.last().filter(|_| list.len() == limit);
    let next = last.map(|channel| {
        json!({
            "sender": channel.id.sender.to_string(),
            "block": channel.id.open_block,
        })
    });
    let records: Vec<Value> = list.iter().map(|channel| record(channel, None)).collect();
    Ok(Json(json!({ "channels": records, "next": next })))
}

/// Begins to close a channel on the chain with its proof, or marks it closed if there is none.
pub(super) async fn close(
    State(app): State<App>,
    Path((sender, block)): Path<(String, String)>,
    headers: HeaderMap,
) -> ApiResult {
    access::admin(&app, &headers)?;
    let key = key(&app, &sender, &block).ok_or(ApiError::NotFound)?;
    if !app.receiver.force_close(key).await? {
        return Err(ApiError::NotFound);
    }
    let done = format!("force closed ({}, {})", key.sender, key.open_block);
    Ok(Json(Value::String(done)))
}
