//! The channel to pay in, and its turn.

use crate::protocol::header::Demand;
use crate::protocol::{Address, ChannelId};

use super::super::choice::{Choice, choose};
use super::super::limits::Limits;
use super::super::payment::PaymentError;
use super::super::record::{ChannelRecord, ChannelState, RecordError};
use super::super::world::World;
use super::Sender;
use super::apply_verdict::Course;
use super::deposit::Behalf;

/// Channels that are chosen in one call, before it gives up.
const MAX_CHOICES: u32 = 8;

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
            Box::pin(self.finish_earlier(step)).await?;
        }
        // What was chosen may have changed before its turn came.
        let record = self.stored(id).await?;
        let usable = |r: &ChannelRecord| r.state == ChannelState::Open && r.closing.is_none();
        Ok(record.filter(usable).map(|record| Held {
            record,
            _turn: turn,
        }))
    }

    /// The channel to pay in, opened if there is none and the limits allow it. Other pages may take a
    /// channel away before its turn comes, so it chooses again, a few times. It opens once in a call.
    pub(super) async fn channel_for(
        &self,
        demand: &Demand,
        limits: &Limits,
        course: &mut Course,
    ) -> Result<Held<W::Turn>, W::Error> {
        let receiver = demand.receiver;
        for _ in 0..MAX_CHOICES {
            self.world.check()?;
            let chosen = match choose(&self.records().await?, receiver, demand.price) {
                Choice::Use(record) | Choice::TopUp(record) => record.id,
                Choice::Open if course.opened => break,
                Choice::Open => {
                    let open = Box::pin(self.open_for(demand, limits, &course.place.origin));
                    let (id, opened) = open.await?;
                    course.opened |= opened;
                    id
                }
            };
            if let Some(held) = self.hold(chosen).await? {
                return Ok(held);
            }
        }
        Err(PaymentError::NoUsableChannel { receiver }.into())
    }

    /// Opens a channel for a demand, unless there turns out to be one; says whether it did.
    pub(super) async fn open_for(
        &self,
        demand: &Demand,
        limits: &Limits,
        origin: &str,
    ) -> Result<(ChannelId, bool), W::Error> {
        let receiver = demand.receiver;
        let _turn = self.world.turn(&self.opening_turn_name(receiver)).await?;
        // Another tab, or an earlier page, may have opened one by now; and storage may have been
        // cleared, which the chain makes up for.
        self.finish_earlier(self.step_key(receiver, None)).await?;
        let mut known = self.records().await?;
        if matches!(choose(&known, receiver, demand.price), Choice::Open) {
            self.import_legacy().await?;
            self.scan_further().await?;
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
        let opened = self.open_in_turn(receiver, deposit, Behalf::Server(origin));
        Ok((opened.await?.id, true))
    }

    /// Channels that the chain did not show may be there again.
    async fn look_for_removed(&self, receiver: Address) -> Result<(), W::Error> {
        for record in self.records().await? {
            let id = record.id;
            if (id.receiver, record.state) == (receiver, ChannelState::Removed) {
                let _turn = self.channel_turn(receiver, id.open_block).await?;
                if let Some(mut record) = self.stored(id).await? {
                    self.refresh(&mut record).await?;
                }
            }
        }
        Ok(())
    }
}
