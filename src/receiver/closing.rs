//! Agreeing to close.

use crate::protocol::{Amount, BalanceProof, Signature};

use super::channel::{Channel, ChannelStatus};
use super::store::StoreError;

/// Why the receiver does not agree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
    /// The store failed, so that the agreement could not be stored.
    #[error("The channels can't be read or changed for now.")]
    StoreUnavailable(StoreError),
}

/// The proof that the agreement covers, if the receiver agrees.
pub(super) fn check(channel: &Channel, balance: Amount) -> Result<BalanceProof, CloseError> {
    match channel.status {
        ChannelStatus::Unconfirmed => return Err(CloseError::NoChannel),
        ChannelStatus::Closing { .. } => return Err(CloseError::Closing),
        ChannelStatus::Open | ChannelStatus::Agreed => {}
    }
    let proof = channel.proof.ok_or(CloseError::NothingPaid)?;
    if proof.balance == balance {
        Ok(proof)
    } else {
        Err(CloseError::OtherBalance)
    }
}

/// Stores the agreement and marks the channel closed; returns the first agreement if there was one.
pub(super) fn agree(
    channel: &mut Channel,
    proof: &BalanceProof,
    signature: Signature,
) -> Result<Signature, CloseError> {
    // A payment may have come since the agreement was signed.
    if check(channel, proof.balance)? != *proof {
        return Err(CloseError::OtherBalance);
    }
    channel.status = ChannelStatus::Agreed;
    channel.bind(proof.balance);
    Ok(*channel.closing_signature.get_or_insert(signature))
}
