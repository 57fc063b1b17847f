//! What a local key offers for gas: what the node suggests, within [`FeeLimits`].
//!
//! The key pays what it offered, whatever it was told. So the limits are of the operator or the
//! caller, and no answer of a node raises them: neither a unit of gas costs more, nor a transaction,
//! however much gas the node says that it takes.

use crate::protocol::amount::Uint256;
use crate::protocol::transaction::Fee;

use super::node::Node;
use super::rpc::{ChainError, Transport};

/// The tip where a node does not suggest one: 1 gwei.
const DEFAULT_PRIORITY_FEE: u64 = 1_000_000_000;

/// A price that needs no look at what others paid: 10 gwei, for which a transaction of 100,000 gas
/// costs a thousandth of an ether.
const CHEAP: u64 = 10_000_000_000;

/// How many blocks are looked at for what others paid.
const BLOCKS: u64 = 20;

/// A transaction that costs more than so much gas at the highest price is not made. Twice what the
/// costliest call takes, a cooperative close to two accounts without tokens, with a quarter more.
/// Source: measured in `tests/contracts/gas.test.mjs`.
const MOST_GAS: u64 = 260_000;

/// The most that is offered, whatever a node says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeLimits {
    /// For a unit of gas, in wei.
    pub per_gas: Uint256,
    /// And this many times the median of what was paid in the last 20 blocks, where the node tells
    /// and more than 10 gwei are asked for.
    pub times_median: u32,
}

impl Default for FeeLimits {
    /// 500 gwei, for which a dispute costs some 0.04 ether, and ten times the median: a base fee that
    /// rises with each of twenty blocks as fast as it can stays below that.
    fn default() -> Self {
        Self {
            per_gas: Uint256::new(500_000_000_000),
            times_median: 10,
        }
    }
}

impl FeeLimits {
    /// The most that one transaction may cost, without what it sends, in wei.
    pub fn per_transaction(&self) -> Uint256 {
        self.per_gas.saturating_mul(Uint256::from(MOST_GAS))
    }
}

/// What is offered now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The fee, within the limits.
    pub fee: Fee,
    /// What the node asks for a unit of gas, in wei.
    pub asked: Uint256,
    /// The most that may be offered for it now, in wei.
    pub limit: Uint256,
    /// Whether the node's word is that this is enough for the next block.
    pub enough: bool,
    /// The most gas that a block takes, if the node says it.
    pub block_gas: Option<u64>,
}

impl Offer {
    /// Whether the node asks for more than is offered.
    pub fn is_capped(&self) -> bool {
        self.asked > self.limit
    }
}

/// EIP-1559 where the newest block has a base fee (twice that plus the tip, so that it holds for
/// six full blocks in a row), else the node's gas price; but no more than the limits.
pub async fn suggest<T: Transport>(
    node: &Node<T>,
    limits: &FeeLimits,
) -> Result<Offer, ChainError> {
    let market = node.gas_market().await?;
    let block_gas = market.limit;
    let Some(base_fee) = market.base_fee else {
        let asked = node.gas_price().await?;
        let limit = limit(node, limits, asked).await;
        return Ok(Offer {
            fee: Fee::Legacy {
                gas_price: asked.min(limit),
            },
            asked,
            limit,
            enough: asked <= limit,
            block_gas,
        });
    };
    let tip = node
        .priority_fee()
        .await
        .unwrap_or(Uint256::from(DEFAULT_PRIORITY_FEE));
    let asked = base_fee.saturating_mul(Uint256::new(2)).saturating_add(tip);
    let limit = limit(node, limits, asked).await;
    let max_fee = asked.min(limit);
    Ok(Offer {
        fee: Fee::Eip1559 {
            max_fee,
            max_priority_fee: tip.min(max_fee),
        },
        asked,
        limit,
        enough: base_fee <= limit,
        block_gas,
    })
}

/// The most for a unit of gas, now that this much is asked for.
async fn limit<T: Transport>(node: &Node<T>, limits: &FeeLimits, asked: Uint256) -> Uint256 {
    let cheap = Uint256::from(CHEAP);
    if asked <= cheap {
        return limits.per_gas;
    }
    // Not all nodes know the method.
    let mut paid = node.paid_per_gas(BLOCKS).await.unwrap_or_default();
    paid.sort_unstable();
    let Some(median) = paid.get(paid.len() / 2) else {
        return limits.per_gas;
    };
    let usual = median.saturating_mul(Uint256::from(limits.times_median));
    usual.max(cheap).min(limits.per_gas)
}

/// A fee that replaces an older one: a quarter more, as nodes ask for at least a tenth, and no less
/// than what is suggested now. It stops to rise at ten times the suggestion, and at the limits.
pub fn raise(old: &Fee, suggested: &Fee, limits: &FeeLimits) -> Fee {
    let raise = |old: Uint256, now: Uint256| {
        let quarter_more = old
            .saturating_add(old.unbounded_shr(2))
            .saturating_add(Uint256::ONE);
        let most = now.saturating_mul(Uint256::new(10)).min(limits.per_gas);
        quarter_more.min(most.max(old)).max(now)
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
        ) => {
            let max_fee = raise(max_fee, max_now);
            Fee::Eip1559 {
                max_fee,
                max_priority_fee: raise(max_priority_fee, tip_now).min(max_fee),
            }
        }
        (Fee::Legacy { gas_price }, Fee::Legacy { gas_price: now }) => Fee::Legacy {
            gas_price: raise(gas_price, now),
        },
        // The chain has changed its rules.
        (_, suggested) => suggested,
    }
}

/// The most gas of one transaction (EIP-7825).
const TRANSACTION_GAS: u64 = 1 << 24;

/// The estimate and a quarter more: refunds come at the end and the state may change until then. The margin
/// does not make it more than a transaction may have, or than a block takes, where the node says that.
pub fn gas_limit(estimate: u64, block_gas: Option<u64>) -> u64 {
    let most = block_gas.unwrap_or(u64::MAX).min(TRANSACTION_GAS);
    // Where the estimate itself is more, the chain has another limit.
    estimate
        .saturating_add(estimate / 4)
        .min(most.max(estimate))
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
