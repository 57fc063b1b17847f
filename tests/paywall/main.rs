//! The paywall in this process: its layer, its router, and its connections.
#![cfg(all(feature = "paywall", not(target_arch = "wasm32")))]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

mod answers;
#[path = "../support/basics.rs"]
mod basics;
mod caching;
mod connections;
mod cross_origin;
mod dashboard;
#[path = "../support/documented.rs"]
mod documented;
mod extension_document;
mod field;
mod field_browsers;
mod files;
mod fuzz_seeds;
mod known_defects;
mod layer;
mod layer_mounted;
mod layer_tonic;
mod limits;
mod metrics;
mod numbered;
mod original;
mod paid_headers;
mod path_readers;
mod paths;
mod proxy;
mod publisher;
mod read_only;
mod rest;
mod rest_answers;
#[path = "../support/seller.rs"]
mod seller;
mod settings;
mod sites;
mod slow;
mod streams;
mod tickets;
#[path = "../support/upstream.rs"]
mod upstream;
