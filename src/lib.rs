//! Pay for web content by the request: µRaiden micropayment channels.
//!
//! A *sender* escrows tokens for one *receiver* in a channel manager contract and then pays for
//! each resource by signing the new total owed, the *balance proof*, which travels in HTTP headers.
//! This crate is the paying side as a WebAssembly library for browsers, and the receiving side as a
//! native server, both on one protocol core.
//!
//! | module | what lives there |
//! |---|---|
//! | [`protocol`] | messages, signatures, contract calls, events, headers: pure. With the feature `libsecp256k1`, on in the server, the reference implementation in C recovers signatures |
//! | [`chain`] | JSON-RPC over one small transport trait |
//! | [`sender`] | the paying side over a [`World`](sender::World): records, journal, policy, flows |
//! | `wasm` (wasm32) | the classes exported to JavaScript: wallets, storage, `fetch` |
//! | `keystore` (feature; always on wasm32) | encrypted private keys in files |
//! | `receiver` (feature) | verify and accept payments, follow the chain, close |
//! | `tls` (feature `receiver`) | whose certificates are believed |
//! | `paywall` (features) | the tower layer that charges for requests, the HTTP server that charges for files |

// The examples of the pages are compiled as those of the source are.
#[cfg(all(doctest, feature = "paywall"))]
mod documents {
    #[doc = include_str!("../docs/rust.md")]
    mod rust {}
    #[doc = include_str!("../docs/streams.md")]
    mod streams {}
    #[doc = include_str!("../docs/testing.md")]
    mod testing {}
}

pub mod chain;
#[doc(hidden)]
// No API: public for the signature of `chain::Transport`, for tests and for fuzz targets.
pub mod json;
#[cfg(any(feature = "keystore", target_arch = "wasm32"))]
pub mod keystore;
#[cfg(all(feature = "layer", not(target_arch = "wasm32")))]
pub mod paywall;
pub mod protocol;
#[cfg(all(feature = "receiver", not(target_arch = "wasm32")))]
pub mod receiver;
pub mod sender;
#[cfg(all(feature = "receiver", not(target_arch = "wasm32")))]
pub mod tls;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
