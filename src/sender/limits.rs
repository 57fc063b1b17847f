//! What the caller allows a server to ask for.

use crate::protocol::header::Demand;
use crate::protocol::{Address, Amount, Manager};

/// Limits for the payments of one `fetch`. A server's demand alone opens, tops up and pays nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most for one request, in token base units.
    pub max_price: Amount,
    /// Open a channel of this deposit where there is none; `None`: never open.
    pub deposit: Option<Amount>,
    /// Add this much when the deposit is used up; `None`: never top up.
    pub top_up: Option<Amount>,
    /// Pay only this receiver.
    pub receiver: Option<Address>,
    /// Origins that the caller vouches for, as in `https://example.org`: each may name a receiver that
    /// is bound to others (see [`binding`](super::binding)).
    pub origins: Vec<String>,
    /// For how many milliseconds a price that was paid is sent again without asking; 0: always ask.
    pub price_age: u64,
    /// For how many milliseconds the server may be waited for while a turn is held, all answers of a
    /// call to requests with a payment together, up to their headers. Then what was sent is left
    /// pending, and the next call has its turn.
    pub timeout: u32,
}

/// A day: prices change seldom, and one that did costs one more round trip.
pub const DEFAULT_PRICE_AGE: u64 = 24 * 60 * 60 * 1000;

/// Half a minute: most servers have an answer sooner, or none.
pub const DEFAULT_TIMEOUT: u32 = 30_000;

/// Why a demand is not met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// The price is above the limit.
    #[error("the server asks {price} token units, above the limit of {limit}")]
    Price {
        /// What it asks.
        price: Amount,
        /// What is allowed.
        limit: Amount,
    },
    /// A price of nothing can't be paid: it would repeat the last balance for ever.
    #[error("the server asks for a payment of 0")]
    ZeroPrice,
    /// Another contract than the one connected to.
    #[error("the server is paid through the contract {asked}, not {expected}")]
    Contract {
        /// What it asks.
        asked: Address,
        /// The contract connected to.
        expected: Address,
    },
    /// Another receiver than the one allowed.
    #[error("the server wants {asked} to be paid, only {expected} is allowed")]
    Receiver {
        /// What it asks.
        asked: Address,
        /// The receiver allowed.
        expected: Address,
    },
    /// A server that was paid for one receiver names a further one, which neither caller nor policy names.
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
    /// A server names a receiver that another one speaks for.
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

impl Limits {
    /// Judges what a 402 demands.
    pub fn check(&self, manager: &Manager, demand: &Demand) -> Result<(), LimitError> {
        if demand.contract != manager.address {
            let (asked, expected) = (demand.contract, manager.address);
            return Err(LimitError::Contract { asked, expected });
        }
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
