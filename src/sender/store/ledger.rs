//! The ledger: the list of payments.
//!
//! A payment is listed once its outcome is known or its channel is forgotten; until then only the channel's
//! record holds it. For each channel the amounts `paid` plus `taken`, less those `uncounted`, equal its
//! balance.

use crate::json::{Value, json};

use crate::protocol::{Address, Amount};

use super::prices::origin;

/// How a payment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Sent; its outcome is not known yet.
    Unknown,
    /// Served.
    Paid,
    /// Counted by the receiver, but its answer never arrived.
    Taken,
    /// Not counted: the receiver proved a balance without it, or the caller rolled it back.
    Refused,
    /// Served, but the receiver proved later that it had counted less.
    Uncounted,
}

impl Outcome {
    /// `unknown`, `paid`, `taken`, `refused` or `uncounted`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Paid => "paid",
            Self::Taken => "taken",
            Self::Refused => "refused",
            Self::Uncounted => "uncounted",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [
            Self::Unknown,
            Self::Paid,
            Self::Taken,
            Self::Refused,
            Self::Uncounted,
        ]
        .into_iter()
        .find(|outcome| outcome.name() == name)
    }
}

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// When its proof was signed, in milliseconds since 1970; 0 if unknown.
    pub at: u64,
    /// The URL it paid for; empty for a proof that was signed manually, and for a correction (what a
    /// receiver showed beyond the payments listed).
    pub url: String,
    /// The account that was paid.
    pub receiver: Address,
    /// The channel's open block.
    pub open_block: u32,
    /// The amount, in token base units.
    pub amount: Amount,
    /// The channel's total including this payment.
    pub balance: Amount,
    /// Its outcome.
    pub outcome: Outcome,
}

impl LedgerEntry {
    /// Whether this is the same payment at a contract, whatever its outcome.
    pub fn is_same_payment(&self, other: &Self) -> bool {
        let told = |entry: &Self| (entry.at, entry.receiver, entry.open_block, entry.balance);
        told(self) == told(other)
    }

    /// The same payment with this outcome.
    #[must_use]
    pub(in super::super) fn ended(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// The origin of its URL; `None` for a proof that was signed manually.
    pub fn origin(&self) -> Option<&str> {
        origin(&self.url)
    }

    /// The text to store.
    pub fn to_json(&self) -> String {
        self.value().to_string()
    }

    fn value(&self) -> Value {
        json!({
            "time": self.at,
            "url": self.url.as_str(),
            "receiver": self.receiver.to_string(),
            "openBlock": self.open_block,
            "amount": self.amount.to_string(),
            "balance": self.balance.to_string(),
            "outcome": self.outcome.name(),
        })
    }

    /// Reads a stored text; `None`: it is malformed.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        let text = |name: &str| value[name].as_str();
        Some(Self {
            at: value["time"].as_u64()?,
            url: text("url")?.to_owned(),
            receiver: text("receiver")?.parse().ok()?,
            open_block: u32::try_from(value["openBlock"].as_u64()?).ok()?,
            amount: text("amount")?.parse().ok()?,
            balance: text("balance")?.parse().ok()?,
            outcome: Outcome::from_name(text("outcome")?)?,
        })
    }
}

/// The entries as a JSON list; times in milliseconds since 1970, amounts as decimal strings.
pub fn to_json(entries: &[LedgerEntry]) -> String {
    Value::from_iter(entries.iter().map(LedgerEntry::value)).to_string()
}

/// The entries as CSV with a header line (RFC 4180); times in milliseconds since 1970.
pub fn to_csv(entries: &[LedgerEntry]) -> String {
    let mut text = "time,url,receiver,openBlock,amount,balance,outcome\r\n".to_owned();
    for entry in entries {
        let LedgerEntry {
            at,
            receiver,
            open_block,
            amount,
            balance,
            ..
        } = entry;
        let url = quoted(&entry.url);
        let outcome = entry.outcome.name();
        text += &format!("{at},{url},{receiver},{open_block},{amount},{balance},{outcome}\r\n");
    }
    text
}

/// Quoted, and with a `'` in front of anything that a spreadsheet could take for a formula, or for
/// white space before one.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
