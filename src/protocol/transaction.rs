//! Raw transactions of a local key: legacy with replay protection (EIP-155) and EIP-1559.

use super::address::Address;
use super::amount::Uint256;
use super::hash::{Hash, keccak256};
use super::key::PrivateKey;
use super::signature::Signature;

/// The price per unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fee {
    /// One price, for chains without a base fee.
    Legacy {
        /// Wei per gas.
        gas_price: Uint256,
    },
    /// Base fee and tip with an upper bound.
    Eip1559 {
        /// The most per gas, base fee and tip together.
        max_fee: Uint256,
        /// The tip per gas.
        max_priority_fee: Uint256,
    },
}

/// An unsigned transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The chain it is valid on.
    pub chain_id: u64,
    /// How many transactions the account has sent before.
    pub nonce: u64,
    /// The recipient; `None` creates a contract.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value: Uint256,
    /// The most gas it may use.
    pub gas_limit: u64,
    /// Call data.
    pub data: Vec<u8>,
    /// The price of gas.
    pub fee: Fee,
}

/// A signed transaction, ready to be sent to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTransaction {
    /// The bytes for `eth_sendRawTransaction`.
    pub raw: Vec<u8>,
    /// The transaction's hash.
    pub hash: Hash,
}

/// The transaction type byte of EIP-1559.
const EIP1559_TYPE: u8 = 2;

impl Transaction {
    /// The hash to sign: for legacy transactions of the nine fields of EIP-155, else of the type byte
    /// and the nine fields of EIP-1559.
    pub fn signing_hash(&self) -> Hash {
        let mut list = self.fields();
        if let Fee::Legacy { .. } = self.fee {
            list.number(self.chain_id.into());
            list.number(Uint256::ZERO);
            list.number(Uint256::ZERO);
        }
        keccak256(&[&self.envelope(list)])
    }

    /// Signs with a local key.
    pub fn sign(&self, key: &PrivateKey) -> SignedTransaction {
        self.signed_by(&key.sign_hash(&self.signing_hash()))
    }

    /// With the sender's signature of its [hash](Self::signing_hash).
    pub fn signed_by(&self, signature: &Signature) -> SignedTransaction {
        let bytes = signature.as_bytes();
        let parity = u64::from(signature.is_y_odd());
        let v = match self.fee {
            Fee::Legacy { .. } => {
                Uint256::from(u128::from(self.chain_id) * 2 + u128::from(35 + parity))
            }
            Fee::Eip1559 { .. } => parity.into(),
        };
        let mut list = self.fields();
        list.number(v);
        list.number(word(&bytes[..32]));
        list.number(word(&bytes[32..64]));
        let raw = self.envelope(list);
        let hash = keccak256(&[&raw]);
        SignedTransaction { raw, hash }
    }

    fn fields(&self) -> RlpList {
        let mut list = RlpList::default();
        match self.fee {
            Fee::Legacy { gas_price } => {
                list.number(self.nonce.into());
                list.number(gas_price);
            }
            Fee::Eip1559 {
                max_fee,
                max_priority_fee,
            } => {
                list.number(self.chain_id.into());
                list.number(self.nonce.into());
                list.number(max_priority_fee);
                list.number(max_fee);
            }
        }
        list.number(self.gas_limit.into());
        list.string(self.to.as_ref().map_or(&[], |to| &to.0));
        list.number(self.value);
        list.string(&self.data);
        if let Fee::Eip1559 { .. } = self.fee {
            // An empty access list.
            list.0.push(0xc0);
        }
        list
    }

    fn envelope(&self, list: RlpList) -> Vec<u8> {
        let mut bytes = match self.fee {
            Fee::Legacy { .. } => Vec::new(),
            Fee::Eip1559 { .. } => vec![EIP1559_TYPE],
        };
        bytes.extend_from_slice(&rlp_header(0xc0, list.0.len()));
        bytes.extend_from_slice(&list.0);
        bytes
    }
}

fn word(bytes: &[u8]) -> Uint256 {
    let mut word = [0; 32];
    word.copy_from_slice(bytes);
    Uint256::from_be_bytes(word)
}

/// The payload of an RLP list.
#[derive(Default)]
struct RlpList(Vec<u8>);

impl RlpList {
    /// RLP encodes a number as the string of its bytes without leading zeros.
    fn number(&mut self, number: Uint256) {
        let bytes = number.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0);
        self.string(&bytes[zeros.count()..]);
    }

    fn string(&mut self, bytes: &[u8]) {
        // A single byte below 0x80 has no header.
        if !matches!(bytes, [0..=0x7f]) {
            self.0.extend_from_slice(&rlp_header(0x80, bytes.len()));
        }
        self.0.extend_from_slice(bytes);
    }
}

fn rlp_header(base: u8, length: usize) -> Vec<u8> {
    if length <= 55 {
        return vec![base + length as u8];
    }
    let bytes = length.to_be_bytes();
    let significant = &bytes[(length.leading_zeros() / 8) as usize..];
    let mut header = vec![base + 55 + significant.len() as u8];
    header.extend_from_slice(significant);
    header
}
