//! Private keys that sign in this process.

use core::fmt;

use k256::ecdsa::SigningKey;
use zeroize::Zeroizing;

use super::address::Address;
use super::hash::Hash;
use super::recovery::public_key;
use super::signature::Signature;

/// A secp256k1 private key. [`SigningKey`] overwrites it with zeros on drop; `Debug` never shows it.
#[derive(Clone)]
pub struct PrivateKey {
    key: SigningKey,
    address: Address,
}

/// Why bytes or text are not a private key. Reveals nothing of the key itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
        let address = Address::of_key(&public_key(key.verifying_key()));
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

    /// Signs the 32 bytes without a prefix: deterministic (RFC 6979), low s, v 27/28.
    pub fn sign_hash(&self, hash: &Hash) -> Signature {
        let (scalars, id) = self.key.sign_prehash_recoverable(&hash.0);
        // v 27/28 can't express a nonce point whose x exceeds the group order; one occurs in about
        // 2^127 signatures.
        Signature::from_parts(&scalars, id.is_y_odd())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.address)
    }
}

#[cfg(test)]
mod tests {
    use k256::Secp256k1;
    use k256::elliptic_curve::Curve;

    use super::super::hash::keccak256;
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

    /// Keccak-256 of the output of @noble/curves 2.4.0 for the keys and hashes below: for each key its
    /// address, then its signatures.
    const REFERENCE: &str = "0xf1411e6e60ee858a49a6a49915372c479818c87e2427f5372435f47fab65c479";

    #[test]
    fn signs_as_noble_does_for_edges_and_for_keys_at_random() {
        let order = Secp256k1::ORDER.to_be_bytes();
        let less = |by: u8| {
            let mut bytes: [u8; 32] = order.into();
            bytes[31] -= by;
            bytes
        };
        let small = |last: u8| {
            let mut bytes = [0; 32];
            bytes[31] = last;
            bytes
        };
        let mut keys = vec![small(1), small(2), less(1), less(2)];
        let mut hashes = vec![[0; 32], [0xff; 32], less(0), less(1), small(1)];
        for seed in 0_u32..60 {
            keys.push(keccak256(&[b"key", &seed.to_be_bytes()]).0);
            hashes.push(keccak256(&[b"hash", &seed.to_be_bytes()]).0);
        }
        let mut made = Vec::new();
        for bytes in &keys {
            let key = PrivateKey::from_bytes(bytes).expect("in range");
            made.extend(key.address().0);
            for hash in hashes.iter().copied().map(Hash) {
                let signed = key.sign_hash(&hash);
                made.extend(signed.as_bytes());
                assert_eq!(signed.recover(&hash), Ok(key.address()));
            }
        }
        assert_eq!(keccak256(&[&made]).to_string(), REFERENCE);
    }
}
