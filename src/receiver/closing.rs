//! Agreeing to close.

use crate::protocol::{Amount, Manager, PrivateKey, Signature};

use super::channel::{Channel, Status};

/// Why the receiver does not agree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloseError {
    /// There is no such channel, or it is not confirmed.
    #[error("Channel does not exist or has been closed.")]
    NoChannel,
    /// Closing was requested on the chain.
    #[error("Channel closing has been requested already.")]
    Closing,
    /// Nothing was ever paid: the sender can close without the receiver.
    #[error("Nothing was paid in this channel; close it on the chain.")]
    NothingPaid,
    /// Not the accepted balance.
    #[error("Requested closing balance does not match latest one.")]
    OtherBalance,
}

pub(super) fn sign(
    manager: &Manager,
    key: &PrivateKey,
    channel: &mut Channel,
    balance: Amount,
) -> Result<Signature, CloseError> {
    match channel.status {
        Status::Unconfirmed => return Err(CloseError::NoChannel),
        Status::Closing { .. } => return Err(CloseError::Closing),
        Status::Open | Status::Agreed => {}
    }
    let proof = channel.proof.ok_or(CloseError::NothingPaid)?;
    if proof.balance != balance {
        return Err(CloseError::OtherBalance);
    }
    let signature = match channel.closing_signature {
        Some(signature) => signature,
        None => key.sign_hash(&manager.closing_hash(&channel.id, &proof)),
    };
    channel.closing_signature = Some(signature);
    channel.status = Status::Agreed;
    Ok(signature)
}
