//! The call that pays for one request, in whichever channel: what it does in the same way with a payment number and
//! without one.

use core::future::Future;

use crate::protocol::header::Demand;
use crate::protocol::{BalanceProof, CreditOffer};

use super::super::limits::{Limits, check_contract};
use super::super::payment::PaymentError;
use super::super::record::ChannelRecord;
use super::super::store::prices::KnownPrice;
use super::super::world::{Answer, Failing, Progress, Resource, World};
use super::Sender;
use super::apply_verdict::Attempt;
use super::binding::Bound;
use super::locked::LockedChannel;

/// Proofs signed for one call: a second or third only after the receiver proved which balance it
/// holds.
pub(super) const MAX_SIGNED: u32 = 3;
/// Retries of a payment that got no response.
pub(super) const MAX_RESENT: u32 = 2;
/// The backoff before the first retry; it doubles for the next.
const RESEND_MILLISECONDS: u32 = 300;
/// A cached price younger than this is not written again.
const SAME_MILLISECONDS: u64 = 1000;

/// The call that pays for one request, in whichever channel.
pub(super) struct PaidCall<'a, W: World, R> {
    pub(super) sender: &'a Sender<W>,
    pub(super) resource: &'a R,
    pub(super) limits: &'a Limits,
    /// What the server asked for last.
    pub(super) demand: Demand,
    /// Its announcement, with that, that it speaks the credit extension.
    pub(super) offer: Option<CreditOffer>,
    pub(super) bound: Bound,
    pub(super) attempt: Attempt,
}

impl<'a, W: World, R: Resource<Error = W::Error>> PaidCall<'a, W, R> {
    /// Selects the channel to pay in, and takes its lock.
    pub(super) async fn select(&mut self) -> Result<LockedChannel<'a, W>, W::Error> {
        let (sender, limits) = (self.sender, self.limits);
        let demand = &self.demand;
        sender.channel_for(demand, limits, &mut self.attempt).await
    }

    /// Waits for a response within the time limit, after which the outcome of the proof is unknown.
    pub(super) async fn in_time<T>(
        &mut self,
        proof: &BalanceProof,
        answer: impl Future<Output = T>,
    ) -> Result<T, W::Error> {
        let answer = self.sender.answer_in_time(&mut self.attempt.budget, answer);
        let late = |late: PaymentError| unknown::<W::Error>(proof).caused_by(late.into());
        answer.await.map_err(late)
    }

    /// Backs off before the same payment is sent again, which the receiver counts once; fails after the last
    /// retry.
    pub(super) async fn resend(
        &mut self,
        proof: &BalanceProof,
        cause: W::Error,
    ) -> Result<(), W::Error> {
        let world = &self.sender.world;
        self.attempt.resent += 1;
        let attempt = self.attempt.resent;
        if attempt > MAX_RESENT || self.resource.is_aborted() || world.check().is_err() {
            return Err(unknown::<W::Error>(proof).caused_by(cause));
        }
        world.tell(Progress::Resending { attempt });
        world.pause(RESEND_MILLISECONDS << (attempt - 1)).await
    }

    /// Follows a redirect without the payment.
    pub(super) async fn ask_redirected(
        &mut self,
        proof: &BalanceProof,
    ) -> Result<Answer<R::Response>, W::Error> {
        let answer = self.in_time(proof, self.resource.ask()).await??;
        self.attempt.place = self.resource.place();
        self.attempt.known = None;
        Ok(answer)
    }

    /// Pays what the server asks for at the place where a redirect led.
    pub(super) async fn adopt_place(
        &mut self,
        demand: Demand,
        offer: Option<CreditOffer>,
    ) -> Result<(), W::Error> {
        self.limits.check(&self.sender.contract.manager, &demand)?;
        let (origin, receiver) = (&self.attempt.place.origin, demand.receiver);
        self.bound = self
            .sender
            .bind(origin, receiver, &self.limits.origins)
            .await?;
        (self.demand, self.offer) = (demand, offer);
        Ok(())
    }

    /// Fails for another contract, or another receiver than the channel's.
    pub(super) async fn same_parties(
        &self,
        channel: &ChannelRecord,
        demand: &Demand,
    ) -> Result<(), W::Error> {
        if demand.receiver != channel.id.receiver {
            // Next time ask the server first.
            self.sender.forget_price(&self.attempt.place).await;
        }
        check_parties(demand, channel)
    }

    /// Caches the price that was paid, unless it was cached within the last second.
    pub(super) async fn note_price(&self) {
        let now = self.sender.world.now();
        let demand = &self.demand;
        let same = |known: &KnownPrice| {
            (known.receiver, known.price) == (demand.receiver, demand.price)
                && now.saturating_sub(known.at) < SAME_MILLISECONDS
        };
        if self.attempt.known.as_ref().is_some_and(same) {
            return;
        }
        let price = KnownPrice {
            receiver: demand.receiver,
            price: demand.price,
            at: now,
            gateway: demand.gateway.clone(),
            credit: self.offer,
        };
        self.sender
            .remember_price(&self.attempt.place, &price)
            .await;
    }
}

/// Fails for another contract, or another receiver than the channel's.
pub(super) fn check_parties<E: Failing>(
    answered: &Demand,
    record: &ChannelRecord,
) -> Result<(), E> {
    check_contract(&record.manager, answered)?;
    let (asked, expected) = (answered.receiver, record.id.receiver);
    if asked != expected {
        return Err(PaymentError::ReceiverChanged { asked, expected }.into());
    }
    Ok(())
}

pub(super) fn unknown<E: Failing>(proof: &BalanceProof) -> E {
    let balance = proof.balance;
    PaymentError::Unknown { balance }.into()
}
