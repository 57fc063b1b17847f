//! Amounts of tokens in base units: unsigned 192-bit integers, as the contracts store them.

use core::fmt;
use core::str::FromStr;

pub use super::uint256::Uint256;

/// A number of token base units below 2^192. Cannot be negative and cannot overflow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(Uint256);

/// Why a number is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// Not a plain run of decimal digits.
    #[error("an amount is a whole number written in decimal digits")]
    Digits,
    /// 2^192 or more.
    #[error("the amount does not fit in 192 bits")]
    TooLarge,
}

impl Amount {
    /// Zero.
    pub const ZERO: Self = Self(Uint256::ZERO);

    /// The largest amount, 2^192 - 1.
    pub const MAX: Self = Self::from_be_bytes([0xff; 24]);

    /// An amount that fits in 64 bits.
    pub const fn from_u64(value: u64) -> Self {
        Self::from_u128(value as u128)
    }

    /// An amount that fits in 128 bits.
    pub const fn from_u128(value: u128) -> Self {
        Self(Uint256::new(value))
    }

    /// The sum, or `None` from 2^192 on.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::try_from(self.0.checked_add(other.0)?).ok()
    }

    /// The difference, or `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The difference, or zero.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Whether this is zero.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// The 24 bytes, most significant first, as signed messages pack a `uint192`.
    pub fn to_be_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes.copy_from_slice(&self.0.to_be_bytes()[8..]);
        bytes
    }

    /// The inverse of [`Self::to_be_bytes`].
    pub const fn from_be_bytes(bytes: [u8; 24]) -> Self {
        let mut word = [0; 32];
        word.split_at_mut(8).1.copy_from_slice(&bytes);
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

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        text.parse::<Uint256>()?.try_into()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
