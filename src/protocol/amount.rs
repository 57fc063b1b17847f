//! Amounts of tokens in base units: unsigned 192-bit integers, as the contracts store them.

use core::fmt;
use core::str::FromStr;

pub use ethnum::U256 as Uint256;

/// A number of token base units below 2^192. Cannot be negative and cannot overflow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(Uint256);

/// Why a number is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a plain run of decimal digits.
    #[error("an amount is a whole number written in decimal digits")]
    Digits,
    /// 2^192 or more.
    #[error("the amount does not fit in 192 bits")]
    TooLarge,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Uint256::ZERO);

    /// The largest amount, 2^192 - 1.
    pub const MAX: Self = Self(Uint256::from_words(u64::MAX as u128, u128::MAX));

    /// An amount that fits in 64 bits.
    pub const fn from_u64(value: u64) -> Self {
        Self(Uint256::from_words(0, value as u128))
    }

    /// An amount that fits in 128 bits.
    pub const fn from_u128(value: u128) -> Self {
        Self(Uint256::from_words(0, value))
    }

    /// The sum, or `None` from 2^192 on.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        // Both are below 2^192, so the sum cannot wrap around 2^256.
        Self::try_from(self.0 + other.0).ok()
    }

    /// The difference, or `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The difference, or zero.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Whether this is nothing.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// The 24 bytes, most significant first, as signed messages pack a `uint192`.
    pub fn to_be_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes.copy_from_slice(&self.0.to_be_bytes()[8..]);
        bytes
    }

    /// The amount of [`Self::to_be_bytes`].
    pub fn from_be_bytes(bytes: [u8; 24]) -> Self {
        let mut word = [0; 32];
        word[8..].copy_from_slice(&bytes);
        Self(Uint256::from_be_bytes(word))
    }
}

impl TryFrom<Uint256> for Amount {
    type Error = AmountError;

    fn try_from(value: Uint256) -> Result<Self, AmountError> {
        if value > Self::MAX.0 {
            Err(AmountError::TooLarge)
        } else {
            Ok(Self(value))
        }
    }
}

impl From<Amount> for Uint256 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

/// Reads a 256-bit number from plain decimal digits. `Uint256` reads them too, in any base, with two
/// kilobytes of code.
pub fn parse_uint256(text: &str) -> Result<Uint256, AmountError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AmountError::Digits);
    }
    // The least significant word comes first.
    let mut words = [0_u32; 8];
    for digit in text.bytes() {
        let mut carry = u64::from(digit - b'0');
        for word in &mut words {
            carry += u64::from(*word) * 10;
            *word = carry as u32;
            carry >>= 32;
        }
        if carry != 0 {
            return Err(AmountError::TooLarge);
        }
    }
    let half = |words: &[u32]| {
        let words = words.iter().rev();
        words.fold(0, |number, word| (number << 32) | u128::from(*word))
    };
    let (low, high) = words.split_at(4);
    Ok(Uint256::from_words(half(high), half(low)))
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        parse_uint256(text)?.try_into()
    }
}

/// A number to be written in decimal digits. `Uint256` writes them too, by a division of 256 bits by
/// 256 bits that weighs more than a kilobyte; this one divides by a number of 32 bits.
#[derive(Clone, Copy, Debug)]
pub struct Decimal(pub Uint256);

/// The digits that one division gives, and the power of ten that it divides by.
const STEP: (usize, u64) = (9, 1_000_000_000);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.to_be_bytes();
        let (words, _) = bytes.as_chunks::<4>();
        let mut words: [u32; 8] = core::array::from_fn(|place| {
            words.get(place).map_or(0, |word| u32::from_be_bytes(*word))
        });
        // From the last digit to the first; nine more than there can be at most.
        let mut digits = [b'0'; 9 * STEP.0];
        for group in digits.rchunks_exact_mut(STEP.0) {
            let mut rest = 0;
            for word in &mut words {
                let part = (rest << 32) | u64::from(*word);
                *word = (part / STEP.1) as u32;
                rest = part % STEP.1;
            }
            let mut rest = rest as u32;
            for digit in group.iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            if words == [0; 8] {
                break;
            }
        }
        let digits = digits.into_iter().skip_while(|digit| *digit == b'0');
        let mut text: String = digits.map(char::from).collect();
        if text.is_empty() {
            text.push('0');
        }
        f.pad_integral(true, "", &text)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal(self.0).fmt(f)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_of_uint192() {
        let max: Amount = "6277101735386680763835789423207666416102355444464034512895"
            .parse()
            .expect("max");
        assert_eq!(max, Amount::MAX);
        assert_eq!(max.checked_add(Amount::from_u64(1)), None);
        assert_eq!(Amount::ZERO.checked_sub(Amount::from_u64(1)), None);
        assert_eq!(max.to_be_bytes(), [0xff; 24]);
        assert_eq!(
            "6277101735386680763835789423207666416102355444464034512896".parse::<Amount>(),
            Err(AmountError::TooLarge)
        );
    }

    #[test]
    fn only_digits_are_read() {
        for bad in ["", "-1", "+1", " 1", "1e3", "0x10", "1.0", "１"] {
            assert_eq!(bad.parse::<Amount>(), Err(AmountError::Digits), "{bad}");
        }
        assert_eq!(
            "9".repeat(1000).parse::<Amount>(),
            Err(AmountError::TooLarge)
        );
        assert_eq!("0007".parse::<Amount>(), Ok(Amount::from_u64(7)));
        assert_eq!("000".parse::<Amount>(), Ok(Amount::ZERO));
    }
}
