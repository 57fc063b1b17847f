//! How much may be in flight: the credit, and the receiver's window.

use crate::protocol::amount::Uint256;
use crate::protocol::{Amount, CreditOffer};

use super::super::policy::Policy;
use super::super::record::ChannelRecord;
use super::{InFlight, MAX_IN_FLIGHT, NextNumber};

/// For so many milliseconds after it was signed the window stays at a number that nobody has seen served, or whose body
/// is on its way: a call that gets no answer gives up within seconds, and then its page asks again.
const HELD: u64 = 10_000;
/// Without a rule the credit is at most so many prices: as many as two pages keep in flight at once.
const DEFAULT_PRICES: u64 = 16;
/// Without a rule the credit is at most this share of the deposit.
const DEFAULT_SHARE: u64 = 4;

/// The most credit: what the receiver may hold of what it has not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MostCredit {
    /// As the policy rules.
    Ruled(Amount),
    /// 16 prices, and a quarter of the deposit at most.
    Default {
        /// The price of the next payment.
        price: Amount,
    },
}

impl MostCredit {
    /// By the policy, or by default.
    pub fn of(policy: &Policy, price: Amount) -> Self {
        policy
            .max_credit
            .map_or(Self::Default { price }, Self::Ruled)
    }

    fn covers(&self, credit: Amount, deposit: Amount) -> bool {
        match *self {
            Self::Ruled(most) => credit <= most,
            Self::Default { price } => {
                let times = |amount: Amount, factor: u64| {
                    Uint256::from(amount).saturating_mul(Uint256::from(factor))
                };
                times(credit, 1) <= times(price, DEFAULT_PRICES)
                    && times(credit, DEFAULT_SHARE) <= times(deposit, 1)
            }
        }
    }
}

impl ChannelRecord {
    /// Whether another number may leave before the outcomes of those in flight are known: neither the
    /// receiver's window nor the credit allowed is used up. The first one always may, as without numbers, unless it
    /// would move the window past a number that its page may be about to send again: one that was signed a moment ago, and
    /// that nobody has seen served, or not to the end of its body.
    pub fn has_room_for(
        &self,
        next: &NextNumber,
        offer: &CreditOffer,
        most: &MostCredit,
        now: u64,
    ) -> bool {
        let within = |oldest: &InFlight| {
            let span = next.number.get().saturating_sub(oldest.number.get());
            span < u64::from(offer.window)
        };
        // Not for ever where the clock was set back.
        let age = |payment: &InFlight| now.checked_sub(payment.at);
        let is_held = |payment: &InFlight| age(payment).is_some_and(|age| age < HELD);
        let mut may_come_again = self.unserved().iter().chain(self.incomplete());
        if !may_come_again.all(|payment| !is_held(payment) || within(payment)) {
            return false;
        }
        let Some(oldest) = self.in_flight().first() else {
            return true;
        };
        let out = next.balance.max(self.exposure());
        let credit = out.saturating_sub(self.charged);
        let covered = most.covers(credit, self.deposit);
        covered && self.in_flight().len() < MAX_IN_FLIGHT && within(oldest)
    }

    /// Whether a payment that nobody has seen served may be in flight again, by the same rule: it counts as charged
    /// no more.
    pub fn can_resume(&self, payment: &InFlight, most: &MostCredit) -> bool {
        let charged = self.charged.saturating_sub(payment.price);
        let credit = self.exposure().saturating_sub(charged);
        let covered = most.covers(credit, self.deposit);
        self.in_flight().is_empty() || covered && self.in_flight().len() < MAX_IN_FLIGHT
    }
}
