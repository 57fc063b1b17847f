//! Amounts as decimal digits.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used)] // A test crate.

use microraiden::protocol::Amount;
use microraiden::protocol::amount::{AmountError, Decimal, Uint256, parse_uint256};
use proptest::prelude::*;

proptest! {
    #[test]
    fn digits_are_those_of_the_library(high: u128, low: u128, shift in 0_u32..256) {
        let number = Uint256::from_words(high, low) >> shift;
        let text = Decimal(number).to_string();
        prop_assert_eq!(&text, &number.to_string());
        prop_assert_eq!(parse_uint256(&text), Ok(number));
    }
}

#[test]
fn numbers_end_at_256_bits() {
    let max = Uint256::MAX.to_string();
    assert_eq!(parse_uint256(&max), Ok(Uint256::MAX));
    let (start, last) = max.split_at(max.len() - 1);
    let digit: u8 = last.parse().expect("a digit");
    let more = format!("{start}{}", digit + 1);
    for text in [&more, &format!("{max}0"), &"9".repeat(78)] {
        assert_eq!(parse_uint256(text), Err(AmountError::TooLarge), "{text}");
    }
    let zeros = "0".repeat(200);
    assert_eq!(parse_uint256(&zeros), Ok(Uint256::ZERO));
    assert_eq!(parse_uint256(&format!("{zeros}{max}")), Ok(Uint256::MAX));
}

#[test]
fn digits_at_the_edges() {
    for power in 0..=77 {
        let number = Uint256::from(10_u8).pow(power);
        for number in [number - 1, number, number + 1, Uint256::MAX - number] {
            assert_eq!(Decimal(number).to_string(), number.to_string());
        }
    }
    let zero = Decimal(Uint256::ZERO);
    assert_eq!(
        format!("{zero}|{zero:04}|{:>4}", Amount::from_u64(7)),
        "0|0000|   7"
    );
}
