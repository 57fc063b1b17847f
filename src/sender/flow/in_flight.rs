//! Numbered payments whose outcome is not known: what becomes of them, and who finds out.
//!
//! A page that waits for an answer holds the lock of its payment. One whose lock is free is asked about: its
//! request is repeated with its number and an agreed price of 0, which tells whether it was charged and charges
//! nothing. What can't be found out counts as charged where the credit is needed, because it may be.

use crate::protocol::header::{Demand, Payment};
use crate::protocol::{
    Amount, BalanceProof, ChannelId, CreditRefusal, CreditReport, ReportedRefusal, Signature,
};

use super::super::limits::DEFAULT_TIMEOUT;
use super::super::numbered::{ChargedMore, InFlight};
use super::super::payment::PaymentError;
use super::super::record::ChannelRecord;
use super::super::store::ledger::{LedgerEntry, Outcome};
use super::super::world::World;
use super::Sender;
use super::apply_verdict::WAIT_MILLISECONDS;
use super::locked::LockedChannel;
use super::time_budget::TimeBudget;

/// What a receiver tells of a payment.
enum Told {
    /// It was charged, so much.
    Charged(Amount),
    /// It was not.
    NotCharged,
}

/// What to make of a payment whose outcome nobody tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untold {
    /// It stays in flight.
    Keep,
    /// It counts as charged.
    Charge,
}

/// How a payment that was charged ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended<'a> {
    /// For the ledger.
    pub outcome: Outcome,
    /// What was asked for.
    pub url: &'a str,
    /// What it pays for from here on.
    pub pays_for: PaysFor,
}

/// What a payment that was charged pays for from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaysFor {
    /// Nothing more.
    Nothing,
    /// Further requests for the same resource that repeat.
    Repeats,
    /// Requests for the same resource, until its body is complete: meanwhile the page holds this lock.
    Body(usize),
}

impl<W: World> Sender<W> {
    /// The lock of a payment in flight, if no page holds it.
    pub(super) async fn free_payment(
        &self,
        id: ChannelId,
        payment: &InFlight,
    ) -> Result<Option<W::Turn>, W::Error> {
        let lock = self.key().payment_lock(&id, payment.slot);
        self.world.free_turn(&lock).await
    }

    /// A lock for a new payment. `None`: pages hold all of them.
    pub(super) async fn free_slot(
        &self,
        channel: &ChannelRecord,
    ) -> Result<Option<(usize, W::Turn)>, W::Error> {
        // Never wait here: who finds out about a payment that is over holds its lock and waits for the channel.
        for slot in channel.free_slots() {
            let lock = self.key().payment_lock(&channel.id, slot);
            if let Some(turn) = self.world.free_turn(&lock).await? {
                return Ok(Some((slot, turn)));
            }
        }
        Ok(None)
    }

    /// Makes credit for another payment: finds out about one in flight that no page waits for, in the time that
    /// the call has for servers, or else waits until one ends.
    pub(super) async fn make_credit(
        &self,
        id: ChannelId,
        budget: &mut TimeBudget,
    ) -> Result<(), W::Error> {
        let Some(channel) = self.lock_stored(id).await? else {
            return Ok(());
        };
        for payment in channel.in_flight() {
            if let Some(turn) = self.free_payment(id, payment).await? {
                let payment = payment.clone();
                drop(channel);
                return self
                    .find_out(id, (&payment, turn), Untold::Charge, budget)
                    .await;
            }
        }
        let first = channel.in_flight().first().cloned();
        drop(channel);
        let Some(first) = first else {
            // A page is about to send a number again.
            return self.world.pause(WAIT_MILLISECONDS).await;
        };
        let lock = self.key().payment_lock(&id, first.slot);
        let turn = self.world.turn(&lock).await?;
        // Whoever waited holds the lock now. If the payment is still in flight, nobody else asks about it.
        self.find_out(id, (&first, turn), Untold::Charge, budget)
            .await
    }

    /// Waits until all that is in flight now is answered, and finds out about what nobody waits for.
    pub(super) async fn end_in_flight(
        &self,
        id: ChannelId,
        untold: Untold,
    ) -> Result<(), W::Error> {
        let Some(channel) = self.lock_stored(id).await? else {
            return Ok(());
        };
        let all = channel.in_flight().to_vec();
        drop(channel);
        // One limit for all of them: a server that does not answer the first answers none.
        let mut budget = TimeBudget::new(DEFAULT_TIMEOUT);
        for payment in all {
            let lock = self.key().payment_lock(&id, payment.slot);
            let turn = self.world.turn(&lock).await?;
            self.find_out(id, (&payment, turn), untold, &mut budget)
                .await?;
        }
        Ok(())
    }

    /// Asks what became of a payment whose lock is held, and notes it.
    async fn find_out(
        &self,
        id: ChannelId,
        (payment, _turn): (&InFlight, W::Turn),
        untold: Untold,
        budget: &mut TimeBudget,
    ) -> Result<(), W::Error> {
        let number = payment.number;
        let is_there = |channel: &ChannelRecord| {
            let mut all = channel.in_flight().iter();
            all.any(|known| known.number == number)
        };
        let channel = self.lock_stored(id).await?;
        let Some(channel) = channel.filter(|channel| is_there(channel)) else {
            return Ok(());
        };
        let allowed = self.allow_resending(&channel).await.is_ok();
        drop(channel);
        let told = match allowed && payment.is_repeatable() {
            true => self.outcome(id, payment, budget).await,
            false => None,
        };
        let Some(mut channel) = self.lock_to_tidy(id).await? else {
            return Ok(());
        };
        let paid = match told {
            Some(Told::Charged(paid)) => paid,
            Some(Told::NotCharged) => return channel.uncharge(payment).await,
            None if untold == Untold::Charge => payment.price,
            None => return Ok(()),
        };
        channel.charge_unserved(payment, paid).await;
        Ok(())
    }

    /// What the receiver tells of a payment. `None`: nothing.
    async fn outcome(
        &self,
        id: ChannelId,
        payment: &InFlight,
        budget: &mut TimeBudget,
    ) -> Option<Told> {
        let headers = Payment {
            sender: id.sender,
            open_block: id.open_block,
            proof: payment.proof,
            contract: Some(self.contract.manager.address),
            receiver: Some(id.receiver),
        };
        let answer = self.world.ask_outcome(payment, &headers);
        let report = self.answer_in_time(budget, answer).await.ok()??;
        if let Some((number, paid)) = report.paid
            && number == payment.number
        {
            return Some(Told::Charged(paid.min(payment.price)));
        }
        match report.refused? {
            ReportedRefusal::Known(CreditRefusal::NumberCharged) => {
                Some(Told::Charged(payment.price))
            }
            // Only a number that was not charged gets so far, or one of another client with this key.
            ReportedRefusal::Known(CreditRefusal::PriceRaised | CreditRefusal::NumberUsed) => {
                Some(Told::NotCharged)
            }
            _ => None,
        }
    }
}

impl<W: World> LockedChannel<'_, W> {
    /// Lists and stores that a payment was charged. Does nothing where that was decided before. If the record
    /// can't be stored now, the payment stays in flight there, and its outcome is asked for later.
    pub(super) async fn charge(
        &mut self,
        payment: &InFlight,
        paid: Amount,
        shown: Option<BalanceProof>,
        ended: Ended<'_>,
    ) {
        let charged = self.try_with(|record| {
            record.charge_number(payment.number, paid, shown.as_ref())?;
            match ended.pays_for {
                PaysFor::Nothing => {}
                PaysFor::Repeats => record.keep_served(payment, paid),
                PaysFor::Body(slot) => record.keep_incomplete(payment, paid, slot),
            }
            Ok(())
        });
        let Ok(charged) = charged else { return };
        let entry = LedgerEntry {
            amount: paid,
            url: ended.url.to_owned(),
            ..self.entry_of(payment)
        };
        self.sender.list(&entry.ended(ended.outcome)).await;
        let _ = self.store(charged).await;
    }

    /// The receiver does not serve a payment again that was served before.
    pub(super) async fn forget_served(&mut self, payment: &InFlight) -> Result<(), W::Error> {
        if !self.was_served(payment) {
            return Ok(());
        }
        let forgotten = self.with(|record| record.forget_served(payment.number));
        self.store(forgotten).await
    }

    /// The same for a payment whose answer nobody saw: it is kept for the next request for the same resource.
    async fn charge_unserved(&mut self, payment: &InFlight, paid: Amount) {
        let charged = self.try_with(|record| record.charge_unserved(payment.number, paid));
        let Ok(charged) = charged else { return };
        let entry = LedgerEntry {
            amount: paid,
            ..self.entry_of(payment)
        };
        self.sender.list(&entry.ended(Outcome::Taken)).await;
        let _ = self.store(charged).await;
    }

    /// Lists and stores that a payment was not charged. Does nothing where that was decided before.
    pub(super) async fn uncharge(&mut self, payment: &InFlight) -> Result<(), W::Error> {
        let Ok(dropped) = self.try_with(|record| record.drop_number(payment.number)) else {
            return Ok(());
        };
        let entry = self.entry_of(payment).ended(Outcome::Refused);
        self.sender.list(&entry).await;
        self.store(dropped).await
    }

    /// Compares the receiver's sum with ours, and its numbers.
    pub(super) async fn learn(
        &mut self,
        report: &CreditReport,
        demand: Option<&Demand>,
    ) -> Result<(), W::Error> {
        let shown = demand.and_then(Demand::acknowledged);
        let ours = |shown: &BalanceProof| self.manager.verify_balance(&self.id, shown).is_ok();
        let shown = shown.filter(ours);
        self.adopt_sum(report, |record, claimed| {
            record.learn_charged(claimed, shown.as_ref())
        })
        .await
    }

    /// Takes over the receiver's numbers, and its sum as the record's rules allow.
    async fn adopt_sum(
        &mut self,
        report: &CreditReport,
        adopt: impl FnOnce(&mut ChannelRecord, Amount) -> Result<(), ChargedMore>,
    ) -> Result<(), W::Error> {
        let mut adopted = Ok(());
        let changed = self.with(|record| {
            record.skip_numbers(report.newest.unwrap_or(0).min(NEWEST_BELIEVED));
            if let Some(claimed) = report.charged {
                adopted = adopt(record, claimed);
            }
        });
        self.store_corrected(changed).await?;
        Ok(adopted.map_err(PaymentError::from)?)
    }

    /// Decides by the receiver's sum what is in flight, where no page waits for it and the sum leaves no doubt.
    async fn settle_in_flight(&mut self, claimed: Amount) -> Result<(), W::Error> {
        let all = self.in_flight().to_vec();
        let mut turns = Vec::new();
        for payment in &all {
            let Some(turn) = self.sender.free_payment(self.id, payment).await? else {
                return Ok(());
            };
            turns.push(turn);
        }
        let excess = claimed.saturating_sub(self.charged());
        let single = all.len() == 1;
        if excess.is_zero() {
            for payment in &all {
                self.uncharge(payment).await?;
            }
        } else if claimed == self.promised() || (single && claimed < self.promised()) {
            for payment in &all {
                let paid = if single { excess } else { payment.price };
                self.charge_unserved(payment, paid).await;
            }
        }
        Ok(())
    }

    /// Takes over the receiver's sum with a balance of it that was adopted.
    /// `elsewhere`: another client with this key has signed that balance.
    pub(super) async fn settle_sum(
        &mut self,
        report: &CreditReport,
        elsewhere: bool,
    ) -> Result<(), W::Error> {
        let Some(claimed) = report.charged else {
            return Ok(());
        };
        if !self.in_flight().is_empty() {
            return self.settle_in_flight(claimed).await;
        }
        self.adopt_sum(report, |record, claimed| {
            record.settle_charged(claimed, elsewhere)
        })
        .await
    }

    /// The receiver agrees to close with everything promised: lists what is in flight as taken.
    pub(super) async fn agree(
        &mut self,
        proof: BalanceProof,
        closing: Signature,
    ) -> Result<(), W::Error> {
        for entry in self.unknown_entries() {
            self.sender.list(&entry.ended(Outcome::Taken)).await;
        }
        let agreed = self.with(|record| record.agree(proof, closing));
        self.store(agreed).await
    }
}

/// Numbers that a server may make this client skip to: far enough for every honest one, and so far from the end
/// that no answer uses the numbers up.
const NEWEST_BELIEVED: u64 = 1 << 52;
