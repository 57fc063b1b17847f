//! The cooperative close.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde_json::json;
use serde_json::value::RawValue;
use tracing::info;

use crate::paywall::server::App;
use crate::protocol::Amount;
use crate::receiver::CloseError;

use super::{ApiError, ApiResult, access, key};

/// The cooperative close: `balance` as a JSON number or text of digits, as a form field or in the
/// query.
pub(super) async fn close(
    State(app): State<App>,
    Path((sender, block)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let balance = read_balance(&body).or_else(|| query.get("balance").cloned());
    let balance = balance.ok_or(ApiError::bad("Bad balance format"))?;
    let balance = app.answers.number(&balance);
    let balance = balance
        .parse::<Amount>()
        .map_err(|_| ApiError::parameter("balance", "a whole number of token units"))?;
    let key = key(&app, &sender, &block);
    let key = key.ok_or(ApiError::bad("Invalid sender address or block number"))?;
    access::close(&app, &headers, key, balance)?;
    match app.receiver.sign_close(key, balance).await {
        Ok(signature) => {
            info!(sender = %key.sender, block = key.open_block, %balance, "agreed to close");
            Ok(Json(json!({ "close_signature": signature.to_string() })))
        }
        Err(CloseError::StoreUnavailable(error)) => Err(error.into()),
        Err(error) => Err(ApiError::bad(error.to_string())),
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
