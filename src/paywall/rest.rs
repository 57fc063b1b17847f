//! The REST interface under `/api/1`: statistics, channels, the cooperative close.
//!
//! Numbers are JSON numbers as in the original, written with all their digits: a reader that takes
//! them for floating point loses the last ones above 2^53.

mod channels;
mod close;
mod stats;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;
use tracing::error;

use crate::receiver::{ChannelKey, StoreError};

use super::server::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/stats", get(stats::stats))
        .route("/channels/", get(channels::all))
        .route("/channels", get(channels::all))
        .route("/channels/{sender}", get(channels::of))
        .route(
            "/channels/{sender}/{block}",
            get(channels::one).delete(close::close),
        )
}

/// An amount as a JSON number with all its digits.
fn number(amount: impl ToString) -> Value {
    serde_json::from_str(&amount.to_string()).unwrap_or(Value::Null)
}

fn store_fails(error: &StoreError) -> Response {
    error!(%error, "the channels can't be read");
    let reason = "The channels can't be read or changed for now";
    (StatusCode::SERVICE_UNAVAILABLE, Json(reason)).into_response()
}

fn key(sender: &str, block: &str) -> Option<ChannelKey> {
    Some(ChannelKey {
        sender: sender.parse().ok()?,
        open_block: block.parse().ok()?,
    })
}
