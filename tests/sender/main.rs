//! The paying side's records, policy and transactions, through the public interface. Its flows are tested
//! by `tests/simulation/`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

#[path = "../support/basics.rs"]
mod basics;
mod begin;
mod error_codes;
mod errors;
#[path = "../support/json_value.rs"]
mod json_value;
mod numbered;
mod policy;
mod record;
mod stored_texts;
mod transactions;
mod wallets;
