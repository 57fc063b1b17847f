//! The cooperative close.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use serde_json::value::RawValue;

use crate::paywall::server::App;
use crate::protocol::Amount;
use crate::receiver::CloseError;

use super::{key, store_fails};

/// The cooperative close: `balance` as a JSON number or text of digits, as a form field or in the
/// query.
pub(super) async fn close(
    State(app): State<App>,
    Path((sender, block)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    body: Bytes,
) -> Response {
    let refuse = |reason: String| (StatusCode::BAD_REQUEST, Json(reason)).into_response();
    let Some(balance) = read_balance(&body).or_else(|| query.get("balance").cloned()) else {
        return refuse("Bad balance format".to_owned());
    };
    let Ok(balance) = balance.parse::<Amount>() else {
        let message = json!({ "message": { "balance": "a whole number of token units" } });
        return (StatusCode::BAD_REQUEST, Json(message)).into_response();
    };
    let Some(key) = key(&sender, &block) else {
        return refuse("Invalid sender address or block number".to_owned());
    };
    match app.receiver.sign_close(key, balance).await {
        Ok(signature) => Json(json!({ "close_signature": signature.to_string() })).into_response(),
        Err(CloseError::StoreUnavailable(error)) => store_fails(&error),
        Err(error) => refuse(error.to_string()),
    }
}

fn read_balance(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Body<'a> {
        // As text, so that no digit of a number is lost.
        #[serde(borrow)]
        balance: &'a RawValue,
    }
    if let Ok(body) = serde_json::from_slice::<Body<'_>>(body) {
        return Some(body.balance.get().trim_matches('"').to_owned());
    }
    let text = core::str::from_utf8(body).ok()?;
    let field = text
        .split('&')
        .find_map(|pair| pair.strip_prefix("balance="));
    field.map(str::to_owned)
}
