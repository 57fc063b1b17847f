//! The router.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::json;
use tower_http::cors::{Any, CorsLayer};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::chain::Node;
use crate::chain::http::HttpTransport;
use crate::protocol::Address;
use crate::protocol::header::{Refusal, name};

use super::content::Content;
use super::page::Page;
use super::{SharedReceiver, charge, rest};

/// What the server is made of.
#[derive(Debug)]
pub struct Options {
    /// The files to be sold.
    pub content: Content,
    /// The page for browsers.
    pub page: Page,
    /// The node that the page may use with a local key.
    pub public_rpc_url: String,
    /// An account that the node signs for, from which the page may take test money.
    pub faucet: Option<Address>,
    /// The first block that was read for channels.
    pub start_block: u64,
    /// The node that answers for the receiver's balance.
    pub node: Node<HttpTransport>,
}

/// What handlers share.
#[derive(Clone)]
pub(super) struct App {
    pub(super) receiver: SharedReceiver,
    options: Arc<Options>,
}

impl core::ops::Deref for App {
    type Target = Options;

    fn deref(&self) -> &Options {
        &self.options
    }
}

/// The largest request body that is read.
const MAX_BODY: usize = 64 * 1024;

/// The whole server.
pub fn router(
    receiver: SharedReceiver,
    options: Options,
    page_folder: &Path,
    package_folder: &Path,
) -> Router {
    let app = App {
        receiver,
        options: Arc::new(options),
    };
    let api = Router::new()
        .route("/stats", get(rest::stats))
        .route("/channels/", get(rest::channels))
        .route("/channels", get(rest::channels))
        .route("/channels/{sender}", get(rest::channels_of))
        .route(
            "/channels/{sender}/{block}",
            get(rest::channel).delete(rest::close),
        );
    let nosniff = SetResponseHeaderLayer::overriding(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Router::new()
        .route("/", get(list))
        .route("/cm", get("OK"))
        .nest(super::GATEWAY_PATH, api)
        .nest_service("/js/microraiden", ServeDir::new(package_folder))
        .nest_service("/js", ServeDir::new(page_folder))
        .fallback(any(charge::resource))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(nosniff)
        .layer(cors())
        .with_state(app)
}

/// Pages of other origins may pay and read what they need for it.
fn cors() -> CorsLayer {
    const EXPOSED: [&str; 8] = [
        name::CONTRACT_ADDRESS,
        name::RECEIVER_ADDRESS,
        name::SENDER_ADDRESS,
        name::PRICE,
        name::TOKEN_ADDRESS,
        name::GATEWAY_PATH,
        name::SENDER_BALANCE,
        name::BALANCE_SIGNATURE,
    ];
    let names = EXPOSED.into_iter().chain(Refusal::ALL.map(Refusal::header));
    let exposed: Vec<HeaderName> = names.filter_map(|name| name.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers(Any)
        .expose_headers(exposed)
}

/// The list of the files.
async fn list(State(app): State<App>) -> Response {
    let files = app.content.list().unwrap_or_default();
    let files: Vec<_> = files
        .into_iter()
        .map(|(path, price)| json!({ "path": path, "price": price.to_string() }))
        .collect();
    app.page.render(&json!({ "files": files })).into_response()
}
