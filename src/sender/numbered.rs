//! Payments with numbers, by the credit extension (`docs/extension.md`): several of one channel in flight.
//!
//! | balance | meaning |
//! |---|---|
//! | [`charged`](ChannelRecord::charged) | the sum of what was served, as the sender counts it |
//! | [`promised`](ChannelRecord::promised) | the same, and the prices of all that is in flight |
//! | [`balance`](ChannelRecord::balance) | the highest proof that the receiver has accepted, as far as known |
//! | [`exposure`](ChannelRecord::exposure) | the highest proof that ever left |
//!
//! `charged <= promised` and `charged <= balance <= exposure <= deposit`. Without numbers `charged` is the balance.

mod credit;
mod kept;
mod verdict;

pub use credit::MostCredit;
pub use kept::KeptPayments;
pub use verdict::{NumberedResponse, NumberedVerdict, judge_numbered};

use crate::protocol::{Amount, BalanceProof, PaymentNumber};

use super::payment::PaymentError;
use super::record::{ChannelRecord, ChannelState, RecordError};
use super::store::ledger::{LedgerEntry, Outcome};

/// The most payments of one channel that are in flight, over all pages: half of the least window, so that a
/// number stays within it.
pub const MAX_IN_FLIGHT: usize = 32;
/// Numbers below the newest one that a request which comes late may still be charged for: more than receivers know
/// of, which the extension asks to know 64.
const LONGEST_WINDOW: u64 = 1024;
/// A numbered payment whose outcome is not known: stored before its request leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// Its number.
    pub number: PaymentNumber,
    /// Its proof, which no other number in flight has.
    pub proof: BalanceProof,
    /// The price agreed to.
    pub price: Amount,
    /// When it was signed, in milliseconds since 1970. Also its time in the ledger.
    pub at: u64,
    /// The method of its request.
    pub method: String,
    /// The URL of its request. Not stored above 1024 bytes.
    pub url: String,
    /// Which of the channel's [locks of payments](super::store::keys::SenderKey::payment_lock) its page holds
    /// for as long as it waits for the answer.
    pub slot: usize,
}

impl InFlight {
    /// Whether a request may repeat it to find out what became of it: it only reads (RFC 9110, 9.2.1).
    pub fn is_repeatable(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD") && !self.url.is_empty()
    }
}

/// The numbers of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The highest number used; 0: none was.
    pub(super) newest: u64,
    /// The payments in flight, by rising numbers and balances.
    pub(super) in_flight: Vec<InFlight>,
    /// What was charged and is sent again for the same resource. Not counted here, but for what is unserved.
    pub(super) kept: KeptPayments,
    /// The prices of numbers that were not charged when the receiver was asked. A request that was delayed on its
    /// way may be charged all the same, as long as its number is within the receiver's window.
    pub(super) dropped: Amount,
    /// The highest of these numbers.
    pub(super) dropped_up_to: u64,
}

/// What is signed for the next number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextNumber {
    /// The number.
    pub number: PaymentNumber,
    /// The balance.
    pub balance: Amount,
}

impl ChannelRecord {
    /// The sum of what was charged, as the sender counts it.
    pub fn charged(&self) -> Amount {
        self.charged
    }

    /// What was charged and not refused so far: the charged sum, and what is pending or in flight.
    pub fn promised(&self) -> Amount {
        let pending = self.pending().map_or(Amount::ZERO, |pending| {
            pending.balance.saturating_sub(self.balance())
        });
        let prices = self.in_flight().iter().map(|payment| payment.price);
        prices.fold(add(self.charged, pending), add)
    }

    /// The numbered payments whose outcome is not known.
    pub fn in_flight(&self) -> &[InFlight] {
        &self.numbers.in_flight
    }

    /// Whether a payment with a number was ever signed in it.
    pub fn uses_numbers(&self) -> bool {
        self.numbers.newest > 0
    }

    /// The ledger entries of all payments whose outcome is not known.
    pub fn unknown_entries(&self) -> Vec<LedgerEntry> {
        let numbered = self
            .in_flight()
            .iter()
            .map(|payment| self.entry_of(payment));
        self.pending_entry().into_iter().chain(numbered).collect()
    }

    /// The ledger entry of a numbered payment.
    pub fn entry_of(&self, payment: &InFlight) -> LedgerEntry {
        LedgerEntry {
            at: payment.at,
            url: payment.url.clone(),
            receiver: self.id.receiver,
            open_block: self.id.open_block,
            amount: payment.price,
            balance: payment.proof.balance,
            outcome: Outcome::Unknown,
        }
    }

    /// Whether the next payment may carry a number: the balance is known, no proof without one is pending, and
    /// balances can rise, unless they are used up while credit is left.
    pub fn can_number(&self, price: Amount) -> bool {
        let above = add(self.highest_out(), Amount::from_u64(1));
        let used_up = above > self.deposit && add(self.promised(), price) <= self.deposit;
        self.is_balance_known() && self.pending().is_none() && !used_up
    }

    /// What to sign for a payment of `price` with the next number. Its balance covers everything promised, and
    /// is above those of all lower numbers that were charged or may be.
    pub fn next_numbered(&self, price: Amount) -> Result<NextNumber, RecordError> {
        if self.state != ChannelState::Open {
            return Err(RecordError::NotOpen(self.state));
        }
        if let Some(pending) = self.pending() {
            return Err(RecordError::Pending(pending.balance));
        }
        let above = self.highest_out().checked_add(Amount::from_u64(1));
        let covering = self.promised().checked_add(price);
        let (above, covering) = above.zip(covering).ok_or(RecordError::Overflow)?;
        let required = above.max(covering);
        if required > self.deposit {
            let deposit = self.deposit;
            return Err(RecordError::InsufficientDeposit { deposit, required });
        }
        let number = PaymentNumber::new(self.numbers.newest.saturating_add(1));
        Ok(NextNumber {
            number: number.ok_or(RecordError::Overflow)?,
            balance: required,
        })
    }

    /// The locks of payments that none in flight has.
    pub fn free_slots(&self) -> impl Iterator<Item = usize> {
        let taken = |slot: &usize| self.in_flight().iter().any(|known| known.slot == *slot);
        (0..MAX_IN_FLIGHT).filter(move |slot| !taken(slot))
    }

    /// The highest balance that the receiver has charged a number with, or may.
    fn highest_out(&self) -> Amount {
        let last = self.in_flight().last();
        last.map_or(self.balance(), |last| {
            last.proof.balance.max(self.balance())
        })
    }

    /// Marks a newly signed payment as in flight. Store the record before its request leaves.
    pub fn begin_number(&mut self, payment: InFlight) -> Result<(), RecordError> {
        let next = self.next_numbered(payment.price)?;
        if (next.number, next.balance) != (payment.number, payment.proof.balance) {
            return Err(RecordError::NotPending);
        }
        let number = payment.number.get();
        self.numbers.newest = number;
        if number.saturating_sub(self.numbers.dropped_up_to) > LONGEST_WINDOW {
            self.numbers.dropped = Amount::ZERO;
        }
        self.exposure = self.exposure.max(payment.proof.balance);
        self.numbers.in_flight.push(payment);
        Ok(())
    }

    /// The number was charged: `paid`, at most its price. `shown`: a proof of ours, verified, that the receiver
    /// holds.
    pub fn charge_number(
        &mut self,
        number: PaymentNumber,
        paid: Amount,
        shown: Option<&BalanceProof>,
    ) -> Result<(), RecordError> {
        let payment = self.take_number(number)?;
        self.count(&payment, paid);
        if let Some(shown) = shown.filter(|shown| shown.balance <= self.exposure) {
            self.accept(shown);
            self.acknowledged = self.acknowledged.max(shown.balance);
        }
        Ok(())
    }

    /// The same for a number whose answer nobody saw: it is kept for the next request for the same resource.
    pub fn charge_unserved(
        &mut self,
        number: PaymentNumber,
        paid: Amount,
    ) -> Result<(), RecordError> {
        let payment = self.take_number(number)?;
        self.count(&payment, paid);
        if payment.is_repeatable() {
            let price = paid.min(payment.price);
            self.numbers
                .kept
                .add_unserved(InFlight { price, ..payment });
        }
        Ok(())
    }

    /// A call sends a payment again that nobody has seen served: it is in flight again, so that no number leaves that
    /// would move the receiver's window past it. `slot`: the lock that the call holds.
    pub fn resume_number(&mut self, number: PaymentNumber, slot: usize) -> Result<(), RecordError> {
        let is_it = |payment: &InFlight| payment.number == number;
        if !self.unserved().iter().any(is_it) || self.in_flight().len() >= MAX_IN_FLIGHT {
            return Err(RecordError::NotPending);
        }
        let payment = self.take_number(number)?;
        insert(&mut self.numbers.in_flight, InFlight { slot, ..payment });
        Ok(())
    }

    fn count(&mut self, payment: &InFlight, paid: Amount) {
        self.charged = add(self.charged, paid.min(payment.price));
        self.accept(&payment.proof);
    }

    /// The number was not charged, and is not sent again.
    pub fn drop_number(&mut self, number: PaymentNumber) -> Result<(), RecordError> {
        let payment = self.take_number(number)?;
        self.note_dropped(payment.price, number.get());
        Ok(())
    }

    fn note_dropped(&mut self, amount: Amount, number: u64) {
        if amount.is_zero() {
            return;
        }
        self.numbers.dropped = add(self.numbers.dropped, amount);
        self.numbers.dropped_up_to = self.numbers.dropped_up_to.max(number);
    }

    /// The newest number was never sent, as only the page that signed it can know: restores the exposure. The
    /// number is not used again.
    pub(super) fn unsend_number(
        &mut self,
        number: PaymentNumber,
        exposure: Amount,
    ) -> Result<(), RecordError> {
        self.take_number(number)?;
        self.exposure = exposure;
        Ok(())
    }

    /// Another client with this key has used numbers up to this one.
    pub fn skip_numbers(&mut self, newest: u64) {
        self.numbers.newest = self.numbers.newest.max(newest);
    }

    /// Compares what the receiver says that it charged in all with what was signed. `shown`: the proof that it
    /// holds, verified. A higher sum is adopted as far as numbers that were not charged may have been since, or if
    /// another client with this key has signed above what this one ever did; else it fails.
    pub fn learn_charged(
        &mut self,
        claimed: Amount,
        shown: Option<&BalanceProof>,
    ) -> Result<(), ChargedMore> {
        let elsewhere = shown.is_some_and(|shown| shown.balance > self.exposure);
        if let Some(shown) = shown {
            self.accept(shown);
            self.exposure = self.exposure.max(shown.balance);
            self.acknowledged = self.acknowledged.max(shown.balance);
        }
        let excess = claimed.saturating_sub(self.promised());
        if excess.is_zero() {
            return Ok(());
        }
        self.adopt_excess(claimed, excess, elsewhere)
    }

    /// The same while nothing is in flight, with a balance that was adopted: then a lower sum counts, too, because
    /// the receiver can claim no more. `elsewhere`: another client with this key has signed that balance.
    pub fn settle_charged(&mut self, claimed: Amount, elsewhere: bool) -> Result<(), ChargedMore> {
        let excess = claimed.saturating_sub(self.charged);
        if excess.is_zero() {
            // What counted as charged may be on its way.
            let less = self.charged.saturating_sub(claimed);
            self.note_dropped(less, self.numbers.newest);
            if !less.is_zero() {
                self.numbers.kept.unserved.clear();
            }
            self.charged = claimed;
            return Ok(());
        }
        self.adopt_excess(claimed, excess, elsewhere)
    }

    fn adopt_excess(
        &mut self,
        claimed: Amount,
        excess: Amount,
        elsewhere: bool,
    ) -> Result<(), ChargedMore> {
        let counted = self.charged;
        let with = add(counted, excess);
        if with > self.balance || !(elsewhere || excess <= self.numbers.dropped) {
            return Err(ChargedMore { claimed, counted });
        }
        self.charged = with;
        self.numbers.dropped = self.numbers.dropped.saturating_sub(excess);
        Ok(())
    }

    /// The receiver agrees to close with this proof, of everything promised: all in flight counts as charged.
    pub fn agree(&mut self, proof: BalanceProof, closing: crate::protocol::Signature) {
        self.closing = Some((proof, closing));
        self.exposure = self.exposure.max(proof.balance);
        self.numbers.in_flight.clear();
        self.numbers.kept = KeptPayments::default();
        self.pending = None;
        self.accept(&proof);
        self.charged = proof.balance;
    }

    /// Takes a number out of those whose outcome is open. What counted as charged counts no more.
    fn take_number(&mut self, number: PaymentNumber) -> Result<InFlight, RecordError> {
        if let Some(payment) = kept::take(&mut self.numbers.in_flight, number) {
            return Ok(payment);
        }
        let unserved = kept::take(&mut self.numbers.kept.unserved, number);
        let payment = unserved.ok_or(RecordError::NotPending)?;
        self.charged = self.charged.saturating_sub(payment.price);
        Ok(payment)
    }

    fn accept(&mut self, proof: &BalanceProof) {
        if proof.balance > self.balance {
            self.balance = proof.balance;
            self.proof = Some(*proof);
        }
    }
}

/// Puts a payment into a list that is sorted by its numbers.
pub(super) fn insert(list: &mut Vec<InFlight>, payment: InFlight) {
    let place = list.partition_point(|known| known.number < payment.number);
    list.insert(place, payment);
}

/// Sums of what one deposit covers fit; beyond, the contract refuses.
fn add(one: Amount, other: Amount) -> Amount {
    one.checked_add(other).unwrap_or(Amount::MAX)
}

/// The receiver says that it charged more than it served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargedMore {
    /// What it says.
    pub claimed: Amount,
    /// What was served, as the sender counts it.
    pub counted: Amount,
}

impl From<ChargedMore> for PaymentError {
    fn from(more: ChargedMore) -> Self {
        let ChargedMore { claimed, counted } = more;
        Self::ChargedMore { claimed, counted }
    }
}
