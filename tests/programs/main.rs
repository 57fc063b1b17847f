//! The programs as processes, and the receiver with real contracts on a real chain.
#![cfg(all(feature = "paywall", unix))]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

#[path = "../support/basics.rs"]
mod basics;
mod chain;
#[cfg(feature = "postgres")]
#[path = "../support/cluster.rs"]
mod cluster;
mod deployed;
mod disputes;
mod durability;
#[cfg(feature = "postgres")]
mod failover;
#[path = "../support/json_value.rs"]
mod json_value;
mod keystore;
#[cfg(feature = "postgres")]
mod lease;
#[cfg(feature = "postgres")]
#[path = "../support/line.rs"]
mod line;
#[cfg(feature = "postgres")]
mod logs;
mod node;
mod nodes;
#[path = "../support/patient.rs"]
mod patient;
mod payer;
#[cfg(feature = "postgres")]
#[path = "../support/pgbouncer.rs"]
mod pgbouncer;
mod program;
mod restored;
#[path = "../support/seller.rs"]
mod seller;
mod sites;
mod tls;
#[cfg(feature = "otel")]
mod traces;
#[cfg(feature = "postgres")]
mod upgrade;
mod waiting;
