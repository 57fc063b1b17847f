//! Asks a receiver for the balance that it has.

use crate::protocol::ChannelId;

use super::super::limits::DEFAULT_TIMEOUT;
use super::super::payment::{PaymentError, SentProof, ServerResponse, Verdict, judge};
use super::super::world::{Resource, World};
use super::Sender;
use super::apply_verdict::{Attempt, Next};
use super::call::check_parties;
use super::in_flight::Untold;

/// Questions to a receiver that serves the resource instead of telling the balance.
const MAX_QUESTIONS: u32 = 3;

impl<W: World> Sender<W> {
    /// Asks the receiver, at a resource that has a price, which balance it has: a proof of the
    /// balance paid so far goes with the request, and pays nothing. A server that does not speak for
    /// the receiver is not asked; one is bound to it where nobody is yet, once it has named it.
    pub async fn reconcile<R>(&self, id: ChannelId, resource: &R) -> Result<(), W::Error>
    where
        R: Resource<Error = W::Error>,
    {
        self.end_in_flight(id, Untold::Keep).await?;
        let mut channel = self.lock(id).await?;
        self.world.check()?;
        let mut attempt = Attempt::new(resource.place(), None, DEFAULT_TIMEOUT);
        if self.binding(id.receiver).await?.is_none() {
            let named = self.answer_in_time(&mut attempt.budget, resource.ask());
            let named = named.await??.demand?;
            check_parties::<W::Error>(&named.ok_or(PaymentError::NotTold)?, &channel)?;
        }
        let bound = self
            .bind(&resource.place().origin, id.receiver, &[])
            .await?;
        let known = channel.proof().copied();
        let proof = match known.filter(|proof| proof.balance == channel.balance()) {
            Some(proof) => proof,
            None => self.world.sign(&id, channel.balance()).await?,
        };
        let sent = SentProof {
            proof,
            earlier: true,
        };
        let mut questions = 0;
        while questions < MAX_QUESTIONS {
            self.world.check()?;
            let payment = bound.payment(&channel, proof);
            let answer = self.answer_in_time(&mut attempt.budget, resource.pay(&payment, None));
            let answer = answer.await?;
            if answer.is_err() {
                self.world.check_caller()?;
            }
            let answer = answer?;
            let demand = answer.demand?;
            let heard = ServerResponse {
                status: answer.status,
                demand: demand.as_ref(),
                shown: answer.shown,
            };
            if let Some(demand) = &demand {
                check_parties::<W::Error>(demand, &channel)?;
                channel.note_gateway(bound.gateway(resource, demand)).await;
            }
            match judge(&channel, &sent, &heard) {
                Verdict::Adopt(shown) => {
                    let elsewhere = shown.balance > channel.exposure();
                    channel.adopt_shown(Some(shown)).await?;
                    return channel.settle_sum(&answer.credit, elsewhere).await;
                }
                Verdict::StartOver => return channel.adopt_shown(None).await,
                Verdict::Fail(error) => return Err(error.into()),
                // It accepted this balance just now, or the resource is free: ask again.
                Verdict::Accepted { .. } => questions += 1,
                Verdict::Wait(wait) => channel.wait(&mut attempt, wait).await?,
                Verdict::Look => match channel.look_for(&sent, &mut attempt).await? {
                    Next::Again => {}
                    Next::Done | Next::Elsewhere => break,
                },
                Verdict::Taken | Verdict::Unknown => break,
            }
        }
        Err(PaymentError::NotTold.into())
    }
}
