//! The paying side: what is known of a channel, what may be signed, what an answer means, and the
//! flows that put these in order. It does no input or output of its own: that is the [`World`]'s.
//!
//! | question | truth |
//! |---|---|
//! | does the channel exist, what is its deposit, is it closing | the contract, at the confirmations asked for |
//! | what has the sender promised at most | [`ChannelRecord::exposure`]: the highest balance it ever signed and let out |
//! | what has the receiver been paid | the receiver's stored proof; here [`ChannelRecord::balance`], moved only by an answer, and [`ChannelRecord::acknowledged`], the part of it of which the receiver has shown our proof |
//! | price, contract, receiver of a resource | a claim by the server, which speaks only for receivers that are [bound](store::bindings) to its origin; judged by [`Limits`] and the person's [`Policy`] |
//!
//! The states of a payment, and what is in storage meanwhile:
//!
//! | state | record | a page that dies here |
//! |---|---|---|
//! | allowed, not signed | as before | nothing happened |
//! | signed, not stored | as before | the proof never left the page |
//! | stored | `pending`, [`exposure`](ChannelRecord::exposure) raised | the proof goes with the next request, as it is |
//! | sent | the same | the same: the answer to the next request tells whether it was counted |
//! | answered ([`judge`]), listed | the same | the same; how it ended is listed once, whoever tells it |
//! | listed, stored | `balance` moved, or `pending` dropped | it is over |
//!
//! With receivers of the credit extension several payments are in flight at once, each with a number:
//! [`numbered`] has their rules and the verdicts on their answers.
//!
//! Transactions have a [`journal`](store::journal) of their own. [`flow`] puts it all in order.

pub mod choice;
pub mod error;
pub mod escrow;
pub mod flow;
pub mod limits;
pub mod numbered;
pub mod payment;
pub mod policy;
pub mod record;
pub mod spending;
pub mod store;
pub mod wallet;
pub mod world;

pub use choice::{Choice, choose};
pub use error::{Coded, Detail};
pub use flow::{FlowError, Forgotten, Sender, is_trial};
pub use limits::{LimitError, Limits};
pub use payment::{PaymentError, SentProof, ServerResponse, Verdict, judge};
pub use policy::{Policy, PolicyError};
pub use record::{ChannelRecord, ChannelState, RecordError};
pub use store::keys::RecordKey;
pub use store::records::StoredError;
pub use world::{Resource, Signer, World};
