//! Sums over all channels.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::chain::TokenContract;
use crate::paywall::server::App;
use crate::protocol::Generation;
use crate::protocol::amount::Uint256;
use crate::receiver::Totals;

use super::{ApiError, ApiResult, number};

const MANAGER_ABI_V01: &str = include_str!("../abi/manager-0.1.json");
const MANAGER_ABI_V02: &str = include_str!("../abi/manager-0.2.json");
const TOKEN_ABI: &str = include_str!("../abi/token.json");

/// Sums are cached for this many times as long as they took to compute, so that computing them takes at
/// most a tenth of the time.
const CACHE_FACTOR: u32 = 10;

/// The newest sums. One caller at a time computes them.
#[derive(Debug, Default)]
pub(in crate::paywall) struct StatsCache(Mutex<Option<(Stats, Instant)>>);

#[derive(Clone, Copy, Debug)]
struct Stats {
    totals: Totals,
    /// The receiver's own tokens.
    liquid: Uint256,
}

impl StatsCache {
    async fn of(&self, app: &App) -> Result<Stats, ApiError> {
        let mut newest = self.0.lock().await;
        let began = Instant::now();
        if let Some((numbers, until)) = *newest
            && began < until
        {
            return Ok(numbers);
        }
        let totals = app.receiver.store().totals().await?;
        let token = TokenContract(app.receiver.contract().token);
        let liquid = token.balance(&app.node, app.receiver.address()).await;
        let liquid = liquid.map_err(|_| ApiError::Chain)?;
        let numbers = Stats { totals, liquid };
        let now = Instant::now();
        *newest = Some((numbers, now + (now - began) * CACHE_FACTOR));
        Ok(numbers)
    }
}

pub(super) async fn stats(State(app): State<App>) -> ApiResult {
    let Stats { totals, liquid } = app.stats.of(&app).await?;
    let contract = app.receiver.contract();
    let manager_abi = match contract.manager.generation {
        Generation::V01 => MANAGER_ABI_V01,
        Generation::V02 => MANAGER_ABI_V02,
    };
    let abi = |text| serde_json::from_str::<&RawValue>(text).ok();
    let fields: BTreeMap<&str, Value> = BTreeMap::from([
        ("balance_sum", number(totals.balance)),
        ("deposit_sum", number(totals.deposit)),
        ("open_channels", json!(totals.open)),
        ("pending_channels", json!(totals.closing)),
        ("unique_senders", json!(totals.senders)),
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
    Ok(Json(json!(fields)))
}
