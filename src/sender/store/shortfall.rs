//! A deposit of which too few tokens arrive in the contract.

use crate::json::{Value, json};
use crate::protocol::amount::Uint256;
use crate::protocol::{Amount, Hash};

const VERSION: u64 = 1;

/// A deposit in a token that charges a fee on transfers: the contract counts what was asked for, and has less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// What was asked for.
    pub asked: Amount,
    /// What arrives.
    pub arrived: Uint256,
    /// The transaction; `None`: the node tried it out, and nothing was sent.
    pub hash: Option<Hash>,
}

impl Shortfall {
    pub(in super::super) fn sentence(&self) -> String {
        let Self { asked, arrived, .. } = self;
        let token = "the token charges a fee on transfers";
        match self.hash {
            None => format!(
                "{token}: of a deposit of {asked} units {arrived} would arrive, and the contract could not pay \
                 out the rest. Nothing was deposited"
            ),
            Some(hash) => format!(
                "{token}: of the {asked} units that the transaction {hash} deposited {arrived} arrived, and the \
                 contract may not be able to pay out the rest. Close that channel at once; nothing more is \
                 deposited"
            ),
        }
    }

    /// The text to store.
    pub fn to_json(&self) -> String {
        json!({
            "version": VERSION,
            "asked": self.asked.to_string(),
            "arrived": self.arrived.to_string(),
            "hash": self.hash.map(|hash| hash.to_string()),
        })
        .to_string()
    }

    /// Reads a stored text; `None`: it is malformed.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        (value["version"].as_u64()? == VERSION).then_some(())?;
        Some(Self {
            asked: value["asked"].as_str()?.parse().ok()?,
            arrived: value["arrived"].as_str()?.parse().ok()?,
            hash: Some(value["hash"].as_str()?.parse().ok()?),
        })
    }
}
