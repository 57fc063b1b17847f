//! Keccak-256, the hash of Ethereum (not the later SHA3-256).

use core::fmt;
use core::str::FromStr;

use tiny_keccak::{Hasher, Keccak};

use super::hex_text::{self, HexError};

/// 32 bytes: a Keccak-256 hash, a transaction hash, a topic or a channel key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// Keccak-256 over the concatenation of `parts`.
pub fn keccak256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Keccak::v256();
    for part in parts {
        hasher.update(part);
    }
    let mut output = [0; 32];
    hasher.finalize(&mut output);
    Hash(output)
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex_text::encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        hex_text::decode_fixed(text).map(Self)
    }
}
