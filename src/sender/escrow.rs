//! Tokens escrowed in the contract on behalf of each origin, per day (UTC).
//!
//! A server decides when `fetch` opens a channel and for whom. Opening spends nothing, but is limited all
//! the same: the deposit comes back only after a challenge period. Without a rule in the user's policy
//! `fetch` opens at most [`DEFAULT_OPENINGS`] channels for one origin per day. Two of the three allow for a
//! channel that was closed or whose deposit was too small, and three deposits are the most that a server
//! can lock up by its answers alone. Top ups have no default limit, because a channel is topped up only
//! after its deposit was paid away, which the budget limits; nor have channels that the caller opens
//! manually.

use crate::json::{Value, json};
use crate::protocol::Amount;

use super::policy::DAY;

/// The most channels that `fetch` opens for an origin per day if the policy sets no limit.
pub const DEFAULT_OPENINGS: u32 = 3;

/// A deposit or top up before it is made.
#[derive(Clone, Copy, Debug)]
pub struct Escrow<'a> {
    /// The origin it is for: that of the resource; for manual calls, that of the page.
    pub origin: &'a str,
    /// Whether the caller does it manually, so that no server decides it.
    pub manual: bool,
    /// Whether it opens a channel, rather than topping one up.
    pub opens: bool,
    /// The amount, in token base units.
    pub amount: Amount,
    /// Milliseconds since 1970.
    pub now: u64,
    /// Whether the page is hidden.
    pub hidden: bool,
}

/// The total escrowed for one origin in a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Channels opened.
    pub openings: u32,
    /// Deposits and top ups, in token base units.
    pub amount: Amount,
}

/// The totals escrowed today, per origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Escrowed {
    day: u64,
    by_origin: Vec<(String, Sum)>,
}

impl Escrowed {
    /// The total escrowed for an origin today.
    pub fn of(&self, origin: &str) -> Sum {
        let known = self.by_origin.iter().find(|(known, _)| known == origin);
        known.map_or_else(Sum::default, |(_, sum)| *sum)
    }

    pub(super) fn turn_to(&mut self, now: u64) {
        // As with the budget: setting the clock back by a day does not reset the sums.
        let day = now / DAY;
        if day > self.day || self.day > day + 1 {
            self.day = day;
            self.by_origin.clear();
        }
    }

    pub(super) fn note(&mut self, origin: &str, openings: u32, amount: Amount) {
        let before = self.of(origin);
        let sum = Sum {
            openings: before.openings.saturating_add(openings),
            amount: before.amount.checked_add(amount).unwrap_or(Amount::MAX),
        };
        self.put(origin, sum);
    }

    /// Subtracts what was not escrowed after all.
    pub fn take_back(&mut self, origin: &str, openings: u32, amount: Amount) {
        let before = self.of(origin);
        let sum = Sum {
            openings: before.openings.saturating_sub(openings),
            amount: before.amount.saturating_sub(amount),
        };
        self.put(origin, sum);
    }

    fn put(&mut self, origin: &str, sum: Sum) {
        self.by_origin.retain(|(known, _)| known != origin);
        self.by_origin.push((origin.to_owned(), sum));
    }

    /// The text to store.
    pub fn to_json(&self) -> String {
        let origins = self.by_origin.iter().map(|(origin, sum)| {
            let sum = json!({ "openings": sum.openings, "amount": sum.amount.to_string() });
            (origin.clone(), sum)
        });
        json!({
            "version": 1_u32,
            "day": self.day,
            "origins": Value::Object(origins.collect()),
        })
        .to_string()
    }

    /// Reads a stored text; `None`: it is malformed.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        if value["version"].as_u64() != Some(1) {
            return None;
        }
        let origins = value["origins"].as_object()?.iter();
        let sums = origins.map(|(origin, sum)| {
            let openings = u32::try_from(sum["openings"].as_u64()?).ok()?;
            let amount = sum["amount"].as_str()?.parse().ok()?;
            Some((origin.clone(), Sum { openings, amount }))
        });
        Some(Self {
            day: value["day"].as_u64()?,
            by_origin: sums.collect::<Option<_>>()?,
        })
    }
}
