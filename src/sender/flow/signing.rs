//! Signs balances.
//!
//! An abort before a proof has left the page leaves nothing behind: nothing more is signed, and a proof that
//! was already stored is removed.

use crate::protocol::header::Demand;
use crate::protocol::{Amount, BalanceProof, ChannelId, Signature};

use super::super::limits::Limits;
use super::super::record::{ChannelRecord, RecordError};
use super::super::store::ledger::{LedgerEntry, Outcome};
use super::super::world::World;
use super::apply_verdict::Attempt;
use super::locked::{Changed, LockedChannel};
use super::{Sender, policy};

/// A proof that is stored and has not left the page yet.
pub(super) struct Signed {
    pub(super) proof: BalanceProof,
    /// The exposure before it.
    exposure: Amount,
}

impl<W: World> Sender<W> {
    /// Signs `amount` on top of the balance, for a caller who sends the proof.
    pub async fn sign(&self, id: ChannelId, amount: Amount) -> Result<BalanceProof, W::Error> {
        let mut channel = self.lock(id).await?;
        let origin = self.world.origin();
        let signed = channel.sign_on(amount, &origin, None, "").await?;
        Ok(signed.proof)
    }

    /// The caller says how the pending proof ended.
    pub async fn decide(
        &self,
        id: ChannelId,
        proof: &BalanceProof,
        accepted: bool,
    ) -> Result<(), W::Error> {
        let mut channel = self.lock(id).await?;
        let entry = channel.pending_entry();
        let (changed, outcome) = if accepted {
            let delivered = channel.try_with(|record| record.deliver(proof))?;
            (delivered, Outcome::Paid)
        } else {
            let taken_back = channel.try_with(|record| record.take_back(proof))?;
            (taken_back, Outcome::Refused)
        };
        self.list_ended(entry, outcome).await;
        channel.store(changed).await
    }
}

impl<W: World> LockedChannel<'_, W> {
    /// Signs the price on top of what was paid, topping up where the limits allow it. The proof is
    /// stored before it is returned.
    pub(super) async fn sign_next(
        &mut self,
        limits: &Limits,
        demand: &Demand,
        attempt: &mut Attempt,
    ) -> Result<Signed, W::Error> {
        // Of a channel found on the chain, a proof of the balance 0 asks what was paid before.
        let price = if self.is_balance_known() {
            demand.price
        } else {
            Amount::ZERO
        };
        let added = match self.next_balance(price) {
            Err(RecordError::InsufficientDeposit { .. })
                if limits.top_up.is_some() && !attempt.topped_up =>
            {
                limits.top_up
            }
            next => next.map(|_| None)?,
        };
        let (sender, id) = (self.sender, Some(self.id));
        sender.ask_caller(demand, id, added, attempt).await?;
        if let Some(added) = added {
            let next = |record: &ChannelRecord| record.next_balance(price);
            let top_up = self.top_up_for(next, added, &attempt.place.origin);
            attempt.topped_up = Box::pin(top_up).await?;
        }
        let place = &attempt.place;
        self.sign_on(price, &place.origin, attempt.before, &place.url)
            .await
    }

    /// Signs `price` on top: allowed, and stored as pending before it is returned.
    async fn sign_on(
        &mut self,
        price: Amount,
        origin: &str,
        before: Option<Amount>,
        url: &str,
    ) -> Result<Signed, W::Error> {
        let (id, sender) = (self.id, self.sender);
        let balance = self.next_balance(price)?;
        sender.reserve_to_leave(id).await?;
        sender.reserve(id, url).await?;
        let at = sender.world.now();
        sender.world.check()?;
        let payment = policy::ProposedPayment {
            record: self,
            price,
            balance,
            at,
            origin,
            before,
        };
        sender.allow_spend(payment).await?;
        let exposure = self.exposure();
        let proof = sender.world.sign(&id, balance).await?;
        sender.note_signed().await;
        sender.world.check_caller()?;
        let begun = self.try_with(|record| record.begin(proof, at, url))?;
        self.store_in_reserve(begun).await?;
        let signed = Signed { proof, exposure };
        self.still_wanted(&signed).await?;
        Ok(signed)
    }

    /// Fails after an abort, and removes the proof: it has not left the page, and nobody else sends it while
    /// the lock is held.
    pub(super) async fn still_wanted(&mut self, signed: &Signed) -> Result<(), W::Error> {
        if let Err(aborted) = self.sender.world.check_caller() {
            let unsent = self.try_with(|record| record.unsend(&signed.proof, signed.exposure))?;
            self.store(unsent).await?;
            return Err(aborted);
        }
        Ok(())
    }

    /// Adopts our proof that the receiver showed, or its claim to have none, and lists the difference: the
    /// ledger always adds up to the balance.
    pub(super) async fn adopt_shown(
        &mut self,
        shown: Option<BalanceProof>,
    ) -> Result<(), W::Error> {
        let adopted = self.try_with(|record| match shown {
            Some(shown) => record.adopt(shown),
            None => record.start_over(),
        })?;
        self.store_adopted(adopted).await
    }

    /// Adopts the proof that the receiver agrees to close with, and stores the agreement.
    pub(super) async fn adopt_agreement(
        &mut self,
        proof: BalanceProof,
        closing: Signature,
    ) -> Result<(), W::Error> {
        let adopted = self.try_with(|record| {
            record.closing = Some((proof, closing));
            record.adopt(proof)
        })?;
        self.store_adopted(adopted).await
    }

    async fn store_adopted(&mut self, adopted: Changed) -> Result<(), W::Error> {
        let sender = self.sender;
        let before = if self.is_balance_known() {
            self.charged()
        } else {
            // The record was lost; the ledger may know more.
            sender.listed(self).await?
        };
        let pending = self.pending_entry();
        let at = self.pending_since().unwrap_or_else(|| sender.world.now());
        let after = adopted.charged();
        let mut counted = false;
        if let Some(mut pending) = pending {
            counted = pending.balance == adopted.balance() && after > before;
            let outcome = if counted {
                pending.amount = after.saturating_sub(before);
                Outcome::Taken
            } else {
                Outcome::Refused
            };
            sender.list(&pending.ended(outcome)).await;
        }
        if !counted {
            self.list_difference(at, before, &adopted).await;
        }
        self.store(adopted).await
    }

    /// Stores a record with another sum of what was charged, and lists the difference.
    pub(super) async fn store_corrected(&mut self, corrected: Changed) -> Result<(), W::Error> {
        let (now, before) = (self.sender.world.now(), self.charged());
        self.list_difference(now, before, &corrected).await;
        self.store(corrected).await
    }

    /// Lists what the receiver showed beyond the payments listed, or below them.
    async fn list_difference(&self, at: u64, before: Amount, corrected: &ChannelRecord) {
        let after = corrected.charged();
        if before == after {
            return;
        }
        let (outcome, amount) = match after.checked_sub(before) {
            Some(more) => (Outcome::Taken, more),
            None => (Outcome::Uncounted, before.saturating_sub(after)),
        };
        let entry = LedgerEntry {
            at,
            url: String::new(),
            receiver: self.id.receiver,
            open_block: self.id.open_block,
            amount,
            balance: corrected.balance(),
            outcome,
        };
        self.sender.list_correction(&entry).await;
    }
}
