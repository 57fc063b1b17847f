//! Opening a channel.

use crate::protocol::{Address, Amount, Hash, rules};

use super::super::record::ChannelRecord;
use super::super::store::journal::Action;
use super::super::store::keys::StepKey;
use super::super::world::World;
use super::chain_reads::AFTER_RECEIPT;
use super::escrow::{Behalf, EscrowCalls};
use super::transaction::Moved;
use super::{FlowError, Sender};

impl<W: World> Sender<W> {
    /// Opens a channel, waits for it and stores its record. An opening of the same deposit that an
    /// earlier page left unfinished is finished instead.
    pub async fn open(
        &self,
        receiver: Address,
        deposit: Amount,
    ) -> Result<ChannelRecord, W::Error> {
        let _turn = self.world.turn(&self.key().opening_lock(receiver)).await?;
        let earlier = self.finish_opening(receiver).await?;
        if let Some((step, Some(record))) = earlier
            && step.amount == deposit
        {
            return Ok(record);
        }
        let origin = self.world.origin();
        let behalf = Behalf::Caller(&origin);
        self.open_in_turn(receiver, deposit, behalf).await
    }

    /// Opens a channel while the turn of the opening is held.
    pub(super) async fn open_in_turn(
        &self,
        receiver: Address,
        deposit: Amount,
        behalf: Behalf<'_>,
    ) -> Result<ChannelRecord, W::Error> {
        let manager = &self.contract.manager;
        rules::open(manager, self.contract.token, receiver, deposit)?;
        let policy = self.policy().await?;
        policy.allow_deposit(manager.address, receiver, deposit)?;
        let calls = EscrowCalls {
            action: Action::Open,
            by_transfer: manager.create_by_transfer(self.account, receiver, deposit),
            by_approval: manager.create_call(receiver, deposit),
        };
        let key = self.step_key(receiver, None);
        let counted = self.count_escrow(behalf, &calls, deposit).await?;
        let opened = self.open_by(key, calls, deposit).await;
        self.account_for(&key, counted, opened).await
    }

    async fn open_by(
        &self,
        key: StepKey,
        calls: EscrowCalls,
        deposit: Amount,
    ) -> Result<ChannelRecord, W::Error> {
        let (step, ended) = self.transfer(key, Moved::only(deposit), calls).await?;
        let opened = self.settle_opening(&step, ended, AFTER_RECEIPT).await??;
        let hash = step.sent.hash.unwrap_or(Hash([0; 32]));
        Ok(opened.ok_or(FlowError::OpenedNothing { hash })?)
    }
}
