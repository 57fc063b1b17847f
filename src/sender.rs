//! The paying side as a state machine without I/O.
//!
//! | question | truth |
//! |---|---|
//! | does the channel exist, what is its deposit, is it closing | the contract |
//! | what has the sender promised at most | [`ChannelRecord::exposure`]: the highest balance it ever signed and let out |
//! | what has the receiver been paid | the receiver's stored proof; here [`ChannelRecord::balance`], moved only by an answer |
//! | price, contract, receiver of a resource | a claim by the server, judged by [`Limits`] |
//!
//! The life of a payment: [`ChannelRecord::next_balance`] → signed → [`ChannelRecord::begin`],
//! written to storage → sent → [`judge`] decides what the answer means →
//! [`ChannelRecord::confirm`], [`ChannelRecord::adopt`] or nothing, which leaves the outcome
//! unknown.

pub mod choice;
pub mod limits;
pub mod payment;
pub mod record;
pub mod stored;

pub use choice::{Choice, choose};
pub use limits::{LimitError, Limits};
pub use payment::{PaymentError, Sent, Verdict, judge};
pub use record::{ChannelRecord, ChannelState, RecordError};
pub use stored::{RecordKey, StoredError};
