//! The µRaiden protocol, generations 0.1 and 0.2, as pure functions over typed values.
//!
//! Nothing here does I/O, reads a clock or draws randomness. A value that exists is valid: text and
//! bytes are parsed once, at the edge, into [`Address`], [`Amount`], [`Signature`] and the rest.

pub mod abi;
pub mod address;
pub mod amount;
pub mod channel;
pub mod credit;
pub mod event;
pub mod generation;
pub mod hash;
pub mod header;
pub mod hex_text;
pub mod key;
pub mod manager;
pub mod message;
pub mod network;
mod recovery;
pub mod request;
pub mod rules;
pub mod signature;
pub mod token;
pub mod transaction;
mod uint256;

pub use address::{Address, AddressError};
pub use amount::{Amount, AmountError, Uint256};
pub use channel::{BalanceProof, ChannelId, ProofError};
pub use credit::{
    CreditOffer, CreditRefusal, CreditReport, Numbered, PaymentNumber, ReportedRefusal,
};
pub use event::{EventError, Log, ManagerEvent, TokenEvent};
pub use generation::Generation;
pub use hash::{Hash, keccak256};
pub use hex_text::HexError;
pub use key::{KeyError, PrivateKey};
pub use manager::{ChannelInfo, Manager};
pub use message::TypedData;
pub use request::{CloseRequest, ReadRequest};
pub use rules::Rule;
pub use signature::{Signature, SignatureError};
