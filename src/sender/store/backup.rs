//! What the last backup of an account holds, so that another one is suggested only where it is needed.

use crate::json::{Value, json};

/// The format version written.
const VERSION: u64 = 1;

/// What is remembered of the backups of one sender at one contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupNote {
    /// When the last one was exported, or taken over, in milliseconds since 1970.
    pub at: u64,
    /// The open block of the newest channel in any of them; `None`: they hold no channel.
    pub newest: Option<u32>,
}

impl BackupNote {
    /// The text to store.
    pub fn to_json(self) -> String {
        let newest = self.newest.map_or(Value::Null, Value::from);
        json!({ "version": VERSION, "at": self.at, "newest": newest }).to_string()
    }

    /// Reads a stored text; `None`: it is malformed.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = Value::parse(text).ok()?;
        (value["version"].as_u64()? == VERSION).then_some(())?;
        let newest = match &value["newest"] {
            Value::Null => None,
            block => Some(block.as_u64()?.try_into().ok()?),
        };
        let at = value["at"].as_u64()?;
        Some(Self { at, newest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read() {
        for newest in [None, Some(0), Some(u32::MAX)] {
            let note = BackupNote { at: 7, newest };
            assert_eq!(BackupNote::from_json(&note.to_json()), Some(note));
        }
        for damaged in [
            "",
            "[]",
            r#"{"version":2,"at":7,"newest":1}"#,
            r#"{"version":1,"newest":1}"#,
            r#"{"version":1,"at":7,"newest":"1"}"#,
            r#"{"version":1,"at":7,"newest":4294967296}"#,
        ] {
            assert_eq!(BackupNote::from_json(damaged), None, "{damaged}");
        }
    }
}
