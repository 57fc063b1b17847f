//! Ethereum addresses: 20 bytes, written in the checksum case of EIP-55.

use core::fmt;
use core::str::FromStr;

use super::hash::keccak256;

/// The last 20 bytes of the Keccak-256 hash of an account's public key, or a contract's address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub [u8; 20]);

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not `0x` followed by 40 hex digits.
    #[error("an address is 0x and 40 hex digits")]
    Format,
    /// Mixed case that is not the EIP-55 checksum case: most likely a typing error.
    #[error("the address has a wrong checksum: a digit or its case was changed")]
    Checksum,
}

impl Address {
    /// The zero address. A channel to it can be opened but never settled.
    pub const ZERO: Self = Self([0; 20]);

    /// The account of a public key: x and y of its point, 32 bytes each, most significant first.
    pub(super) fn of_key(key: &[u8; 64]) -> Self {
        let mut address = [0; 20];
        address.copy_from_slice(&keccak256(&[key]).0[12..]);
        Self(address)
    }

    /// The `0x` text in lower case, as 0.1 servers write it.
    pub fn to_lower(&self) -> String {
        super::hex_text::encode(&self.0)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Accepts all-lower-case, all-upper-case and EIP-55 text; rejects any other mixed case.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let digits = text.strip_prefix("0x").ok_or(AddressError::Format)?;
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| AddressError::Format)?;
        let has_lower = digits.bytes().any(|b| b.is_ascii_lowercase());
        let has_upper = digits.bytes().any(|b| b.is_ascii_uppercase());
        if has_lower && has_upper && digits.as_bytes() != checksum_case(&bytes) {
            return Err(AddressError::Checksum);
        }
        Ok(Self(bytes))
    }
}

/// EIP-55: a letter is upper case where the matching digit of the hash of the lower-case digits is
/// 8 or more.
fn checksum_case(bytes: &[u8; 20]) -> [u8; 40] {
    let mut digits = [0; 40];
    for (index, byte) in bytes.iter().enumerate() {
        digits[index * 2] = digit(byte >> 4);
        digits[index * 2 + 1] = digit(byte & 15);
    }
    let hash = keccak256(&[&digits]).0;
    for (index, character) in digits.iter_mut().enumerate() {
        let shift = if index % 2 == 0 { 4 } else { 0 };
        if (hash[index / 2] >> shift) & 15 >= 8 {
            character.make_ascii_uppercase();
        }
    }
    digits
}

fn digit(nibble: u8) -> u8 {
    if nibble < 10 {
        b'0' + nibble
    } else {
        b'a' + nibble - 10
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        checksum_case(&self.0)
            .iter()
            .try_for_each(|&c| fmt::Write::write_char(f, char::from(c)))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_text_is_named() {
        for bad in [
            "",
            "0x",
            "5601Ea8445A5d96EEeBF89A67C4199FbB7a43Fbb",
            "0x00",
            "0xé",
        ] {
            assert_eq!(bad.parse::<Address>(), Err(AddressError::Format), "{bad}");
        }
        assert_eq!(
            "0x5601ea8445A5d96EEeBF89A67C4199FbB7a43Fbb".parse::<Address>(),
            Err(AddressError::Checksum)
        );
        assert!(
            "0x5601EA8445A5D96EEEBF89A67C4199FBB7A43FBB"
                .parse::<Address>()
                .is_ok()
        );
    }
}
