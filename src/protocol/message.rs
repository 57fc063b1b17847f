//! The signed messages: an early draft of EIP-712 typed data ("v1").
//!
//! `message hash = keccak256( keccak256(schema) || keccak256(values) )`, where the schema is the
//! plain concatenation of `"<type> <name>"` of all fields and the values are packed tightly
//! (string: UTF-8 bytes, address: 20 bytes, uint32: 4, uint64: 8, uint192: 24, most significant first).
//! There is no prefix, no domain and no chain id; the signature is over the hash itself.

use crate::json::{Value, json};

use super::address::Address;
use super::amount::Amount;
use super::hash::{Hash, keccak256};

/// The value of one field, which also names its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// `string`
    Text(&'static str),
    /// `address`
    Address(Address),
    /// `uint32`
    Uint32(u32),
    /// `uint64`
    Uint64(u64),
    /// `uint192`
    Uint192(Amount),
}

impl FieldValue {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Address(_) => "address",
            Self::Uint32(_) => "uint32",
            Self::Uint64(_) => "uint64",
            Self::Uint192(_) => "uint192",
        }
    }

    fn pack(&self, packed: &mut Vec<u8>) {
        match self {
            Self::Text(text) => packed.extend_from_slice(text.as_bytes()),
            Self::Address(address) => packed.extend_from_slice(&address.0),
            Self::Uint32(number) => packed.extend_from_slice(&number.to_be_bytes()),
            Self::Uint64(number) => packed.extend_from_slice(&number.to_be_bytes()),
            Self::Uint192(amount) => packed.extend_from_slice(&amount.to_be_bytes()),
        }
    }

    /// The value as text, for wallets: numbers as decimal strings without exponent.
    fn to_text(self) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Address(address) => address.to_string(),
            Self::Uint32(number) => number.to_string(),
            Self::Uint64(number) => number.to_string(),
            Self::Uint192(amount) => amount.to_string(),
        }
    }
}

/// A message as its fields. Their order affects the hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedData(Vec<(&'static str, FieldValue)>);

impl TypedData {
    /// `message_id` of the 0.2 balance proof.
    pub const BALANCE_PROOF_ID: &'static str = "Sender balance proof signature";
    /// `message_id` of the 0.2 closing message.
    pub const CLOSING_ID: &'static str = "Receiver closing signature";

    pub(super) fn from_fields(fields: Vec<(&'static str, FieldValue)>) -> Self {
        Self(fields)
    }

    pub(super) fn new(
        message_id: Option<&'static str>,
        party: (&'static str, Address),
        open_block: u32,
        balance: Amount,
        contract: Address,
    ) -> Self {
        let id = message_id.map(|id| ("message_id", FieldValue::Text(id)));
        Self(
            id.into_iter()
                .chain([
                    (party.0, FieldValue::Address(party.1)),
                    ("block_created", FieldValue::Uint32(open_block)),
                    ("balance", FieldValue::Uint192(balance)),
                    ("contract", FieldValue::Address(contract)),
                ])
                .collect(),
        )
    }

    /// `"<type> <name>"` of each field, in order.
    pub fn schema(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|(name, value)| format!("{} {name}", value.type_name()))
            .collect()
    }

    /// Keccak-256 of the concatenated schema.
    pub fn schema_hash(&self) -> Hash {
        keccak256(&[self.schema().concat().as_bytes()])
    }

    /// The tightly packed values.
    pub fn packed_values(&self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(98);
        for (_, value) in &self.0 {
            value.pack(&mut packed);
        }
        packed
    }

    /// The hash to sign.
    pub fn hash(&self) -> Hash {
        keccak256(&[
            &self.schema_hash().0,
            &keccak256(&[&self.packed_values()]).0,
        ])
    }

    /// The fields, as the wallet method `eth_signTypedData` (the v1 form) takes them.
    pub fn wallet_fields(&self) -> Value {
        let fields: Vec<Value> = self
            .0
            .iter()
            .map(|(name, value)| {
                json!({ "type": value.type_name(), "name": *name, "value": value.to_text() })
            })
            .collect();
        Value::from(fields)
    }
}
