//! Sending one transaction: preparing it, and handing it in. Whoever sends one writes it down in between.

use crate::protocol::abi::{CallData, Words};
use crate::protocol::amount::Uint256;
use crate::protocol::transaction::{Fee, SignedTransaction, Transaction};
use crate::protocol::{Address, PrivateKey};

use super::fee::{self, Offer};
use super::node::Node;
use super::node_error::Meaning;
use super::rpc::{ChainError, Transport, TransportError};

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft<'a> {
    /// The chain it is valid on.
    pub chain_id: u64,
    /// Who sends it and pays for its gas.
    pub from: Address,
    /// The contract or account called.
    pub to: Address,
    /// Wei sent along.
    pub value: Uint256,
    /// Call data.
    pub data: &'a [u8],
}

/// What is paid for a transaction's gas at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gas {
    /// The most gas it may use.
    pub limit: u64,
    /// The price of gas.
    pub fee: Fee,
}

impl Gas {
    /// What a transaction may cost that sends so much along, in wei.
    pub fn cost(&self, value: Uint256) -> Uint256 {
        fee::worst_cost(&self.fee, self.limit, value)
    }
}

/// Why a transaction is not made. Nothing was handed in.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The account can't pay for the gas.
    #[error("the account has {balance} wei of ether, too little to pay for gas")]
    InsufficientEther {
        /// What is left of its ether, in wei.
        balance: Uint256,
        /// What the transaction may cost, in wei, where it is known.
        required: Option<Uint256>,
    },
    /// What would be offered within the limits is not mined.
    #[error("the node asks for a higher fee than `maxFeePerGas` allows")]
    FeeAboveLimit {
        /// For a unit of gas, or for all of the transaction, in wei.
        asked: Uint256,
        /// The same.
        limit: Uint256,
    },
    /// The contract would refuse it.
    #[error("the contract would refuse the transaction")]
    Reverts,
    /// The node gives no answer, or not the one that is needed.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// What became of handing in.
#[derive(Clone, Debug, PartialEq)]
pub enum HandedIn {
    /// The node has it, now or since earlier.
    Taken,
    /// The node does not take it, and said so. Another one, or this one a moment later, may have it all the
    /// same.
    Refused(ChainError),
    /// Nobody knows whether it got there.
    Unknown(ChainError),
}

/// How much gas the node expects a transaction to use. `ether` is what its sender has.
pub async fn estimate<T: Transport>(
    node: &Node<T>,
    draft: &Draft<'_>,
    ether: Uint256,
) -> Result<u64, SubmitError> {
    let estimate = node.estimate_gas(draft.from, draft.to, draft.value, draft.data);
    match estimate.await {
        Ok(estimate) => Ok(estimate),
        Err(error) if error.is_revert() => Err(SubmitError::Reverts),
        Err(error) if error.meaning() == Some(Meaning::InsufficientEther) => {
            Err(SubmitError::InsufficientEther {
                balance: ether,
                required: None,
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// Gas limit and fee of a transaction that its sender can pay for. What is offered is within the limits,
/// and need not be [enough](check_offer).
pub async fn price<T: Transport>(
    node: &Node<T>,
    draft: &Draft<'_>,
    limits: &fee::FeeLimits,
) -> Result<(Gas, Offer), SubmitError> {
    let balance = node.ether_balance(draft.from).await?;
    let short = |required| SubmitError::InsufficientEther { balance, required };
    // An account without any ether can't pay for gas whatever the price.
    if balance <= draft.value {
        return Err(short(None));
    }
    let estimate = estimate(node, draft, balance).await?;
    let offer = fee::suggest(node, limits).await?;
    let gas = Gas {
        limit: fee::gas_limit(estimate, offer.block_gas),
        fee: offer.fee,
    };
    let data_fee = l1_data_fee(node, draft.data.len()).await;
    let cost = gas.cost(draft.value).saturating_add(data_fee);
    if balance < cost {
        return Err(short(Some(cost)));
    }
    Ok((gas, offer))
}

/// Fails where the node wants more than the limits allow: what is offered within them would not be mined,
/// and hold up whatever comes after it.
pub fn check_offer(gas: &Gas, offer: &Offer, limits: &fee::FeeLimits) -> Result<(), SubmitError> {
    if !offer.enough {
        let (asked, limit) = (offer.asked, offer.limit);
        return Err(SubmitError::FeeAboveLimit { asked, limit });
    }
    check_cost(gas, limits)
}

/// Fails where the transaction may cost more than is offered for one.
pub fn check_cost(gas: &Gas, limits: &fee::FeeLimits) -> Result<(), SubmitError> {
    let (asked, limit) = (gas.cost(Uint256::ZERO), limits.per_transaction());
    if asked > limit {
        return Err(SubmitError::FeeAboveLimit { asked, limit });
    }
    Ok(())
}

/// Signs a transaction with a local key. The same nonce and gas give the same bytes.
pub fn sign(key: &PrivateKey, draft: &Draft<'_>, nonce: u64, gas: &Gas) -> SignedTransaction {
    transaction(draft, nonce, gas).sign(key)
}

/// A transaction that is to be signed.
pub fn transaction(draft: &Draft<'_>, nonce: u64, gas: &Gas) -> Transaction {
    Transaction {
        chain_id: draft.chain_id,
        nonce,
        to: Some(draft.to),
        value: draft.value,
        gas_limit: gas.limit,
        data: draft.data.to_vec(),
        fee: gas.fee,
    }
}

/// Hands in the bytes of a signed transaction.
pub async fn hand_in<T: Transport>(node: &Node<T>, raw: &[u8]) -> HandedIn {
    match node.send_raw(raw).await {
        Ok(_) => HandedIn::Taken,
        Err(error) => match error.meaning() {
            Some(Meaning::Known) => HandedIn::Taken,
            // An HTTP status is not the node's word on the transaction.
            Some(meaning) if !meaning.is_passing() && is_answer(&error) => HandedIn::Refused(error),
            _ => HandedIn::Unknown(error),
        },
    }
}

/// The most that so many transactions cost which take so much gas together, in wei.
pub async fn cost_of<T: Transport>(
    node: &Node<T>,
    transactions: u32,
    gas: u64,
    fee: &Fee,
) -> Uint256 {
    let data_fee = l1_data_fee(node, MOST_CALL_DATA).await;
    let data_fees = data_fee.saturating_mul(Uint256::from(u64::from(transactions)));
    fee::worst_cost(fee, fee::gas_limit(gas, None), data_fees)
}

/// More call data than any call of a channel manager has, in bytes.
const MOST_CALL_DATA: usize = 400;

/// Gas of a plain transfer of ether, at least: chains above another one may add what their data costs there.
const TRANSFER_GAS: u64 = 21_000;

/// How much ether an account can send away to another one, after what that costs at this fee; in wei.
pub async fn left_after_transfer<T: Transport>(
    node: &Node<T>,
    (from, to): (Address, Address),
    ether: Uint256,
    fee: &Fee,
) -> Result<Uint256, ChainError> {
    if ether == Uint256::ZERO {
        return Ok(ether);
    }
    let gas = match node.estimate_gas(from, to, Uint256::ONE, &[]).await {
        Ok(gas) => gas.max(TRANSFER_GAS),
        // Of too little ether nothing is left anyway.
        Err(error) if error.meaning() == Some(Meaning::InsufficientEther) => TRANSFER_GAS,
        Err(error) => return Err(error),
    };
    // With a margin, as every transaction here.
    let cost = fee::worst_cost(fee, fee::gas_limit(gas, None), Uint256::ZERO);
    let cost = cost.saturating_add(l1_data_fee(node, 0).await);
    // The fee may rise by an eighth until the next block.
    let cost = cost.saturating_add(cost.unbounded_shr(3));
    Ok(ether.saturating_sub(cost))
}

/// The oracle of chains built with the OP stack, which charge for a transaction's data on the chain below, in
/// addition to gas. Source: the stack's list of predeploys.
const GAS_PRICE_ORACLE: Address = {
    let mut address = [0; 20];
    (address[0], address[19]) = (0x42, 0x0f);
    Address(address)
};

/// Bytes of a signed transaction besides its call data.
const ENVELOPE: usize = 130;

/// What the data of a transaction with so much call data costs on the chain below, in wei, with a quarter more,
/// as that fee rises and falls; zero on other chains.
async fn l1_data_fee<T: Transport>(node: &Node<T>, call_data: usize) -> Uint256 {
    // Bytes other than zero cost most.
    let data = vec![0xff; ENVELOPE + call_data];
    let call = CallData::new("getL1Fee(bytes)").bytes(&data).encode();
    let answer = node.call(GAS_PRICE_ORACLE, &call).await.unwrap_or_default();
    let fee = Words::new(&answer).uint256().unwrap_or(Uint256::ZERO);
    // Where something else lives there, its answer is no fee: an ether for a transaction is none.
    if fee > Uint256::new(1_000_000_000_000_000_000) {
        return Uint256::ZERO;
    }
    fee.saturating_add(fee.unbounded_shr(2))
}

fn is_answer(error: &ChainError) -> bool {
    matches!(
        error,
        ChainError::Transport {
            source: TransportError::Answer { .. },
            ..
        }
    )
}
