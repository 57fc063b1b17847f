//! The messages by which a sender authenticates its requests to the receiver's REST interface.
//!
//! Not part of the original protocol. The messages are hashed like all others, see
//! [`message`](super::message), but have other fields and therefore another schema hash: none of
//! these signatures is valid as a balance proof, and no balance proof as one of these. They cover the
//! receiver, the contract and the chain, so they can't be replayed elsewhere.

use super::address::Address;
use super::amount::Amount;
use super::channel::ChannelId;
use super::hash::Hash;
use super::key::PrivateKey;
use super::message::{FieldValue, TypedData};
use super::signature::Signature;

/// Asks the receiver to agree to closing a channel with one balance. A replay by others is harmless:
/// it asks for the same balance, which no longer matches once the sender has made another payment.
///
/// Fields: `string message_id` = "Sender closing request", `address receiver`,
/// `uint32 block_created`, `uint192 balance`, `address contract`, `uint64 chain_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseRequest {
    /// The channel; its sender signs.
    pub channel: ChannelId,
    /// The closing balance, in token base units.
    pub balance: Amount,
    /// The channel manager.
    pub contract: Address,
    /// The chain.
    pub chain_id: u64,
}

impl CloseRequest {
    /// `message_id`
    pub const ID: &'static str = "Sender closing request";

    /// The message.
    pub fn message(&self) -> TypedData {
        TypedData::from_fields(vec![
            ("message_id", FieldValue::Text(Self::ID)),
            ("receiver", FieldValue::Address(self.channel.receiver)),
            ("block_created", FieldValue::Uint32(self.channel.open_block)),
            ("balance", FieldValue::Uint192(self.balance)),
            ("contract", FieldValue::Address(self.contract)),
            ("chain_id", FieldValue::Uint64(self.chain_id)),
        ])
    }

    /// Signs with the sender's key.
    pub fn sign(&self, key: &PrivateKey) -> Signature {
        key.sign_hash(&self.message().hash())
    }

    /// Whether the channel's sender signed it.
    pub fn is_signed(&self, signature: &Signature) -> bool {
        signed_by(signature, &self.message().hash(), self.channel.sender)
    }
}

/// Asks for the receiver's records of all channels of the sender. Valid until it expires.
///
/// Fields: `string message_id` = "Sender channel query", `address receiver`, `address contract`,
/// `uint64 chain_id`, `uint64 expires`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRequest {
    /// The sender of the channels, who signs.
    pub sender: Address,
    /// The receiver asked.
    pub receiver: Address,
    /// The channel manager.
    pub contract: Address,
    /// The chain.
    pub chain_id: u64,
    /// When it expires, in seconds since 1970 (UTC).
    pub expires: u64,
}

impl ReadRequest {
    /// `message_id`
    pub const ID: &'static str = "Sender channel query";

    /// The message.
    pub fn message(&self) -> TypedData {
        TypedData::from_fields(vec![
            ("message_id", FieldValue::Text(Self::ID)),
            ("receiver", FieldValue::Address(self.receiver)),
            ("contract", FieldValue::Address(self.contract)),
            ("chain_id", FieldValue::Uint64(self.chain_id)),
            ("expires", FieldValue::Uint64(self.expires)),
        ])
    }

    /// Signs with the sender's key.
    pub fn sign(&self, key: &PrivateKey) -> Signature {
        key.sign_hash(&self.message().hash())
    }

    /// Whether the sender signed it.
    pub fn is_signed(&self, signature: &Signature) -> bool {
        signed_by(signature, &self.message().hash(), self.sender)
    }
}

fn signed_by(signature: &Signature, hash: &Hash, signer: Address) -> bool {
    signature.recover(hash) == Ok(signer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected hashes were computed by another library.
    #[test]
    fn the_messages_hash_as_others_compute_them() {
        let (receiver, contract) = (Address([2; 20]), Address([7; 20]));
        let close = CloseRequest {
            channel: ChannelId {
                sender: Address([1; 20]),
                receiver,
                open_block: 3,
            },
            balance: "100000000000000000000".parse().expect("an amount"),
            contract,
            chain_id: 1,
        };
        assert_eq!(
            close.message().hash().to_string(),
            "0x0c8293c1727f60cde17c5a60e62f899b35202969c717ef9cdf798576563a8e87"
        );
        let read = ReadRequest {
            sender: Address([1; 20]),
            receiver,
            contract,
            chain_id: 1,
            expires: 4_102_444_800,
        };
        assert_eq!(
            read.message().hash().to_string(),
            "0x12955f27dc94323fcf9afebe9ab464713fb3555060fd82e3f3347610271c6de0"
        );
    }
}
