//! Closes channels on the chain with their proofs: the answer to a close request below the accepted
//! balance.
//!
//! Generation 0.2 takes `cooperativeClose` with the receiver's own closing signature, 0.1
//! `uncooperativeClose` by the receiver; both settle at once. A transaction is stored before it is sent, so
//! that any process over the store can follow it:
//!
//! | at a poll | then |
//! |---|---|
//! | it is not mined | it is handed in again |
//! | it is not mined after 3 blocks | it is replaced by one with a higher fee, up to what the [terms](super::Terms) allow |
//! | its nonce is used, and the channel is not settled | a new one is made |
//! | an earlier transaction of the account has vanished | it moves to that nonce |
//! | the channel is settled, as the watcher sees | done |

mod ether_budget;
mod priority;

use std::collections::BTreeSet;

use tracing::{error, info, warn};

use crate::chain::{ChainError, Node, Transport, TransportError, fee};
use crate::protocol::amount::Uint256;
use crate::protocol::transaction::{Fee, SignedTransaction, Transaction};
use crate::protocol::{Amount, BalanceProof, ChannelInfo};

use super::Receiver;
use super::channel::{Channel, Payout, PayoutTransaction};
use super::collect::CollectError;
use super::store::{ChannelKey, Select, StoreError, StoreExt};
use ether_budget::EtherBudget;
use priority::DueChannel;

/// A transaction that is not mined within this many blocks is replaced by one with a higher fee.
const REPLACE_AFTER: u64 = 3;

/// Takes every payout one step further.
pub(super) async fn work<T: Transport>(node: &Node<T>, receiver: &Receiver) {
    let due = match receiver.store().all(Select::Payouts).await {
        Ok(due) => due,
        Err(error) => {
            warn!(%error, "the channels to be closed can't be read for now");
            return;
        }
    };
    {
        let mut state = receiver.state();
        state.disputes.waiting = due.len() as u64;
        if due.is_empty() {
            state.disputes.skipped = 0;
            state.skipped.clear();
            return;
        }
    }
    match PayoutRound::open(node, receiver, &due).await {
        Ok(mut desk) => desk.serve(due).await,
        Err(error) => {
            receiver.state().disputes.failures += 1;
            error!(%error, "no channel could be closed yet");
        }
    }
}

/// The wei that the receiver should have for [`Terms::covered_disputes`](super::Terms::covered_disputes),
/// at the present fee and the gas of the last dispute.
pub(super) async fn ether_needed<T: Transport>(
    node: &Node<T>,
    receiver: &Receiver,
) -> Result<Uint256, ChainError> {
    let terms = receiver.terms();
    let fee = fee::suggest(node, &terms.fees).await?.fee;
    let last = receiver.state().dispute_gas;
    let gas_limit = last.max(fee::gas_limit(priority::DISPUTE_GAS));
    let one = fee::worst_cost(&fee, gas_limit, Uint256::ZERO);
    Ok(one.saturating_mul(Uint256::from(terms.covered_disputes)))
}

/// One pass over all channels that are to be closed.
struct PayoutRound<'a, T> {
    node: &'a Node<T>,
    receiver: &'a Receiver,
    /// The newest block.
    newest: u64,
    /// How many of the receiver's transactions are mined.
    mined: u64,
    ether_budget: EtherBudget,
}

impl<'a, T: Transport> PayoutRound<'a, T> {
    async fn open(
        node: &'a Node<T>,
        receiver: &'a Receiver,
        due: &[Channel],
    ) -> Result<Self, ChainError> {
        let account = receiver.address();
        let newest = node.block_number().await?;
        let mined = node.mined_nonce(account).await?;
        let mut ether_budget = EtherBudget::new(node.ether_balance(account).await?);
        let attempts = due.iter().filter_map(attempt_of);
        for attempt in attempts.filter(|attempt| mined <= attempt.nonce) {
            ether_budget.pledge(&attempt);
        }
        Ok(Self {
            node,
            receiver,
            newest,
            mined,
            ether_budget,
        })
    }

    async fn serve(&mut self, due: Vec<Channel>) {
        let (mut sent, new): (Vec<_>, Vec<_>) = due
            .into_iter()
            .partition(|channel| attempt_of(channel).is_some());
        // In sequence, as each takes the account's next nonce. Those that have a nonce come first, so that
        // the node knows them.
        sent.sort_by_key(|channel| attempt_of(channel).map(|attempt| attempt.nonce));
        for channel in sent {
            if let Some(due) = self.look(channel).await {
                self.attend(due).await;
            }
        }
        let mut cases = Vec::new();
        for channel in new {
            cases.extend(self.look(channel).await);
        }
        cases.sort_by_key(DueChannel::rank);
        let offer = fee::suggest(self.node, &self.receiver.terms().fees).await;
        let mut skipped = BTreeSet::new();
        for case in cases {
            let terms = self.receiver.terms();
            let fee = offer.as_ref().ok().map(|offer| offer.fee);
            if fee.is_some_and(|fee| case.is_worthless(terms, &fee)) {
                let key = ChannelKey::from(&case.channel.id);
                if !self.receiver.state().skipped.contains(&key) {
                    warn!(
                        sender = %key.sender, block = key.open_block, at_stake = %case.stake(),
                        "the sender closes with less than it paid, and an answer costs more than that"
                    );
                }
                skipped.insert(key);
                continue;
            }
            self.attend(case).await;
        }
        let mut state = self.receiver.state();
        state.disputes.skipped = skipped.len() as u64;
        state.disputes.waiting = state.disputes.waiting.saturating_sub(skipped.len() as u64);
        state.skipped = skipped;
    }

    /// The channel as the contract has it now; `None` if nothing can be done for it.
    async fn look(&self, channel: Channel) -> Option<DueChannel> {
        match self.read(&channel).await {
            Ok(Some((info, proof))) => Some(DueChannel {
                channel,
                info,
                proof,
            }),
            // Settled, but without enough confirmations for the watcher to say so.
            Ok(None) => None,
            Err(error) => {
                self.complain(&channel, &error);
                None
            }
        }
    }

    async fn read(
        &self,
        channel: &Channel,
    ) -> Result<Option<(ChannelInfo, BalanceProof)>, CollectError> {
        let contract = self.receiver.contract();
        let Some(info) = contract.info(self.node, &channel.id).await? else {
            return Ok(None);
        };
        if channel.proof.is_none() {
            return Ok(None);
        }
        // A top up may have vanished that the newest proof needs.
        let proof = channel.within(info.deposit).ok_or(CollectError::Deposit {
            deposit: info.deposit,
            balance: channel.balance(),
        })?;
        Ok(Some((info, proof)))
    }

    async fn attend(&mut self, due: DueChannel) {
        if let Err(error) = self.step(&due).await {
            self.complain(&due.channel, &error);
        }
    }

    fn complain(&self, channel: &Channel, error: &CollectError) {
        self.receiver.state().disputes.failures += 1;
        error!(
            %error, sender = %channel.id.sender, block = channel.id.open_block,
            "a channel could not be closed yet"
        );
    }

    async fn step(&mut self, case: &DueChannel) -> Result<(), CollectError> {
        let (node, receiver) = (self.node, self.receiver);
        let (channel, proof) = (&case.channel, case.proof);
        let Some(payout) = channel.payout else {
            return Ok(());
        };
        let call = call(receiver, channel, &proof);
        let (newest, account) = (self.newest, receiver.address());
        // A used nonce means: mined and reverted, or replaced by another transaction of the account.
        let waiting = payout.attempt.filter(|a| self.mined <= a.nonce);
        let attempt = match waiting {
            Some(attempt) if newest.saturating_sub(attempt.block) < REPLACE_AFTER => attempt,
            Some(attempt) => {
                // A gap in the nonces would keep it from being mined.
                let nonce = attempt.nonce.min(node.next_nonce(account).await?);
                let suggested = offer(node, receiver).await?;
                let raised = PayoutTransaction {
                    nonce,
                    fee: fee::raise(&attempt.fee, &suggested, &receiver.terms().fees),
                    block: newest,
                    ..attempt
                };
                match self.affordable(&raised, attempt.nonce) {
                    Ok(()) => raised,
                    Err(error) => {
                        warn!(
                            %error, sender = %channel.id.sender, block = channel.id.open_block,
                            "the fee can't be raised"
                        );
                        PayoutTransaction { nonce, ..attempt }
                    }
                }
            }
            None => {
                let attempt = prepare(node, receiver, &call, newest).await?;
                self.affordable(&attempt, attempt.nonce)?;
                receiver.state().dispute_gas = attempt.gas_limit;
                attempt
            }
        };
        if Some(attempt) != payout.attempt {
            if !claim(receiver, channel, payout, attempt, proof.balance).await? {
                return Ok(());
            }
            receiver.state().disputes.transactions += 1;
        }
        self.ether_budget.pledge(&attempt);
        hand_in(node, receiver, channel, attempt, call).await
    }

    /// Checks that there is ether for it besides all others that wait, except the one of this nonce.
    fn affordable(&self, attempt: &PayoutTransaction, instead_of: u64) -> Result<(), CollectError> {
        let needs = check_cost(self.receiver, attempt)?;
        let has = self.ether_budget.left_for(instead_of);
        if has < needs {
            return Err(CollectError::Ether { has, needs });
        }
        Ok(())
    }
}

fn attempt_of(channel: &Channel) -> Option<PayoutTransaction> {
    channel.payout.and_then(|payout| payout.attempt)
}

/// The call that closes the channel.
fn call(receiver: &Receiver, channel: &Channel, proof: &BalanceProof) -> Vec<u8> {
    let manager = receiver.contract().manager;
    let hash = manager.closing_hash(&channel.id, proof);
    manager.receiver_close_call(&channel.id, proof, &receiver.key.sign_hash(&hash))
}

/// A new transaction of the account that makes this call of the contract.
pub(super) async fn prepare<T: Transport>(
    node: &Node<T>,
    receiver: &Receiver,
    call: &[u8],
    newest: u64,
) -> Result<PayoutTransaction, ChainError> {
    let (account, to) = (receiver.address(), receiver.contract().manager.address);
    let gas = node.estimate_gas(account, to, Uint256::ZERO, call).await?;
    Ok(PayoutTransaction {
        nonce: node.next_nonce(account).await?,
        gas_limit: fee::gas_limit(gas),
        fee: offer(node, receiver).await?,
        block: newest,
    })
}

/// What a transaction may cost, in wei, unless that is more than the terms offer for one.
pub(super) fn check_cost(
    receiver: &Receiver,
    transaction: &PayoutTransaction,
) -> Result<Uint256, CollectError> {
    let needs = ether_budget::cost(transaction);
    let most = receiver.terms().fees.per_transaction();
    if needs > most {
        return Err(CollectError::Cost { needs, most });
    }
    Ok(needs)
}

/// Signed again, a transaction has the same bytes.
pub(super) fn sign(
    receiver: &Receiver,
    transaction: &PayoutTransaction,
    call: Vec<u8>,
) -> SignedTransaction {
    let contract = receiver.contract();
    let transaction = Transaction {
        chain_id: contract.chain_id,
        nonce: transaction.nonce,
        to: Some(contract.manager.address),
        value: Uint256::ZERO,
        gas_limit: transaction.gas_limit,
        data: call,
        fee: transaction.fee,
    };
    transaction.sign(&receiver.key)
}

/// What is offered for gas now.
async fn offer<T: Transport>(node: &Node<T>, receiver: &Receiver) -> Result<Fee, ChainError> {
    let offer = fee::suggest(node, &receiver.terms().fees).await?;
    if offer.is_capped() {
        warn!(
            asked = %offer.asked, offered = %offer.limit,
            "the node asks for a higher fee than is offered"
        );
    }
    Ok(offer.fee)
}

/// Stores a transaction. `false`: another process was faster, and this one must not be sent.
async fn claim(
    receiver: &Receiver,
    channel: &Channel,
    before: Payout,
    attempt: PayoutTransaction,
    balance: Amount,
) -> Result<bool, StoreError> {
    let decide = move |channel: &mut Channel| {
        if channel.payout != Some(before) {
            return Err(());
        }
        channel.payout = Some(Payout {
            attempt: Some(attempt),
        });
        // The transaction publishes what it takes to close with this balance.
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
    attempt: PayoutTransaction,
    data: Vec<u8>,
) -> Result<(), CollectError> {
    let SignedTransaction { raw, hash } = sign(receiver, &attempt, data);
    match node.send_raw(&raw).await {
        Ok(_) => {
            info!(
                %hash, sender = %channel.id.sender, block = channel.id.open_block,
                nonce = attempt.nonce, "closing the channel with its proof"
            );
            Ok(())
        }
        // Nodes refuse transactions that they know, too; the next poll tells.
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
