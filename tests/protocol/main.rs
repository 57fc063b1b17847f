//! The protocol core without any server: amounts, messages, signatures, JSON, contracts' rules; and the
//! table in `docs/conformance.md`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

mod amount;
#[path = "../support/basics.rs"]
mod basics;
mod conformance;
mod contract_rules;
mod json;
mod presets;
mod vectors;
