//! Whether a wallet can sign balance proofs with an account, as this browser remembers it.

use crate::json::{Value, json};

/// For how long it is believed that a wallet can't: devices get new firmware. A day, in milliseconds.
const UNABLE_MILLISECONDS: u64 = 24 * 60 * 60 * 1000;
const VERSION: u64 = 1;

/// What is known of a wallet and an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// It has signed a proof here.
    Able,
    /// It couldn't, at this time in milliseconds since 1970.
    Unable {
        /// When.
        at: u64,
    },
}

impl Ability {
    /// As it is stored.
    pub fn to_json(self) -> String {
        match self {
            Self::Able => json!({ "version": VERSION, "able": true }),
            Self::Unable { at } => json!({ "version": VERSION, "able": false, "at": at }),
        }
        .to_string()
    }

    /// Reads what is stored; `None` if it is not known, or not any more at `now`.
    pub fn from_json(text: &str, now: u64) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        (value["version"].as_u64()? == VERSION).then_some(())?;
        match value["able"] {
            Value::Bool(true) => Some(Self::Able),
            Value::Bool(false) => {
                let at = value["at"].as_u64()?;
                (now.saturating_sub(at) < UNABLE_MILLISECONDS).then_some(Self::Unable { at })
            }
            _ => None,
        }
    }
}
