//! Private keys that sign in this process.

use core::fmt;
use std::sync::OnceLock;

use k256::elliptic_curve::Curve;
use k256::elliptic_curve::ops::{Invert, Reduce};
use k256::elliptic_curve::point::AffineCoordinates;
use k256::elliptic_curve::scalar::IsHigh;
use k256::elliptic_curve::subtle::{Choice, ConditionallySelectable};
use k256::sha2::Sha256;
use k256::{FieldBytes, NonZeroScalar, Scalar, Secp256k1, U256};
use rfc6979::KGenerator;
use zeroize::{Zeroize, Zeroizing};

use super::address::Address;
use super::generator;
use super::hash::Hash;
use super::signature::{Signature, address_of};

/// A secp256k1 private key. Overwritten with zeros when dropped; never shown by `Debug`.
#[derive(Clone)]
pub struct PrivateKey {
    secret: NonZeroScalar,
    /// Computed when it is first asked for: a signature does not need it.
    address: OnceLock<Address>,
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
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
        let secret = NonZeroScalar::from_repr(FieldBytes::from(*bytes));
        Ok(Self {
            secret: secret.into_option().ok_or(KeyError::Range)?,
            address: OnceLock::new(),
        })
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
        Zeroizing::new(self.secret.to_bytes().into())
    }

    /// The key as `0x` and 64 hex digits, wiped when dropped.
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(super::hex_text::encode(self.to_bytes().as_slice()))
    }

    /// The account of this key.
    pub fn address(&self) -> Address {
        let public = || address_of(&generator::multiply(&self.secret).to_affine());
        *self.address.get_or_init(public)
    }

    /// Signs the 32 bytes as they are, without a prefix: deterministic (RFC 6979), low s, v 27/28.
    pub fn sign_hash(&self, hash: &Hash) -> Signature {
        let secret = Zeroizing::new(self.secret.to_bytes());
        let mut nonces = KGenerator::<Sha256, U256>::new(&secret, &hash.0, &[], &Secp256k1::ORDER);
        let digest = Scalar::reduce(&FieldBytes::from(hash.0));
        let mut candidate = Zeroizing::new(FieldBytes::default());
        loop {
            nonces.fill_next_k(&mut candidate);
            let nonce = NonZeroScalar::from_repr(*candidate).into_option();
            let signed = nonce.and_then(|nonce| self.sign_with(&Zeroizing::new(nonce), &digest));
            if let Some(signature) = signed {
                return signature;
            }
        }
    }

    /// ECDSA with this nonce (SEC 1, 4.1.3), or nothing if r or s is zero. The same steps for every
    /// key and nonce.
    fn sign_with(&self, nonce: &NonZeroScalar, digest: &Scalar) -> Option<Signature> {
        // A point whose x exceeds the group order cannot be written with v 27/28; it occurs once in
        // 2^127 signatures.
        let point = generator::multiply(nonce).to_affine();
        let r = Scalar::reduce(&point.x());
        let s = *nonce.invert() * (*digest + r * *self.secret);
        // The lower of s and -s, which stands for the point with the other y.
        let high = s.is_high();
        let s = Scalar::conditional_select(&s, &-s, high);
        let odd: Choice = point.y_is_odd() ^ high;
        if bool::from(r.is_zero() | s.is_zero()) {
            return None;
        }
        Some(Signature::from_parts(
            &r.to_bytes(),
            &s.to_bytes(),
            odd.into(),
        ))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.address())
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

    #[test]
    fn signs_as_the_reference_does_for_edges_and_for_keys_at_random() {
        use k256::ecdsa::SigningKey;

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
            keys.push(super::super::hash::keccak256(&[b"key", &seed.to_be_bytes()]).0);
            hashes.push(super::super::hash::keccak256(&[b"hash", &seed.to_be_bytes()]).0);
        }
        for bytes in &keys {
            let ours = PrivateKey::from_bytes(bytes).expect("in range");
            let reference = SigningKey::from_slice(bytes).expect("in range");
            assert_eq!(
                ours.address(),
                address_of(reference.verifying_key().as_affine())
            );
            for hash in &hashes {
                let (scalars, id) = reference.sign_prehash_recoverable(hash);
                let signed = ours.sign_hash(&Hash(*hash));
                assert_eq!(signed.as_bytes()[..64], scalars.to_bytes()[..]);
                assert_eq!(signed.is_y_odd(), id.is_y_odd());
                assert_eq!(signed.recover(&Hash(*hash)), Ok(ours.address()));
            }
        }
    }
}
