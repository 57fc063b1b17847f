//! Pays for a request.
//!
//! The channel's lock is held over read → sign → send → response → commit, so that only one payment is under
//! way in a channel at any time, in any page. A call makes at most one payment, unless a verified response
//! proves that it was not counted. A call opens at most one channel and tops up at most once, whatever
//! servers and nodes answer.

use core::future::Future;

use crate::protocol::BalanceProof;
use crate::protocol::header::Demand;

use super::super::limits::{Limits, check_contract};
use super::super::payment::{PaymentError, SentProof, ServerResponse, Verdict, judge};
use super::super::record::ChannelRecord;
use super::super::store::prices::KnownPrice;
use super::super::world::{Answer, Failing, Progress, Resource, World};
use super::Sender;
use super::apply_verdict::{Attempt, Next};
use super::binding::Bound;
use super::locked::LockedChannel;

/// Proofs signed for one call: a second or third only after the receiver proved which balance it
/// holds.
const MAX_SIGNED: u32 = 3;
/// Retries of a payment that got no response.
const MAX_RESENT: u32 = 2;
/// The backoff before the first retry; it doubles for the next.
const RESEND_MILLISECONDS: u32 = 300;
/// A cached price younger than this is not written again.
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
            // If that receiver may not be paid any more, ask the server, which may name another one.
            if self
                .check_origin(&origin, demand.receiver, limits)
                .await
                .is_ok()
                && let Some(channel) = self.ready_channel(&demand, limits).await?
            {
                return self
                    .pay(resource, limits, demand, Some(channel), Some(known.clone()))
                    .await;
            }
        }
        let (demand, response) = self.ask_unpaid(resource).await?;
        let Some(demand) = demand else {
            return Ok(response);
        };
        // Asking may have been redirected to another place.
        let known = self.known_price(&resource.place()).await?;
        self.pay(resource, limits, demand, None, known).await
    }

    /// Sends a request without a payment: what the server demands, if anything, and its response.
    pub(super) async fn ask_unpaid<R>(
        &self,
        resource: &R,
    ) -> Result<(Option<Demand>, R::Response), W::Error>
    where
        R: Resource<Error = W::Error>,
    {
        self.world.check()?;
        let answer = resource.ask().await?;
        self.world.check()?;
        Ok((answer.demand?, answer.response))
    }

    async fn pay<R>(
        &self,
        resource: &R,
        limits: &Limits,
        demand: Demand,
        ready: Option<LockedChannel<'_, W>>,
        known: Option<KnownPrice>,
    ) -> Result<R::Response, W::Error>
    where
        R: Resource<Error = W::Error>,
    {
        let mut attempt = Attempt::new(resource.place(), known, limits.timeout);
        attempt.unpaid = ready.is_none().then(|| demand.of_payment());
        limits.check(&self.contract.manager, &demand)?;
        // Whoever does not speak for the receiver gets no channel opened either.
        let origin = &attempt.place.origin;
        self.check_origin(origin, demand.receiver, limits).await?;
        let channel = match ready {
            Some(channel) => channel,
            None => self.channel_for(&demand, limits, &mut attempt).await?,
        };
        let origin = &attempt.place.origin;
        let bound = self.bind(origin, demand.receiver, &limits.origins).await?;
        let earlier = channel.pending().is_some();
        let mut payment = PaidRequest {
            sender: self,
            resource,
            limits,
            demand,
            channel,
            bound,
            attempt,
            earlier,
        };
        loop {
            let proof = payment.proof().await?;
            let Some(answer) = payment.send(&proof).await? else {
                continue;
            };
            let round = if answer.redirected {
                payment.ask_again(&proof).await?
            } else {
                payment.conclude(proof, answer).await?
            };
            match round {
                Round::Done(response) => return Ok(response),
                Round::Again => {}
                Round::Elsewhere => payment = payment.elsewhere().await?,
            }
        }
    }
}

/// What follows a response.
enum Round<R> {
    /// Return the response.
    Done(R),
    /// Send the request again.
    Again,
    /// The channel is gone and the payment in it was not counted: pay in another channel.
    Elsewhere,
}

/// The payment for one request: rounds of proof, request and response, until there is a response to return.
struct PaidRequest<'a, W: World, R> {
    sender: &'a Sender<W>,
    resource: &'a R,
    limits: &'a Limits,
    /// What the server asked for last.
    demand: Demand,
    channel: LockedChannel<'a, W>,
    bound: Bound,
    attempt: Attempt,
    /// Whether the pending proof was signed for an earlier request.
    earlier: bool,
}

impl<W: World, R: Resource<Error = W::Error>> PaidRequest<'_, W, R> {
    /// The proof to send: the pending one, or a new one, signed and stored.
    async fn proof(&mut self) -> Result<BalanceProof, W::Error> {
        let world = &self.sender.world;
        world.check()?;
        let (channel, attempt) = (&mut self.channel, &mut self.attempt);
        let gateway = self.bound.gateway(self.resource, &self.demand);
        channel.note_gateway(gateway).await;
        let mut signed = None;
        let proof = match channel.pending().copied() {
            Some(pending) => {
                self.sender.allow_resending(channel).await?;
                world.check()?;
                if self.earlier && !channel.is_resent() {
                    let changed = channel.with(ChannelRecord::resend);
                    channel.store(changed).await?;
                }
                pending
            }
            None => {
                attempt.signed += 1;
                if attempt.signed > MAX_SIGNED {
                    return Err(PaymentError::Changing.into());
                }
                self.earlier = false;
                let next = channel.sign_next(self.limits, &self.demand, attempt);
                signed.insert(next.await?).proof
            }
        };
        world.tell(Progress::Paying {
            price: self.demand.price,
            balance: proof.balance,
            channel: &channel.id,
        });
        match &signed {
            // The listener that was just called may have aborted.
            Some(signed) => channel.still_wanted(signed).await?,
            None => world.check()?,
        }
        Ok(proof)
    }

    /// Sends the request with the proof; `None`: no response came, and it is sent again.
    async fn send(
        &mut self,
        proof: &BalanceProof,
    ) -> Result<Option<Answer<R::Response>>, W::Error> {
        let payment = self.bound.payment(&self.channel, *proof);
        let answer = self.resource.pay(&payment);
        match self.in_time(proof, answer).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(cause) => {
                self.resend(proof, cause).await?;
                // From here on the receiver may have counted it for this call.
                self.earlier = false;
                Ok(None)
            }
        }
    }

    /// Waits for a response within the time limit, after which the outcome of the proof is unknown.
    async fn in_time<T>(
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
    async fn resend(&mut self, proof: &BalanceProof, cause: W::Error) -> Result<(), W::Error> {
        let world = &self.sender.world;
        self.attempt.resent += 1;
        let attempt = self.attempt.resent;
        if attempt > MAX_RESENT || self.resource.is_aborted() || world.check().is_err() {
            return Err(unknown::<W::Error>(proof).caused_by(cause));
        }
        world.tell(Progress::Resending { attempt });
        world.pause(RESEND_MILLISECONDS << (attempt - 1)).await
    }

    /// Follows a redirect without the payment, which went to the URL that was asked for and no further. A
    /// response there that demands no payment is returned; if it shows the proof that was sent, the payment
    /// counts as paid for it, else its outcome stays unknown.
    async fn ask_again(&mut self, proof: &BalanceProof) -> Result<Round<R::Response>, W::Error> {
        let answer = self.in_time(proof, self.resource.ask()).await??;
        self.attempt.place = self.resource.place();
        self.attempt.known = None;
        let Some(demand) = answer.demand? else {
            let shown = answer.shown.filter(|shown| self.counted(proof, shown));
            if shown.is_some() && (200..300).contains(&answer.status) {
                let (verdict, earlier) = (Verdict::Accepted { shown }, self.earlier);
                let sent = SentProof {
                    proof: *proof,
                    earlier,
                };
                self.channel
                    .apply(verdict, &sent, &mut self.attempt)
                    .await?;
            }
            return Ok(Round::Done(answer.response));
        };
        self.same_parties(&demand).await?;
        self.limits.check(&self.sender.contract.manager, &demand)?;
        let (origin, receiver) = (&self.attempt.place.origin, demand.receiver);
        self.bound = self
            .sender
            .bind(origin, receiver, &self.limits.origins)
            .await?;
        self.demand = demand;
        self.attempt.resent += 1;
        if self.attempt.resent > MAX_RESENT {
            return Err(unknown(proof));
        }
        Ok(Round::Again)
    }

    /// Applies the response to a paid request.
    async fn conclude(
        &mut self,
        proof: BalanceProof,
        answer: Answer<R::Response>,
    ) -> Result<Round<R::Response>, W::Error> {
        let demand = answer.demand?;
        if let Some(demand) = &demand {
            self.same_parties(demand).await?;
        }
        let earlier = self.earlier;
        let sent = SentProof { proof, earlier };
        let heard = ServerResponse {
            status: answer.status,
            demand: demand.as_ref(),
            shown: answer.shown,
        };
        let verdict = judge(&self.channel, &sent, &heard);
        if let Some(demand) = &demand
            && self.reads_another(&verdict, demand).await
        {
            return Err(PaymentError::OtherPayment.into());
        }
        let next = self.channel.apply(verdict, &sent, &mut self.attempt);
        Ok(match next.await? {
            Next::Done => {
                if (200..300).contains(&answer.status) {
                    self.note_price().await;
                }
                Round::Done(answer.response)
            }
            Next::Again => {
                if let Some(demand) = demand {
                    self.limits.check(&self.sender.contract.manager, &demand)?;
                    self.demand = demand;
                }
                Round::Again
            }
            Next::Elsewhere => Round::Elsewhere,
        })
    }

    /// Whether the server reads another payment than the one sent, as original servers do from cookies: it
    /// answered the same before there was one.
    async fn reads_another(&self, verdict: &Verdict, demand: &Demand) -> bool {
        let refused = matches!(
            verdict,
            Verdict::Wait(_) | Verdict::Look | Verdict::Fail(PaymentError::InvalidProof)
        );
        if !refused || self.attempt.waited > 0 {
            return false;
        }
        let Some(unpaid) = self.attempt.unpaid else {
            // Next time ask first.
            self.sender.forget_price(&self.attempt.place).await;
            return false;
        };
        unpaid != (None, None) && unpaid == demand.of_payment()
    }

    /// Whether the receiver shows that it has counted the proof: a signature of ours over its balance.
    fn counted(&self, proof: &BalanceProof, shown: &BalanceProof) -> bool {
        let channel = &self.channel;
        shown.balance == proof.balance && channel.manager.verify_balance(&channel.id, shown).is_ok()
    }

    /// Selects another channel.
    async fn elsewhere(mut self) -> Result<Self, W::Error> {
        // Release its lock first: selecting takes the lock of each channel that it reads.
        drop(self.channel);
        let other = self
            .sender
            .channel_for(&self.demand, self.limits, &mut self.attempt);
        self.channel = other.await?;
        self.earlier = self.channel.pending().is_some();
        Ok(self)
    }

    /// Fails for another contract, or another receiver than the channel's.
    async fn same_parties(&self, demand: &Demand) -> Result<(), W::Error> {
        if demand.receiver != self.channel.id.receiver {
            // Next time ask the server first.
            self.sender.forget_price(&self.attempt.place).await;
        }
        check_parties(demand, &self.channel)
    }

    /// Caches the price that was paid, unless it was cached within the last second.
    async fn note_price(&self) {
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

fn unknown<E: Failing>(proof: &BalanceProof) -> E {
    let balance = proof.balance;
    PaymentError::Unknown { balance }.into()
}
