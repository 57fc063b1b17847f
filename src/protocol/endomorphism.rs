//! Factors taken apart by the curve's endomorphism, so that a point is multiplied with half the doublings:
//! f = g + h L, where L times (x, y) is (B x, y), B being a cube root of 1, and g and h or their negatives
//! are below 2^128.
//!
//! Gallant, Lambert and Vanstone, "Faster Point Multiplication on Elliptic Curves with Efficient
//! Endomorphisms" (CRYPTO 2001); the numbers are those of libsecp256k1 (`src/scalar_impl.h`). k256 does it,
//! too, in nearly two kilobytes of WebAssembly more. Not in constant time: for what everyone may know.

use k256::elliptic_curve::ff::PrimeField;
use k256::elliptic_curve::scalar::IsHigh;
use k256::{FieldBytes, ProjectivePoint, Scalar};

use super::hex_text::constant as from_hex;

/// -L modulo the group order n.
const MINUS_L: [u8; 32] =
    from_hex("ac9c52b33fa3cf1f5ad9e3fd77ed9ba4a880b9fc8ec739c2e0cfc810b51283cf");
/// -b1 and -b2 modulo n, of a short vector (a2, b2) and another one (a1, b1) with a + b L = 0.
const MINUS_B: [[u8; 32]; 2] = [
    from_hex("00000000000000000000000000000000e4437ed6010e88286f547fa90abfe4c3"),
    from_hex("fffffffffffffffffffffffffffffffe8a280ac50774346dd765cda83db1562c"),
];
/// 2^384 b2 / n and 2^384 (-b1) / n, rounded.
const SHARES: [[u8; 32]; 2] = [
    from_hex("3086d221a7d46bcde86c90e49284eb153daa8a1471e8ca7fe893209a45dbb031"),
    from_hex("e4437ed6010e88286f547fa90abfe4c4221208ac9df506c61571b4ae8ac47f71"),
];

/// A factor below 2^128, and the point that it multiplies.
pub(super) type Half = (u128, ProjectivePoint);

/// Two halves whose products add up to the factor times the point.
pub(super) fn halve(factor: &Scalar, point: &ProjectivePoint) -> [Half; 2] {
    let bytes = factor.to_bytes();
    let mut second = Scalar::ZERO;
    for (share, minus_b) in SHARES.iter().zip(&MINUS_B) {
        second += Scalar::from(rounded_product(&bytes, share)) * scalar(minus_b);
    }
    let first = second * scalar(&MINUS_L) + factor;
    [half(first, *point), half(second, point.endomorphism())]
}

fn half(factor: Scalar, point: ProjectivePoint) -> Half {
    let (factor, point) = match bool::from(factor.is_high()) {
        true => (-factor, -point),
        false => (factor, point),
    };
    let bytes = factor.to_bytes();
    let low = bytes.iter().skip(16);
    (
        low.fold(0, |number, byte| (number << 8) | u128::from(*byte)),
        point,
    )
}

/// One times the other, divided by 2^384 and rounded; both are below 2^256.
fn rounded_product(one: &FieldBytes, other: &[u8; 32]) -> u128 {
    // The least significant bytes come last.
    let mut product = [0_u8; 64];
    for (i, a) in (0..32).zip(one).rev() {
        let mut carry = 0;
        for (j, b) in (0..32).zip(other).rev() {
            let place: &mut u8 = &mut product[i + j + 1];
            carry += u16::from(*place) + u16::from(*a) * u16::from(*b);
            *place = carry as u8;
            carry >>= 8;
        }
        product[i] = carry as u8;
    }
    let high = product.iter().take(16);
    let number = high.fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    number + u128::from(product[16] >> 7)
}

fn scalar(bytes: &[u8; 32]) -> Scalar {
    // Constants that are below the group order.
    Scalar::from_repr((*bytes).into()).unwrap_or(Scalar::ZERO)
}

#[cfg(test)]
mod tests {
    use super::super::generator::random_scalar;
    use super::*;

    #[test]
    fn halves_are_small_and_add_up() {
        let edges = [
            Scalar::ZERO,
            Scalar::ONE,
            -Scalar::ONE,
            scalar(&MINUS_L),
            -scalar(&MINUS_L),
        ];
        let point = ProjectivePoint::GENERATOR * random_scalar(b"point", 1);
        for factor in (0..500)
            .map(|seed| random_scalar(b"factor", seed))
            .chain(edges)
        {
            let sum: ProjectivePoint = halve(&factor, &point)
                .into_iter()
                .map(|(half, point)| point * Scalar::from(half))
                .sum();
            // A half above 128 bits would have been cut, and the sum another one.
            assert_eq!(sum, point * factor, "{factor:?}");
        }
    }
}
