//! The decision about one numbered request, by the credit extension (`docs/extension.md`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::protocol::header::Payment;
use crate::protocol::{Amount, BalanceProof, CreditRefusal, Numbered};

use super::accept::{AcceptError, AcceptedState, check};
use super::channel::{Channel, Charge, ChargeRequest, CreditTooLow, Found, ResourceHash};
use super::restored;
use super::terms::Terms;

/// What a numbered request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedRequest {
    /// Its number, and the price that its sender agrees to.
    pub numbered: Numbered,
    /// What it asks for.
    pub resource: ResourceHash,
    /// For how long it is served again without charge; zero where serving it twice would do more than once.
    pub repeat: Duration,
}

/// A numbered request that is to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    /// What its number was charged for, now or before.
    pub charge: Charge,
    /// Whether it was charged before, and nothing now.
    pub repeated: bool,
    /// The channel afterwards.
    pub state: AcceptedState,
}

/// Checks a numbered request and, if it is charged, changes the channel. `genuine`: the sender signed the proof.
pub(super) fn charge(
    channel: &mut Channel,
    payment: &Payment,
    request: &NumberedRequest,
    genuine: bool,
    price: Amount,
    terms: &Terms,
) -> Result<Charged, AcceptError> {
    check(channel, genuine)?;
    let known = AcceptedState::of(channel);
    let refused = |refusal| AcceptError::Credit(refusal, known);
    let asked = ChargeRequest {
        number: request.numbered.number,
        resource: request.resource,
        price,
        balance: payment.proof.balance,
        now: now(),
        repeat: request.repeat,
    };
    if let Some(charge) = charged_before(channel, &asked, known.balance).map_err(refused)? {
        return Ok(Charged {
            charge,
            repeated: true,
            state: known,
        });
    }
    if price > request.numbered.agreed {
        return Err(refused(CreditRefusal::PriceRaised));
    }
    if channel.deposit < terms.min_deposit {
        return Err(AcceptError::DepositTooLow(known));
    }
    if asked.balance > channel.deposit {
        return Err(AcceptError::AboveDeposit(known));
    }
    take(channel, payment.proof, price, known)?;
    let charge = Charge {
        number: asked.number,
        resource: asked.resource,
        price,
        balance: asked.balance,
        at: asked.now,
    };
    channel.window.add(charge, known.balance);
    Ok(Charged {
        charge,
        repeated: false,
        state: AcceptedState::of(channel),
    })
}

/// What the number was charged for before; `None`: it is new. `accepted`: the channel's balance.
fn charged_before(
    channel: &Channel,
    asked: &ChargeRequest,
    accepted: Amount,
) -> Result<Option<Charge>, CreditRefusal> {
    match channel.window.find(asked, accepted) {
        Found::New => Ok(None),
        Found::Again(charge) => Ok(Some(charge)),
        Found::Over => Err(CreditRefusal::NumberCharged),
        Found::Used => Err(CreditRefusal::NumberUsed),
        Found::Stale => Err(CreditRefusal::NumberStale),
        Found::OutOfOrder => Err(CreditRefusal::BalanceOutOfOrder),
    }
}

/// Takes the price out of what the proof covers, and keeps the proof if it is the highest. `known`: the state before.
fn take(
    channel: &mut Channel,
    proof: BalanceProof,
    price: Amount,
    known: AcceptedState,
) -> Result<(), AcceptError> {
    let insufficient = || AcceptError::Credit(CreditRefusal::InsufficientCredit, known);
    let too_low = |CreditTooLow| insufficient();
    let offered = proof.balance;
    let catches_up = channel.restored && known.balance < offered;
    let after = match catches_up {
        true => restored::charged(channel, offered, price, true),
        false => known.charged.checked_add(price).ok_or(CreditTooLow),
    };
    let after = after.map_err(too_low)?;
    // Others may hold what it takes to close with less, even if its event was undone.
    let above = |ceiling| offered > ceiling || after > ceiling;
    if channel.ceiling.is_some_and(above) {
        return Err(AcceptError::NonexistingChannel);
    }
    let taken = match catches_up {
        true => channel.catch_up(proof, after),
        false => channel.take(proof, price),
    };
    taken.map_err(too_low)?;
    // After a reorganisation the deposit may be below what was accepted.
    let usable = channel.within(channel.deposit);
    if usable.is_none_or(|proof| proof.balance < after) {
        return Err(insufficient());
    }
    Ok(())
}

/// In seconds since 1970.
fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |age| u32::try_from(age.as_secs()).unwrap_or(u32::MAX))
}
