//! The classes exported to JavaScript: thin glue between the browser and the core.
//!
//! Every exported method parses its arguments into the core's types ([`convert`]), calls the core,
//! and turns errors into JavaScript `Error` objects in one place ([`error`]). Methods that wait
//! clone an inner `Rc` and return a `Promise`, so an object may be freed while they run.
#![allow(unsafe_code)] // wasm-bindgen's generated code crosses the boundary by raw pointers.
#![allow(missing_docs)] // The methods are documented where their callers look: in pkg/index.d.ts.

pub mod begin;
pub mod channel;
pub mod client;
pub mod error;
pub mod fetch_api;
pub mod funds;
pub mod local_key;
pub mod policy_api;
pub mod proof;
pub mod recovery;
pub mod wallet;

mod account;
mod backup;
mod body;
mod browser;
mod call_options;
mod changes;
mod contract;
mod convert;
mod cookies;
mod crypto;
mod database;
mod deadline;
mod endpoint;
mod fetch;
mod gateway;
mod given_store;
mod hash_signer;
mod http;
mod injected;
mod key_store;
mod listeners;
mod lock;
mod lock_request;
mod mirror;
mod names;
mod persistence;
mod promise;
mod release;
mod shown;
mod shown_redirect;
pub mod signer;
mod storage;
mod store;
mod timer;
mod transport;
mod wallet_state;
pub mod worker_storage;
mod wrapping_key;
mod write_barrier;

/// The package's version, in a section of the module that has this name. The script reads it before it uses the
/// module: caches may hold the module of another version.
#[used]
#[allow(unsafe_code)] // It names a section, nothing else.
#[unsafe(link_section = "microraiden-version")]
static VERSION: [u8; env!("CARGO_PKG_VERSION").len()] = {
    let (version, mut bytes, mut at) = (env!("CARGO_PKG_VERSION").as_bytes(), [0; _], 0);
    while at < version.len() {
        bytes[at] = version[at];
        at += 1;
    }
    bytes
};
