//! Adding to a channel's deposit.

use crate::chain::Seen;
use crate::protocol::{Amount, ChannelId, Hash, rules};

use super::super::record::{ChannelRecord, RecordError};
use super::super::store::journal::Action;
use super::super::world::World;
use super::Sender;
use super::chain_reads::AFTER_RECEIPT;
use super::escrow::{Behalf, EscrowCalls};
use super::locked::LockedChannel;
use super::transaction::Moved;

impl<W: World> Sender<W> {
    /// Adds to the deposit, waits for it and stores the new deposit. A top up of the same amount
    /// that an earlier page left unfinished is finished instead.
    pub async fn top_up(&self, id: ChannelId, added: Amount) -> Result<Option<Hash>, W::Error> {
        let mut channel = self.lock(id).await?;
        if let Some(step) = channel.finish_earlier().await?
            && (step.action, step.amount) == (Action::TopUp, added)
        {
            return Ok(step.sent.hash);
        }
        let seen = channel.refresh().await?;
        let origin = self.world.origin();
        let behalf = Behalf::Caller(&origin);
        channel.top_up(&seen, added, behalf).await
    }
}

impl<W: World> LockedChannel<'_, W> {
    /// Tops up for a payment that the record's deposit does not cover; returns whether it did. It does not if
    /// the chain shows a sufficient deposit, and fails if the top up would not suffice.
    pub(super) async fn top_up_for<T>(
        &mut self,
        payment: impl Fn(&ChannelRecord) -> Result<T, RecordError>,
        added: Amount,
        origin: &str,
    ) -> Result<bool, W::Error> {
        let seen = self.refresh().await?;
        let Err(RecordError::InsufficientDeposit { deposit, required }) = payment(self) else {
            return Ok(false);
        };
        let deposit = deposit.checked_add(added).unwrap_or(Amount::MAX);
        if deposit < required {
            return Err(RecordError::InsufficientDeposit { deposit, required }.into());
        }
        self.top_up(&seen, added, Behalf::Server(origin)).await?;
        Ok(true)
    }

    /// Tops up, given what the chain shows of the channel.
    async fn top_up(
        &mut self,
        seen: &Seen,
        added: Amount,
        behalf: Behalf<'_>,
    ) -> Result<Option<Hash>, W::Error> {
        let (id, sender) = (self.id, self.sender);
        let manager = &sender.contract.manager;
        let info = seen.live();
        rules::top_up(manager.generation, info, added)?;
        let deposit = info.map_or(Amount::ZERO, |info| info.deposit);
        let deposit = deposit.checked_add(added).unwrap_or(Amount::MAX);
        let policy = sender.policy().await?;
        policy.allow_deposit(manager.address, id.receiver, deposit)?;
        let calls = EscrowCalls {
            action: Action::TopUp,
            by_transfer: manager.top_up_by_transfer(&id, added),
            by_approval: manager.top_up_call(id.receiver, id.open_block, added),
        };
        let moved = Moved {
            amount: added,
            deposit: Some(deposit),
        };
        sender.release_to_leave(id).await?;
        let done = self.top_up_counted(calls, moved, behalf).await;
        // The next payment tries again.
        let _ = sender.reserve_to_leave(id).await;
        done
    }

    async fn top_up_counted(
        &mut self,
        calls: EscrowCalls,
        moved: Moved,
        behalf: Behalf<'_>,
    ) -> Result<Option<Hash>, W::Error> {
        let sender = self.sender;
        let counted = sender.count_escrow(behalf, &calls, moved.amount).await?;
        let done = self.top_up_by(calls, moved).await;
        sender.account_for(&self.step_key(), counted, done).await
    }

    async fn top_up_by(
        &mut self,
        calls: EscrowCalls,
        moved: Moved,
    ) -> Result<Option<Hash>, W::Error> {
        let (step, ended) = self.sender.transfer(self.step_key(), moved, calls).await?;
        self.settle_step(&step, ended, AFTER_RECEIPT).await??;
        Ok(step.sent.hash)
    }
}
