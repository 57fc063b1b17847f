//! A channel's identity, and the balance proof that pays in it.

use super::address::Address;
use super::amount::Amount;
use super::hash::{Hash, keccak256};
use super::signature::{Signature, SignatureError};

/// A channel's identity: who pays whom, and the number of the block in which the opening
/// transaction was mined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId {
    /// The account that escrowed the deposit and signs balance proofs.
    pub sender: Address,
    /// The account that the channel pays.
    pub receiver: Address,
    /// The block in which the channel was created.
    pub open_block: u32,
}

impl ChannelId {
    /// The 44 bytes whose hash is the contract's key of the channel: sender (20 bytes), receiver (20),
    /// open block (4, most significant first).
    pub fn packed(&self) -> [u8; 44] {
        let mut bytes = [0; 44];
        bytes[..20].copy_from_slice(&self.sender.0);
        bytes[20..40].copy_from_slice(&self.receiver.0);
        bytes[40..].copy_from_slice(&self.open_block.to_be_bytes());
        bytes
    }

    /// The contract's key of this channel: Keccak-256 of [`Self::packed`].
    pub fn key(&self) -> Hash {
        keccak256(&[&self.packed()])
    }
}

/// The cumulative balance owed in a channel, and the sender's signature over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceProof {
    /// The total owed since the channel was opened, in token base units.
    pub balance: Amount,
    /// The sender's signature over the balance message of the channel's manager.
    pub signature: Signature,
}

/// Why a balance proof or a closing signature is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The contract would revert on the signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The signature is well-formed but from another account, or over another message.
    #[error("the signature recovers to {found}, not to {expected}")]
    Signer {
        /// The account that should have signed.
        expected: Address,
        /// The account that the signature recovers to.
        found: Address,
    },
}
