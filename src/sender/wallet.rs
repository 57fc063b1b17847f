//! Wallets as they are: what they mean by an error.

pub mod refusal;

pub use refusal::{Refusal, Thrown, WalletError};
