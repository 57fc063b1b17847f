//! Selects the channel to pay in, and takes its lock.

use crate::protocol::header::Demand;
use crate::protocol::{Address, Amount, ChannelId};

use super::super::choice::{Choice, choose};
use super::super::limits::Limits;
use super::super::payment::PaymentError;
use super::super::record::{ChannelState, RecordError};
use super::super::world::World;
use super::Sender;
use super::apply_verdict::Attempt;
use super::escrow::Behalf;
use super::locked::LockedChannel;

/// Channels tried in one call before it fails.
const MAX_CHOICES: u32 = 8;

impl<W: World> Sender<W> {
    /// The stored channel that a payment of this price comes from, as it is now: nobody is asked. One with too
    /// little left is topped up first.
    pub async fn channel_to_pay_from(
        &self,
        receiver: Address,
        price: Amount,
    ) -> Result<Option<ChannelId>, W::Error> {
        Ok(match choose(&self.records().await?, receiver, price) {
            Choice::Use(record) | Choice::TopUp(record) => Some(record.id),
            Choice::Open => None,
        })
    }

    /// The channel for a cached price, if it can pay without asking anybody.
    pub(super) async fn ready_channel(
        &self,
        demand: &Demand,
        limits: &Limits,
    ) -> Result<Option<LockedChannel<'_, W>>, W::Error> {
        if limits.check(&self.contract.manager, demand).is_err() {
            return Ok(None);
        }
        let records = self.records().await?;
        let Choice::Use(chosen) = choose(&records, demand.receiver, demand.price) else {
            return Ok(None);
        };
        let channel = self.lock_usable(chosen.id).await?;
        Ok(channel.filter(|channel| {
            channel.pending().is_some()
                || (channel.is_balance_known() && channel.remaining() >= demand.price)
        }))
    }

    /// Takes the lock of a channel; `None` if the channel became unusable before the lock was free.
    async fn lock_usable(&self, id: ChannelId) -> Result<Option<LockedChannel<'_, W>>, W::Error> {
        let Some(mut channel) = self.lock_stored(id).await? else {
            return Ok(None);
        };
        Box::pin(channel.finish_earlier()).await?;
        Ok(channel.is_usable().then_some(channel))
    }

    /// The channel to pay in, opened if there is none and the limits allow it. Selects again, a few times, if
    /// other pages close the channel meanwhile. Opens at most one channel in a call.
    pub(super) async fn channel_for(
        &self,
        demand: &Demand,
        limits: &Limits,
        attempt: &mut Attempt,
    ) -> Result<LockedChannel<'_, W>, W::Error> {
        let receiver = demand.receiver;
        for _ in 0..MAX_CHOICES {
            self.world.check()?;
            let chosen = match choose(&self.records().await?, receiver, demand.price) {
                Choice::Use(record) | Choice::TopUp(record) => record.id,
                Choice::Open if attempt.opened => break,
                Choice::Open => {
                    let open = Box::pin(self.open_for(demand, limits, attempt));
                    let (id, opened) = open.await?;
                    attempt.opened |= opened;
                    id
                }
            };
            if let Some(channel) = self.lock_usable(chosen).await? {
                return Ok(channel);
            }
        }
        Err(PaymentError::NoUsableChannel { receiver }.into())
    }

    /// Opens a channel for a demand unless one is found; returns whether it did.
    pub(super) async fn open_for(
        &self,
        demand: &Demand,
        limits: &Limits,
        attempt: &mut Attempt,
    ) -> Result<(ChannelId, bool), W::Error> {
        let receiver = demand.receiver;
        let _turn = self.world.turn(&self.key().opening_lock(receiver)).await?;
        // Another tab, or an earlier page, may have opened one by now; and if storage was cleared, the chain
        // still has it.
        self.finish_opening(receiver).await?;
        let mut known = self.records().await?;
        if matches!(choose(&known, receiver, demand.price), Choice::Open) {
            self.import_legacy().await?;
            self.look_for_opened(receiver).await?;
            self.look_for_removed(receiver).await?;
            known = self.records().await?;
        }
        if let Choice::Use(record) | Choice::TopUp(record) = choose(&known, receiver, demand.price)
        {
            return Ok((record.id, false));
        }
        let deposit = limits
            .deposit
            .ok_or(PaymentError::NotAllowedToOpen { receiver })?;
        if deposit < demand.price {
            let required = demand.price;
            return Err(RecordError::InsufficientDeposit { deposit, required }.into());
        }
        self.ask_caller(demand, None, Some(deposit), attempt)
            .await?;
        let behalf = Behalf::Server(&attempt.place.origin);
        let opened = self.open_in_turn(receiver, deposit, behalf);
        Ok((opened.await?.id, true))
    }

    /// Reads channels again that the chain had lost: a reorganisation may have restored them.
    async fn look_for_removed(&self, receiver: Address) -> Result<(), W::Error> {
        let mut removed = self.records().await?;
        removed.retain(|r| (r.id.receiver, r.state) == (receiver, ChannelState::Removed));
        for record in removed {
            if let Some(mut channel) = self.lock_stored(record.id).await? {
                channel.refresh().await?;
            }
        }
        Ok(())
    }
}
