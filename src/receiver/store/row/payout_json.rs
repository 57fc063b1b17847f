//! Payouts and withdrawals as text: JSON with its numbers as text, so that none loses a digit.

use crate::json::Value;
use crate::protocol::BalanceProof;
use crate::protocol::amount::Uint256;
use crate::protocol::transaction::Fee;
use crate::receiver::channel::{Payout, PayoutTransaction, Withdrawal};

pub(super) fn write(payout: &Payout) -> String {
    Value::Object(write_attempt(payout.attempt.as_ref())).to_string()
}

pub(super) fn read(text: &str) -> Option<Payout> {
    let attempt = read_attempt(&Value::parse(text).ok()?)?;
    Some(Payout { attempt })
}

pub(super) fn write_withdrawal(withdrawal: &Withdrawal) -> String {
    let mut members = write_attempt(withdrawal.attempt.as_ref());
    let BalanceProof { balance, signature } = withdrawal.proof;
    members.push(text("balance", balance));
    members.push(text("signature", signature));
    Value::Object(members).to_string()
}

pub(super) fn read_withdrawal(text: &str) -> Option<Withdrawal> {
    let value = Value::parse(text).ok()?;
    Some(Withdrawal {
        proof: BalanceProof {
            balance: value["balance"].as_str()?.parse().ok()?,
            signature: value["signature"].as_str()?.parse().ok()?,
        },
        attempt: read_attempt(&value)?,
    })
}

fn text(name: &str, value: impl ToString) -> (String, Value) {
    (name.to_owned(), value.to_string().into())
}

fn write_attempt(attempt: Option<&PayoutTransaction>) -> Vec<(String, Value)> {
    let Some(attempt) = attempt else {
        return Vec::new();
    };
    let (max_fee, tip) = match attempt.fee {
        Fee::Legacy { gas_price } => (gas_price, None),
        Fee::Eip1559 {
            max_fee,
            max_priority_fee,
        } => (max_fee, Some(max_priority_fee.to_string())),
    };
    vec![
        text("nonce", attempt.nonce),
        text("gas", attempt.gas_limit),
        text("block", attempt.block),
        text("fee", max_fee),
        ("tip".to_owned(), tip.into()),
    ]
}

/// `Some(None)`: none was made yet.
fn read_attempt(value: &Value) -> Option<Option<PayoutTransaction>> {
    let members = ["nonce", "gas", "block", "fee", "tip"];
    value.as_object()?;
    if members.iter().all(|name| value.get(name).is_none()) {
        return Some(None);
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
    Some(Some(PayoutTransaction {
        nonce: number("nonce")?,
        gas_limit: number("gas")?,
        fee,
        block: number("block")?,
    }))
}
