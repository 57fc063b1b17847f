//! Paying for a request.
//!
//! The turn of the channel is held over read → sign → send → answer → commit, so that one payment is
//! under way in a channel at any time, in whatever page. At most one payment is made for a call,
//! unless a verified answer proves that it was not counted. At most one channel is opened and one top up
//! made for a call, whatever answers and nodes say.

use crate::protocol::BalanceProof;
use crate::protocol::header::Demand;

use super::super::limits::{LimitError, Limits};
use super::super::payment::{Heard, PaymentError, Sent, judge};
use super::super::price::KnownPrice;
use super::super::record::ChannelRecord;
use super::super::world::{Answer, Failing, Progress, Resource, World};
use super::Sender;
use super::apply_verdict::{Course, Next};
use super::channel_selection::Held;

/// Proofs signed for one call: a second or third only after the receiver proved which balance it
/// holds.
const MAX_SIGNED: u32 = 3;
/// Times that a payment is sent again because no answer came.
const MAX_RESENT: u32 = 2;
/// Before it is sent again the first time; twice as long the next time.
const RESEND_MILLISECONDS: u32 = 300;
/// For how long a remembered price need not be written again.
const SAME_MILLISECONDS: u64 = 1000;

impl<W: World> Sender<W> {
    /// Sends a request and pays for it within the limits and the policy. A price that was paid
    /// before at the same place goes with the first request.
    pub async fn fetch<R>(&self, resource: &R, limits: &Limits) -> Result<R::Response, W::Error>
    where
        R: Resource<Error = W::Error>,
    {
        self.world.check()?;
        let known = self.known_price(&resource.place()).await?;
        if let Some(known) = &known
            && self.world.now().saturating_sub(known.at) <= limits.price_age
        {
            let demand = known.demand(self.contract.manager.address);
            let origin = resource.place().origin;
            // Who may not be paid any more is asked, and may name another receiver.
            if self
                .check_origin(&origin, demand.receiver, limits)
                .await
                .is_ok()
                && let Some(held) = self.ready_channel(&demand, limits).await?
            {
                return self
                    .pay(resource, limits, demand, Some(held), Some(known.clone()))
                    .await;
            }
        }
        self.world.check()?;
        let answer = resource.ask().await?;
        self.world.check()?;
        let Some(demand) = answer.demand? else {
            return Ok(answer.response);
        };
        // Asking may have been redirected to another place.
        let known = self.known_price(&resource.place()).await?;
        self.pay(resource, limits, demand, None, known).await
    }

    async fn pay<R>(
        &self,
        resource: &R,
        limits: &Limits,
        mut demand: Demand,
        ready: Option<Held<W::Turn>>,
        known: Option<KnownPrice>,
    ) -> Result<R::Response, W::Error>
    where
        R: Resource<Error = W::Error>,
    {
        let mut course = Course::new(resource.place(), known, limits.timeout);
        limits.check(&self.contract.manager, &demand)?;
        // Whoever does not speak for the receiver gets no channel opened either.
        let receiver = demand.receiver;
        self.check_origin(&course.place.origin, receiver, limits)
            .await?;
        let mut held = match ready {
            Some(held) => held,
            None => self.channel_for(&demand, limits, &mut course).await?,
        };
        let mut bound = self
            .bind(&course.place.origin, receiver, &limits.origins)
            .await?;
        let mut earlier = held.record.pending().is_some();
        loop {
            self.world.check()?;
            let record = &mut held.record;
            bound.note_gateway(resource, record, &demand);
            let mut signed = None;
            let proof = match record.pending() {
                Some(pending) => {
                    let pending = *pending;
                    self.allow_resending(record).await?;
                    self.world.check()?;
                    if earlier && record.resend() {
                        self.save(record).await?;
                    }
                    pending
                }
                None => {
                    course.signed += 1;
                    if course.signed > MAX_SIGNED {
                        return Err(PaymentError::Changing.into());
                    }
                    earlier = false;
                    let next = self.sign_next(record, limits, &demand, &mut course);
                    signed.insert(next.await?).proof
                }
            };
            self.world.tell(Progress::Paying {
                price: demand.price,
                balance: proof.balance,
                channel: &record.id,
            });
            match &signed {
                // The listener that was just told may have given up.
                Some(signed) => self.still_wanted(record, signed).await?,
                None => self.world.check()?,
            }
            let payment = bound.payment(record, proof);
            let answer = self
                .answer_in_time(&mut course.patience, resource.pay(&payment))
                .await
                .map_err(|late| unanswered::<W::Error>(&proof, late))?;
            let answer = match answer {
                Ok(answer) => answer,
                Err(cause) => {
                    self.lost(resource, &mut course, &proof, cause).await?;
                    // From here on it may have been counted for this call.
                    earlier = false;
                    continue;
                }
            };
            let Answer {
                status,
                demand: answered,
                shown,
                redirected,
                response,
            } = answer;
            if redirected {
                // The payment went to the place that was asked for and no further.
                let answer = self
                    .answer_in_time(&mut course.patience, resource.ask())
                    .await
                    .map_err(|late| unanswered::<W::Error>(&proof, late))??;
                course.place = resource.place();
                course.known = None;
                match answer.demand? {
                    Some(again) => {
                        self.same_parties(&again, record, &course).await?;
                        limits.check(&self.contract.manager, &again)?;
                        bound = self
                            .bind(&course.place.origin, receiver, &limits.origins)
                            .await?;
                        demand = again;
                    }
                    None => return Ok(answer.response),
                }
                course.resent += 1;
                if course.resent > MAX_RESENT {
                    return Err(unknown(&proof));
                }
                continue;
            }
            let answered = answered?;
            if let Some(answered) = &answered {
                self.same_parties(answered, &held.record, &course).await?;
            }
            let record = &mut held.record;
            let sent = Sent { proof, earlier };
            let heard = Heard {
                status,
                demand: answered.as_ref(),
                shown,
            };
            let verdict = judge(record, &sent, &heard);
            match self
                .follow_verdict(record, &sent, verdict, &mut course)
                .await?
            {
                Next::Done => {
                    if (200..300).contains(&status) {
                        self.note_price(&course, &demand).await;
                    }
                    return Ok(response);
                }
                Next::Again => {}
                Next::Elsewhere => {
                    drop(held);
                    held = self.channel_for(&demand, limits, &mut course).await?;
                    earlier = held.record.pending().is_some();
                    continue;
                }
            }
            if let Some(answered) = answered {
                limits.check(&self.contract.manager, &answered)?;
                demand = answered;
            }
        }
    }

    /// Another contract, or another receiver than that of the channel, is not paid.
    async fn same_parties(
        &self,
        answered: &Demand,
        record: &ChannelRecord,
        course: &Course,
    ) -> Result<(), W::Error> {
        if answered.receiver != record.id.receiver {
            // Next time the server is asked before anything is sent.
            self.forget_price(&course.place).await;
        }
        check_parties(answered, record)
    }

    /// No answer came: the same payment may be sent again, because the receiver counts it once.
    async fn lost<R>(
        &self,
        resource: &R,
        course: &mut Course,
        proof: &BalanceProof,
        cause: W::Error,
    ) -> Result<(), W::Error>
    where
        R: Resource<Error = W::Error>,
    {
        course.resent += 1;
        if course.resent > MAX_RESENT || resource.is_aborted() || self.world.check().is_err() {
            return Err(unknown::<W::Error>(proof).caused_by(cause));
        }
        let attempt = course.resent;
        self.world.tell(Progress::Resending { attempt });
        self.world.pause(RESEND_MILLISECONDS << (attempt - 1)).await
    }

    /// Remembers a price that was paid. One that was remembered just now is left as it is.
    async fn note_price(&self, course: &Course, demand: &Demand) {
        let same = |known: &KnownPrice| {
            (known.receiver, known.price) == (demand.receiver, demand.price)
                && self.world.now().saturating_sub(known.at) < SAME_MILLISECONDS
        };
        if course.known.as_ref().is_some_and(same) {
            return;
        }
        let price = KnownPrice {
            receiver: demand.receiver,
            price: demand.price,
            at: self.world.now(),
        };
        self.remember_price(&course.place, &price).await;
    }
}

/// Another contract, or another receiver than that of the channel, has no say in it.
pub(super) fn check_parties<E: Failing>(
    answered: &Demand,
    record: &ChannelRecord,
) -> Result<(), E> {
    let (asked, expected) = (answered.contract, record.manager.address);
    if asked != expected {
        return Err(LimitError::Contract { asked, expected }.into());
    }
    let (asked, expected) = (answered.receiver, record.id.receiver);
    if asked != expected {
        return Err(PaymentError::ReceiverChanged { asked, expected }.into());
    }
    Ok(())
}

fn unanswered<E: Failing>(proof: &BalanceProof, late: PaymentError) -> E {
    unknown::<E>(proof).caused_by(late.into())
}

fn unknown<E: Failing>(proof: &BalanceProof) -> E {
    let balance = proof.balance;
    PaymentError::Unknown { balance }.into()
}
