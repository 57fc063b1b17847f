//! Pays with numbers, where the receiver speaks the credit extension (`docs/extension.md`).
//!
//! The channel's lock is held over read → allow → number → sign → store only, so that requests run in parallel,
//! in all pages. Each holds a lock of its own until its answer: a payment in flight whose lock is free was left
//! by a page that died, or by a call that gave up. The next request for the same resource sends it again, which
//! the receiver serves without charge; where nobody asks, [`in_flight`](super::in_flight) finds out.

mod apply_verdict;
mod selection;

use crate::protocol::header::Payment;
use crate::protocol::{Amount, ChannelId, CreditOffer, CreditReport, Numbered};

use super::super::numbered::InFlight;
use super::super::record::ChannelRecord;
use super::super::world::{Answer, Progress, Resource, World};
use super::apply_verdict::WAIT_MILLISECONDS;
use super::call::{PaidCall, check_parties};
use super::incomplete::Fetched;
use super::locked::LockedChannel;

use selection::Next;

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
struct LockedPayment<T> {
    payment: InFlight,
    /// The exposure before it was signed; `None`: an earlier call signed it.
    exposure: Option<Amount>,
    /// `None`: it was charged and served, and costs no more however often it is sent.
    turn: Option<T>,
}

impl<T> LockedPayment<T> {
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

impl<'a, W: World, R: Resource<Error = W::Error>> PaidCall<'a, W, R> {
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
                LockedPayment::earlier(payment, Some(turn))
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

    /// Tells that the request is about to leave. An abort before it leaves nothing behind.
    async fn start(
        &self,
        channel: &mut LockedChannel<'_, W>,
        sent: &LockedPayment<W::Turn>,
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
}
