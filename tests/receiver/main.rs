//! The receiving side without HTTP: decisions, stores, the view of the chain.
#![cfg(all(feature = "receiver", not(target_arch = "wasm32")))]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

#[path = "../support/basics.rs"]
mod basics;
#[allow(dead_code, unreachable_pub)] // Shared with other tests.
#[path = "../simulation/chance.rs"]
mod chance;
#[cfg(feature = "postgres")]
#[path = "../support/cluster.rs"]
mod cluster;
mod contract;
mod decisions;
#[path = "../support/json_value.rs"]
mod json_value;
mod missing_channel;
#[cfg(feature = "paywall")]
mod node_messages;
mod numbered;
#[cfg(feature = "postgres")]
#[path = "../support/pgbouncer.rs"]
mod pgbouncer;
mod restored;
#[allow(dead_code)] // Shared with other tests.
#[path = "../support/rlp.rs"]
mod rlp;
mod simulation;
#[cfg(feature = "sqlite")]
mod stores;
mod watcher;
