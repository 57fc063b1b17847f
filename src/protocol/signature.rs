//! Recoverable secp256k1 signatures in the 65-byte form the contracts read: r, s, v.

use core::fmt;
use core::str::FromStr;

use k256::ecdsa;

use super::address::Address;
use super::hash::Hash;
use super::hex_text;
use super::recovery::recover;

/// r (32 bytes) || s (32 bytes) || v, kept byte for byte: generation 0.1 hashes these bytes for the
/// closing signature, so v 0/1 must not be normalised to 27/28, or the other way round.
///
/// Every value was checked as the contracts check it: v is 0, 1, 27 or 28, and r and s lie in 1..n.
/// A high s is accepted, as by `ecrecover`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 65]);

/// Why bytes are not a signature that a contract would accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not `0x` and hex digits.
    #[error("a signature is 0x and 130 hex digits")]
    Format,
    /// Not 65 bytes.
    #[error("a signature has 65 bytes, found {0}")]
    Length(usize),
    /// v is none of 0, 1, 27, 28; the contracts revert on it.
    #[error("the signature's v is {0}; the contracts accept 0, 1, 27 and 28")]
    RecoveryByte(u8),
    /// r or s is zero or not below the group order; the contracts revert on it.
    #[error("the signature's r or s is out of range")]
    Scalar,
    /// r is not the x coordinate of a point on the curve; the contracts revert on it.
    #[error("no public key can be recovered from the signature")]
    Unrecoverable,
}

impl Signature {
    /// Checks length, v, r and s.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureError> {
        let bytes: [u8; 65] = bytes
            .try_into()
            .map_err(|_| SignatureError::Length(bytes.len()))?;
        if !matches!(bytes[64], 0 | 1 | 27 | 28) {
            return Err(SignatureError::RecoveryByte(bytes[64]));
        }
        scalars(&bytes)?;
        Ok(Self(bytes))
    }

    /// The account's signature of `hash` in a wallet's answer of 64 or 65 bytes, with v 27 or 28. What decides is
    /// r, s and what they recover to: wallets write v as 27 and 28, as 0 and 1, with a chain's number in it, or
    /// into the top bit of s (64 bytes, EIP-2098), which is set in no low s.
    pub fn of_account(answer: &[u8], hash: &Hash, account: Address) -> Option<Self> {
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(answer.get(..64)?);
        if answer.len() == 64 {
            bytes[32] &= 0x7f;
        }
        [27, 28].into_iter().find_map(|v| {
            bytes[64] = v;
            let signature = Self::from_bytes(&bytes).ok()?;
            (signature.recover(hash) == Ok(account)).then_some(signature)
        })
    }

    /// Assembles the signer's output: low s, and v 27 or 28.
    pub(super) fn from_parts(scalars: &ecdsa::Signature, is_y_odd: bool) -> Self {
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&scalars.to_bytes());
        bytes[64] = 27 + u8::from(is_y_odd);
        Self(bytes)
    }

    /// r and s, big-endian, with s in the lower half: the same for both signatures that one pair of them makes.
    /// `None`: a scalar is out of range, which no signature read here has.
    pub fn low_s(&self) -> Option<[u8; 64]> {
        let scalars = scalars(&self.0).ok()?;
        Some(scalars.normalize_s().to_bytes().into())
    }

    /// The 65 bytes, unchanged.
    pub fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    /// Whether v says that the nonce point's y is odd.
    pub fn is_y_odd(&self) -> bool {
        matches!(self.0[64], 1 | 28)
    }

    /// The account whose key made this signature over `hash` itself, without a prefix.
    ///
    /// Any well-formed signature recovers to *some* address: the caller must compare it with the
    /// expected one.
    pub fn recover(&self, hash: &Hash) -> Result<Address, SignatureError> {
        let (scalars, _) = self.0.split_first_chunk().ok_or(SignatureError::Scalar)?;
        recover(&hash.0, scalars, self.is_y_odd())
            .map(|key| Address::of_key(&key))
            .ok_or(SignatureError::Unrecoverable)
    }
}

/// r and s, neither of them zero.
fn scalars(bytes: &[u8; 65]) -> Result<ecdsa::Signature, SignatureError> {
    ecdsa::Signature::from_slice(&bytes[..64]).map_err(|_| SignatureError::Scalar)
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let bytes = hex_text::decode(text).map_err(|_| SignatureError::Format)?;
        Self::from_bytes(&bytes)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex_text::encode(&self.0))
    }
}

/// A signature is worth money to the receiver, so debug output shows only its first 4 bytes.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}…)", hex_text::encode(&self.0[..4]))
    }
}
