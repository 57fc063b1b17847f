//! The caller's limits on what a server may demand.

use crate::protocol::header::Demand;
use crate::protocol::{Address, Amount, Manager};

/// Limits for the payments of one `fetch`. Without them, no demand of a server opens, tops up or pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The highest price of one request, in token base units.
    pub max_price: Amount,
    /// Open a channel with this deposit if there is none; `None`: never open.
    pub deposit: Option<Amount>,
    /// Add this much when the deposit is used up; `None`: never top up.
    pub top_up: Option<Amount>,
    /// Pay only this receiver.
    pub receiver: Option<Address>,
    /// Origins that the caller vouches for, as in `https://example.org`: each may name a receiver that
    /// is bound to others (see [`binding`](super::store::bindings)).
    pub origins: Vec<String>,
    /// For how many milliseconds a price that was paid is cached and paid again without asking; 0: always
    /// ask.
    pub price_age: u64,
    /// Whether what was paid for at the same URL is fetched again under its payment number, for as long as the
    /// receiver serves it again without charge: a reload costs nothing. Only with methods that read.
    pub repeat: bool,
    /// The timeout for the server while a lock is held, in milliseconds: the total for the response
    /// headers of all requests with a payment in one call. After it the proof sent stays pending, and the
    /// lock is released to the next call.
    pub timeout: u32,
}

/// A day, in milliseconds: prices change rarely, and a change costs one more round trip.
pub const DEFAULT_PRICE_AGE: u64 = 24 * 60 * 60 * 1000;

/// Half a minute, in milliseconds: most servers answer sooner, or not at all.
pub const DEFAULT_TIMEOUT: u32 = 30_000;

/// Why a demand is not paid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// The price is above the limit.
    #[error("the server asks {price} token units, above the limit of {limit}")]
    Price {
        /// The price demanded.
        price: Amount,
        /// The highest price allowed.
        limit: Amount,
    },
    /// A price of 0 can't be paid: its proof would repeat the last balance, any number of times.
    #[error("the server asks for a payment of 0")]
    ZeroPrice,
    /// The server names another contract than the one connected to.
    #[error("the server is paid through the contract {asked}, not {expected}")]
    Contract {
        /// The contract demanded.
        asked: Address,
        /// The contract connected to.
        expected: Address,
    },
    /// The server names another receiver than the one allowed.
    #[error("the server wants {asked} to be paid, only {expected} is allowed")]
    Receiver {
        /// The receiver demanded.
        asked: Address,
        /// The receiver allowed.
        expected: Address,
    },
    /// A server that was paid for one receiver names another, which neither caller nor policy names.
    #[error(
        "{origin} was paid for {expected} before, and now wants {asked} to be paid; it is only if you \
         name it as the receiver"
    )]
    SecondReceiver {
        /// The server's origin.
        origin: String,
        /// The receiver it names.
        asked: Address,
        /// One that it named before.
        expected: Address,
    },
    /// A server names a receiver that is bound to other origins.
    #[error("{origin} wants {receiver} to be paid, for whom only {} speaks", .bound.join(", "))]
    Origin {
        /// The receiver it names.
        receiver: Address,
        /// The server's origin.
        origin: String,
        /// The origins that speak for the receiver.
        bound: Vec<String>,
    },
}

/// Fails for another contract than the one connected to.
pub fn check_contract(manager: &Manager, demand: &Demand) -> Result<(), LimitError> {
    let (asked, expected) = (demand.contract, manager.address);
    match asked == expected {
        true => Ok(()),
        false => Err(LimitError::Contract { asked, expected }),
    }
}

impl Limits {
    /// Checks a 402's demand against these limits.
    pub fn check(&self, manager: &Manager, demand: &Demand) -> Result<(), LimitError> {
        check_contract(manager, demand)?;
        if let Some(expected) = self.receiver.filter(|allowed| *allowed != demand.receiver) {
            return Err(LimitError::Receiver {
                asked: demand.receiver,
                expected,
            });
        }
        if demand.price.is_zero() {
            return Err(LimitError::ZeroPrice);
        }
        if demand.price > self.max_price {
            return Err(LimitError::Price {
                price: demand.price,
                limit: self.max_price,
            });
        }
        Ok(())
    }
}
