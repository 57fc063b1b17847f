//! The list of payments.
//!
//! A payment is listed once its outcome is known, or its channel forgotten; until then the channel's record
//! alone knows of it. Of one channel the amounts `paid` and `taken`, less those `uncounted`, add up to its
//! balance.

use crate::json::{Value, json};

use crate::protocol::{Address, Amount};

use super::price::origin;

/// How a payment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Sent; what became of it is not known yet.
    Unknown,
    /// Served.
    Paid,
    /// Counted by the receiver, but the answer never came.
    Taken,
    /// Not counted: the receiver proved a balance without it, or the caller rolled it back.
    Refused,
    /// Served, but the receiver proved later that it had not counted so much.
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
    /// When its proof was signed, in milliseconds since 1970; 0 if that is not known.
    pub at: u64,
    /// What it paid for; empty for a proof that was signed by hand, and for what a receiver showed
    /// beyond the payments listed.
    pub url: String,
    /// Who was paid.
    pub receiver: Address,
    /// The channel's open block.
    pub open_block: u32,
    /// What was paid, in token base units.
    pub amount: Amount,
    /// The total of the channel with this payment.
    pub balance: Amount,
    /// How it ended.
    pub outcome: Outcome,
}

/// Where one sender's payments of one contract are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerKey {
    /// The chain.
    pub chain_id: u64,
    /// The channel manager.
    pub contract: Address,
    /// Who pays.
    pub sender: Address,
}

/// In the place of the balance, what a receiver showed beyond the payments.
const SHOWN: &str = "shown";

impl LedgerKey {
    /// What the names of the entries begin with.
    pub fn prefix(&self) -> String {
        let (contract, sender) = (self.contract.to_lower(), self.sender.to_lower());
        format!("{}{contract}:{sender}:", Self::chain_prefix(self.chain_id))
    }

    /// What the names of the entries of all contracts and senders of a chain begin with.
    pub fn chain_prefix(chain_id: u64) -> String {
        format!("microraiden:ledger:{chain_id}:")
    }

    /// Whose list the payment of this name is in, and when it was made. `None` for what a receiver
    /// showed beyond the payments.
    pub fn of_payment(name: &str) -> Option<(Self, u64)> {
        let mut parts = name.split(':').skip(2);
        let key = Self {
            chain_id: parts.next()?.parse().ok()?,
            contract: parts.next()?.parse().ok()?,
            sender: parts.next()?.parse().ok()?,
        };
        let at = parts.next()?.parse().ok()?;
        let _open_block = parts.next()?;
        parts.next().filter(|balance| *balance != SHOWN)?;
        Some((key, at))
    }

    /// The name of an entry: names in their order are in the order of time.
    pub fn name(&self, at: u64, open_block: u32, balance: Amount) -> String {
        format!("{}{at:015}:{open_block}:{balance}", self.prefix())
    }

    /// The name of what a receiver showed beyond the payments listed, when asked by a proof of this
    /// time.
    pub fn correction(&self, at: u64, open_block: u32) -> String {
        format!("{}{at:015}:{open_block}:{SHOWN}", self.prefix())
    }
}

impl LedgerEntry {
    /// Whether this is the same payment of a contract, whatever became of it.
    pub fn is_same_payment(&self, other: &Self) -> bool {
        let told = |entry: &Self| (entry.at, entry.receiver, entry.open_block, entry.balance);
        told(self) == told(other)
    }

    /// The same payment with this outcome.
    #[must_use]
    pub(super) fn ended(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// The origin of its URL; `None` for a proof that was signed by hand.
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

    /// Reads a stored text; `None`: it is not readable.
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

/// A JSON list; times in milliseconds since 1970, amounts as decimal strings.
pub fn to_json(entries: &[LedgerEntry]) -> String {
    Value::from_iter(entries.iter().map(LedgerEntry::value)).to_string()
}

/// Comma-separated values with a line of headings (RFC 4180), times in milliseconds since 1970.
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

/// Quoted, and harmless in a spreadsheet: a URL can't begin a formula, nor be blank space before one.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
