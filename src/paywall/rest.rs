//! The REST interface under `/api/1`: statistics, channels, the cooperative close.
//!
//! Numbers are JSON numbers as in the original, written with all their digits: a reader that takes
//! them for floating point loses the last ones above 2^53.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tracing::error;

use crate::chain::TokenContract;
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Amount, Generation};
use crate::receiver::{Channel, ChannelKey, CloseError, Select, Status, StoreError, StoreExt};

use super::server::App;

const MANAGER_ABI_V01: &str = include_str!("abi/manager-0.1.json");
const MANAGER_ABI_V02: &str = include_str!("abi/manager-0.2.json");
const TOKEN_ABI: &str = include_str!("abi/token.json");

/// An amount as a JSON number with all its digits.
fn number(amount: impl ToString) -> Value {
    serde_json::from_str(&amount.to_string()).unwrap_or(Value::Null)
}

fn store_fails(error: &StoreError) -> Response {
    error!(%error, "the channels can't be read");
    let reason = "The channels can't be read or changed for now";
    (StatusCode::SERVICE_UNAVAILABLE, Json(reason)).into_response()
}

/// Sums over the confirmed channels.
#[derive(Default)]
struct Totals {
    balance: Uint256,
    deposit: Uint256,
    open: usize,
    pending: usize,
    senders: BTreeSet<Address>,
}

impl Totals {
    fn add(&mut self, channel: &Channel) {
        match channel.status {
            Status::Unconfirmed => return,
            Status::Open => self.open += 1,
            Status::Agreed | Status::Closing { .. } => self.pending += 1,
        }
        self.balance = self.balance.saturating_add(channel.balance().into());
        self.deposit = self.deposit.saturating_add(channel.deposit.into());
        self.senders.insert(channel.id.sender);
    }
}

pub(super) async fn stats(State(app): State<App>) -> Response {
    let mut totals = Totals::default();
    let scan = app
        .receiver
        .store()
        .for_each(Select::All, |c| totals.add(&c));
    if let Err(error) = scan.await {
        return store_fails(&error);
    }
    let contract = app.receiver.contract();
    let token = TokenContract(contract.token);
    let Ok(liquid) = token.balance(&app.node, app.receiver.address()).await else {
        return (
            StatusCode::BAD_GATEWAY,
            Json("Ethereum node is not responding"),
        )
            .into_response();
    };
    let manager_abi = match contract.manager.generation {
        Generation::V01 => MANAGER_ABI_V01,
        Generation::V02 => MANAGER_ABI_V02,
    };
    let abi = |text| serde_json::from_str::<&RawValue>(text).ok();
    let fields: BTreeMap<&str, Value> = BTreeMap::from([
        ("balance_sum", number(totals.balance)),
        ("deposit_sum", number(totals.deposit)),
        ("open_channels", json!(totals.open)),
        ("pending_channels", json!(totals.pending)),
        ("unique_senders", json!(totals.senders.len())),
        ("liquid_balance", number(liquid)),
        ("token_address", json!(contract.token.to_string())),
        (
            "contract_address",
            json!(contract.manager.address.to_string()),
        ),
        (
            "receiver_address",
            json!(app.receiver.address().to_string()),
        ),
        ("manager_abi", json!(abi(manager_abi))),
        ("token_abi", json!(abi(TOKEN_ABI))),
        ("sync_block", json!(app.start_block)),
    ]);
    Json(fields).into_response()
}

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

pub(super) async fn channels(State(app): State<App>, Query(filter): Query<Filter>) -> Response {
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

pub(super) async fn channels_of(
    State(app): State<App>,
    Path(sender): Path<String>,
    Query(filter): Query<Filter>,
) -> Response {
    // As in the original, a text that is no address lists all senders.
    let Ok(sender) = sender.parse::<Address>() else {
        return channels(State(app), Query(filter)).await;
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

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0.0, |age| age.as_secs_f64())
}

fn key(sender: &str, block: &str) -> Option<ChannelKey> {
    Some(ChannelKey {
        sender: sender.parse().ok()?,
        open_block: block.parse().ok()?,
    })
}

/// The record of a channel. The last signature is left out: whoever holds it could close the
/// channel, and this answer is public.
pub(super) async fn channel(
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
