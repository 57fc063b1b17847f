//! Applies what the answer to a numbered request means.

use crate::chain::Seen;
use crate::protocol::header::Demand;
use crate::protocol::{Amount, BalanceProof, CreditOffer};
use crate::sender::numbered::{InFlight, NumberedResponse, NumberedVerdict, judge_numbered};
use crate::sender::payment::{PaymentError, Wait};
use crate::sender::record::{ChannelRecord, RecordError};
use crate::sender::store::ledger::Outcome;
use crate::sender::world::{Answer, Resource, World};

use super::super::call::PaidCall;
use super::super::in_flight::{Ended, PaysFor};
use super::super::incomplete::{Fetched, IncompleteBody};
use super::super::locked::LockedChannel;
use super::{After, LockedPayment};

impl<'a, W: World, R: Resource<Error = W::Error>> PaidCall<'a, W, R> {
    /// Applies the response to a numbered request; `None`: wait, and send the same again.
    pub(super) async fn conclude_number(
        &mut self,
        mut channel: LockedChannel<'a, W>,
        sent: &LockedPayment<W::Turn>,
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
        if verdict.ends_repeats() {
            channel.forget_served(payment).await?;
        }
        Ok(match verdict {
            NumberedVerdict::Charged { paid, shown } => {
                let is_served = (200..300).contains(&answer.status);
                let has_body = is_served && answer.has_body;
                let mut pays_for = PaysFor::Nothing;
                if is_served && self.repeats() {
                    pays_for = PaysFor::Repeats;
                } else if has_body {
                    (pays_for, done.incomplete) = self.until_complete(&channel, sent).await;
                }
                self.count_paid(&mut channel, payment, (paid, shown), pays_for)
                    .await;
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
                self.agree_to(answer.credit.offer, demand)?;
                Some(After::Again(channel))
            }
            NumberedVerdict::Taken => {
                count_taken(&mut channel, payment).await;
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

    /// Takes in what the server asks for now, for another number.
    fn agree_to(
        &mut self,
        offer: Option<CreditOffer>,
        demand: Option<Demand>,
    ) -> Result<(), W::Error> {
        self.offer = offer;
        if let Some(demand) = demand {
            self.limits.check(&self.sender.contract.manager, &demand)?;
            self.demand = demand;
        }
        Ok(())
    }

    /// Counts a payment as charged, and keeps it for what it pays for from now on.
    async fn count_paid(
        &self,
        channel: &mut LockedChannel<'a, W>,
        payment: &InFlight,
        (paid, shown): (Amount, Option<BalanceProof>),
        pays_for: PaysFor,
    ) {
        let end = Ended {
            outcome: Outcome::Paid,
            url: &self.attempt.place.url,
            pays_for,
        };
        channel.charge(payment, paid, shown, end).await;
    }

    /// What the payment pays for until the body is complete. Nothing, if there is no lock for it: it was charged and
    /// served, so that is no reason to fail.
    async fn until_complete(
        &self,
        channel: &ChannelRecord,
        sent: &LockedPayment<W::Turn>,
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

/// Counts a payment as charged that the receiver serves to nobody any more.
async fn count_taken<W: World>(channel: &mut LockedChannel<'_, W>, payment: &InFlight) {
    let end = Ended {
        outcome: Outcome::Taken,
        url: &payment.url,
        pays_for: PaysFor::Nothing,
    };
    channel.charge(payment, payment.price, None, end).await;
}
