//! Which payment goes with a request: one that an earlier call left for the same request, or a new one, signed and
//! stored.

use crate::protocol::CreditOffer;
use crate::sender::numbered::{InFlight, MostCredit};
use crate::sender::payment::PaymentError;
use crate::sender::record::{ChannelRecord, RecordError};
use crate::sender::world::{Resource, World};

use super::super::call::{MAX_SIGNED, PaidCall};
use super::super::locked::LockedChannel;
use super::super::policy::ProposedPayment;
use super::LockedPayment;

/// What to do for a request.
pub(super) enum Next<T> {
    /// Send it with this payment.
    Send(Box<LockedPayment<T>>),
    /// Wait for this payment, which is for the same request.
    Same(InFlight),
    /// Wait: too much is in flight.
    NoRoom,
}

impl<T> From<LockedPayment<T>> for Next<T> {
    fn from(sent: LockedPayment<T>) -> Self {
        Self::Send(Box::new(sent))
    }
}

impl<W: World, R: Resource<Error = W::Error>> PaidCall<'_, W, R> {
    /// The payment to send: one that an earlier call left for the same request, or a new one, signed and stored.
    pub(super) async fn number(
        &mut self,
        channel: &mut LockedChannel<'_, W>,
        offer: &CreditOffer,
    ) -> Result<Next<W::Turn>, W::Error> {
        let sender = self.sender;
        sender.world.check()?;
        let gateway = self.bound.gateway(self.resource, &self.demand);
        channel.note_gateway(gateway).await;
        if let Some(earlier) = self.take_over(channel, offer).await? {
            return Ok(earlier);
        }
        if self.attempt.signed >= MAX_SIGNED {
            return Err(PaymentError::Changing.into());
        }
        let (price, id) = (self.demand.price, Some(channel.id));
        let (asked, attempt) = (&self.demand, &mut self.attempt);
        let short = matches!(
            channel.next_numbered(price),
            Err(RecordError::InsufficientDeposit { .. })
        );
        if let Some(added) = self.limits.top_up.filter(|_| short && !attempt.topped_up) {
            sender.ask_caller(asked, id, Some(added), attempt).await?;
            let next = |record: &ChannelRecord| record.next_numbered(price);
            let top_up = channel.top_up_for(next, added, &attempt.place.origin);
            attempt.topped_up = Box::pin(top_up).await?;
        }
        let most = MostCredit::of(&sender.policy().await?, price);
        let now = sender.world.now();
        if !channel.has_room_for(&channel.next_numbered(price)?, offer, &most, now) {
            return Ok(Next::NoRoom);
        }
        sender.ask_caller(asked, id, None, attempt).await?;
        let signed = self.sign_number(channel).await?;
        Ok(signed.map_or(Next::NoRoom, Next::from))
    }

    /// A payment that was left for the same request, which the receiver serves without charge if it has charged it,
    /// and charges if it has not. One that somebody still waits for is waited for, too: if it gets no answer, this call
    /// sends it again, where a number of its own would pay twice.
    ///
    /// Also one that was served, for as long as the receiver serves it again: if its body broke off, or if this request
    /// repeats.
    async fn take_over(
        &self,
        channel: &mut LockedChannel<'_, W>,
        offer: &CreditOffer,
    ) -> Result<Option<Next<W::Turn>>, W::Error> {
        let (sender, place) = (self.sender, &self.attempt.place);
        let is_same = |payment: &&InFlight| {
            payment.is_repeatable()
                && (&payment.method, &payment.url) == (&place.method, &place.url)
                && payment.price <= self.limits.max_price
        };
        let in_flight = channel.in_flight().iter().find(is_same).cloned();
        if let Some(payment) = in_flight {
            let Some(turn) = sender.free_payment(channel.id, &payment).await? else {
                return Ok(Some(Next::Same(payment)));
            };
            sender.allow_resending(channel).await?;
            return Ok(Some(LockedPayment::earlier(payment, Some(turn)).into()));
        }
        let unserved = channel.unserved().iter().find(is_same).cloned();
        if let Some(payment) = unserved {
            return self.resume(channel, payment).await.map(Some);
        }
        let now = sender.world.now();
        let repeat = u64::from(offer.repeat).saturating_mul(1000);
        let is_served =
            |payment: &&InFlight| is_same(payment) && now.saturating_sub(payment.at) < repeat;
        let incomplete = channel.incomplete().iter().find(is_served).cloned();
        if let Some(payment) = &incomplete
            && let Some(_turn) = sender.broken_body(&channel.id, payment).await?
        {
            return self.resume(channel, payment.clone()).await.map(Some);
        }
        if !self.repeats() {
            return Ok(None);
        }
        let served = channel.served().iter().find(is_served).cloned();
        let Some(payment) = served.or(incomplete) else {
            return Ok(None);
        };
        sender.allow_resending(channel).await?;
        Ok(Some(LockedPayment::earlier(payment, None).into()))
    }

    /// Whether what was paid for before is sent again.
    pub(super) fn repeats(&self) -> bool {
        self.limits.repeat || self.resource.is_range()
    }

    /// Puts a payment in flight again that nobody has seen served, as far as the credit allows.
    async fn resume(
        &self,
        channel: &mut LockedChannel<'_, W>,
        payment: InFlight,
    ) -> Result<Next<W::Turn>, W::Error> {
        let sender = self.sender;
        let most = MostCredit::of(&sender.policy().await?, self.demand.price);
        if !channel.can_resume(&payment, &most) {
            return Ok(Next::NoRoom);
        }
        let Some((slot, turn)) = sender.free_slot(channel).await? else {
            return Ok(Next::NoRoom);
        };
        sender.allow_resending(channel).await?;
        let resumed = channel.try_with(|record| {
            record.break_body(payment.number);
            record.resume_number(payment.number, slot)
        })?;
        channel.store(resumed).await?;
        let payment = InFlight { slot, ..payment };
        Ok(LockedPayment::earlier(payment, Some(turn)).into())
    }

    /// Signs for the next number: allowed, and stored as in flight before it is returned. `None`: pages hold all
    /// locks of payments.
    async fn sign_number(
        &mut self,
        channel: &mut LockedChannel<'_, W>,
    ) -> Result<Option<LockedPayment<W::Turn>>, W::Error> {
        let (id, sender, place) = (channel.id, self.sender, &self.attempt.place);
        let price = self.demand.price;
        let next = channel.next_numbered(price)?;
        let Some((slot, turn)) = sender.free_slot(channel).await? else {
            return Ok(None);
        };
        sender.reserve_to_leave(id).await?;
        sender.reserve(id, &place.url).await?;
        let at = sender.world.now();
        sender.world.check()?;
        let proposed = ProposedPayment {
            record: channel,
            price,
            balance: next.balance,
            at,
            origin: &place.origin,
            before: self.attempt.before,
        };
        sender.allow_spend(proposed).await?;
        let exposure = channel.exposure();
        let proof = sender.world.sign(&id, next.balance).await?;
        sender.note_signed().await;
        sender.world.check_caller()?;
        let payment = InFlight {
            number: next.number,
            proof,
            price,
            at,
            method: place.method.clone(),
            url: place.url.clone(),
            slot,
        };
        let begun = channel.try_with(|record| record.begin_number(payment.clone()))?;
        channel.store_in_reserve(begun).await?;
        self.attempt.signed += 1;
        Ok(Some(LockedPayment {
            payment,
            exposure: Some(exposure),
            turn: Some(turn),
        }))
    }
}
