//! Closes channels on the chain with their proofs: the answer to a close request below the accepted
//! balance.
//!
//! Generation 0.2 takes `cooperativeClose` with the receiver's own closing signature, 0.1
//! `uncooperativeClose` by the receiver; both settle at once. What is sent is written down before,
//! so that another process goes on with it: handed in again while it waits, replaced by one with a
//! higher fee (up to what the [terms](super::Terms) allow) after some blocks, given up for a new one if its nonce was used in vain, moved to a
//! lower nonce if an earlier transaction of the account has vanished. The channel's settlement, seen
//! by the watcher, ends it.

use std::sync::Arc;

use tracing::{error, info, warn};

use crate::chain::contract::ContractError;
use crate::chain::{ChainError, Node, Transport, TransportError, fee};
use crate::protocol::amount::Uint256;
use crate::protocol::transaction::{Fee, SignedTransaction, Transaction};
use crate::protocol::{Amount, BalanceProof};

use super::channel::{Attempt, Channel, Payout};
use super::store::{ChannelKey, Select, StoreError, StoreExt};
use super::{Receiver, unblocked};

/// A transaction that was not mined in so many blocks is replaced by one with a higher fee.
const PATIENCE: u64 = 3;

/// Why a payout did not get on. It is tried again at the next look.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Contract(#[from] ContractError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the account has {has} wei, and the transaction may cost {needs}")]
    Ether { has: Uint256, needs: Uint256 },
    #[error("the transaction may cost {needs} wei, and no more than {most} are offered for one")]
    Cost { needs: Uint256, most: Uint256 },
    #[error("the contract holds {deposit}, less than the balance {balance}")]
    Deposit { deposit: Amount, balance: Amount },
}

/// Gets every payout on by one step.
pub(super) async fn work<T: Transport>(node: &Node<T>, receiver: &Receiver) {
    let mut due = match receiver.store().all(Select::Payouts).await {
        Ok(due) => due,
        Err(error) => {
            warn!(%error, "the channels to be closed can't be read for now");
            return;
        }
    };
    receiver.lock_disputes().waiting = due.len() as u64;
    // One after the other, as each takes the account's next nonce; those that have one first, so
    // that the node knows all that were made.
    due.sort_by_key(|channel| {
        let attempt = channel.payout.and_then(|payout| payout.attempt);
        attempt.map_or(u64::MAX, |attempt| attempt.nonce)
    });
    for channel in due {
        if let Err(error) = attend(node, receiver, &channel).await {
            receiver.lock_disputes().failures += 1;
            error!(
                %error, sender = %channel.id.sender, block = channel.id.open_block,
                "a channel could not be closed yet"
            );
        }
    }
}

async fn attend<T: Transport>(
    node: &Node<T>,
    receiver: &Receiver,
    channel: &Channel,
) -> Result<(), Trouble> {
    let Some(payout) = channel.payout.filter(|_| channel.proof.is_some()) else {
        return Ok(());
    };
    let Some(info) = receiver.contract().info(node, &channel.id).await? else {
        // Settled, but without enough confirmations for the watcher to say so.
        return Ok(());
    };
    // A top up may have vanished that the newest proof needs.
    let Some(proof) = channel.within(info.deposit) else {
        let (deposit, balance) = (info.deposit, channel.balance());
        return Err(Trouble::Deposit { deposit, balance });
    };
    let call = call(receiver, channel, proof).await?;
    let newest = node.block_number().await?;
    let fees = receiver.terms().fees;
    let account = receiver.address();
    let waiting = match payout.attempt {
        Some(attempt) if node.mined_nonce(account).await? <= attempt.nonce => Some(attempt),
        // Mined and reverted, or replaced by another transaction of the account.
        Some(_) | None => None,
    };
    let attempt = match waiting {
        Some(attempt) if newest.saturating_sub(attempt.block) < PATIENCE => attempt,
        Some(attempt) => {
            // An earlier transaction that will never be mined must not hold it up.
            let nonce = attempt.nonce.min(node.next_nonce(account).await?);
            let raised = Attempt {
                nonce,
                fee: fee::raise(&attempt.fee, &offer(node, receiver).await?, &fees),
                block: newest,
                ..attempt
            };
            match affordable(node, receiver, &raised).await {
                Ok(()) => raised,
                Err(error) => {
                    warn!(
                        %error, sender = %channel.id.sender, block = channel.id.open_block,
                        "the fee can't be raised"
                    );
                    Attempt { nonce, ..attempt }
                }
            }
        }
        None => {
            let to = receiver.contract().manager.address;
            let gas = node.estimate_gas(account, to, Uint256::ZERO, &call).await?;
            let attempt = Attempt {
                nonce: node.next_nonce(account).await?,
                gas_limit: fee::gas_limit(gas),
                fee: offer(node, receiver).await?,
                block: newest,
            };
            affordable(node, receiver, &attempt).await?;
            attempt
        }
    };
    if Some(attempt) != payout.attempt {
        if !claim(receiver, channel, payout, attempt, proof.balance).await? {
            return Ok(());
        }
        receiver.lock_disputes().transactions += 1;
    }
    hand_in(node, receiver, channel, attempt, call).await
}

/// The call that pays out.
async fn call(
    receiver: &Receiver,
    channel: &Channel,
    proof: BalanceProof,
) -> Result<Vec<u8>, StoreError> {
    let (manager, id) = (receiver.contract().manager, channel.id);
    let key = Arc::clone(&receiver.key);
    unblocked(move || {
        let closing = key.sign_hash(&manager.closing_hash(&id, &proof));
        manager.receiver_close_call(&id, &proof, &closing)
    })
    .await
}

/// What is offered for gas now.
pub(super) async fn offer<T: Transport>(
    node: &Node<T>,
    receiver: &Receiver,
) -> Result<Fee, ChainError> {
    let offer = fee::suggest(node, &receiver.terms().fees).await?;
    if offer.is_capped() {
        warn!(
            asked = %offer.asked, offered = %offer.limit,
            "the node asks for a higher fee than is offered"
        );
    }
    Ok(offer.fee)
}

async fn affordable<T: Transport>(
    node: &Node<T>,
    receiver: &Receiver,
    attempt: &Attempt,
) -> Result<(), Trouble> {
    let needs = fee::worst_cost(&attempt.fee, attempt.gas_limit, Uint256::ZERO);
    let most = receiver.terms().fees.per_transaction();
    if needs > most {
        return Err(Trouble::Cost { needs, most });
    }
    let has = node.ether_balance(receiver.address()).await?;
    if has < needs {
        return Err(Trouble::Ether { has, needs });
    }
    Ok(())
}

/// Writes an attempt down. `false`: another process was faster, and this one is not to be sent.
async fn claim(
    receiver: &Receiver,
    channel: &Channel,
    before: Payout,
    attempt: Attempt,
    balance: Amount,
) -> Result<bool, StoreError> {
    let decide = move |channel: &mut Channel| {
        if channel.payout != Some(before) {
            return Err(());
        }
        channel.payout = Some(Payout {
            attempt: Some(attempt),
        });
        // The transaction shows everybody what it takes to close with this balance.
        channel.bind(balance);
        Ok(())
    };
    let key = ChannelKey::from(&channel.id);
    let claimed = receiver.store().update(key, decide).await?;
    Ok(claimed == Some(Ok(())))
}

async fn hand_in<T: Transport>(
    node: &Node<T>,
    receiver: &Receiver,
    channel: &Channel,
    attempt: Attempt,
    data: Vec<u8>,
) -> Result<(), Trouble> {
    let contract = receiver.contract();
    let transaction = Transaction {
        chain_id: contract.chain_id,
        nonce: attempt.nonce,
        to: Some(contract.manager.address),
        value: Uint256::ZERO,
        gas_limit: attempt.gas_limit,
        data,
        fee: attempt.fee,
    };
    let key = Arc::clone(&receiver.key);
    let signed = unblocked(move || transaction.sign(&key)).await?;
    let SignedTransaction { raw, hash } = signed;
    match node.send_raw(&raw).await {
        Ok(_) => {
            info!(
                %hash, sender = %channel.id.sender, block = channel.id.open_block,
                nonce = attempt.nonce, "closing the channel with its proof"
            );
            Ok(())
        }
        // Nodes refuse what they know already, too; the next look tells.
        Err(ChainError::Transport {
            source: TransportError::Answer { message, .. },
            ..
        }) => {
            info!(
                %hash, %message, sender = %channel.id.sender, block = channel.id.open_block,
                "the node did not take the transaction"
            );
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
