//! Signing balances, and what becomes of them outside of `fetch`.
//!
//! A caller who gives up before a proof has left the page leaves nothing behind: nothing is signed after
//! that, and a proof that was stored meanwhile is forgotten again.

use crate::protocol::header::Demand;
use crate::protocol::{Amount, BalanceProof, ChannelId};

use super::super::ledger::{Entry, Outcome};
use super::super::limits::{DEFAULT_TIMEOUT, Limits};
use super::super::payment::{Heard, PaymentError, Sent, Verdict, judge};
use super::super::record::{ChannelRecord, RecordError};
use super::super::world::{Resource, World};
use super::apply_verdict::{Course, Next};
use super::pay::check_parties;
use super::{Sender, policy};

/// Times that a receiver is asked for its balance when it serves instead of telling.
const MAX_QUESTIONS: u32 = 3;

/// A proof that is stored and has not left the page.
pub(super) struct Signed {
    pub(super) proof: BalanceProof,
    /// What was let out at most before it.
    exposure: Amount,
}

impl<W: World> Sender<W> {
    /// Signs the price on top of what was paid, topping up where the limits allow it. The proof is
    /// stored before it is returned.
    pub(super) async fn sign_next(
        &self,
        record: &mut ChannelRecord,
        limits: &Limits,
        demand: &Demand,
        course: &mut Course,
    ) -> Result<Signed, W::Error> {
        // Of a channel found on the chain, a proof of the balance 0 asks what was paid before.
        let price = if record.is_balance_known() {
            demand.price
        } else {
            Amount::ZERO
        };
        if let (Err(RecordError::InsufficientDeposit { .. }), Some(added)) =
            (record.next_balance(price), limits.top_up)
            && !course.topped_up
        {
            let top_up = self.top_up_for(record, price, added, &course.place.origin);
            course.topped_up = Box::pin(top_up).await?;
        }
        let place = &course.place;
        self.sign_on(record, price, &place.origin, course.before, &place.url)
            .await
    }

    /// Signs `price` on top: allowed, and stored as pending before it is returned.
    async fn sign_on(
        &self,
        record: &mut ChannelRecord,
        price: Amount,
        origin: &str,
        before: Option<Amount>,
        url: &str,
    ) -> Result<Signed, W::Error> {
        let balance = record.next_balance(price)?;
        self.make_room(record.id, url).await?;
        let at = self.world.now();
        let payment = policy::Payment {
            record,
            price,
            balance,
            at,
            origin,
            before,
        };
        self.world.check()?;
        self.allow_spend(payment).await?;
        let exposure = record.exposure();
        let proof = self.world.sign(&record.id, balance).await?;
        self.world.check_caller()?;
        record.begin(proof, at, url)?;
        self.save_in_room(record).await?;
        let signed = Signed { proof, exposure };
        self.still_wanted(record, &signed).await?;
        Ok(signed)
    }

    /// Fails once the caller has given up. The proof has not left the page, so it is forgotten: nobody
    /// else sends it while the turn is held.
    pub(super) async fn still_wanted(
        &self,
        record: &mut ChannelRecord,
        signed: &Signed,
    ) -> Result<(), W::Error> {
        if let Err(given_up) = self.world.check_caller() {
            record.unsend(&signed.proof, signed.exposure)?;
            self.save(record).await?;
            return Err(given_up);
        }
        Ok(())
    }

    /// Signs `amount` on top of the balance, by hand.
    pub async fn sign(&self, id: ChannelId, amount: Amount) -> Result<BalanceProof, W::Error> {
        let _turn = self.channel_turn(id.receiver, id.open_block).await?;
        let mut record = self.record(id).await?;
        let origin = self.world.origin();
        let signed = self.sign_on(&mut record, amount, &origin, None, "").await?;
        Ok(signed.proof)
    }

    /// The caller says how the pending proof ended.
    pub async fn decide(
        &self,
        id: ChannelId,
        proof: &BalanceProof,
        accepted: bool,
    ) -> Result<(), W::Error> {
        let _turn = self.channel_turn(id.receiver, id.open_block).await?;
        let mut record = self.record(id).await?;
        let entry = record.pending_entry();
        let outcome = if accepted {
            record.deliver(proof)?;
            Outcome::Paid
        } else {
            record.take_back(proof)?;
            Outcome::Refused
        };
        self.list_ended(entry, outcome).await;
        self.save(&record).await
    }

    /// Asks the receiver, at a resource that has a price, which balance it has: a proof of the
    /// balance paid so far goes with the request, and pays nothing. A server that does not speak for
    /// the receiver is not asked; one is bound to it where nobody is yet, once it has named it.
    pub async fn reconcile<R>(&self, id: ChannelId, resource: &R) -> Result<(), W::Error>
    where
        R: Resource<Error = W::Error>,
    {
        let _turn = self.channel_turn(id.receiver, id.open_block).await?;
        let mut record = self.record(id).await?;
        self.world.check()?;
        let mut course = Course::new(resource.place(), None, DEFAULT_TIMEOUT);
        if self.binding(id.receiver).await?.is_none() {
            let named = self.answer_in_time(&mut course.patience, resource.ask());
            let named = named.await??.demand?;
            check_parties::<W::Error>(&named.ok_or(PaymentError::NotTold)?, &record)?;
        }
        let origin = resource.place().origin;
        let bound = self.bind(&origin, id.receiver, &[]).await?;
        let known = record.proof().copied();
        let proof = match known.filter(|proof| proof.balance == record.balance()) {
            Some(proof) => proof,
            None => self.world.sign(&id, record.balance()).await?,
        };
        let sent = Sent {
            proof,
            earlier: true,
        };
        let mut questions = 0;
        while questions < MAX_QUESTIONS {
            self.world.check()?;
            let payment = bound.payment(&record, proof);
            let answer = self.answer_in_time(&mut course.patience, resource.pay(&payment));
            let answer = answer.await??;
            let demand = answer.demand?;
            let heard = Heard {
                status: answer.status,
                demand: demand.as_ref(),
                shown: answer.shown,
            };
            if let Some(demand) = &demand {
                check_parties::<W::Error>(demand, &record)?;
                bound.note_gateway(resource, &mut record, demand);
            }
            match judge(&record, &sent, &heard) {
                Verdict::Adopt(shown) => return self.adopt(&mut record, Some(shown)).await,
                Verdict::StartOver => return self.adopt(&mut record, None).await,
                Verdict::Fail(error) => return Err(error.into()),
                // It had not counted this balance before, and has now; or it costs nothing.
                Verdict::Accepted { .. } => questions += 1,
                Verdict::Wait(wait) => self.wait(&mut record, &mut course, wait).await?,
                Verdict::Look => match self.look_for(&mut record, &sent, &mut course).await? {
                    Next::Again => {}
                    Next::Done | Next::Elsewhere => break,
                },
                Verdict::Taken | Verdict::Unknown => break,
            }
        }
        Err(PaymentError::NotTold.into())
    }

    /// Takes over the receiver's proof of ours, or its word that it has none, and lists what that
    /// means: the list always adds up to the balance.
    pub(super) async fn adopt(
        &self,
        record: &mut ChannelRecord,
        shown: Option<BalanceProof>,
    ) -> Result<(), W::Error> {
        let before = if record.is_balance_known() {
            record.balance()
        } else {
            // The record was lost, and the list may know more.
            self.listed(record).await?
        };
        let pending = record.pending_entry();
        let at = record.pending_since().unwrap_or_else(|| self.world.now());
        match shown {
            Some(shown) => record.adopt(shown)?,
            None => record.start_over()?,
        }
        let after = record.balance();
        let mut counted = false;
        if let Some(mut pending) = pending {
            counted = pending.balance == after && after > before;
            let outcome = if counted {
                pending.amount = after.saturating_sub(before);
                Outcome::Taken
            } else {
                Outcome::Refused
            };
            self.list(&pending.ended(outcome)).await;
        }
        if !counted && before != after {
            let (outcome, amount) = match after.checked_sub(before) {
                Some(more) => (Outcome::Taken, more),
                None => (Outcome::Uncounted, before.saturating_sub(after)),
            };
            let entry = Entry {
                at,
                url: String::new(),
                receiver: record.id.receiver,
                open_block: record.id.open_block,
                amount,
                balance: after,
                outcome,
            };
            self.list_correction(&entry).await;
        }
        self.save(record).await
    }
}
