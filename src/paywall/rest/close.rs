//! The cooperative close.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tracing::info;

use crate::paywall::server::App;
use crate::protocol::{Amount, BalanceProof, Signature};
use crate::receiver::{Agreement, CloseError};

use super::{ApiError, ApiResult, access, key};

/// The cooperative close: `balance` as a JSON number or text of digits, as a form field or in the
/// query; in JSON also `balance_signature`, for the balance that was charged.
pub(super) async fn close(
    State(app): State<App>,
    Path((sender, block)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let charged = read_signature(&body)?;
    let balance = read_balance(&body).or_else(|| query.get("balance").cloned());
    let balance = balance.ok_or(ApiError::bad("Bad balance format"))?;
    let balance = app.answers.number(&balance);
    let balance = balance
        .parse::<Amount>()
        .map_err(|_| ApiError::parameter("balance", "a whole number of token units"))?;
    let key = key(&app, &sender, &block);
    let key = key.ok_or(ApiError::bad("Invalid sender address or block number"))?;
    access::close(&app, &headers, key, balance)?;
    let agreed = match charged {
        Some(signature) => {
            let proof = BalanceProof { balance, signature };
            app.receiver.sign_close_with(key, proof).await.map(tell)
        }
        None => {
            let agreed = app.receiver.sign_close(key, balance).await;
            agreed.map(|signature| json!({ "close_signature": signature.to_string() }))
        }
    };
    match agreed {
        Ok(told) => {
            info!(sender = %key.sender, block = key.open_block, %balance, "agreed to close");
            Ok(Json(told))
        }
        Err(CloseError::StoreUnavailable(error)) => Err(error.into()),
        Err(error) => Err(ApiError::bad(error.to_string())),
    }
}

/// The agreement, and the proof that it covers: the first one that was sent with this balance.
fn tell(Agreement { proof, signature }: Agreement) -> Value {
    json!({
        "close_signature": signature.to_string(),
        "balance_signature": proof.signature.to_string(),
    })
}

/// The sender's proof of what was charged, by the credit extension: its signature in the JSON of the body.
fn read_signature(body: &[u8]) -> Result<Option<Signature>, ApiError> {
    #[derive(serde::Deserialize)]
    struct Body {
        balance_signature: Option<String>,
    }
    let body = serde_json::from_slice::<Body>(body).ok();
    let Some(text) = body.and_then(|body| body.balance_signature) else {
        return Ok(None);
    };
    let read = text.parse().map(Some);
    read.map_err(|_| ApiError::parameter("balance_signature", "65 bytes in hex"))
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
