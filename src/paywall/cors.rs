//! The headers that pages of other origins need for paying.
//!
//! They are for the service's CORS middleware, which must wrap the paywall: a browser's preflight carries no
//! payment. With tower-http:
//!
//! ```
//! # #[cfg(feature = "paywall")] // For tower-http.
//! # fn layer() -> tower_http::cors::CorsLayer {
//! use microraiden::paywall::cors;
//! use tower_http::cors::{Any, CorsLayer};
//!
//! CorsLayer::new()
//!     .allow_origin(Any)
//!     .allow_headers(cors::allow_headers())
//!     .expose_headers(cors::expose_headers())
//! # }
//! ```
//!
//! Pages that send credentials have to be named, and `authorization` with them:
//!
//! ```
//! # #[cfg(feature = "paywall")] // For tower-http.
//! # fn layer() -> tower_http::cors::CorsLayer {
//! # use microraiden::paywall::cors;
//! # use tower_http::cors::CorsLayer;
//! use http::{HeaderValue, header};
//!
//! let mut headers = cors::allow_headers();
//! headers.push(header::AUTHORIZATION);
//! CorsLayer::new()
//!     .allow_origin([HeaderValue::from_static("https://app.example")])
//!     .allow_credentials(true)
//!     .allow_headers(headers)
//!     .expose_headers(cors::expose_headers())
//! # }
//! ```
//!
//! The server has its own policy, and [`CredentialOrigins`] for it.

mod origins;
#[cfg(feature = "paywall")]
pub(super) mod server;

pub use origins::{CredentialOrigins, CredentialOriginsError};

use http::HeaderName;

use crate::protocol::header::{Refusal, name};

/// The request headers with which a sender pays and proves who it is, for `Access-Control-Allow-Headers`.
pub fn allow_headers() -> Vec<HeaderName> {
    parse([
        name::CONTRACT_ADDRESS,
        name::RECEIVER_ADDRESS,
        name::SENDER_ADDRESS,
        name::OPEN_BLOCK,
        name::BALANCE,
        name::BALANCE_SIGNATURE,
        name::PRICE,
        name::PAYMENT_NUMBER,
        name::REQUEST_SIGNATURE,
        name::REQUEST_EXPIRES,
    ])
}

/// The answer headers that a sender has to read, for `Access-Control-Expose-Headers`.
pub fn expose_headers() -> Vec<HeaderName> {
    const STATE: [&str; 17] = [
        name::CONTRACT_ADDRESS,
        name::RECEIVER_ADDRESS,
        name::SENDER_ADDRESS,
        name::PRICE,
        name::TOKEN_ADDRESS,
        name::GATEWAY_PATH,
        name::SENDER_BALANCE,
        name::BALANCE_SIGNATURE,
        name::CREDIT,
        name::PAYMENT_NUMBER,
        name::PAID,
        name::CHARGED,
        name::NEWEST_NUMBER,
        name::CREDIT_REFUSED,
        name::STREAM,
        name::STREAM_INTERVAL,
        name::STREAM_PAID,
    ];
    let refusals = Refusal::ALL.map(Refusal::header);
    parse(STATE.into_iter().chain(refusals).chain(["retry-after"]))
}

fn parse(names: impl IntoIterator<Item = &'static str>) -> Vec<HeaderName> {
    let names = names.into_iter();
    names.filter_map(|name| name.parse().ok()).collect()
}
