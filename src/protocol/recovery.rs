//! From a signature to the public key that made it (SEC 1, 4.1.6): Q = (s R - z G) / r, where R is the
//! point with the x coordinate r and z is the hash. All that goes in is public, so it need not take the
//! same time always.
//!
//! Natively k256 adds both multiples up at once, after splitting the factors by the curve's endomorphism.
//! That is some kilobytes of WebAssembly more; in the browser the multiplication that is loaded for signing and
//! wNAF over the two halves of the other factor do it.

use k256::elliptic_curve::ops::{Invert, Reduce};
use k256::elliptic_curve::point::DecompressPoint;
use k256::elliptic_curve::subtle::Choice;
use k256::{AffinePoint, FieldBytes, NonZeroScalar, ProjectivePoint, Scalar};

use super::hash::Hash;

#[cfg(not(target_arch = "wasm32"))]
use fast::sum;
#[cfg(target_arch = "wasm32")]
use small::sum;

/// The public key, or nothing if there is none. R has this y, and the least of the x that are r modulo
/// the group order: the contracts know no other.
pub(super) fn key(
    r: &NonZeroScalar,
    s: &NonZeroScalar,
    is_y_odd: bool,
    hash: &Hash,
) -> Option<AffinePoint> {
    let odd = Choice::from(u8::from(is_y_odd));
    let nonce = AffinePoint::decompress(&r.to_bytes(), odd).into_option()?;
    let inverse = *r.invert();
    let by_generator = -(Scalar::reduce(&FieldBytes::from(hash.0)) * inverse);
    let key = sum(&by_generator, &nonce.into(), &(**s * inverse)).to_affine();
    Some(key).filter(|key| *key != AffinePoint::IDENTITY)
}

/// As fast as it goes.
#[cfg(any(not(target_arch = "wasm32"), test))]
mod fast {
    use k256::elliptic_curve::ops::MulByGeneratorVartime;

    use super::{ProjectivePoint, Scalar};

    /// `by_generator` times the generator plus `factor` times the point.
    pub(super) fn sum(
        by_generator: &Scalar,
        point: &ProjectivePoint,
        factor: &Scalar,
    ) -> ProjectivePoint {
        ProjectivePoint::mul_by_generator_and_mul_add_vartime(by_generator, factor, point)
    }
}

/// With little code.
#[cfg(any(target_arch = "wasm32", test))]
mod small {
    use k256::elliptic_curve::array::sizes::U5;
    use wnaf::{WnafBase, WnafScalar};

    use super::super::{endomorphism, generator};
    use super::{ProjectivePoint, Scalar};

    /// `by_generator` times the generator plus `factor` times the point.
    pub(super) fn sum(
        by_generator: &Scalar,
        point: &ProjectivePoint,
        factor: &Scalar,
    ) -> ProjectivePoint {
        let [one, other] = endomorphism::halve(factor, point).map(|(half, point)| {
            let digits = WnafScalar::<Scalar, U5>::from_le_bytes(&half.to_le_bytes());
            (WnafBase::new(&point), digits)
        });
        let pairs = [(&one.0, &one.1), (&other.0, &other.1)];
        generator::multiply(by_generator) + WnafBase::multiscalar_mul(pairs.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::super::generator::random_scalar;
    use super::*;

    #[test]
    fn both_ways_lead_to_the_same_point() {
        let edges = [Scalar::ZERO, Scalar::ONE, -Scalar::ONE];
        let scalars: Vec<_> = (0..200)
            .map(|seed| random_scalar(b"scalar", seed))
            .chain(edges)
            .collect();
        let points = [
            ProjectivePoint::GENERATOR,
            -ProjectivePoint::GENERATOR,
            ProjectivePoint::GENERATOR * random_scalar(b"point", 0),
        ];
        for (by_generator, factor) in scalars.iter().zip(scalars.iter().rev()) {
            for point in &points {
                assert_eq!(
                    small::sum(by_generator, point, factor),
                    fast::sum(by_generator, point, factor),
                );
            }
        }
    }
}
