//! The channel to pay in, and its turn.

use crate::protocol::ChannelId;
use crate::protocol::header::Demand;

use super::super::choice::{Choice, choose};
use super::super::limits::Limits;
use super::super::payment::PaymentError;
use super::super::record::{ChannelRecord, ChannelState, RecordError};
use super::super::world::World;
use super::Sender;

/// A channel to pay in, and its turn.
pub(super) struct Held<T> {
    pub(super) record: ChannelRecord,
    _turn: T,
}

impl<W: World> Sender<W> {
    /// The channel for a remembered price, if it can be paid right now.
    pub(super) async fn ready_channel(
        &self,
        demand: &Demand,
        limits: &Limits,
    ) -> Result<Option<Held<W::Turn>>, W::Error> {
        if limits.check(&self.contract.manager, demand).is_err() {
            return Ok(None);
        }
        let records = self.records().await?;
        let Choice::Use(chosen) = choose(&records, demand.receiver, demand.price) else {
            return Ok(None);
        };
        let held = self.hold(chosen.id).await?;
        Ok(held.filter(|held| {
            let record = &held.record;
            record.pending().is_some()
                || (record.is_balance_known() && record.remaining() >= demand.price)
        }))
    }

    /// Takes the turn of a channel; `None` if it can't be paid in any more.
    async fn hold(&self, id: ChannelId) -> Result<Option<Held<W::Turn>>, W::Error> {
        let turn = self.channel_turn(id.receiver, id.open_block).await?;
        let step = self.step_key(id.receiver, Some(id.open_block));
        if self.world.read(&step.name()).await?.is_some() {
            (self.world.seldom().await?.finish)(self, step).await?;
        }
        // What was chosen may have changed before its turn came.
        let record = self.stored(id).await?;
        let usable = |r: &ChannelRecord| r.state == ChannelState::Open && r.closing.is_none();
        Ok(record.filter(usable).map(|record| Held {
            record,
            _turn: turn,
        }))
    }

    /// The channel to pay in, opened if there is none and the limits allow it.
    pub(super) async fn channel_for(
        &self,
        demand: &Demand,
        limits: &Limits,
    ) -> Result<Held<W::Turn>, W::Error> {
        let receiver = demand.receiver;
        loop {
            self.world.check()?;
            let chosen = match choose(&self.records().await?, receiver, demand.price) {
                Choice::Use(record) | Choice::TopUp(record) => Some(record.id),
                Choice::Open => None,
            };
            let id = match chosen {
                Some(id) => id,
                None => (self.world.seldom().await?.open)(self, demand, limits).await?,
            };
            if let Some(held) = self.hold(id).await? {
                return Ok(held);
            }
        }
    }

    /// Opens a channel for a demand, unless there turns out to be one.
    pub(super) async fn open_for(
        &self,
        demand: &Demand,
        limits: &Limits,
    ) -> Result<ChannelId, W::Error> {
        let receiver = demand.receiver;
        let _turn = self.world.turn(&self.opening_turn_name(receiver)).await?;
        // Another tab, or an earlier page, may have opened one by now; and storage may have been
        // cleared, which the chain makes up for.
        self.finish_earlier(self.step_key(receiver, None)).await?;
        let mut known = self.records().await?;
        if matches!(choose(&known, receiver, demand.price), Choice::Open) {
            self.import_legacy().await?;
            self.scan_further().await?;
            known = self.records().await?;
        }
        if let Choice::Use(record) | Choice::TopUp(record) = choose(&known, receiver, demand.price)
        {
            return Ok(record.id);
        }
        let deposit = limits
            .deposit
            .ok_or(PaymentError::NotAllowedToOpen { receiver })?;
        if deposit < demand.price {
            let required = demand.price;
            return Err(RecordError::InsufficientDeposit { deposit, required }.into());
        }
        Ok(self.open_in_turn(receiver, deposit).await?.id)
    }
}
