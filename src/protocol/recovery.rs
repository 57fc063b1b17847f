//! Recovers the public key that signed a hash. With the feature `libsecp256k1` by the reference implementation in C,
//! which takes less time; otherwise by `k256`. Both answer alike: the tests compare them with each other, and their
//! answers with the chain's `ecrecover`.

use ::k256::ecdsa::VerifyingKey;

/// x and y of a point, 32 bytes each, most significant first.
pub(super) type PublicKey = [u8; 64];

#[cfg(not(feature = "libsecp256k1"))]
pub(super) use self::k256::recover;
#[cfg(feature = "libsecp256k1")]
pub(super) use self::libsecp256k1::recover;

pub(super) fn public_key(key: &VerifyingKey) -> PublicKey {
    let mut bytes = [0; 64];
    bytes.copy_from_slice(&key.to_sec1_point(false).as_bytes()[1..]);
    bytes
}

/// `None`, as both of them answer: r or s is 0 or not below the group order, r is no point's x coordinate, or the key
/// would be the point at infinity. v can't express that x exceeded the group order: the contracts accept no such point.
#[cfg(any(test, not(feature = "libsecp256k1")))]
mod k256 {
    use ::k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

    use super::{PublicKey, public_key};

    /// The key that signed a hash by r and s.
    pub(in crate::protocol) fn recover(
        hash: &[u8; 32],
        scalars: &[u8; 64],
        is_y_odd: bool,
    ) -> Option<PublicKey> {
        let signature = Signature::from_slice(scalars).ok()?;
        let id = RecoveryId::new(is_y_odd, false);
        let key = VerifyingKey::recover_from_prehash(hash, &signature, id).ok()?;
        Some(public_key(&key))
    }
}

#[cfg(feature = "libsecp256k1")]
mod libsecp256k1 {
    use std::sync::LazyLock;

    use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
    use secp256k1::{Message, Secp256k1, VerifyOnly};

    use super::PublicKey;

    static CONTEXT: LazyLock<Secp256k1<VerifyOnly>> = LazyLock::new(Secp256k1::verification_only);

    /// The key that signed a hash by r and s.
    pub(in crate::protocol) fn recover(
        hash: &[u8; 32],
        scalars: &[u8; 64],
        is_y_odd: bool,
    ) -> Option<PublicKey> {
        let id = if is_y_odd {
            RecoveryId::One
        } else {
            RecoveryId::Zero
        };
        let signature = RecoverableSignature::from_compact(scalars, id).ok()?;
        let message = Message::from_digest(*hash);
        let key = CONTEXT.recover_ecdsa(message, &signature).ok()?;
        key.serialize_uncompressed().get(1..)?.try_into().ok()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::protocol::{Address, Hash, Signature};

    /// Made with noble-curves; each is compared with the chain's answer by `tests/contracts/vectors.test.mjs`.
    #[test]
    fn edges_end_as_on_the_chain() {
        let file = include_str!("../../tests/vectors/recovery.json");
        let cases: Vec<Value> = serde_json::from_str(file).expect("JSON");
        assert!(cases.len() > 100);
        for case in cases {
            let text = |name: &str| case[name].as_str();
            let hash = hex::decode(&text("hash").expect("a hash")[2..]).expect("hex");
            let hash = Hash(hash.try_into().expect("32 bytes"));
            let signature = text("signature").expect("a signature");
            let bytes = hex::decode(&signature[2..]).expect("hex");
            let scalars = bytes[..64].try_into().expect("64 bytes");
            let expected = text("address").map(|text| text.parse().expect("an address"));
            let is_y_odd = bytes[64] == 28;
            let by_k256 = super::k256::recover(&hash.0, scalars, is_y_odd);
            assert_eq!(
                by_k256.map(|key| Address::of_key(&key)),
                expected,
                "{}",
                case["name"]
            );
            assert_eq!(recover(&hash.0, scalars, is_y_odd), by_k256);
            let signature = signature.parse::<Signature>();
            let whole = signature.and_then(|signature| signature.recover(&hash));
            assert_eq!(whole.ok(), expected, "{}", case["name"]);
        }
    }

    #[cfg(feature = "libsecp256k1")]
    proptest::proptest! {
        #[test]
        fn both_answer_alike(
            hash in proptest::array::uniform32(proptest::num::u8::ANY),
            r in proptest::array::uniform32(proptest::num::u8::ANY),
            s in proptest::array::uniform32(proptest::num::u8::ANY),
            is_y_odd: bool,
        ) {
            let mut scalars = [0; 64];
            scalars[..32].copy_from_slice(&r);
            scalars[32..].copy_from_slice(&s);
            let by_c = recover(&hash, &scalars, is_y_odd);
            proptest::prop_assert_eq!(by_c, super::k256::recover(&hash, &scalars, is_y_odd));
        }
    }
}
