//! Collecting what was paid, at the operator's request: closing all channels, or withdrawing (0.2).

use crate::chain::contract::ContractError;
use crate::chain::{ChainError, Node, SubmitError, Transport};
use crate::protocol::{Amount, BalanceProof, ChannelId, Generation};

use super::Receiver;
use super::channel::{Channel, ChannelStatus, Withdrawal};
use super::store::{ChannelKey, Select, StoreError, StoreExt};

/// What a channel would pay now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The channel.
    pub channel: ChannelId,
    /// The balance of the proof that would be used, in token base units.
    pub balance: Amount,
    /// What would be paid: the part of it that was not withdrawn.
    pub due: Amount,
}

/// Why a channel was not closed or withdrawn from. What was begun goes on, or can be begun again.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// The node does not answer, or not as it should.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The contract does not answer as it should.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The channels can't be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Generation 0.1 can't withdraw.
    #[error("contracts of generation 0.1 pay only by closing")]
    NoWithdrawal,
    /// The transaction is not made.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// A top up that the proof needs has vanished from the chain.
    #[error("the contract holds {deposit}, less than the balance {balance}")]
    Deposit {
        /// The channel's deposit.
        deposit: Amount,
        /// The accepted balance.
        balance: Amount,
    },
}

impl Receiver {
    /// What closing all channels would pay, by sender and open block: the confirmed channels with a proof
    /// that the contract takes, including those with a close request. Those of a
    /// [restored](Self::mark_restored) store whose proof may be too low are left out.
    pub async fn closable<T: Transport>(&self, node: &Node<T>) -> Result<Vec<Claim>, CollectError> {
        let known = |channel: &Channel| !channel.restored;
        self.claims(node, Amount::ZERO, known, Channel::claim, |_| true)
            .await
    }

    /// Begins to close all these channels: payments in them are refused, and the
    /// [`Watcher`](super::Watcher) of any process over the same store sends the transactions until they are
    /// mined.
    pub async fn close_all(&self, claims: &[Claim]) -> Result<(), CollectError> {
        for claim in claims {
            self.force_close(ChannelKey::from(&claim.channel)).await?;
        }
        Ok(())
    }

    /// Begins to close one channel, as [`Self::close_all`] does; one without a proof is only marked closed.
    /// `false`: there is no such confirmed channel.
    pub async fn force_close(&self, key: ChannelKey) -> Result<bool, StoreError> {
        let begin = |channel: &mut Channel| {
            match channel.status {
                ChannelStatus::Unconfirmed => return Err(()),
                ChannelStatus::Open => channel.status = ChannelStatus::Agreed,
                ChannelStatus::Agreed | ChannelStatus::Closing { .. } => {}
            }
            if channel.proof().is_some() {
                channel.payout.get_or_insert_default();
            }
            Ok(())
        };
        let begun = self.store().update(key, begin).await?;
        Ok(begun == Some(Ok(())))
    }

    /// What withdrawing would pay, where it is at least `minimum` (and more than nothing): the
    /// confirmed channels with a proof and without a close request. Credit that was not charged is left alone.
    pub async fn withdrawable<T: Transport>(
        &self,
        node: &Node<T>,
        minimum: Amount,
    ) -> Result<Vec<Claim>, CollectError> {
        if self.contract.manager.generation == Generation::V01 {
            return Err(CollectError::NoWithdrawal);
        }
        let minimum = minimum.max(Amount::from_u64(1));
        let open = |settle_block| settle_block == 0;
        self.claims(node, minimum, |_| true, Channel::withdrawable, open)
            .await
    }

    /// Begins to withdraw from all these channels, which stay open. The [`Watcher`](super::Watcher) of this
    /// process or of another one over the same store sends the transactions, until their events are
    /// confirmed. A channel that is closed meanwhile is left to that.
    pub async fn withdraw_all(&self, claims: &[Claim]) -> Result<(), CollectError> {
        for claim in claims {
            let balance = claim.balance;
            let begin = move |channel: &mut Channel| {
                let proof = channel.withdrawable(balance).ok_or(())?;
                if channel.status != ChannelStatus::Open || channel.withdrawal.is_some() {
                    return Err(());
                }
                let attempt = None;
                channel.withdrawal = Some(Withdrawal { proof, attempt });
                // The transaction publishes the proof.
                channel.window.retire(proof.balance);
                Ok(())
            };
            let key = ChannelKey::from(&claim.channel);
            self.store().update(key, begin).await?;
        }
        Ok(())
    }

    async fn claims<T: Transport>(
        &self,
        node: &Node<T>,
        minimum: Amount,
        concerns: impl Fn(&Channel) -> bool + Send + Sync,
        proof: impl Fn(&Channel, Amount) -> Option<BalanceProof>,
        wanted: impl Fn(u32) -> bool,
    ) -> Result<Vec<Claim>, CollectError> {
        let mut paid = Vec::new();
        let keep = |channel: Channel| {
            let confirmed = channel.status != ChannelStatus::Unconfirmed;
            let concerns = |c: &Channel| confirmed && c.proof().is_some() && concerns(c);
            paid.extend(Some(channel).filter(concerns));
        };
        self.store().for_each(Select::All, keep).await?;
        let mut claims = Vec::new();
        for stored in paid {
            let channel = stored.id;
            // From the contract: the record lacks what has too few confirmations.
            let Some(info) = self.contract.info(node, &channel).await? else {
                continue;
            };
            let Some(balance) = proof(&stored, info.deposit).map(|proof| proof.balance) else {
                continue;
            };
            let due = balance.checked_sub(info.withdrawn);
            let Some(due) = due.filter(|due| *due >= minimum) else {
                continue;
            };
            if wanted(info.settle_block) {
                claims.push(Claim {
                    channel,
                    balance,
                    due,
                });
            }
        }
        Ok(claims)
    }
}
