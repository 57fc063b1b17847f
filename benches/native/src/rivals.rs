//! The same work by other libraries.

use anyhow::{Result, bail};
use microraiden::protocol::{Address, Hash, Signature, keccak256};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{All, Message, Secp256k1, SecretKey};

use crate::subject::Subject;

/// libsecp256k1 with the subject's key.
pub(crate) struct C {
    context: Secp256k1<All>,
    key: Option<SecretKey>,
}

impl C {
    pub(crate) fn new(subject: &Subject) -> Self {
        Self {
            context: Secp256k1::new(),
            key: SecretKey::from_byte_array(*subject.key.to_bytes()).ok(),
        }
    }
}

/// r, s and the recovery id.
pub(crate) fn c_sign(c: &C, hash: &Hash) -> Option<([u8; 64], i32)> {
    let message = Message::from_digest(hash.0);
    let signature = c.context.sign_ecdsa_recoverable(message, c.key.as_ref()?);
    let (id, bytes) = signature.serialize_compact();
    Some((bytes, i32::from(id)))
}

pub(crate) fn c_recover(c: &C, hash: &Hash, signature: &Signature) -> Option<Address> {
    let id = RecoveryId::try_from(i32::from(signature.is_y_odd())).ok()?;
    let signature = RecoverableSignature::from_compact(&signature.as_bytes()[..64], id).ok()?;
    let message = Message::from_digest(hash.0);
    let key = c.context.recover_ecdsa(message, &signature).ok()?;
    let hash = keccak256(&[&key.serialize_uncompressed()[1..]]);
    let mut address = [0; 20];
    address.copy_from_slice(&hash.0[12..]);
    Some(Address(address))
}

pub(crate) fn alloy_recover(hash: &Hash, signature: &Signature) -> Option<Address> {
    let parity = signature.is_y_odd();
    let signature =
        alloy_primitives::Signature::from_bytes_and_parity(&signature.as_bytes()[..64], parity);
    let address = signature
        .recover_address_from_prehash(&hash.0.into())
        .ok()?;
    Some(Address(address.into_array()))
}

/// Nothing is measured before all agree.
pub(crate) fn check(subject: &Subject) -> Result<()> {
    let c = C::new(subject);
    let mut signed = subject.signed();
    for _ in 0..64 {
        let (hash, signature) = signed.next();
        let ours = signature.as_bytes();
        let Some((bytes, id)) = c_sign(&c, &hash) else {
            bail!("libsecp256k1 does not sign.");
        };
        if bytes[..] != ours[..64] || id != i32::from(signature.is_y_odd()) {
            bail!("libsecp256k1 and we sign {hash:?} differently.");
        }
        let found = [
            signature.recover(&hash).ok(),
            c_recover(&c, &hash, &signature),
            alloy_recover(&hash, &signature),
        ];
        if found
            .iter()
            .any(|account| *account != Some(subject.channel.sender))
        {
            bail!("Not all recover the signer of {hash:?}: {found:?}.");
        }
    }
    Ok(())
}
