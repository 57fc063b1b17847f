//! `0x`-prefixed hex text, as JSON-RPC, headers and stored records carry it.

/// Why a text is not the expected hex.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HexError {
    /// The prefix `0x` is missing.
    #[error("hex text must start with 0x")]
    Prefix,
    /// A character outside 0-9, a-f, A-F, or an odd number of digits.
    #[error("hex text holds something other than pairs of hex digits")]
    Digits,
    /// Hex digits, but not as many bytes as the field has.
    #[error("expected {expected} bytes of hex, found {found}")]
    Length {
        /// The field's length in bytes.
        expected: usize,
        /// The text's length in bytes.
        found: usize,
    },
    /// A quantity that is empty or does not fit.
    #[error("not a hex quantity of at most {bits} bits")]
    Quantity {
        /// The width of the field, in bits.
        bits: u32,
    },
}

/// Reads `0x` and an even number of hex digits of any case.
pub fn decode(text: &str) -> Result<Vec<u8>, HexError> {
    let digits = text.strip_prefix("0x").ok_or(HexError::Prefix)?;
    hex::decode(digits).map_err(|_| HexError::Digits)
}

/// Parses a constant of this crate, 64 lower-case hex digits, at compile time.
pub(super) const fn constant(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut index = 0;
    while index < 64 {
        let digit = match text.as_bytes()[index] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit => digit - b'a' + 10,
        };
        bytes[index / 2] = bytes[index / 2] << 4 | digit;
        index += 1;
    }
    bytes
}

/// Reads exactly `N` bytes.
pub fn decode_fixed<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let digits = text.strip_prefix("0x").ok_or(HexError::Prefix)?;
    if digits.len() != N * 2 {
        return Err(HexError::Length {
            expected: N,
            found: digits.len() / 2,
        });
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| HexError::Digits)?;
    Ok(bytes)
}

/// Writes `0x` and lower-case digits.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("0x");
    // Writes straight into the text: `hex` allocates a string of its own first, which measurably adds
    // to a payment's time and to the download.
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            let first = if digit < 10 { b'0' } else { b'a' - 10 };
            text.push(char::from(first + digit));
        }
    }
    text
}

/// Reads a JSON-RPC quantity (`0x` and at least one digit, most significant first) of up to 64 bits.
pub fn decode_u64(text: &str) -> Result<u64, HexError> {
    let error = HexError::Quantity { bits: 64 };
    let digits = text.strip_prefix("0x").ok_or(HexError::Prefix)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(error);
    }
    u64::from_str_radix(digits, 16).map_err(|_| error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_bounded() {
        assert_eq!(decode_u64("0x1a"), Ok(26));
        assert_eq!(decode_u64("0xffffffffffffffff"), Ok(u64::MAX));
        for bad in ["0x10000000000000000", "0x", "0x+1", "1a", "", "0xg"] {
            assert!(decode_u64(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_byte_is_written_in_two_digits() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(encode(&bytes), format!("0x{}", hex::encode(&bytes)));
        assert_eq!(encode(&[]), "0x");
    }

    #[test]
    fn fixed_lengths_are_exact() {
        assert_eq!(decode_fixed::<2>("0xAbcd"), Ok([0xab, 0xcd]));
        assert_eq!(
            decode_fixed::<2>("0xab"),
            Err(HexError::Length {
                expected: 2,
                found: 1
            })
        );
        assert_eq!(decode_fixed::<1>("0xzz"), Err(HexError::Digits));
        assert_eq!(decode("ab"), Err(HexError::Prefix));
        assert_eq!(decode("0xabc"), Err(HexError::Digits));
    }
}
