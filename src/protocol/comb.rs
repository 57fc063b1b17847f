//! Multiples of the generator, in constant time.
//!
//! The signed comb of Mike Hamburg, "Fast and compact elliptic-curve cryptography" (IACR ePrint
//! 2012/309, section 3.3), with two blocks of five teeth as in libsecp256k1 (`src/ecmult_gen_impl.h`,
//! `COMB_BLOCKS` 2, `COMB_TEETH` 5). Points are added by k256's complete formulas, which have no special
//! cases. With f the factor and n the group order, let b = (f + 2^260 - 1) / 2 mod n. Then
//!
//! f = sum of e(i) 2^i for i in 0..260, where e(i) is +1 if bit i of b is set, else -1.
//!
//! 26 doublings and 52 additions of points from a table do that. Which steps are taken and which memory
//! is read does not depend on the factor: of a block's sixteen points all are read, and one is kept by
//! masks. `tests/trace` compares the ways that are taken.

use std::sync::OnceLock;

use k256::elliptic_curve::ff::PrimeField;
use k256::elliptic_curve::point::AffineCoordinates;
use k256::elliptic_curve::subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use k256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};
use zeroize::{Zeroize, Zeroizing};

use super::hex_text::constant as from_hex;

const BLOCKS: usize = 2;
const TEETH: usize = 5;
/// How many bits lie between two teeth. `BLOCKS * TEETH * SPACING` are 260, enough for any scalar.
const SPACING: usize = 26;
/// The points of a block: the signs of all teeth but the last one, which is positive.
const POINTS: usize = 1 << (TEETH - 1);

/// (2^260 - 1) / 2 mod n.
const OFFSET: [u8; 32] =
    from_hex("8000000000000000000000000000000987e0873ddd5f4e3fe1563adfe6691698");

/// The points of both blocks, x before y. Point m of block j is the sum over the teeth t of
/// +-2^((5 j + t) 26) times the generator, where the sign is + for the last tooth and wherever bit t of
/// m is set.
#[rustfmt::skip]
const TABLE: [[u8; 32]; BLOCKS * POINTS * 2] = from_hex_each([
    "bf0b2b90c97c6a65f87132f11bb858285404f3345d5fa553562992a6e55580b9",
    "04e92dfb24c48ee144518176d17d72254e0d8fd50b683406bcb6cf6280f1d7b2",
    "cec5b523013e6cbb91603a280fe80933eba665825e68d14892cad4c378e21ac2",
    "3f264ff57e941952351ad2398929260d2021eb474cb95900d6d929dc21695ccc",
    "a938c7a0f51393f1f18fc05cf95a6461254980743139b309eadf4c058b77677b",
    "7c95f510c180f14b01571b80fd15499292b1fc5b285d497ed7d19bbfa6672858",
    "fdf038ec33ae7e7388e37cf966272b75cac0517b6167177c08b4388cf3bf0ecf",
    "12089f430c70730349592a9bc6869eadcd1154e218b540757bcb511e5ee3051d",
    "66d829794e1607d0673a104d18c32c2be85535bf136e89502671176029460629",
    "40476b8049898735689f1806ef6fa48fe8339344571c2938cddd88e4be65e00e",
    "1209840ae87e209f3bf36eb32680331695e62ac3cc2e002bf4b830026af75434",
    "86481fef6d6060a350bacfbf0be32aa7a2a02be124311aded02e4f6b90756ec5",
    "3683f55e833219aa501bbad372fb89781953d07d7154b9f9b666450f0223a60f",
    "0e4992f3b1ed1d2fb603712fecbd762ae8728e6fbcf596770aef05f82ce6e582",
    "9beeaee770110857a42784b533a5ccdb4458d7181029488784d2399d908e05a6",
    "c81194c71651129e6d2d15dd36e4c5f035767bd5c2ff781faca5429a026a5867",
    "6d934dec4aae0c69692460d1448aac079ad12104068db3a483564a18ef454469",
    "5c3ad8a916c0d5738d9409e8255d48d3e60bedaf17b4b5da3e1fb0f7ae6a694f",
    "f0f9c1495a2325aa2f5f3d3f765928c480708c51a89a3e05c9a881fa1bfdafc9",
    "aa180a538d5dab206d74f9a8b2ef5908238c2ff6e1c3023033556d655c6bc8cf",
    "0ecef0492ed1aced99191e1f358ccdc74dddea005eb75ae4de853996efc66861",
    "5226c155542322d4d254779986310cbf6521895edc953a167dcbe0cb021eddaa",
    "1ad7963f9b48814993134054f82c11ce73f697b1dcde2ad91dc0e3cf667ba2f8",
    "84bffa031bcb2fadaff3ae68c3c9ffe9e325298babbb8bba37d0152e5969e46b",
    "9dc257652aa7c5e2ae85ae4f0e923c4d91dd3d5a89de30f99740347179c3912a",
    "8b190866cfaf8a7b95731aec324c58287a0924cf3a9fbe9e0e7572b9f3f10c3b",
    "99972e0f1648c33bd8f6ea061ebd0ebc2931e4e4cfda3043e7e02e0363a4da63",
    "cdb1047b013106d9c91b1261a96e15e51977ace5abbfc4ecd33d9e35e2f3bf7a",
    "475ae37621e1b7b4b51380be3830597abf3146b8e3cd6c57c45e8b61a1c1f3de",
    "966a6a631ba380b4692c2de2ed2b8a30f8575ba98661a472d09a9770c2dd9d39",
    "7eafd24a37023edcdb86df6a96aa95f49d8635e41c7611d880416c0b73fd7a88",
    "3df731dac6a379dac67b7e400a4d70a3313264db3a6c0ed38f3e1e7b63288104",
    "9eb3971ac8114ea8e60ed56bb4e6947b3cb350741e9c5be0c632874ab081de60",
    "4ad0adf3d46e710dfa49b42057f4232aa7aa0e9da667dd7a862cf944c86d55d0",
    "e99933784ebff92da8d9eff0584d609f41bee4009b5cf4791f0cdd087d87ff23",
    "ba2bec809b34865ade454e43aaa2b1010801785d8a3736ef39abd3fadb3c26e9",
    "8b74798cc31c283106dc52a21ea84380525b4ead0820fc48b4c6ea44abe9ec0d",
    "b10b3834629194a148cefd75c5f2be8ce5f197133d148addb64f9b1e2103872d",
    "1504d6a6097fdb70bdbf4fb5f9803bf0a68f323bb8804b4ecd9cd5e0ea028997",
    "51e28901238d54e3be9bdd2d7c1cd520d57523824deca37576b9c4892a8d95f0",
    "6a985b1806fc7195b25762c7ef519c25bec5c2847737efdd863c26200a3b656e",
    "4f988208118a725179dc80e50db0755736f30f00b34dee0488d08f7926c1e580",
    "f7e673f2dd62f19e5402fcdb86c756b172285ddaf6699a908cac74d42fe24869",
    "c89aefbc095dc884327c204a9ae62f2a24fea795dfe8a74c6d7be46dd6b56693",
    "6e747673d73e0f3a352a89d5a9c43dfe20bb98cce258089b9c9278b0d613308c",
    "2ad7aeaa6cb8b2072110d8318c4a9fe3a724c51d98b1851d2742a6c5f84ebe78",
    "3ac13111aea18d2c9fb2f32789bcc0963678b3aca2e88e170e8e9d8262be8857",
    "75d8f2ae03459ef52dac7a9e82ba0fd2b15651f9d384c43290fe93e77264c382",
    "86fbec38b26d7aa2c64cf2148c20a104fc10c11034003ed027b2b5e9ace7b1d9",
    "6db664cca809661e490a1db5d74ad9e0f9871de98bca79b67691b96a887d5740",
    "71d25ec63b0b409a91ae94abfe3850335f4b7807a8c26eca2a1b00b77120b8c8",
    "3ea5d83d70660f3e2d0ee247c632bf0a38af549089c48d39116924ccee64c4b5",
    "f62fa15d85425d7519cbded7b95bfdd2d42c2ea77311c1b8899841268f51839a",
    "fafcd510450624a669a1e8d54e6828078edfab2a3d05b42bcb8e1f8e49b885e8",
    "847287a5a8b1548ebff9ecd82872f418b691ec728b63163efb30af8150b7aafe",
    "27bd94f54f8ff1b162ae45558150add0015e71a367015958ab76c5e32b502e95",
    "b8dbf413d480e7b64ec314e9b15766f5a3e5e7d6b54e6e0d71061e41a62e77cb",
    "2bc62c095e032058e0bfe62acd616ef0be5da7ef3d44a321a718fe73db670487",
    "a81f020ceb8c45d050a2b7a43084cca49848cee78d89ba0299d1cc68bc6351a9",
    "3255887e930c7622c4f930bb55ab179f31e74c28d875f9bcdd6ceb3aee84bf3b",
    "3defb750b4638ab49dfc9ced05fcd4f23718163836028dd8e924a72bb9235f60",
    "787e7fbebd06aecbba69266a31a2208758e97dd86928f257286de2bf0a999802",
    "da5fb0c508a5b531e449f3066d2090645ea41e110d31e4244ab37845752d6889",
    "fe86ea8d09a2bed2eecb13444bcea6c8586539e7f5b5fd84176f95262666e018",
]);

/// `factor` times the generator.
pub(super) fn multiply_generator(factor: &Scalar) -> ProjectivePoint {
    let comb = Comb::get();
    let number = Zeroizing::new(*factor * Scalar::TWO_INV + comb.offset);
    let bits = Zeroizing::new(number.to_bytes());
    let mut sum = ProjectivePoint::IDENTITY;
    for column in (0..SPACING).rev() {
        sum = sum.double();
        for (block, points) in comb.blocks.iter().enumerate() {
            let teeth = (0..TEETH).fold(0, |teeth, tooth| {
                teeth | (bit(&bits, (block * TEETH + tooth) * SPACING + column) << tooth)
            });
            let mut point = signed(points, teeth);
            sum += ProjectivePoint::from(point);
            point.zeroize();
        }
    }
    sum
}

/// The point of a block whose teeth have these signs.
fn signed(points: &[AffinePoint; POINTS], teeth: u8) -> AffinePoint {
    const MASK: u8 = POINTS as u8 - 1;
    // Of each point and its negative the table has one.
    let negative = 1 - (teeth >> (TEETH - 1));
    let wanted = (teeth ^ negative.wrapping_neg()) & MASK;
    let mut point = points[0];
    for (index, candidate) in (1..).zip(&points[1..]) {
        point.conditional_assign(candidate, wanted.ct_eq(&index));
    }
    AffinePoint::conditional_select(&point, &-point, Choice::from(negative))
}

/// A bit of a number, the most significant byte of which comes first; above it are zeros.
fn bit(bytes: &FieldBytes, index: usize) -> u8 {
    let byte = bytes.len().checked_sub(index / 8 + 1);
    byte.map_or(0, |byte| (bytes[byte] >> (index % 8)) & 1)
}

struct Comb {
    blocks: [[AffinePoint; POINTS]; BLOCKS],
    offset: Scalar,
}

impl Comb {
    fn get() -> &'static Self {
        static COMB: OnceLock<Comb> = OnceLock::new();
        COMB.get_or_init(|| {
            // Both are constants that a test computes anew.
            let point = |block: usize, index: usize| {
                let [x, y] = [0, 1].map(|part| TABLE[(block * POINTS + index) * 2 + part].into());
                AffinePoint::from_coordinates(&x, &y).unwrap_or(AffinePoint::IDENTITY)
            };
            let block = |block| core::array::from_fn(|index| point(block, index));
            Self {
                blocks: core::array::from_fn(block),
                offset: Scalar::from_repr(OFFSET.into()).unwrap_or(Scalar::ZERO),
            }
        })
    }
}

const fn from_hex_each<const N: usize>(texts: [&str; N]) -> [[u8; 32]; N] {
    let mut all = [[0; 32]; N];
    let mut index = 0;
    while index < N {
        all[index] = from_hex(texts[index]);
        index += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use k256::elliptic_curve::Field;

    use super::super::generator::random_scalar;
    use super::*;

    fn agrees(factor: &Scalar) {
        let expected = ProjectivePoint::GENERATOR * factor;
        assert_eq!(multiply_generator(factor), expected, "{factor:?}");
    }

    fn power_of_two(exponent: usize) -> Scalar {
        (0..exponent).fold(Scalar::ONE, |power, _| power.double())
    }

    #[test]
    fn the_constants_are_what_they_say() {
        let comb = Comb::get();
        let all_ones = power_of_two(BLOCKS * TEETH * SPACING) - Scalar::ONE;
        assert_eq!(comb.offset.double(), all_ones);
        for (block, points) in comb.blocks.iter().enumerate() {
            for (index, point) in points.iter().enumerate() {
                let factor: Scalar = (0..TEETH)
                    .map(|tooth| {
                        let power = power_of_two((block * TEETH + tooth) * SPACING);
                        let positive = tooth == TEETH - 1 || index >> tooth & 1 == 1;
                        if positive { power } else { -power }
                    })
                    .sum();
                let expected = ProjectivePoint::GENERATOR * factor;
                assert_eq!(*point, expected.to_affine(), "{block} {index}");
            }
        }
    }

    #[test]
    fn edges_are_multiplied_as_k256_does() {
        let comb = Comb::get();
        for exponent in 0..256 {
            let power = power_of_two(exponent);
            for factor in [power, power - Scalar::ONE, power + Scalar::ONE] {
                agrees(&factor);
                agrees(&-factor);
                // Those whose digits are all alike but for a few.
                agrees(&(factor - comb.offset).double());
                agrees(&-(factor + comb.offset).double());
            }
        }
        for small in 0..300_u64 {
            agrees(&Scalar::from(small));
            agrees(&-Scalar::from(small));
        }
    }

    #[test]
    fn a_million_scalars_are_multiplied_as_k256_does() {
        // A thousand steps of the same width from somewhere: then k256 has to add only.
        let walk = |seed: u32| {
            let [mut factor, step] = [&b"start"[..], b"step"].map(|name| random_scalar(name, seed));
            let [mut expected, width] =
                [factor, step].map(|scalar| ProjectivePoint::GENERATOR * scalar);
            for _ in 0..1000 {
                assert_eq!(multiply_generator(&factor), expected, "{factor:?}");
                factor += step;
                expected += width;
            }
        };
        std::thread::scope(|scope| {
            for half in [0..500, 500..1000] {
                scope.spawn(move || half.for_each(walk));
            }
        });
    }
}
