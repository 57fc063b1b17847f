//! The decision about one payment.

use crate::protocol::header::{Payment, Refusal};
use crate::protocol::{Amount, BalanceProof, CreditRefusal, PaymentNumber};

use super::ChainStatus;
use super::channel::{Channel, ChannelStatus, CreditTooLow};
use super::restored;
use super::store::StoreError;
use super::terms::Terms;

/// A payment that was accepted and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The accepted balance before this payment.
    pub before: Amount,
    /// The amount of this payment.
    pub paid: Amount,
    /// The proof before this payment.
    pub proof_before: Option<BalanceProof>,
}

/// The state of a channel, shown with a refusal to a sender whose signature was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedState {
    /// The accepted balance.
    pub balance: Amount,
    /// The proof of it.
    pub proof: Option<BalanceProof>,
    /// The sum of what was charged: the accepted balance, unless the sender uses the
    /// [credit extension](crate::protocol::credit).
    pub charged: Amount,
    /// The highest payment number that was charged.
    pub newest: Option<PaymentNumber>,
}

impl AcceptedState {
    pub(super) fn of(channel: &Channel) -> Self {
        Self {
            balance: channel.balance(),
            proof: channel.proof(),
            charged: channel.charged(),
            newest: channel.window.newest(),
        }
    }
}

/// Why a payment was not accepted. Nothing was stored, and nothing may be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptError {
    /// The receiver is not [`Ready`](ChainStatus::Ready).
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
    /// The deposit is below [`Terms::min_deposit`](super::Terms::min_deposit).
    DepositTooLow(AcceptedState),
    /// A numbered request is refused by the rules of the [credit extension](crate::protocol::credit).
    Credit(CreditRefusal, AcceptedState),
    /// The store failed. The payment may have been stored; the sender learns that by asking for the
    /// balance.
    StoreUnavailable(StoreError),
}

impl AcceptError {
    /// The header for it, if the protocol has one.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Unconfirmed => Some(Refusal::InsufficientConfirmations),
            Self::NonexistingChannel => Some(Refusal::NonexistingChannel),
            Self::InvalidBalanceProof => Some(Refusal::InvalidBalanceProof),
            Self::InvalidAmount(_) => Some(Refusal::InvalidAmount),
            _ => None,
        }
    }

    /// The accepted state, if the sender's signature was verified.
    pub fn known(&self) -> Option<&AcceptedState> {
        match self {
            Self::InvalidAmount(known)
            | Self::NothingPaid(known)
            | Self::AboveDeposit(known)
            | Self::DepositTooLow(known)
            | Self::Credit(_, known) => Some(known),
            _ => None,
        }
    }
}

/// Whether payments are accepted in a channel, and this one is its sender's.
pub(super) fn check(channel: &Channel, genuine: bool) -> Result<(), AcceptError> {
    match channel.status {
        ChannelStatus::Unconfirmed => return Err(AcceptError::Unconfirmed),
        ChannelStatus::Agreed | ChannelStatus::Closing { .. } => {
            return Err(AcceptError::NonexistingChannel);
        }
        ChannelStatus::Open => {}
    }
    if genuine {
        Ok(())
    } else {
        Err(AcceptError::InvalidBalanceProof)
    }
}

/// Checks a payment in the order of the original server and, if it is accepted, changes the channel.
/// `genuine`: the sender signed the proof.
pub(super) fn accept(
    channel: &mut Channel,
    payment: &Payment,
    genuine: bool,
    price: Amount,
    terms: &Terms,
) -> Result<Accepted, AcceptError> {
    check(channel, genuine)?;
    let known = AcceptedState::of(channel);
    let offered = payment.proof.balance;
    if offered == known.balance {
        return Err(AcceptError::NothingPaid(known));
    }
    if channel.deposit < terms.min_deposit {
        return Err(AcceptError::DepositTooLow(known));
    }
    let required = known.balance.checked_add(price);
    let is_paid = |required| match channel.restored {
        true => required <= offered,
        false => required == offered,
    };
    if !required.is_some_and(is_paid) {
        return Err(AcceptError::InvalidAmount(known));
    }
    if offered > channel.deposit {
        return Err(AcceptError::AboveDeposit(known));
    }
    // Others may hold what it takes to close with less, even if its event was undone.
    if channel.ceiling.is_some_and(|ceiling| offered > ceiling) {
        return Err(AcceptError::NonexistingChannel);
    }
    let taken = if channel.restored && known.balance < offered {
        let charged = restored::charged(channel, offered, price, terms.credit.is_some());
        charged.and_then(|charged| channel.catch_up(payment.proof, charged))
    } else {
        channel.take(payment.proof, price)
    };
    taken.map_err(|CreditTooLow| AcceptError::InvalidAmount(known))?;
    channel.window.retire(offered);
    Ok(Accepted {
        before: known.balance,
        paid: price,
        proof_before: known.proof,
    })
}
