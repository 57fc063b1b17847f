//! Signatures: only the 65 bytes that contracts accept, as text in one way; what recovers to an
//! account holds for that account alone, also in its other forms; what a key signs recovers to it.
//! Of the inputs that are read, one in 32 goes through the arithmetic, which takes a thousand times as
//! long as reading.
use microraiden::protocol::amount::Uint256;
use microraiden::protocol::{
    Address, Amount, BalanceProof, ChannelId, Generation, Manager, PrivateKey, Signature, keccak256,
};

/// The order of the curve's group.
const ORDER: &str = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

/// Of 256.
const CALCULATED: u8 = 8;

/// Fails if a promise is broken.
pub fn run(data: &[u8]) {
    // By the input, so that it can be repeated.
    let calculates = keccak256(&[data]).0[0] < CALCULATED;
    if let Ok(text) = core::str::from_utf8(data)
        && let Ok(signature) = text.parse::<Signature>()
    {
        assert_eq!(signature.to_string(), text.to_ascii_lowercase());
        if calculates {
            check(&signature, b"text");
        }
    }
    let Some((bytes, rest)) = data.split_at_checked(65) else {
        return assert!(Signature::from_bytes(data).is_err());
    };
    if let Ok(signature) = Signature::from_bytes(bytes) {
        assert_eq!(signature.as_bytes(), bytes);
        assert_eq!(signature.to_string().parse(), Ok(signature));
        if calculates {
            check(&signature, rest);
        }
    }
    let mut secret = [0; 32];
    secret.copy_from_slice(&bytes[..32]);
    if let Ok(key) = PrivateKey::from_bytes(&secret)
        && calculates
    {
        let hash = keccak256(&[rest]);
        let signature = key.sign_hash(&hash);
        assert_eq!(signature.recover(&hash), Ok(key.address()));
        assert_eq!(Signature::from_bytes(signature.as_bytes()), Ok(signature));
    }
}

fn check(signature: &Signature, message: &[u8]) {
    let hash = keccak256(&[message]);
    let Ok(account) = signature.recover(&hash) else {
        return;
    };
    let bytes = signature.as_bytes();
    assert!(matches!(bytes[64], 0 | 1 | 27 | 28));
    // The other way to write v.
    let mut other = *bytes;
    other[64] = if other[64] >= 27 {
        other[64] - 27
    } else {
        other[64] + 27
    };
    assert_eq!(
        Signature::from_bytes(&other).and_then(|s| s.recover(&hash)),
        Ok(account)
    );
    // The mirrored s with the other v is a signature of the same account.
    let mut s = [0; 32];
    s.copy_from_slice(&bytes[32..64]);
    let mut mirrored = *bytes;
    let order = Uint256::from_quantity(ORDER).expect("a constant");
    let minus_s = order.checked_sub(Uint256::from_be_bytes(s));
    mirrored[32..64].copy_from_slice(&minus_s.expect("s is below the order").to_be_bytes());
    mirrored[64] = if signature.is_y_odd() { 27 } else { 28 };
    assert_eq!(
        Signature::from_bytes(&mirrored).and_then(|s| s.recover(&hash)),
        Ok(account)
    );
    for generation in [Generation::V01, Generation::V02] {
        check_proof(signature, generation);
    }
}

/// A proof holds for whom it recovers to and for nobody else.
fn check_proof(signature: &Signature, generation: Generation) {
    let manager = Manager {
        address: Address([7; 20]),
        generation,
    };
    let channel = ChannelId {
        sender: Address::ZERO,
        receiver: Address([2; 20]),
        open_block: 3,
    };
    let proof = BalanceProof {
        balance: Amount::MAX,
        signature: *signature,
    };
    let hash = manager.balance_hash(&channel, proof.balance);
    let Ok(sender) = signature.recover(&hash) else {
        return;
    };
    assert_eq!(
        manager.verify_balance(&ChannelId { sender, ..channel }, &proof),
        Ok(())
    );
    assert!(manager.verify_balance(&channel, &proof).is_err());
}
