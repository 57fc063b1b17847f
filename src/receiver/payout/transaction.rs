//! One transaction of a payout: its nonce and cost, storing it, handing it in.

use tracing::{info, warn};

use crate::chain::fee::{self, Offer};
use crate::chain::submit::{self, Draft, HandedIn};
use crate::chain::{ChainError, Node, SubmitError, Transport};
use crate::protocol::amount::Uint256;
use crate::protocol::transaction::SignedTransaction;
use crate::protocol::{Amount, BalanceProof, manager};
use crate::receiver::channel::{Channel, PayoutTransaction};
use crate::receiver::store::{ChannelKey, StoreError, StoreExt};
use crate::receiver::{CollectError, Receiver};

use super::PayoutRound;

impl<T: Transport> PayoutRound<'_, T> {
    /// The account's next nonce. The node may not count yet what was handed in a moment ago.
    pub(super) async fn free_nonce(&self) -> Result<u64, ChainError> {
        let mut nonce = self.node.next_nonce(self.receiver.address()).await?;
        while self.handed_in.contains(&nonce) {
            nonce += 1;
        }
        Ok(nonce)
    }

    /// Stores a transaction. `false`: another process was faster, for this channel or another one, and this
    /// transaction must not be sent.
    pub(super) async fn claim(
        &mut self,
        channel: &Channel,
        attempt: PayoutTransaction,
        balance: Amount,
    ) -> Result<bool, StoreError> {
        let (payout, withdrawal) = (channel.payout, channel.withdrawal);
        let decide = move |channel: &mut Channel| {
            if (channel.payout, channel.withdrawal) != (payout, withdrawal) {
                return Err(());
            }
            *channel.attempt().ok_or(())? = Some(attempt);
            if channel.payout.is_some() {
                // It takes what could have been withdrawn, too.
                channel.withdrawal = None;
                // The transaction publishes what it takes to close with this balance.
                channel.bind(balance);
            }
            Ok(())
        };
        let (store, key) = (self.receiver.store(), ChannelKey::from(&channel.id));
        match store.update_with(key, Some(self.written), decide).await {
            Ok(claimed) => {
                self.written += 1;
                Ok(claimed == Some(Ok(())))
            }
            Err(StoreError::OtherTransaction) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn hand_in(
        &mut self,
        channel: &Channel,
        attempt: PayoutTransaction,
        call: &[u8],
    ) -> Result<(), CollectError> {
        let SignedTransaction { raw, hash } = sign(self.receiver, &attempt, call);
        let ChannelKey { sender, open_block } = ChannelKey::from(&channel.id);
        let handed_in = submit::hand_in(self.node, &raw).await;
        if !matches!(handed_in, HandedIn::Refused(_)) {
            self.handed_in.insert(attempt.nonce);
        }
        match handed_in {
            HandedIn::Taken if channel.withdraws() => info!(
                %hash, %sender, block = open_block, nonce = attempt.nonce,
                "withdrawing from the channel"
            ),
            HandedIn::Taken => info!(
                %hash, %sender, block = open_block, nonce = attempt.nonce,
                "closing the channel with its proof"
            ),
            // The next poll tells.
            HandedIn::Refused(error) => info!(
                %hash, %error, %sender, block = open_block,
                "the node did not take the transaction"
            ),
            HandedIn::Unknown(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Gives a withdrawal up that the contract would refuse. It can be begun again.
    pub(super) async fn drop_withdrawal(&self, channel: &Channel) -> Result<(), CollectError> {
        let ChannelKey { sender, open_block } = ChannelKey::from(&channel.id);
        warn!(%sender, block = open_block, "nothing can be withdrawn from the channel now");
        let drop = |channel: &mut Channel| {
            channel.withdrawal = None;
            Ok::<_, ()>(())
        };
        let key = ChannelKey::from(&channel.id);
        self.receiver.store().update(key, drop).await?;
        Ok(())
    }

    /// Checks that there is ether for it besides all others that wait, except the one of this nonce.
    pub(super) fn affordable(
        &self,
        attempt: &PayoutTransaction,
        instead_of: u64,
    ) -> Result<(), CollectError> {
        let gas = attempt.gas();
        submit::check_cost(&gas, &self.receiver.terms().fees)?;
        let balance = self.ether_budget.left_for(instead_of);
        let required = gas.cost(Uint256::ZERO);
        if balance < required {
            let required = Some(required);
            return Err(SubmitError::InsufficientEther { balance, required }.into());
        }
        Ok(())
    }
}

/// The call that closes the channel, or withdraws from it.
pub(super) fn call(receiver: &Receiver, channel: &Channel, proof: &BalanceProof) -> Vec<u8> {
    if channel.withdraws() {
        return manager::withdraw_call(channel.id.open_block, proof);
    }
    let manager = receiver.contract().manager;
    let hash = manager.closing_hash(&channel.id, proof);
    manager.receiver_close_call(&channel.id, proof, &receiver.key.sign_hash(&hash))
}

/// The call of the contract as a transaction of the receiver.
pub(super) fn draft<'a>(receiver: &Receiver, call: &'a [u8]) -> Draft<'a> {
    let contract = receiver.contract();
    Draft {
        chain_id: contract.chain_id,
        from: receiver.address(),
        to: contract.manager.address,
        value: Uint256::ZERO,
        data: call,
    }
}

/// Signed again, a transaction has the same bytes.
fn sign(receiver: &Receiver, transaction: &PayoutTransaction, call: &[u8]) -> SignedTransaction {
    let draft = draft(receiver, call);
    submit::sign(&receiver.key, &draft, transaction.nonce, &transaction.gas())
}

/// What is offered for gas now.
pub(super) async fn offer<T: Transport>(
    node: &Node<T>,
    receiver: &Receiver,
) -> Result<Offer, ChainError> {
    let offer = fee::suggest(node, &receiver.terms().fees).await?;
    if offer.is_capped() {
        warn!(
            asked = %offer.asked, offered = %offer.limit,
            "the node asks for a higher fee than is offered"
        );
    }
    Ok(offer)
}
