//! Amounts and 256-bit integers, beside those of another library.

use ethnum::U256;
use microraiden::protocol::amount::{AmountError, Uint256};
use microraiden::protocol::{Amount, HexError};
use proptest::prelude::*;

fn ours(number: U256) -> Uint256 {
    Uint256::from_be_bytes(number.to_be_bytes())
}

/// Numbers of every length, and those beside powers of two.
fn number() -> impl Strategy<Value = U256> {
    let anywhere = (any::<[u8; 32]>(), 0_u32..256);
    let anywhere = anywhere.prop_map(|(bytes, shift)| U256::from_be_bytes(bytes) >> shift);
    let beside_powers = (0_u32..256, 0_u8..3).prop_map(|(shift, more)| {
        let power = U256::ONE << shift;
        power.wrapping_sub(U256::ONE).wrapping_add(more.into())
    });
    prop_oneof![anywhere, beside_powers]
}

/// Compares everything that is computed of two numbers.
fn compare(one: U256, other: U256) {
    let [a, b] = [one, other].map(ours);
    assert_eq!(a.to_be_bytes(), one.to_be_bytes());
    assert_eq!(a.cmp(&b), one.cmp(&other));
    assert_eq!(a == b, one == other);
    assert_eq!(a.checked_add(b), one.checked_add(other).map(ours));
    assert_eq!(a.checked_sub(b), one.checked_sub(other).map(ours));
    assert_eq!(a.checked_div(b), one.checked_div(other).map(ours));
    assert_eq!(a.saturating_add(b), ours(one.saturating_add(other)));
    assert_eq!(a.saturating_sub(b), ours(one.saturating_sub(other)));
    assert_eq!(a.saturating_mul(b), ours(one.saturating_mul(other)));
    assert_eq!(u64::try_from(a).ok(), u64::try_from(one).ok());
    let fits = one < U256::ONE << 192;
    assert_eq!(Amount::try_from(a).is_ok(), fits);
}

/// Compares what is written, and reads it back.
fn compare_texts(number: U256) {
    let ours = ours(number);
    let digits = ours.to_string();
    assert_eq!(digits, number.to_string());
    assert_eq!(digits.parse(), Ok(ours));
    let quantity = format!("{ours:#x}");
    assert_eq!(quantity, format!("{number:#x}"));
    assert_eq!(Uint256::from_quantity(&quantity), Ok(ours));
    let upper = quantity.to_ascii_uppercase().replacen('X', "x000", 1);
    assert_eq!(Uint256::from_quantity(&upper), Ok(ours));
}

proptest! {
    #[test]
    fn integers_compute_as_another_library_does(one in number(), other in number(), small: u64) {
        compare(one, other);
        compare(one, small.into());
        compare(one, one);
    }

    #[test]
    fn shifting_leaves_the_upper_bits(one in number(), bits in 0_u32..256) {
        prop_assert_eq!(ours(one).unbounded_shr(bits), ours(one >> bits));
        prop_assert_eq!(ours(one).unbounded_shr(256 + bits), Uint256::ZERO);
    }

    #[test]
    fn texts_are_those_of_another_library(number in number()) {
        compare_texts(number);
    }

    #[test]
    fn words_become_the_same_numbers(small: u8, medium: u64, large: u128) {
        prop_assert_eq!(Uint256::from(small), ours(small.into()));
        prop_assert_eq!(Uint256::from(medium), ours(medium.into()));
        prop_assert_eq!(Uint256::from(large), ours(large.into()));
    }
}

#[test]
fn integers_at_the_edges() {
    let edges = [0, 1, 2, 3, 4].map(U256::new);
    let edges = edges.into_iter().flat_map(|n| [n, U256::MAX - n]);
    let edges: Vec<_> = edges.collect();
    for one in &edges {
        for other in &edges {
            compare(*one, *other);
        }
    }
}

#[test]
fn numbers_end_at_256_bits() {
    let max = Uint256::MAX.to_string();
    assert_eq!(max.parse(), Ok(Uint256::MAX));
    let (start, last) = max.split_at(max.len() - 1);
    let digit: u8 = last.parse().expect("a digit");
    let more = format!("{start}{}", digit + 1);
    for text in [&more, &format!("{max}0"), &"9".repeat(78)] {
        let read = text.parse::<Uint256>();
        assert_eq!(read, Err(AmountError::TooLarge), "{text}");
    }
    let zeros = "0".repeat(200);
    assert_eq!(zeros.parse(), Ok(Uint256::ZERO));
    assert_eq!(format!("{zeros}{max}").parse(), Ok(Uint256::MAX));
    let too_wide = format!("0x1{}", "0".repeat(64));
    let refused = Err(HexError::Quantity { bits: 256 });
    assert_eq!(Uint256::from_quantity(&too_wide), refused);
}

#[test]
fn only_digits_are_read() {
    for bad in ["", "+1", "1_000", "_1", "-1", " 1", "0x1", "1.0", "１"] {
        let read = bad.parse::<Uint256>();
        assert_eq!(read, Err(AmountError::Digits), "{bad}");
    }
    for bad in ["0x", "0x+1", "0x1_0", "0x-1", "0x 1", "0xg"] {
        let refused = Err(HexError::Quantity { bits: 256 });
        assert_eq!(Uint256::from_quantity(bad), refused, "{bad}");
    }
    for bad in ["", "1", "1x0"] {
        assert_eq!(Uint256::from_quantity(bad), Err(HexError::Prefix), "{bad}");
    }
}

#[test]
fn digits_at_the_edges() {
    for power in 0..=77 {
        let number = U256::from(10_u8).pow(power);
        for number in [number - 1, number, number + 1, U256::MAX - number] {
            compare_texts(number);
        }
    }
    assert_eq!(
        format!(
            "{0}|{0:04}|{0:#x}|{1:>4}",
            Uint256::ZERO,
            Amount::from_u64(7)
        ),
        "0|0000|0x0|   7"
    );
}
