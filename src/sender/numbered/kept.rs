//! Payments that were charged, and that the next request for the same resource sends again: the receiver serves it for
//! them and charges nothing.

use crate::protocol::{Amount, PaymentNumber};

use super::super::record::ChannelRecord;
use super::{InFlight, MAX_IN_FLIGHT};

/// The most payments of one channel that are kept after they were served, of each kind: those of a few pages with their
/// pictures, or of players.
const MAX_SERVED: usize = 32;

/// The payments of a channel that are kept. Of each list the newest are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptPayments {
    /// What counts as charged, at this price, without that anybody saw its answer. Sent again it is in flight, and
    /// counts no more until it is answered.
    pub(in crate::sender) unserved: Vec<InFlight>,
    /// What was charged and served for requests that repeat.
    pub(in crate::sender) served: Vec<InFlight>,
    /// The same for other requests, until the body of the response has arrived: one that breaks off is no reason
    /// to pay anew. `slot`: the [lock](crate::sender::store::keys::SenderKey::body_lock) that the page holds meanwhile.
    pub(in crate::sender) incomplete: Vec<InFlight>,
}

impl KeptPayments {
    pub(super) fn add_unserved(&mut self, payment: InFlight) {
        self.unserved.push(payment);
        keep_newest(&mut self.unserved, MAX_IN_FLIGHT);
    }
}

impl ChannelRecord {
    /// The payments that count as charged, and that nobody has seen served.
    pub fn unserved(&self) -> &[InFlight] {
        &self.numbers.kept.unserved
    }

    /// The payments that were charged and served, and that pay for further requests for the same resource.
    pub fn served(&self) -> &[InFlight] {
        &self.numbers.kept.served
    }

    /// The payments that were charged and served, as far as the body of the response has arrived.
    pub fn incomplete(&self) -> &[InFlight] {
        &self.numbers.kept.incomplete
    }

    /// Keeps a payment that was charged, for further requests for what it paid for.
    pub fn keep_served(&mut self, payment: &InFlight, paid: Amount) {
        replace(&mut self.numbers.kept.served, payment, paid);
    }

    /// Keeps a payment that was charged, until the body of its response has arrived. `slot`: the lock that the page
    /// holds, so that no other page can hold it for the payment that had it before.
    pub fn keep_incomplete(&mut self, payment: &InFlight, paid: Amount, slot: usize) {
        let incomplete = &mut self.numbers.kept.incomplete;
        incomplete.retain(|kept| kept.slot != slot);
        let payment = InFlight {
            slot,
            ..payment.clone()
        };
        replace(incomplete, &payment, paid);
    }

    /// The locks of incomplete bodies: those that none has, then the others, from that of the oldest on.
    pub fn body_slots(&self) -> impl Iterator<Item = usize> {
        let taken = |slot: &usize| self.incomplete().iter().any(|kept| kept.slot == *slot);
        let oldest_first = self.incomplete().iter().map(|kept| kept.slot);
        (0..MAX_SERVED)
            .filter(move |slot| !taken(slot))
            .chain(oldest_first)
    }

    /// The body has arrived. Returns whether anything changed.
    pub fn complete_body(&mut self, number: PaymentNumber) -> bool {
        take(&mut self.numbers.kept.incomplete, number).is_some()
    }

    /// The body broke off: nobody has seen all of it, so its payment goes to those that nobody has seen served. Returns
    /// whether anything changed.
    pub fn break_body(&mut self, number: PaymentNumber) -> bool {
        let broken = take(&mut self.numbers.kept.incomplete, number);
        let is_broken = broken.is_some();
        if let Some(payment) = broken {
            self.numbers.kept.add_unserved(payment);
        }
        is_broken
    }

    /// Whether a payment was served before.
    pub fn was_served(&self, payment: &InFlight) -> bool {
        let mut kept = self.served().iter().chain(self.incomplete());
        kept.any(|kept| kept.number == payment.number)
    }

    /// The receiver does not serve it again.
    pub fn forget_served(&mut self, number: PaymentNumber) {
        let kept = &mut self.numbers.kept;
        for list in [&mut kept.served, &mut kept.incomplete] {
            list.retain(|kept| kept.number != number);
        }
    }
}

/// Keeps a payment in place of an earlier one for the same resource.
fn replace(list: &mut Vec<InFlight>, payment: &InFlight, paid: Amount) {
    if !payment.is_repeatable() {
        return;
    }
    let is_other = |kept: &InFlight| (&kept.method, &kept.url) != (&payment.method, &payment.url);
    list.retain(is_other);
    list.push(InFlight {
        price: paid.min(payment.price),
        ..payment.clone()
    });
    keep_newest(list, MAX_SERVED);
}

fn keep_newest(list: &mut Vec<InFlight>, most: usize) {
    let beyond = list.len().saturating_sub(most);
    list.drain(..beyond);
}

/// Takes a payment out of a list. A number is in it once at most.
pub(super) fn take(list: &mut Vec<InFlight>, number: PaymentNumber) -> Option<InFlight> {
    let place = list.iter().position(|payment| payment.number == number)?;
    Some(list.remove(place))
}
