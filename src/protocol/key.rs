//! Private keys that sign in this process.

use core::fmt;

use k256::ecdsa::SigningKey;
use zeroize::Zeroizing;

use super::address::Address;
use super::hash::Hash;
use super::signature::{Signature, address_of};

/// A secp256k1 private key. Overwritten with zeros when dropped; never shown by `Debug`.
#[derive(Clone)]
pub struct PrivateKey {
    key: SigningKey,
    address: Address,
}

/// Why bytes or text are not a private key. Says nothing of the key itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 64 hex digits, with or without `0x`.
    #[error("a private key is 64 hex digits, with or without 0x")]
    Format,
    /// Zero, or not below the group order.
    #[error("the private key is out of range")]
    Range,
}

impl PrivateKey {
    /// A key from its 32 bytes, most significant first.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_slice(bytes).map_err(|_| KeyError::Range)?;
        let address = address_of(key.verifying_key());
        Ok(Self { key, address })
    }

    /// A key from 64 hex digits, with or without `0x`.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        let digits = text.strip_prefix("0x").unwrap_or(text);
        hex::decode_to_slice(digits, bytes.as_mut_slice()).map_err(|_| KeyError::Format)?;
        Self::from_bytes(&bytes)
    }

    /// The key's 32 bytes, most significant first, wiped when dropped.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes().into())
    }

    /// The key as `0x` and 64 hex digits, wiped when dropped.
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(super::hex_text::encode(self.to_bytes().as_slice()))
    }

    /// The account of this key.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs the 32 bytes as they are, without a prefix: deterministic (RFC 6979), low s, v 27/28.
    pub fn sign_hash(&self, hash: &Hash) -> Signature {
        // A nonce point whose x exceeds the group order cannot be written with v 27/28; it occurs
        // once in 2^127 signatures.
        let (scalars, id) = self.key.sign_prehash_recoverable(&hash.0);
        Signature::from_parts(&scalars, id)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_errors_hide_the_key() {
        let text = "a0".repeat(32);
        let key = PrivateKey::from_hex(&text).expect("valid");
        assert!(!format!("{key:?}").contains("a0a0a0"));
        assert_eq!(*key.to_hex(), format!("0x{text}"));
        assert_eq!(PrivateKey::from_hex("zz").err(), Some(KeyError::Format));
        assert_eq!(
            PrivateKey::from_hex(&"0".repeat(64)).err(),
            Some(KeyError::Range)
        );
        assert_eq!(
            PrivateKey::from_hex(&"f".repeat(64)).err(),
            Some(KeyError::Range)
        );
    }
}
