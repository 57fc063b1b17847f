//! A payout as text: JSON with its numbers as text, so that none loses a digit.

use crate::json::{Value, json};
use crate::protocol::amount::Uint256;
use crate::protocol::transaction::Fee;
use crate::receiver::channel::{Payout, PayoutTransaction};

pub(super) fn write(payout: &Payout) -> String {
    let Some(attempt) = payout.attempt else {
        return json!({}).to_string();
    };
    let (max_fee, tip) = match attempt.fee {
        Fee::Legacy { gas_price } => (gas_price, None),
        Fee::Eip1559 {
            max_fee,
            max_priority_fee,
        } => (max_fee, Some(max_priority_fee.to_string())),
    };
    json!({
        "nonce": attempt.nonce.to_string(),
        "gas": attempt.gas_limit.to_string(),
        "block": attempt.block.to_string(),
        "fee": max_fee.to_string(),
        "tip": tip,
    })
    .to_string()
}

pub(super) fn read(text: &str) -> Option<Payout> {
    let value = Value::parse(text).ok()?;
    if value.as_object()?.is_empty() {
        return Some(Payout::default());
    }
    let number = |name: &str| value[name].as_str()?.parse::<u64>().ok();
    let wei = |name: &str| -> Option<Uint256> { value[name].as_str()?.parse().ok() };
    let fee = if value["tip"].is_null() {
        Fee::Legacy {
            gas_price: wei("fee")?,
        }
    } else {
        Fee::Eip1559 {
            max_fee: wei("fee")?,
            max_priority_fee: wei("tip")?,
        }
    };
    let attempt = Some(PayoutTransaction {
        nonce: number("nonce")?,
        gas_limit: number("gas")?,
        fee,
        block: number("block")?,
    });
    Some(Payout { attempt })
}
