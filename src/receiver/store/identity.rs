//! Which receiver's channels are seen in a store.

use crate::chain::ManagerContract;
use crate::protocol::Address;

/// Which receiver's channels a store is opened for. It may keep those of others as well, each for itself.
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

    /// Chain, contract and receiver, as the table of receivers has them.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn texts(&self) -> [String; 3] {
        [
            self.chain_id.to_string(),
            self.contract.to_string(),
            self.receiver.to_string(),
        ]
    }
}

/// Whose channels a handle of a store sees.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Owner {
    /// The number of chain, contract and receiver in this store.
    pub(super) id: i32,
    pub(super) receiver: Address,
}
