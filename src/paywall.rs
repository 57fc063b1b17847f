//! Charging for HTTP requests: as a layer before any service, and as a server that sells files
//! or what another server answers.
//!
//! [`PaywallLayer`] is for services (feature `layer`). The rest is the server on top of it (feature
//! `paywall`):
//!
//! | path | what is there |
//! |---|---|
//! | `/` | the list of files with their prices, unless another server is sold |
//! | `/<file>` | a file, or what the server behind the paywall answers, for its price |
//! | `/js/…` | the page's own files |
//! | `/js/microraiden/…` | the npm package |
//! | `/api/1/…` | the REST interface, see `rest` |
//! | `/api/1/openapi.json`, `/api/1/llms.txt` | what is sold, for programs; beside files also `/openapi.json` and `/llms.txt` |
//! | `/cm` | `OK`; with [`AnswerFormat::Original`] as a JSON string |
//!
//! What is priced is what is fetched: each request's [path](path::CanonicalPath) is read once, and headers
//! that name another path are removed.

mod aliases;
mod cache_control;
#[cfg(feature = "paywall")]
mod catalogue;
#[cfg(feature = "paywall")]
mod charge;
#[cfg(feature = "paywall")]
mod client;
#[cfg(feature = "paywall")]
pub mod config;
#[cfg(feature = "paywall")]
pub mod connections;
#[cfg(feature = "paywall")]
mod content;
pub mod cookies;
pub mod cors;
mod credit;
#[cfg(feature = "paywall")]
mod edge;
#[cfg(feature = "paywall")]
mod encoding;
mod grpc;
#[cfg(feature = "paywall")]
mod health;
#[cfg(feature = "paywall")]
mod hosts;
#[cfg(feature = "paywall")]
mod idle_timeout;
mod layer;
mod limit;
mod log_text;
#[cfg(feature = "paywall")]
pub mod logs;
#[cfg(feature = "paywall")]
pub mod metrics;
pub mod negotiate;
mod observe;
mod offer;
mod original;
#[cfg(feature = "paywall")]
mod own_files;
#[cfg(feature = "paywall")]
mod page;
pub mod path;
mod price;
#[cfg(feature = "paywall")]
mod prices;
#[cfg(feature = "paywall")]
mod proxy;
#[cfg(feature = "paywall")]
mod publisher;
mod receipt;
mod response;
#[cfg(feature = "paywall")]
pub mod rest;
#[cfg(feature = "paywall")]
pub mod secrets;
#[cfg(feature = "paywall")]
mod server;
mod service;
mod stream;
#[cfg(feature = "paywall")]
mod terms;
#[cfg(feature = "paywall")]
mod ticket;
mod token;
#[cfg(feature = "otel")]
mod traces;
#[cfg(feature = "paywall")]
mod words;

#[cfg(feature = "paywall")]
pub use client::{TrustedProxies, TrustedProxiesError};
#[cfg(feature = "paywall")]
pub use connections::ConnectionLimits;
#[cfg(feature = "paywall")]
pub use content::{Content, Found};
pub use credit::CreditAnswer;
#[cfg(feature = "paywall")]
pub use health::{Health, NotReady};
#[cfg(feature = "paywall")]
pub use hosts::{HostName, HostNameError, site_span};
pub use layer::PaywallLayer;
pub use limit::RateLimit;
#[cfg(feature = "paywall")]
pub use metrics::Metrics;
pub use observe::RequestOutcome;
pub use offer::Offer;
#[cfg(feature = "paywall")]
pub use own_files::PageFiles;
#[cfg(feature = "paywall")]
pub use page::{ListedFile, Page, PageContent};
pub use path::CanonicalPath;
pub use price::{Price, PriceError};
#[cfg(feature = "paywall")]
pub use prices::{PatternError, Prices};
#[cfg(feature = "paywall")]
pub use proxy::{Timeouts, Upstream, UpstreamUrl, UpstreamUrlError};
#[cfg(feature = "paywall")]
pub use publisher::{PageSettings, PageSettingsError};
pub use receipt::Paid;
pub use response::AnswerFormat;
#[cfg(feature = "paywall")]
pub use rest::{Access, AdminSecret, WeakSecret};
#[cfg(feature = "paywall")]
pub use secrets::KeyOptions;
#[cfg(feature = "paywall")]
pub use server::{Goods, RequestLimits, ServerOptions, Site, router, router_by_host};
pub use service::{Paywall, ResponseBody, ResponseFuture};
pub use stream::{Metering, Unpaid};
#[cfg(feature = "paywall")]
pub use terms::{SaleOptions, TermOptions};
pub use token::TokenLabel;

/// Where the REST interface begins.
pub const GATEWAY_PATH: &str = "/api/1";

/// The server's own paths. Nothing is sold there or below, whatever is there.
#[cfg(feature = "paywall")]
const OWN_PATHS: [&str; 3] = [GATEWAY_PATH, "/js", "/cm"];
