//! The REST interface under `/api/1`: statistics, channels, the cooperative close.
//!
//! | request | answer | who may ask | with [`Access::original`] |
//! |---|---|---|---|
//! | `GET /stats` | sums, addresses, ABIs | anybody | anybody |
//! | `GET /channels/?status=` | all senders and their open blocks | the administrator | anybody |
//! | `GET /channels/<sender>?status=` | the sender's channels | the sender or the administrator | anybody |
//! | `GET /channels/<sender>/<block>` | one channel's record | the sender or the administrator | anybody |
//! | `DELETE /channels/<sender>/<block>` | the closing signature for `balance` | the sender | anybody who knows the balance |
//! | `GET /admin` | the chain as last seen | the administrator | the administrator |
//! | `GET /admin/channels?limit=&sender=&block=` | records of all channels, up to 500 after one | the administrator | the administrator |
//! | `DELETE /admin/channels/<sender>/<block>` | closing begins on the chain | the administrator | the administrator |
//!
//! A sender authenticates by `RDN-Request-Signature`: to close, over a
//! [`CloseRequest`](crate::protocol::CloseRequest) with the same balance; to read, over a
//! [`ReadRequest`](crate::protocol::ReadRequest) whose `expires` stands in `RDN-Request-Expires`, at most
//! ten minutes away. A signature that is given must be valid even where none is needed. With one, the
//! record of a channel contains the sender's `last_signature`; for others it is null, because its holder
//! could close the channel.
//!
//! The administrator presents an [`AdminSecret`] as `Authorization: Bearer …`. Unauthorized callers are
//! answered 401; if the store fails, the answer is 503.
//!
//! The sums of `/stats` are cached, so that computing them takes at most a tenth of the time.
//!
//! Amounts are JSON numbers as in the original, with all their digits: readers that use floating point lose
//! digits above 2^53.

mod access;
mod admin;
mod body;
mod channels;
mod close;
mod stats;

pub use access::{Access, AdminSecret, WeakSecret};
pub(super) use stats::StatsCache;

use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::{error, info};

use crate::receiver::{ChannelKey, StoreError};

use super::response::RETRY_SECONDS;
use super::server::App;

pub(super) fn routes(app: &App) -> Router<App> {
    let uncached = HeaderValue::from_static("no-store");
    Router::new()
        .route("/stats", get(stats::stats))
        .route("/channels/", get(channels::all))
        .route("/channels", get(channels::all))
        .route("/channels/{sender}", get(channels::of))
        .route(
            "/channels/{sender}/{block}",
            get(channels::one).delete(close::close),
        )
        .route("/admin", get(admin::status))
        .route("/admin/channels", get(admin::channels))
        .route("/admin/channels/{sender}/{block}", delete(admin::close))
        .fallback(async || (StatusCode::NOT_FOUND, Json("There is nothing here")))
        .layer(from_fn_with_state(app.clone(), body::read_whole))
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, uncached))
}

/// What a call answers.
type ApiResult = Result<Json<Value>, ApiError>;

/// Why a call has no answer.
#[derive(Debug)]
enum ApiError {
    /// The caller is not authorized.
    Denied(&'static str),
    /// Something in the request is wrong.
    Bad(Value),
    /// There is no such channel.
    NotFound,
    /// The node does not answer.
    Chain,
    /// The store does not answer.
    Store(StoreError),
}

impl ApiError {
    fn bad(reason: impl Into<Value>) -> Self {
        Self::Bad(reason.into())
    }

    /// A malformed parameter, in the original's words.
    fn parameter(name: &str, expected: &str) -> Self {
        Self::Bad(json!({ "message": { name: expected } }))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, reason) = match self {
            Self::Denied(reason) => {
                info!(reason, "request denied");
                let ways = [(WWW_AUTHENTICATE, "RDN-Request-Signature, Bearer")];
                return (StatusCode::UNAUTHORIZED, ways, Json(reason)).into_response();
            }
            Self::Bad(reason) => (StatusCode::BAD_REQUEST, reason),
            Self::NotFound => (StatusCode::NOT_FOUND, json!("Sender address not found")),
            Self::Chain => (
                StatusCode::BAD_GATEWAY,
                json!("Ethereum node is not responding"),
            ),
            Self::Store(error) => {
                error!(%error, "the channels can't be read or changed");
                let reason = json!("The channels can't be read or changed for now");
                let wait = [(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS))];
                return (StatusCode::SERVICE_UNAVAILABLE, wait, Json(reason)).into_response();
            }
        };
        (status, Json(reason)).into_response()
    }
}

/// An amount as a JSON number with all its digits.
fn number(amount: impl ToString) -> Value {
    serde_json::from_str(&amount.to_string()).unwrap_or(Value::Null)
}

fn key(app: &App, sender: &str, block: &str) -> Option<ChannelKey> {
    Some(ChannelKey {
        sender: app.answers.address(sender)?,
        open_block: block.parse().ok()?,
    })
}
