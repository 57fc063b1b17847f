//! The contract ABI, as far as channel managers and tokens need it: call data and return data.
//!
//! Every value takes a word of 32 bytes, most significant first. The word of a variable-length value
//! holds its offset; the value itself, preceded by its length, follows after all words.

use super::address::Address;
use super::amount::{Amount, Uint256};
use super::hash::{Hash, keccak256};

const WORD: usize = 32;

/// The first four bytes of the hash of a function's signature, such as `settle(address,uint32)`.
pub fn selector(signature: &str) -> [u8; 4] {
    let hash = keccak256(&[signature.as_bytes()]).0;
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Call data under construction: arguments are appended in order.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CallData {
    selector: Option<[u8; 4]>,
    head: Vec<Slot>,
    tail: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Slot {
    Word([u8; WORD]),
    /// An offset into the tail.
    Tail(usize),
}

impl CallData {
    /// A call of the function with this signature.
    pub fn new(signature: &str) -> Self {
        Self {
            selector: Some(selector(signature)),
            ..Self::default()
        }
    }

    /// Arguments without a selector, as a constructor takes them after its byte code.
    pub fn constructor() -> Self {
        Self::default()
    }

    fn word(mut self, bytes: &[u8]) -> Self {
        let mut word = [0; WORD];
        word[WORD - bytes.len()..].copy_from_slice(bytes);
        self.head.push(Slot::Word(word));
        self
    }

    /// An `address`.
    pub fn address(self, address: Address) -> Self {
        self.word(&address.0)
    }

    /// A `uint32`, such as an open block.
    pub fn uint32(self, number: u32) -> Self {
        self.word(&number.to_be_bytes())
    }

    /// A `uint192`.
    pub fn amount(self, amount: Amount) -> Self {
        self.word(&amount.to_be_bytes())
    }

    /// A `uint256`.
    pub fn uint256(self, number: Uint256) -> Self {
        self.word(&number.to_be_bytes())
    }

    /// A `bytes32`.
    pub fn hash(self, hash: &Hash) -> Self {
        self.word(&hash.0)
    }

    /// A `bytes`.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.head.push(Slot::Tail(self.tail.len()));
        self.tail.extend_from_slice(&word_of(bytes.len()));
        self.tail.extend_from_slice(bytes);
        self.tail.resize(self.tail.len().next_multiple_of(WORD), 0);
        self
    }

    /// An `address[]`.
    pub fn addresses(mut self, addresses: &[Address]) -> Self {
        self.head.push(Slot::Tail(self.tail.len()));
        self.tail.extend_from_slice(&word_of(addresses.len()));
        for address in addresses {
            self.tail.extend_from_slice(&[0; 12]);
            self.tail.extend_from_slice(&address.0);
        }
        self
    }

    /// The finished bytes.
    pub fn encode(&self) -> Vec<u8> {
        let head = self.head.len() * WORD;
        let mut data = Vec::with_capacity(4 + head + self.tail.len());
        data.extend_from_slice(self.selector.as_ref().map_or(&[], |s| s.as_slice()));
        for slot in &self.head {
            match slot {
                Slot::Word(word) => data.extend_from_slice(word),
                Slot::Tail(offset) => data.extend_from_slice(&word_of(head + offset)),
            }
        }
        data.extend_from_slice(&self.tail);
        data
    }
}

fn word_of(number: usize) -> [u8; WORD] {
    Uint256::from(number as u64).to_be_bytes()
}

/// Why ABI-encoded bytes can't be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AbiError {
    /// Fewer bytes than the values take. A call to an address without code returns no bytes at all.
    #[error("the contract's answer is too short")]
    Short,
    /// A word holds a number wider than its type, or an offset outside the data.
    #[error("the contract's answer holds a value that is not a {0}")]
    Value(&'static str),
}

/// Reads ABI-encoded values one after the other.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    data: &'a [u8],
    next: usize,
}

impl<'a> Words<'a> {
    /// The values in `data`, from its beginning.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, next: 0 }
    }

    fn word(&mut self) -> Result<[u8; WORD], AbiError> {
        let word = word_at(self.data, self.next)?;
        self.next += WORD;
        Ok(word)
    }

    fn narrow<const N: usize>(&mut self, type_name: &'static str) -> Result<[u8; N], AbiError> {
        let word = self.word()?;
        if word[..WORD - N].iter().any(|&b| b != 0) {
            return Err(AbiError::Value(type_name));
        }
        let mut bytes = [0; N];
        bytes.copy_from_slice(&word[WORD - N..]);
        Ok(bytes)
    }

    /// An `address`.
    pub fn address(&mut self) -> Result<Address, AbiError> {
        self.narrow("address").map(Address)
    }

    /// A `uint8`.
    pub fn uint8(&mut self) -> Result<u8, AbiError> {
        self.narrow::<1>("uint8").map(|bytes| bytes[0])
    }

    /// A `uint32`.
    pub fn uint32(&mut self) -> Result<u32, AbiError> {
        self.narrow("uint32").map(u32::from_be_bytes)
    }

    /// A `uint192`.
    pub fn amount(&mut self) -> Result<Amount, AbiError> {
        self.uint256()?
            .try_into()
            .map_err(|_| AbiError::Value("uint192"))
    }

    /// A `uint256`.
    pub fn uint256(&mut self) -> Result<Uint256, AbiError> {
        self.word().map(Uint256::from_be_bytes)
    }

    /// A `bytes32`.
    pub fn hash(&mut self) -> Result<Hash, AbiError> {
        self.word().map(Hash)
    }

    /// A `bool`.
    pub fn boolean(&mut self) -> Result<bool, AbiError> {
        match self.narrow::<1>("bool")?[0] {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(AbiError::Value("bool")),
        }
    }

    /// A `string`. Fails if the bytes are not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, AbiError> {
        let error = AbiError::Value("string");
        let offset = length(self.word()?).ok_or(error.clone())?;
        let size = length(word_at(self.data, offset)?).ok_or(error.clone())?;
        let start = offset + WORD;
        let end = start.checked_add(size).ok_or(AbiError::Short)?;
        let bytes = self.data.get(start..end).ok_or(AbiError::Short)?;
        core::str::from_utf8(bytes).map_err(|_| error)
    }
}

fn word_at(data: &[u8], offset: usize) -> Result<[u8; WORD], AbiError> {
    let end = offset.checked_add(WORD).ok_or(AbiError::Short)?;
    let bytes = data.get(offset..end).ok_or(AbiError::Short)?;
    bytes.try_into().map_err(|_| AbiError::Short)
}

/// A word read as an offset or length inside the data; `None` from 2^32 on.
fn length(word: [u8; WORD]) -> Option<usize> {
    let number = u64::try_from(Uint256::from_be_bytes(word)).ok()?;
    usize::try_from(u32::try_from(number).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_offsets_are_refused() {
        let mut data = vec![0xff; 64];
        assert_eq!(Words::new(&data).text(), Err(AbiError::Value("string")));
        data[..31].fill(0);
        data[31] = 32;
        assert_eq!(Words::new(&data).text(), Err(AbiError::Value("string")));
        data[32..60].fill(0);
        assert_eq!(Words::new(&data).text(), Err(AbiError::Short));
        assert_eq!(Words::new(&[]).text(), Err(AbiError::Short));
    }

    #[test]
    fn numbers_wider_than_their_type_are_refused() {
        let data = [0xff; 32];
        assert_eq!(Words::new(&data).uint32(), Err(AbiError::Value("uint32")));
        assert_eq!(Words::new(&data).amount(), Err(AbiError::Value("uint192")));
        assert_eq!(Words::new(&data).boolean(), Err(AbiError::Value("bool")));
        assert_eq!(Words::new(&data[..31]).uint256(), Err(AbiError::Short));
    }
}
