//! Which receiver's channels a store keeps.

use crate::chain::ManagerContract;
use crate::protocol::Address;

/// Which receiver's channels a store keeps. It can't be opened for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The chain.
    pub chain_id: u64,
    /// The channel manager.
    pub contract: Address,
    /// The account that is paid.
    pub receiver: Address,
}

/// Why a store was not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It keeps the channels of another chain, contract or receiver.
    #[error(
        "{place} keeps the channels of {what} {stored}, not of {wanted}; name another store, or \
         the {what} that this one belongs to"
    )]
    Foreign {
        /// Which store.
        place: String,
        /// `chain`, `contract` or `receiver`.
        what: &'static str,
        /// Whose channels it keeps.
        stored: String,
        /// Whose channels were to be kept.
        wanted: String,
    },
    /// Others may read or change the file.
    #[error("{place} can be read or changed by others; run: chmod o-rwx {place}")]
    Exposed {
        /// Which file.
        place: String,
    },
    /// It holds something else.
    #[error("{place} holds something else than channels; name another store")]
    NotAStore {
        /// Which store.
        place: String,
    },
    /// Its tables are not as this version knows them.
    #[error(
        "{place} was written by another version of this program, whose tables this one does not know (number \
         {stored}); use that version, or a later one"
    )]
    OtherVersion {
        /// Which store.
        place: String,
        /// The number of its newest migration.
        stored: String,
    },
    /// It can't keep channels as it is set up: a file system, settings. Only somebody who changes that
    /// helps.
    #[error("{place} can't be used: {reason}")]
    Unsuitable {
        /// Which store.
        place: String,
        /// Why.
        reason: String,
    },
    /// It can't be reached or read.
    #[error("{place} can't be opened: {reason}")]
    Unavailable {
        /// Which store.
        place: String,
        /// Why.
        reason: String,
    },
}

impl OpenError {
    /// Whether the same store may be there in a moment: one that starts, is being provisioned or fails over. A
    /// role or password that is refused counts among that, and a database or a right that is missing.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

impl Identity {
    /// The channels of this contract that pay this account.
    pub fn new(contract: &ManagerContract, receiver: Address) -> Self {
        Self {
            chain_id: contract.chain_id,
            contract: contract.manager.address,
            receiver,
        }
    }

    /// The entries that a store keeps about itself, by name.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn entries(&self) -> [(&'static str, String); 3] {
        [
            ("chain", self.chain_id.to_string()),
            ("contract", self.contract.to_string()),
            ("receiver", self.receiver.to_string()),
        ]
    }

    /// Compares with the entries of a store.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn check(
        &self,
        place: &str,
        stored: impl Fn(&str) -> Option<String>,
    ) -> Result<(), OpenError> {
        let place = place.to_owned();
        for (what, wanted) in self.entries() {
            let Some(stored) = stored(what) else {
                return Err(OpenError::NotAStore { place });
            };
            if stored != wanted {
                return Err(OpenError::Foreign {
                    place,
                    what,
                    stored,
                    wanted,
                });
            }
        }
        Ok(())
    }
}
