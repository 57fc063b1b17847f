//! Unsigned 256-bit integers, Ethereum's number type: token balances, wei, words of the ABI.

use core::fmt;
use core::str::FromStr;

use k256::U256;
use k256::elliptic_curve::bigint::{CheckedAdd, CheckedSub, Limb, NonZero};

use super::amount::AmountError;
use super::hex_text::HexError;

/// A number below 2^256. Arithmetic is checked or saturates; `Display` writes decimal digits.
///
/// Wraps the integers of k256, which is a dependency anyway. They run in constant time, which nothing
/// here needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uint256(U256);

/// Decimal digits that one division splits off, and the power of ten that it divides by: 10^9 fits in
/// a limb, which has 32 or 64 bits.
const GROUP: usize = 9;
const DIVISOR: NonZero<Limb> = NonZero::<Limb>::new_unwrap(Limb::from_u32(1_000_000_000));
/// 2^256 - 1 has 78 digits.
const GROUPS: usize = 78_usize.div_ceil(GROUP);

impl Uint256 {
    /// Zero.
    pub const ZERO: Self = Self(U256::ZERO);

    /// One.
    pub const ONE: Self = Self(U256::ONE);

    /// 2^256 - 1.
    pub const MAX: Self = Self(U256::MAX);

    /// A number that fits in 128 bits.
    pub const fn new(number: u128) -> Self {
        Self(U256::from_u128(number))
    }

    /// A number from its 32 bytes, most significant first.
    pub const fn from_be_bytes(bytes: [u8; 32]) -> Self {
        Self(U256::from_be_slice(&bytes))
    }

    /// The number's 32 bytes, most significant first.
    pub fn to_be_bytes(self) -> [u8; 32] {
        self.0.to_be_bytes().into()
    }

    /// The sum, or `None` from 2^256 on.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(&other.0).into_option().map(Self)
    }

    /// The difference, or `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(&other.0).into_option().map(Self)
    }

    /// The quotient, rounded down, or `None` if `other` is zero.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        self.0.checked_div(&other.0).into_option().map(Self)
    }

    /// The sum, or [`Self::MAX`].
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(&other.0))
    }

    /// The difference, or zero.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(&other.0))
    }

    /// The product, or [`Self::MAX`].
    pub fn saturating_mul(self, other: Self) -> Self {
        Self(self.0.saturating_mul(&other.0))
    }

    /// The number shifted right by `bits`; zero from 256 on.
    pub fn unbounded_shr(self, bits: u32) -> Self {
        Self(self.0.unbounded_shr_vartime(bits))
    }

    /// Reads a JSON-RPC quantity: `0x` and at least one hex digit, most significant first.
    pub fn from_quantity(text: &str) -> Result<Self, HexError> {
        let error = HexError::Quantity { bits: 256 };
        let digits = text.strip_prefix("0x").ok_or(HexError::Prefix)?;
        // `U256` would also accept a sign and underscores.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(error);
        }
        let number = U256::from_str_radix_vartime(digits, 16);
        number.map(Self).map_err(|_| error)
    }
}

/// Reads decimal digits, and nothing else.
impl FromStr for Uint256 {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(AmountError::Digits);
        }
        let number = U256::from_str_radix_vartime(text, 10);
        number.map(Self).map_err(|_| AmountError::TooLarge)
    }
}

/// Decimal digits, by repeated division by one limb. `U256` itself writes hex digits, and its function
/// for other bases adds four kilobytes to the download.
impl fmt::Display for Uint256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = self.0;
        let mut digits = [b'0'; GROUPS * GROUP];
        for group in digits.rchunks_exact_mut(GROUP) {
            let (quotient, Limb(mut rest)) = number.div_rem_limb(DIVISOR);
            number = quotient;
            for digit in group.iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        }
        f.pad_integral(true, "", &significant(&digits))
    }
}

/// Hex digits without leading zeros, as quantities are written: `{:#x}`.
impl fmt::LowerHex for Uint256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = super::hex_text::encode(&self.to_be_bytes());
        let digits = digits.bytes().skip("0x".len());
        f.pad_integral(true, "0x", &significant(&digits.collect::<Vec<_>>()))
    }
}

/// The digits without leading zeros; the last digit always stays.
fn significant(digits: &[u8]) -> String {
    let last = digits.len().saturating_sub(1);
    let zeros = digits.iter().take(last).take_while(|digit| **digit == b'0');
    let digits = digits.iter().skip(zeros.count());
    digits.copied().map(char::from).collect()
}

impl fmt::Debug for Uint256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! from {
    ($($type:ty),*) => {$(
        impl From<$type> for Uint256 {
            fn from(number: $type) -> Self {
                Self::new(number.into())
            }
        }
    )*};
}

from!(u8, u32, u64, u128);

/// Fails from 2^64 on.
impl TryFrom<Uint256> for u64 {
    type Error = AmountError;

    fn try_from(number: Uint256) -> Result<Self, AmountError> {
        let bytes = number.to_be_bytes();
        let low = bytes.last_chunk().copied().map(Self::from_be_bytes);
        // A larger number was truncated, so it differs.
        low.filter(|low| Uint256::from(*low) == number)
            .ok_or(AmountError::TooLarge)
    }
}
