//! Closes channels on the chain with their proofs: the answer to a close request below the accepted
//! balance, and what the operator asks for. Withdrawals go the same way, after all that is to be closed.
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
//! | the channel is settled or withdrawn from, as the watcher sees | done |
//!
//! Several programs may run over one store, and send transactions of one account. Each transaction is stored
//! together with the number of those stored before it. A program whose number is no longer the store's reads
//! all of them again before it chooses a nonce.

mod ether_budget;
mod priority;
mod transaction;

use std::collections::BTreeSet;

use tracing::{error, warn};

use crate::chain::submit;
use crate::chain::{ChainError, Node, SubmitError, Transport, fee};
use crate::protocol::amount::Uint256;
use crate::protocol::{BalanceProof, ChannelInfo};

use super::Receiver;
use super::channel::{Channel, PayoutTransaction};
use super::collect::CollectError;
use super::store::{ChannelKey, Select, StoreError, StoreExt};
use ether_budget::EtherBudget;
use priority::DueChannel;
use transaction::{call, draft, offer};

/// A transaction that is not mined within this many blocks is replaced by one with a higher fee.
const REPLACE_AFTER: u64 = 3;

/// Takes every payout one step further.
pub(super) async fn work<T: Transport>(node: &Node<T>, receiver: &Receiver) {
    let (written, due) = match read(receiver).await {
        Ok(found) => found,
        Err(error) => {
            warn!(%error, "the channels to be closed can't be read for now");
            return;
        }
    };
    {
        let mut state = receiver.state();
        let closings = due.iter().filter(|channel| !channel.withdraws());
        state.disputes.waiting = closings.count() as u64;
        if due.is_empty() {
            state.disputes.skipped = 0;
            state.skipped.clear();
            return;
        }
    }
    match PayoutRound::open(node, receiver, written, &due).await {
        Ok(mut desk) => desk.serve(due).await,
        Err(error) => {
            receiver.state().disputes.failures += 1;
            error!(%error, "no channel could be closed or withdrawn from yet");
        }
    }
}

/// How many transactions are stored, and the channels that are due. The number is read first, so that
/// whatever another process stores later outdates it.
async fn read(receiver: &Receiver) -> Result<(u64, Vec<Channel>), StoreError> {
    let store = receiver.store();
    let written = store.transactions().await?;
    Ok((written, store.all(Select::Payouts).await?))
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
    let gas_limit = last.max(fee::gas_limit(priority::DISPUTE_GAS, None));
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
    /// How many transactions are written down, by this process or before.
    written: u64,
    /// The nonces of what was handed in in this round, which the node may not count yet.
    handed_in: BTreeSet<u64>,
    ether_budget: EtherBudget,
}

impl<'a, T: Transport> PayoutRound<'a, T> {
    async fn open(
        node: &'a Node<T>,
        receiver: &'a Receiver,
        written: u64,
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
            written,
            handed_in: BTreeSet::new(),
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
        cases.sort_by_key(|due| (due.channel.withdraws(), due.rank()));
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
        if let Some(withdrawal) = channel.withdrawal.filter(|_| channel.withdraws()) {
            let balance = withdrawal.proof.balance;
            if info.is_closing() || info.deposit < balance {
                self.drop_withdrawal(channel).await?;
                return Ok(None);
            }
            // Withdrawn, but without enough confirmations for the watcher to say so.
            let open = info.withdrawn < balance;
            return Ok(open.then_some((info, withdrawal.proof)));
        }
        if channel.proof().is_none() {
            return Ok(None);
        }
        // A top up may have vanished that the newest proof needs.
        let proof = channel.claim(info.deposit).ok_or(CollectError::Deposit {
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
        let ChannelKey { sender, open_block } = ChannelKey::from(&channel.id);
        if channel.withdraws() {
            error!(%error, %sender, block = open_block, "a withdrawal could not be sent yet");
            return;
        }
        self.receiver.state().disputes.failures += 1;
        error!(%error, %sender, block = open_block, "a channel could not be closed yet");
    }

    async fn step(&mut self, case: &DueChannel) -> Result<(), CollectError> {
        let (node, receiver) = (self.node, self.receiver);
        let (channel, proof) = (&case.channel, case.proof);
        let before = attempt_of(channel);
        let call = call(receiver, channel, &proof);
        let newest = self.newest;
        // A used nonce means: mined and reverted, or replaced by another transaction of the account.
        let waiting = before.filter(|a| self.mined <= a.nonce);
        let attempt = match waiting {
            Some(attempt) if newest.saturating_sub(attempt.block) < REPLACE_AFTER => attempt,
            Some(attempt) => {
                // A gap in the nonces would keep it from being mined.
                let nonce = attempt.nonce.min(self.free_nonce().await?);
                let suggested = offer(node, receiver).await?.fee;
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
                let ether = self.ether_budget.ether();
                let estimate = submit::estimate(node, &draft(receiver, &call), ether).await;
                if channel.withdraws() && estimate == Err(SubmitError::Reverts) {
                    return self.drop_withdrawal(channel).await;
                }
                let (estimate, nonce) = (estimate?, self.free_nonce().await?);
                let offer = offer(node, receiver).await?;
                let attempt = PayoutTransaction {
                    gas_limit: fee::gas_limit(estimate, offer.block_gas),
                    nonce,
                    fee: offer.fee,
                    block: newest,
                };
                self.affordable(&attempt, attempt.nonce)?;
                if !channel.withdraws() {
                    receiver.state().dispute_gas = attempt.gas_limit;
                }
                attempt
            }
        };
        if Some(attempt) != before {
            if !self.claim(channel, attempt, proof.balance).await? {
                return Ok(());
            }
            if !channel.withdraws() {
                receiver.state().disputes.transactions += 1;
            }
        }
        self.ether_budget.pledge(&attempt);
        self.hand_in(channel, attempt, &call).await
    }
}

/// The newest transaction that closes the channel, or withdraws from it.
fn attempt_of(channel: &Channel) -> Option<PayoutTransaction> {
    match (channel.payout, channel.withdrawal) {
        (Some(payout), _) => payout.attempt,
        (None, Some(withdrawal)) => withdrawal.attempt,
        (None, None) => None,
    }
}
