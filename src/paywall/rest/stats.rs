//! Sums over all channels.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::chain::TokenContract;
use crate::paywall::server::App;
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Generation};
use crate::receiver::{Channel, Select, Status, StoreExt};

use super::{Answer, Failure, number};

const MANAGER_ABI_V01: &str = include_str!("../abi/manager-0.1.json");
const MANAGER_ABI_V02: &str = include_str!("../abi/manager-0.2.json");
const TOKEN_ABI: &str = include_str!("../abi/token.json");

pub(super) async fn stats(State(app): State<App>) -> Answer {
    let mut totals = Totals::default();
    let see = |channel: Channel| totals.add(&channel);
    app.receiver.store().for_each(Select::All, see).await?;
    let contract = app.receiver.contract();
    let token = TokenContract(contract.token);
    let liquid = token.balance(&app.node, app.receiver.address()).await;
    let liquid = liquid.map_err(|_| Failure::Chain)?;
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
    Ok(Json(json!(fields)))
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
