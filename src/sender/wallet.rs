//! Wallets as they are: what they mean by an error, how they are asked for a signature, for a key, for several calls at
//! once and for another chain, and whether they can sign.

pub mod ability;
pub mod batch;
pub mod chain;
pub mod derived_key;
pub mod refusal;
pub mod typed_data;

pub use ability::Ability;
pub use refusal::{Thrown, WalletError, WalletRefusal};
