//! Pays for a request.
//!
//! Without numbers the channel's lock is held over read → sign → send → response → commit, so that only one payment
//! is under way in a channel at any time, in any page; with numbers see `numbered`. A call makes
//! at most one payment, unless a verified response proves that it was not counted, or with a number a refusal says
//! so, by the credit at most. A call opens at most one channel and tops up at most once, whatever
//! servers and nodes answer.

use crate::protocol::header::Demand;
use crate::protocol::{BalanceProof, CreditOffer};

use super::super::limits::Limits;
use super::super::payment::{PaymentError, SentProof, ServerResponse, Verdict, judge};
use super::super::record::ChannelRecord;
use super::super::store::prices::KnownPrice;
use super::super::world::{Answer, Progress, Resource, World};
use super::Sender;
use super::apply_verdict::{Attempt, Next};
use super::call::{MAX_RESENT, MAX_SIGNED, PaidCall, unknown};
use super::in_flight::Untold;
use super::incomplete::Fetched;
use super::locked::LockedChannel;
use super::numbered::After;

impl<W: World> Sender<W> {
    /// Sends a request and pays for it within the limits and the policy. A price that was paid
    /// before at the same place goes with the first request.
    pub async fn fetch<R>(
        &self,
        resource: &R,
        limits: &Limits,
    ) -> Result<Fetched<R::Response, W::Turn>, W::Error>
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
                // Whether it still takes numbers is told with the price.
                && (known.credit.is_some() || channel.in_flight().is_empty())
            {
                let asked = (demand, known.credit);
                return self
                    .pay(resource, limits, asked, Some(channel), Some(known.clone()))
                    .await;
            }
        }
        let answer = self.ask_unpaid(resource).await?;
        let Some(demand) = answer.demand? else {
            return Ok(Fetched::whole(answer.response));
        };
        // Asking may have been redirected to another place.
        let known = self.known_price(&resource.place()).await?;
        let asked = (demand, answer.credit.offer);
        self.pay(resource, limits, asked, None, known).await
    }

    /// Sends a request without a payment.
    pub(super) async fn ask_unpaid<R>(&self, resource: &R) -> Result<Answer<R::Response>, W::Error>
    where
        R: Resource<Error = W::Error>,
    {
        self.world.check()?;
        let answer = resource.ask().await?;
        self.world.check()?;
        Ok(answer)
    }

    async fn pay<R>(
        &self,
        resource: &R,
        limits: &Limits,
        (demand, offer): (Demand, Option<CreditOffer>),
        ready: Option<LockedChannel<'_, W>>,
        known: Option<KnownPrice>,
    ) -> Result<Fetched<R::Response, W::Turn>, W::Error>
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
        let call = PaidCall {
            sender: self,
            resource,
            limits,
            demand,
            offer,
            bound,
            attempt,
        };
        let mut payment = PaidRequest::new(call, channel);
        loop {
            if let Some(offer) = payment.call.numbered(&payment.channel) {
                let PaidRequest {
                    mut call, channel, ..
                } = payment;
                let channel = match call.pay_numbered(channel, &offer).await? {
                    After::Done(fetched) => return Ok(fetched),
                    After::Again(channel) => channel,
                    After::Elsewhere => call.select().await?,
                };
                payment = PaidRequest::new(call, channel);
                continue;
            }
            if !payment.channel.in_flight().is_empty() {
                payment = payment.without_numbers().await?;
                continue;
            }
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
                Round::Done(response) => return Ok(Fetched::whole(response)),
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

/// The payment for one request without a number: rounds of proof, request and response, until there is a response
/// to return.
struct PaidRequest<'a, W: World, R> {
    call: PaidCall<'a, W, R>,
    channel: LockedChannel<'a, W>,
    /// Whether the pending proof was signed for an earlier request.
    earlier: bool,
}

impl<'a, W: World, R: Resource<Error = W::Error>> PaidRequest<'a, W, R> {
    fn new(call: PaidCall<'a, W, R>, channel: LockedChannel<'a, W>) -> Self {
        let earlier = channel.pending().is_some();
        Self {
            call,
            channel,
            earlier,
        }
    }

    /// The proof to send: the pending one, or a new one, signed and stored.
    async fn proof(&mut self) -> Result<BalanceProof, W::Error> {
        let world = &self.call.sender.world;
        world.check()?;
        let (channel, attempt) = (&mut self.channel, &mut self.call.attempt);
        let gateway = self
            .call
            .bound
            .gateway(self.call.resource, &self.call.demand);
        channel.note_gateway(gateway).await;
        let mut signed = None;
        let proof = match channel.pending().copied() {
            Some(pending) => {
                self.call.sender.allow_resending(channel).await?;
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
                let next = channel.sign_next(self.call.limits, &self.call.demand, attempt);
                signed.insert(next.await?).proof
            }
        };
        world.tell(Progress::Paying {
            price: self.call.demand.price,
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
        let payment = self.call.bound.payment(&self.channel, *proof);
        let answer = self.call.resource.pay(&payment, None);
        match self.call.in_time(proof, answer).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(cause) => {
                self.call.resend(proof, cause).await?;
                // From here on the receiver may have counted it for this call.
                self.earlier = false;
                Ok(None)
            }
        }
    }

    /// Applies the response to a paid request.
    async fn conclude(
        &mut self,
        proof: BalanceProof,
        answer: Answer<R::Response>,
    ) -> Result<Round<R::Response>, W::Error> {
        let demand = answer.demand?;
        if let Some(demand) = &demand {
            self.call.same_parties(&self.channel, demand).await?;
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
        let adopted = match &verdict {
            Verdict::Adopt(shown) => Some(shown.balance > self.channel.exposure()),
            _ => None,
        };
        let next = self.channel.apply(verdict, &sent, &mut self.call.attempt);
        let next = next.await?;
        if let Some(elsewhere) = adopted {
            self.channel.settle_sum(&answer.credit, elsewhere).await?;
        }
        Ok(match next {
            Next::Done => {
                if (200..300).contains(&answer.status) {
                    self.call.note_price().await;
                }
                Round::Done(answer.response)
            }
            Next::Again => {
                if let Some(demand) = demand {
                    self.call
                        .limits
                        .check(&self.call.sender.contract.manager, &demand)?;
                    self.call.demand = demand;
                    self.call.offer = answer.credit.offer;
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
        if !refused || self.call.attempt.waited > 0 {
            return false;
        }
        let Some(unpaid) = self.call.attempt.unpaid else {
            // Next time ask first.
            self.call
                .sender
                .forget_price(&self.call.attempt.place)
                .await;
            return false;
        };
        unpaid != (None, None) && unpaid == demand.of_payment()
    }

    /// Whether the receiver shows that it has counted the proof: a signature of ours over its balance.
    fn counted(&self, proof: &BalanceProof, shown: &BalanceProof) -> bool {
        let channel = &self.channel;
        shown.balance == proof.balance && channel.manager.verify_balance(&channel.id, shown).is_ok()
    }

    /// Follows a redirect without the payment, which went to the URL that was asked for and no further. A
    /// response there that demands no payment is returned; if it shows the proof that was sent, the payment
    /// counts as paid for it, else its outcome stays unknown.
    async fn ask_again(&mut self, proof: &BalanceProof) -> Result<Round<R::Response>, W::Error> {
        let answer = self.call.ask_redirected(proof).await?;
        let Some(demand) = answer.demand? else {
            let shown = answer.shown.filter(|shown| self.counted(proof, shown));
            if shown.is_some() && (200..300).contains(&answer.status) {
                let (verdict, earlier) = (Verdict::Accepted { shown }, self.earlier);
                let sent = SentProof {
                    proof: *proof,
                    earlier,
                };
                self.channel
                    .apply(verdict, &sent, &mut self.call.attempt)
                    .await?;
            }
            return Ok(Round::Done(answer.response));
        };
        self.call.same_parties(&self.channel, &demand).await?;
        self.call.adopt_place(demand, answer.credit.offer).await?;
        self.call.attempt.resent += 1;
        if self.call.attempt.resent > MAX_RESENT {
            return Err(unknown(proof));
        }
        Ok(Round::Again)
    }

    /// Ends what is in flight, because the server takes no numbers any more: what nobody tells counts as charged.
    async fn without_numbers(self) -> Result<Self, W::Error> {
        let Self { call, channel, .. } = self;
        let id = channel.id;
        drop(channel);
        call.sender.end_in_flight(id, Untold::Charge).await?;
        let channel = call.sender.lock(id).await?;
        Ok(Self::new(call, channel))
    }

    /// Selects another channel.
    async fn elsewhere(self) -> Result<Self, W::Error> {
        let Self {
            mut call, channel, ..
        } = self;
        // Release its lock first: selecting takes the lock of each channel that it reads.
        drop(channel);
        let channel = call.select().await?;
        Ok(Self::new(call, channel))
    }
}
