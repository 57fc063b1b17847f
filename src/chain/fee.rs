//! What a local key offers for gas.

use crate::protocol::amount::Uint256;
use crate::protocol::transaction::Fee;

use super::node::Node;
use super::rpc::{ChainError, Transport};

/// The tip where a node does not suggest one: 1 gwei.
const DEFAULT_PRIORITY_FEE: u64 = 1_000_000_000;

/// EIP-1559 where the newest block has a base fee (twice that plus the tip, so that it holds for
/// six full blocks in a row), else the node's gas price.
pub async fn suggest<T: Transport>(node: &Node<T>) -> Result<Fee, ChainError> {
    let Some(base_fee) = node.base_fee().await? else {
        return Ok(Fee::Legacy {
            gas_price: node.gas_price().await?,
        });
    };
    let max_priority_fee = node
        .priority_fee()
        .await
        .unwrap_or(Uint256::from(DEFAULT_PRIORITY_FEE));
    let max_fee = base_fee
        .saturating_mul(Uint256::new(2))
        .saturating_add(max_priority_fee);
    Ok(Fee::Eip1559 {
        max_fee,
        max_priority_fee,
    })
}

/// A fee that replaces an older one: a quarter more, as nodes ask for at least a tenth, and no less
/// than what is suggested now. It stops to rise at ten times the suggestion.
pub fn raise(old: &Fee, suggested: &Fee) -> Fee {
    let raise = |old: Uint256, now: Uint256| {
        let quarter_more = old.saturating_add(old >> 2).saturating_add(Uint256::ONE);
        let limit = now.saturating_mul(Uint256::new(10)).max(old);
        quarter_more.min(limit).max(now)
    };
    match (*old, *suggested) {
        (
            Fee::Eip1559 {
                max_fee,
                max_priority_fee,
            },
            Fee::Eip1559 {
                max_fee: max_now,
                max_priority_fee: tip_now,
            },
        ) => Fee::Eip1559 {
            max_fee: raise(max_fee, max_now),
            max_priority_fee: raise(max_priority_fee, tip_now),
        },
        (Fee::Legacy { gas_price }, Fee::Legacy { gas_price: now }) => Fee::Legacy {
            gas_price: raise(gas_price, now),
        },
        // The chain has changed its rules.
        (_, suggested) => suggested,
    }
}

/// The estimate and a quarter more: refunds come at the end and the state may change until then.
pub fn gas_limit(estimate: u64) -> u64 {
    estimate.saturating_add(estimate / 4)
}

/// The most that a transaction may cost, in wei.
pub fn worst_cost(fee: &Fee, gas_limit: u64, value: Uint256) -> Uint256 {
    let price = match fee {
        Fee::Legacy { gas_price } => *gas_price,
        Fee::Eip1559 { max_fee, .. } => *max_fee,
    };
    price
        .saturating_mul(Uint256::from(gas_limit))
        .saturating_add(value)
}
