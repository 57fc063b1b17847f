//! The counters of a policy: the sum spent today for each origin, and the times of recent payments.

use crate::json::{Value, json};
use crate::protocol::{Address, Amount};

use super::policy::{DAY, Policy, Spend};
use super::store::ledger::LedgerEntry;

/// The amounts spent and the times of payments, as far as a policy counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    day: u64,
    by_origin: Vec<(String, Amount)>,
    pub(super) recent: Vec<u64>,
}

impl Spending {
    /// The amount spent for an origin today.
    pub fn spent(&self, origin: &str) -> Amount {
        let known = self.by_origin.iter().find(|(known, _)| known == origin);
        known.map_or(Amount::ZERO, |(_, amount)| *amount)
    }

    pub(super) fn turn_to(&mut self, now: u64) {
        // Setting the clock back by a day does not reset the budget; a clock that was further ahead does
        // not block the budget for ever.
        let day = now / DAY;
        if day > self.day || self.day > day + 1 {
            self.day = day;
            self.by_origin.clear();
        }
    }

    /// The counters rebuilt from the ledger; each payment comes with its contract. A channel costs at most
    /// the highest balance sent, so each payment counts by how much it raised that, even if it was
    /// refused. `page` is the origin of proofs that were signed manually.
    pub fn of_listed(listed: Vec<(Address, LedgerEntry)>, policy: &Policy, page: &str) -> Self {
        let mut ordered: Vec<(Address, LedgerEntry)> = Vec::with_capacity(listed.len());
        for payment in listed {
            let order = |(_, entry): &(Address, LedgerEntry)| (entry.at, entry.balance);
            let place = ordered.partition_point(|before| order(before) <= order(&payment));
            ordered.insert(place, payment);
        }
        let mut spending = Self::default();
        let mut highest: Vec<((Address, Address, u32), Amount)> = Vec::new();
        for (contract, entry) in &ordered {
            let channel = (*contract, entry.receiver, entry.open_block);
            let place = highest.iter().position(|(of, _)| *of == channel);
            let before = match place {
                Some(place) => highest.swap_remove(place).1,
                None => entry.balance.saturating_sub(entry.amount),
            };
            highest.push((channel, entry.balance.max(before)));
            spending.turn_to(entry.at);
            let spend = Spend {
                receiver: entry.receiver,
                contract: *contract,
                origin: entry.origin().unwrap_or(page),
                price: entry.amount,
                before: None,
                exposed: entry.balance.saturating_sub(before),
                now: entry.at,
                hidden: false,
            };
            spending.note(&spend, policy);
        }
        spending
    }

    /// Counts a payment. Call it in the order of time.
    pub(super) fn note(&mut self, spend: &Spend<'_>, policy: &Policy) {
        let spent = self.spent(spend.origin);
        let sum = spent.checked_add(spend.exposed).unwrap_or(Amount::MAX);
        self.by_origin.retain(|(known, _)| known != spend.origin);
        self.by_origin.push((spend.origin.to_owned(), sum));
        let Some(rate) = policy.max_rate else {
            self.recent.clear();
            return;
        };
        if !spend.price.is_zero() {
            self.recent.push(spend.now);
        }
        self.recent.retain(|at| rate.holds(*at, spend.now));
    }

    /// The text to store.
    pub fn to_json(&self) -> String {
        let spent = self.by_origin.iter();
        let spent = spent.map(|(origin, amount)| (origin.clone(), amount.to_string().into()));
        json!({
            "version": 1_u32,
            "day": self.day,
            "spent": Value::Object(spent.collect()),
            "recent": self.recent.clone(),
        })
        .to_string()
    }

    /// Reads a stored text; `None`: it is malformed.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        let spent = value["spent"].as_object()?.iter();
        let by_origin = spent
            .map(|(origin, amount)| Some((origin.clone(), amount.as_str()?.parse().ok()?)))
            .collect::<Option<_>>()?;
        let recent = value["recent"].as_array()?.iter().map(Value::as_u64);
        Some(Self {
            day: value["day"].as_u64()?,
            by_origin,
            recent: recent.collect::<Option<_>>()?,
        })
    }
}
