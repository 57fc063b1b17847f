//! Collecting what was paid, at the operator's request: closing all channels, or withdrawing (0.2).

use std::time::Duration;

use crate::chain::contract::ContractError;
use crate::chain::{ChainError, Node, Transport};
use crate::protocol::amount::Uint256;
use crate::protocol::{Amount, BalanceProof, ChannelId, Generation, Hash, manager};

use super::channel::{Channel, ChannelStatus};
use super::store::{ChannelKey, Select, StoreError, StoreExt};
use super::{Receiver, payout};

/// A receipt is polled this often, and this many times.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
const MAX_POLLS: u32 = 600;

/// What a channel would pay now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The channel.
    pub channel: ChannelId,
    /// The accepted balance, in token base units.
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
    /// The transaction takes more wei than the terms offer for one.
    #[error("the transaction may cost {needs} wei, and no more than {most} are offered for one")]
    Cost {
        /// In wei.
        needs: Uint256,
        /// In wei.
        most: Uint256,
    },
    /// The account has too few wei besides what waits to be mined.
    #[error("{has} wei are left of the account's ether, and the transaction may cost {needs}")]
    Ether {
        /// In wei.
        has: Uint256,
        /// In wei.
        needs: Uint256,
    },
    /// A top up that the proof needs has vanished from the chain.
    #[error("the contract holds {deposit}, less than the balance {balance}")]
    Deposit {
        /// The channel's deposit.
        deposit: Amount,
        /// The accepted balance.
        balance: Amount,
    },
    /// The transaction had no effect.
    #[error("the withdrawal {0} was mined and reverted")]
    Reverted(Hash),
    /// The transaction was not mined within ten minutes.
    #[error("the withdrawal {0} is not mined yet; run this again later")]
    NotMined(Hash),
}

impl Receiver {
    /// What closing all channels would pay, by sender and open block: the confirmed channels with a proof
    /// that the contract takes, including those with a close request.
    pub async fn closable<T: Transport>(&self, node: &Node<T>) -> Result<Vec<Claim>, CollectError> {
        self.claims(node, Amount::ZERO, |_| true).await
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
            if channel.proof.is_some() {
                channel.payout.get_or_insert_default();
            }
            Ok(())
        };
        let begun = self.store().update(key, begin).await?;
        Ok(begun == Some(Ok(())))
    }

    /// What withdrawing would pay, where it is at least `minimum` (and more than nothing): the
    /// confirmed channels with a proof and without a close request.
    pub async fn withdrawable<T: Transport>(
        &self,
        node: &Node<T>,
        minimum: Amount,
    ) -> Result<Vec<Claim>, CollectError> {
        if self.contract.manager.generation == Generation::V01 {
            return Err(CollectError::NoWithdrawal);
        }
        let minimum = minimum.max(Amount::from_u64(1));
        self.claims(node, minimum, |settle_block| settle_block == 0)
            .await
    }

    /// Withdraws what the newest proof of a channel covers, and leaves the channel open. Returns once the
    /// transaction is mined.
    pub async fn withdraw<T: Transport>(
        &self,
        node: &Node<T>,
        channel: &ChannelId,
    ) -> Result<Hash, CollectError> {
        let stored = self.store().get(ChannelKey::from(channel)).await?;
        let info = self.contract.info(node, channel).await?;
        let known = stored.zip(info);
        let Some(proof) = known.and_then(|(channel, info)| channel.within(info.deposit)) else {
            return Err(StoreError::Unavailable("the channel is gone".to_owned()).into());
        };
        let hash = self.send_withdrawal(node, channel, &proof).await?;
        for _ in 0..MAX_POLLS {
            if let Some(receipt) = node.receipt(&hash).await? {
                let taken = receipt.success.then_some(hash);
                return taken.ok_or(CollectError::Reverted(hash));
            }
            let waited = node.transport().pause(POLL_INTERVAL).await;
            waited.map_err(|source| ChainError::Transport {
                method: "eth_getTransactionReceipt",
                source,
            })?;
        }
        Err(CollectError::NotMined(hash))
    }

    async fn send_withdrawal<T: Transport>(
        &self,
        node: &Node<T>,
        channel: &ChannelId,
        proof: &BalanceProof,
    ) -> Result<Hash, CollectError> {
        let data = manager::withdraw_call(channel.open_block, proof);
        let newest = node.block_number().await?;
        let transaction = payout::prepare(node, self, &data, newest).await?;
        payout::check_cost(self, &transaction)?;
        let signed = payout::sign(self, &transaction, data);
        Ok(node.send_raw(&signed.raw).await?)
    }

    async fn claims<T: Transport>(
        &self,
        node: &Node<T>,
        minimum: Amount,
        wanted: impl Fn(u32) -> bool,
    ) -> Result<Vec<Claim>, CollectError> {
        let mut paid = Vec::new();
        let keep = |channel: Channel| {
            let confirmed = channel.status != ChannelStatus::Unconfirmed;
            paid.extend(Some(channel).filter(|c| confirmed && c.proof.is_some()));
        };
        self.store().for_each(Select::All, keep).await?;
        let mut claims = Vec::new();
        for stored in paid {
            let channel = stored.id;
            // From the contract: the record lacks what has too few confirmations.
            let Some(info) = self.contract.info(node, &channel).await? else {
                continue;
            };
            let Some(balance) = stored.within(info.deposit).map(|proof| proof.balance) else {
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
