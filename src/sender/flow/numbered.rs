//! Pays with numbers, where the receiver speaks the credit extension (`docs/extension.md`).
//!
//! The channel's lock is held over read → allow → number → sign → store only, so that requests run in parallel,
//! in all pages. Each holds a lock of its own until its answer: a payment in flight whose lock is free was left
//! by a page that died, or by a call that gave up. The next request for the same resource sends it again, which
//! the receiver serves without charge; where nobody asks, [`in_flight`](super::in_flight) finds out.

use crate::chain::Seen;
use crate::protocol::header::Payment;
use crate::protocol::{Amount, ChannelId, CreditOffer, CreditReport, Numbered};

use super::super::numbered::{
    InFlight, MostCredit, NumberedResponse, NumberedVerdict, judge_numbered,
};
use super::super::payment::{PaymentError, Wait};
use super::super::record::{ChannelRecord, RecordError};
use super::super::store::ledger::Outcome;
use super::super::world::{Answer, Progress, Resource, World};
use super::apply_verdict::WAIT_MILLISECONDS;
use super::call::{Call, MAX_SIGNED, check_parties};
use super::in_flight::{Ended, PaysFor};
use super::incomplete::{Fetched, IncompleteBody};
use super::locked::LockedChannel;
use super::policy::ProposedPayment;

/// What follows a numbered request.
pub(super) enum After<'a, W: World, R> {
    /// Return the response.
    Done(Fetched<R, W::Turn>),
    /// Pay with another number, or without one.
    Again(LockedChannel<'a, W>),
    /// The channel is gone and the payment in it was not counted: pay in another channel.
    Elsewhere,
}

/// What a redirect led to.
enum Followed<'a, W: World, R> {
    /// An answer that names the payment.
    Told(Box<Answer<R>>),
    /// Another one: whether the payment was charged is not known.
    Untold(After<'a, W, R>),
}

/// A payment to send, with its lock.
struct Sent<T> {
    payment: InFlight,
    /// The exposure before it was signed; `None`: an earlier call signed it.
    exposure: Option<Amount>,
    /// `None`: it was charged and served, and costs no more however often it is sent.
    turn: Option<T>,
}

/// What to do for a request.
enum Next<T> {
    /// Send it with this payment.
    Send(Box<Sent<T>>),
    /// Wait for this payment, which is for the same request.
    Same(InFlight),
    /// Wait: too much is in flight.
    NoRoom,
}

impl<T> From<Sent<T>> for Next<T> {
    fn from(sent: Sent<T>) -> Self {
        Self::Send(Box::new(sent))
    }
}

impl<T> Sent<T> {
    /// Signed by an earlier call.
    fn earlier(payment: InFlight, turn: Option<T>) -> Self {
        Self {
            payment,
            exposure: None,
            turn,
        }
    }

    fn is_earlier(&self) -> bool {
        self.exposure.is_none()
    }
}

impl<'a, W: World, R: Resource<Error = W::Error>> Call<'a, W, R> {
    /// The receiver's offer, if the payment carries a number.
    pub(super) fn numbered(&self, channel: &ChannelRecord) -> Option<CreditOffer> {
        let price = self.demand.price;
        self.offer.filter(|_| channel.can_number(price))
    }

    /// Pays for the request with a number.
    pub(super) async fn pay_numbered(
        &mut self,
        mut channel: LockedChannel<'a, W>,
        offer: &CreditOffer,
    ) -> Result<After<'a, W, R::Response>, W::Error> {
        let (sender, id) = (self.sender, channel.id);
        let sent = match self.number(&mut channel, offer).await? {
            Next::Send(sent) => *sent,
            Next::NoRoom => {
                drop(channel);
                sender.make_credit(id, &mut self.attempt.budget).await?;
                return self.once_more(id).await;
            }
            Next::Same(payment) => {
                drop(channel);
                let lock = sender.key().payment_lock(&id, payment.slot);
                let turn = sender.world.turn(&lock).await?;
                channel = sender.lock(id).await?;
                if !channel.in_flight().contains(&payment) {
                    drop(channel);
                    return self.once_more(id).await;
                }
                sender.allow_resending(&channel).await?;
                Sent::earlier(payment, Some(turn))
            }
        };
        self.start(&mut channel, &sent).await?;
        let payment = self.bound.payment(&channel, sent.payment.proof);
        drop(channel);
        loop {
            let Some(mut answer) = self.send_number(&payment, &sent.payment).await? else {
                continue;
            };
            if answer.redirected && answer.credit == CreditReport::default() {
                // What it led to is hidden: so is whether it was charged.
                drop(answer);
                answer = match self.follow(id, &sent.payment).await? {
                    Followed::Told(answer) => *answer,
                    Followed::Untold(after) => return Ok(after),
                };
            }
            let Some(channel) = sender.lock_to_tidy(id).await? else {
                return Ok(After::Done(Fetched::whole(answer.response)));
            };
            match self.conclude_number(channel, &sent, answer).await? {
                Some(after) => return Ok(after),
                None => sender.world.pause(WAIT_MILLISECONDS).await?,
            }
        }
    }

    /// Looks at the channel again after a wait.
    async fn once_more(&self, id: ChannelId) -> Result<After<'a, W, R::Response>, W::Error> {
        let channel = self.sender.lock(id).await?;
        Ok(match channel.is_usable() {
            true => After::Again(channel),
            false => After::Elsewhere,
        })
    }

    /// The payment to send: one that an earlier call left for the same request, or a new one, signed and stored.
    async fn number(
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
            return Ok(Some(Sent::earlier(payment, Some(turn)).into()));
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
        Ok(Some(Sent::earlier(payment, None).into()))
    }

    /// Whether what was paid for before is sent again.
    fn repeats(&self) -> bool {
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
        Ok(Sent::earlier(payment, Some(turn)).into())
    }

    /// Signs for the next number: allowed, and stored as in flight before it is returned. `None`: pages hold all
    /// locks of payments.
    async fn sign_number(
        &mut self,
        channel: &mut LockedChannel<'_, W>,
    ) -> Result<Option<Sent<W::Turn>>, W::Error> {
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
        Ok(Some(Sent {
            payment,
            exposure: Some(exposure),
            turn: Some(turn),
        }))
    }

    /// Tells that the request is about to leave. An abort before it leaves nothing behind.
    async fn start(
        &self,
        channel: &mut LockedChannel<'_, W>,
        sent: &Sent<W::Turn>,
    ) -> Result<(), W::Error> {
        let world = &self.sender.world;
        // What was paid and served before is not paid now.
        if !channel.was_served(&sent.payment) {
            world.tell(Progress::Paying {
                price: sent.payment.price,
                balance: sent.payment.proof.balance,
                channel: &channel.id,
            });
        }
        let Some(exposure) = sent.exposure else {
            return world.check();
        };
        if let Err(aborted) = world.check_caller() {
            let number = sent.payment.number;
            let unsent = channel.try_with(|record| record.unsend_number(number, exposure))?;
            channel.store(unsent).await?;
            return Err(aborted);
        }
        Ok(())
    }

    /// Sends the request; `None`: no response came, and it is sent again.
    async fn send_number(
        &mut self,
        payment: &Payment,
        sent: &InFlight,
    ) -> Result<Option<Answer<R::Response>>, W::Error> {
        let numbered = Numbered {
            number: sent.number,
            agreed: sent.price,
        };
        let answer = self.resource.pay(payment, Some(&numbered));
        match self.in_time(&sent.proof, answer).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(cause) => {
                self.resend(&sent.proof, cause).await?;
                Ok(None)
            }
        }
    }

    /// Follows a redirect without the payment, which stays in flight unless the answer tells what it was charged.
    async fn follow(
        &mut self,
        id: ChannelId,
        sent: &InFlight,
    ) -> Result<Followed<'a, W, R::Response>, W::Error> {
        let answer = self.ask_redirected(&sent.proof).await?;
        let is_told = answer.credit.paid.is_some_and(|(n, _)| n == sent.number);
        let demand = match answer.demand? {
            None if is_told => {
                let demand = Ok(None);
                return Ok(Followed::Told(Box::new(Answer { demand, ..answer })));
            }
            None => {
                let done = Fetched::whole(answer.response);
                return Ok(Followed::Untold(After::Done(done)));
            }
            Some(demand) => demand,
        };
        let channel = self.sender.lock(id).await?;
        check_parties::<W::Error>(&demand, &channel)?;
        self.adopt_place(demand, answer.credit.offer).await?;
        Ok(Followed::Untold(After::Again(channel)))
    }

    /// Applies the response to a numbered request; `None`: wait, and send the same again.
    async fn conclude_number(
        &mut self,
        mut channel: LockedChannel<'a, W>,
        sent: &Sent<W::Turn>,
        answer: Answer<R::Response>,
    ) -> Result<Option<After<'a, W, R::Response>>, W::Error> {
        let demand = answer.demand?;
        if let Some(demand) = &demand {
            self.same_parties(&channel, demand).await?;
        }
        let payment = &sent.payment;
        let heard = NumberedResponse {
            status: answer.status,
            demand: demand.as_ref(),
            shown: answer.shown,
            credit: &answer.credit,
        };
        let mut done = Fetched::whole(answer.response);
        let verdict = judge_numbered(&channel, payment, &heard);
        if let NumberedVerdict::Taken | NumberedVerdict::Again | NumberedVerdict::Fail(_) = verdict
        {
            channel.forget_served(payment).await?;
        }
        Ok(match verdict {
            NumberedVerdict::Charged { paid, shown } => {
                let url = &self.attempt.place.url;
                let is_served = (200..300).contains(&answer.status);
                let mut pays_for = PaysFor::Nothing;
                if is_served && self.repeats() {
                    pays_for = PaysFor::Repeats;
                } else if is_served && answer.has_body {
                    (pays_for, done.incomplete) = self.until_complete(&channel, sent).await;
                }
                let end = Ended {
                    outcome: Outcome::Paid,
                    url,
                    pays_for,
                };
                channel.charge(&sent.payment, paid, shown, end).await;
                if is_served {
                    self.note_price().await;
                }
                Some(After::Done(done))
            }
            // If it was sent before, it may have been charged then, when it was not free yet.
            NumberedVerdict::Free if self.attempt.resent == 0 && !sent.is_earlier() => {
                channel.uncharge(payment).await?;
                Some(After::Done(done))
            }
            NumberedVerdict::Free | NumberedVerdict::Unknown => Some(After::Done(done)),
            NumberedVerdict::Wait(wait) => {
                channel.count_wait(&mut self.attempt, wait).await?;
                None
            }
            NumberedVerdict::Look => self.look_for_number(channel, payment).await?,
            NumberedVerdict::Again => {
                channel.uncharge(payment).await?;
                channel.learn(&answer.credit, demand.as_ref()).await?;
                self.offer = answer.credit.offer;
                if let Some(demand) = demand {
                    self.limits.check(&self.sender.contract.manager, &demand)?;
                    self.demand = demand;
                }
                Some(After::Again(channel))
            }
            NumberedVerdict::Taken => {
                let end = Ended {
                    outcome: Outcome::Taken,
                    url: &payment.url,
                    pays_for: PaysFor::Nothing,
                };
                channel.charge(payment, payment.price, None, end).await;
                if !sent.is_earlier() {
                    let balance = payment.proof.balance;
                    return Err(PaymentError::Taken { balance }.into());
                }
                Some(After::Again(channel))
            }
            NumberedVerdict::Fail(error) => {
                channel.uncharge(payment).await?;
                return Err(error.into());
            }
        })
    }

    /// What the payment pays for until the body is complete. Nothing, if there is no lock for it: it was charged and
    /// served, so that is no reason to fail.
    async fn until_complete(
        &self,
        channel: &ChannelRecord,
        sent: &Sent<W::Turn>,
    ) -> (PaysFor, Option<IncompleteBody<W::Turn>>) {
        if sent.turn.is_none() || !sent.payment.is_repeatable() {
            return (PaysFor::Nothing, None);
        }
        let free = self.sender.free_body_slot(channel).await.ok().flatten();
        free.map_or((PaysFor::Nothing, None), |(slot, turn)| {
            let body = IncompleteBody::new(channel.id, &sent.payment, turn);
            (PaysFor::Body(slot), Some(body))
        })
    }

    /// The receiver does not know the channel. If the chain does, the receiver lags. If the channel was settled,
    /// the settled balance tells whether this payment was counted.
    async fn look_for_number(
        &mut self,
        mut channel: LockedChannel<'a, W>,
        payment: &InFlight,
    ) -> Result<Option<After<'a, W, R::Response>>, W::Error> {
        let before = channel.charged();
        match Box::pin(channel.refresh()).await? {
            Seen::Live { info, .. } if !info.is_closing() => {
                channel.count_wait(&mut self.attempt, Wait::Channel).await?;
                Ok(None)
            }
            Seen::Live { .. } => Err(RecordError::NotOpen(channel.state).into()),
            // What is in flight has ended with the channel.
            Seen::Settled { .. } | Seen::Missing if channel.charged() > before => {
                let balance = payment.proof.balance;
                Err(PaymentError::Taken { balance }.into())
            }
            Seen::Settled { .. } | Seen::Missing => Ok(Some(After::Elsewhere)),
        }
    }
}
