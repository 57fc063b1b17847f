//! Amounts as decimal digits.
#![cfg(not(target_arch = "wasm32"))]

use microraiden::protocol::Amount;
use microraiden::protocol::amount::{Decimal, Uint256, parse_uint256};
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
