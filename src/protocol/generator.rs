//! Multiples of the generator, in constant time: by the comb, or by k256 where that is switched off.

use k256::{ProjectivePoint, Scalar};

/// `factor` times the generator.
pub(super) fn multiply(factor: &Scalar) -> ProjectivePoint {
    #[cfg(feature = "comb")]
    return super::comb::multiply_generator(factor);
    #[cfg(not(feature = "comb"))]
    return ProjectivePoint::GENERATOR * factor;
}

/// A scalar for tests.
#[cfg(test)]
pub(super) fn random_scalar(name: &[u8], seed: u32) -> Scalar {
    use k256::FieldBytes;
    use k256::elliptic_curve::ops::Reduce;

    let hash = super::hash::keccak256(&[name, &seed.to_be_bytes()]);
    <Scalar as Reduce<FieldBytes>>::reduce(&hash.0.into())
}
