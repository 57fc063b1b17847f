//! An HTTP server that charges for files.
//!
//! | path | what is there |
//! |---|---|
//! | `/` | the list of files with their prices |
//! | `/<file>` | a file, for its price |
//! | `/js/…` | the page's own files |
//! | `/js/microraiden/…` | the npm package |
//! | `/api/1/…` | [`rest`] |
//! | `/cm` | `OK` |

pub mod charge;
pub mod content;
pub mod cookies;
pub mod negotiate;
pub mod page;
pub mod rest;
pub mod server;

pub use content::{Content, Prices};
pub use page::Page;
pub use server::{Options, router};

use std::sync::Arc;

use crate::receiver::Receiver;

/// The receiver as the server holds it.
pub type SharedReceiver = Arc<Receiver>;

/// Where the REST interface begins.
pub const GATEWAY_PATH: &str = "/api/1";
