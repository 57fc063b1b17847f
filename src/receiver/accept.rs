//! The decision about one payment.

use crate::protocol::header::{Payment, Refusal};
use crate::protocol::{Amount, BalanceProof};

use super::ChainStatus;
use super::channel::{Channel, ChannelStatus};
use super::store::StoreError;

/// A payment that was accepted and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The accepted balance before this payment.
    pub before: Amount,
    /// What was paid now.
    pub paid: Amount,
    /// The proof before this payment.
    pub proof_before: Option<BalanceProof>,
}

/// The accepted state that a refusal shows to a sender who proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedState {
    /// The accepted balance.
    pub balance: Amount,
    /// The proof of it.
    pub proof: Option<BalanceProof>,
}

/// Why a payment was not accepted. Nothing was stored, and nothing may be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptError {
    /// The chain is not followed, or the receiver has too little ether.
    NotReady(ChainStatus),
    /// The channel has too few confirmations.
    Unconfirmed,
    /// There is no such channel, or it is closing.
    NonexistingChannel,
    /// The signature does not recover to the sender.
    InvalidBalanceProof,
    /// The balance is not the accepted one plus the price.
    InvalidAmount(AcceptedState),
    /// The balance is the accepted one: a question, not a payment.
    NothingPaid(AcceptedState),
    /// The balance is above the confirmed deposit.
    AboveDeposit(AcceptedState),
    /// The deposit is below the least that the receiver sells for, so that closing is not worth it.
    DepositTooLow(AcceptedState),
    /// The store fails. The payment may have been stored: then the sender can ask for the balance
    /// and sees that it was counted.
    StoreUnavailable(StoreError),
}

impl AcceptError {
    /// The header that says it, if there is one.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Unconfirmed => Some(Refusal::InsufficientConfirmations),
            Self::NonexistingChannel => Some(Refusal::NonexistingChannel),
            Self::InvalidBalanceProof => Some(Refusal::InvalidBalanceProof),
            Self::InvalidAmount(_) => Some(Refusal::InvalidAmount),
            _ => None,
        }
    }

    /// The accepted state, where the sender proved who it is.
    pub fn known(&self) -> Option<&AcceptedState> {
        match self {
            Self::InvalidAmount(known)
            | Self::NothingPaid(known)
            | Self::AboveDeposit(known)
            | Self::DepositTooLow(known) => Some(known),
            _ => None,
        }
    }
}

/// Decides in the order of the original server and, if all is well, changes the channel.
/// `genuine`: the proof is the sender's. Nothing is accepted below `least_deposit`.
pub(super) fn accept(
    channel: &mut Channel,
    payment: &Payment,
    genuine: bool,
    price: Amount,
    least_deposit: Amount,
) -> Result<Accepted, AcceptError> {
    match channel.status {
        ChannelStatus::Unconfirmed => return Err(AcceptError::Unconfirmed),
        ChannelStatus::Agreed | ChannelStatus::Closing { .. } => {
            return Err(AcceptError::NonexistingChannel);
        }
        ChannelStatus::Open => {}
    }
    if !genuine {
        return Err(AcceptError::InvalidBalanceProof);
    }
    let known = AcceptedState {
        balance: channel.balance(),
        proof: channel.proof,
    };
    let offered = payment.proof.balance;
    if offered == known.balance {
        return Err(AcceptError::NothingPaid(known));
    }
    if channel.deposit < least_deposit {
        return Err(AcceptError::DepositTooLow(known));
    }
    let required = known.balance.checked_add(price);
    if required != Some(offered) {
        return Err(AcceptError::InvalidAmount(known));
    }
    if offered > channel.deposit {
        return Err(AcceptError::AboveDeposit(known));
    }
    // Somebody may be able to close with less, whatever became of the reason for it.
    if channel.ceiling.is_some_and(|ceiling| offered > ceiling) {
        return Err(AcceptError::NonexistingChannel);
    }
    channel.take(payment.proof);
    channel.charged = offered;
    Ok(Accepted {
        before: known.balance,
        paid: price,
        proof_before: known.proof,
    })
}
