//! Agreeing to close.

use crate::protocol::{Amount, BalanceProof, Signature};

use super::channel::{Channel, ChannelStatus};
use super::store::StoreError;

/// The receiver's agreement to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The sender's proof that it covers. In generation 0.1 it holds for this very signature.
    pub proof: BalanceProof,
    /// The receiver's signature.
    pub signature: Signature,
}

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
    /// The store was restored from a backup, and what was paid since is not known.
    #[error(
        "The receiver has restored a backup and may have lost payments: pay once more, or close on the chain."
    )]
    Restored,
    /// Nothing was ever paid: the sender can close without the receiver.
    #[error("Nothing was paid in this channel; close it on the chain.")]
    NothingPaid,
    /// Neither the accepted balance nor, with a proof, what was charged.
    #[error("Requested closing balance does not match latest one.")]
    OtherBalance,
    /// The sender's proof is not the sender's.
    #[error("The signature is not the sender's over this balance.")]
    InvalidProof,
    /// The store failed, so that the agreement could not be stored.
    #[error("The channels can't be read or changed for now.")]
    StoreUnavailable(StoreError),
}

/// The proof that the agreement covers, if the receiver agrees. `charged`: a proof of the sender over what was
/// charged, if it sent one.
pub(super) fn check(
    channel: &Channel,
    balance: Amount,
    charged: Option<BalanceProof>,
) -> Result<BalanceProof, CloseError> {
    match channel.status {
        ChannelStatus::Unconfirmed => return Err(CloseError::NoChannel),
        ChannelStatus::Closing { .. } => return Err(CloseError::Closing),
        ChannelStatus::Open | ChannelStatus::Agreed => {}
    }
    if channel.restored {
        return Err(CloseError::Restored);
    }
    let newest = channel.proof().ok_or(CloseError::NothingPaid)?;
    let agreed = match channel.closing_signature {
        Some(_) => channel.account.covering(),
        None => Some(newest),
    };
    if let Some(agreed) = agreed.filter(|proof| proof.balance == balance) {
        return Ok(agreed);
    }
    let charged = charged.filter(|proof| proof.balance == balance && balance == channel.charged());
    match charged {
        // A transaction with another proof may be under way.
        Some(_) if channel.is_left() => Err(CloseError::OtherBalance),
        Some(charged) => Ok(charged),
        None => Err(CloseError::OtherBalance),
    }
}

/// Stores the agreement and marks the channel closed; returns the first agreement if there was one.
pub(super) fn agree(
    channel: &mut Channel,
    proof: &BalanceProof,
    signature: Signature,
) -> Result<Agreement, CloseError> {
    // A payment may have come since the agreement was signed.
    if check(channel, proof.balance, Some(*proof))? != *proof {
        return Err(CloseError::OtherBalance);
    }
    if channel.closing_signature.is_none()
        && let Some(account) = channel.account.settle(*proof)
    {
        channel.account = account;
    }
    channel.status = ChannelStatus::Agreed;
    channel.bind(proof.balance);
    Ok(Agreement {
        proof: *proof,
        signature: *channel.closing_signature.get_or_insert(signature),
    })
}
