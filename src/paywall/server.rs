//! The server's router.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::chain::Node;
use crate::chain::http::HttpTransport;
use crate::protocol::{Address, keccak256};
use crate::receiver::Receiver;

use super::client::{TrustedProxies, resolve};
use super::content::Content;
use super::cors::CredentialOrigins;
use super::encoding::Encoding;
use super::hosts::{HostName, Hosts};
use super::limit::RateLimit;
use super::limit::address::{AddressLimit, AddressQuotas, admit};
use super::metrics::Metrics;
use super::page::{ListedFile, OwnPage, Page, PageContent};
use super::prices::Prices;
use super::proxy::Upstream;
use super::response::AnswerFormat;
use super::rest::Access;
use super::token::TokenLabel;
use super::{catalogue, charge, edge, own_files, rest};

/// What the server sells, and how.
#[derive(Debug)]
pub struct ServerOptions {
    /// What is sold.
    pub goods: Goods,
    /// The page for browsers.
    pub page: Page,
    /// What the REST interface requires of its callers.
    pub access: Access,
    /// The format of refusals for programs.
    pub answers: AnswerFormat,
    /// Pages that may send credentials with what they ask the paywall itself; others may ask and pay without.
    /// Answers of an upstream keep its own policy.
    pub credential_origins: CredentialOrigins,
    /// How often clients may ask, and how much may come with it.
    pub limits: RequestLimits,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: TrustedProxies,
    /// Where to count payments and refusals.
    pub metrics: Option<Arc<Metrics>>,
    /// The token's symbol and decimals; `None`: amounts are shown in base units.
    pub token_label: Option<TokenLabel>,
    /// The node that the page may use with a local key.
    pub public_rpc_url: String,
    /// An account that the node signs for, from which the page may take test money.
    pub faucet: Option<Address>,
    /// The first block that was read for channels.
    pub start_block: u64,
    /// The node that answers for the receiver's balance.
    pub node: Node<HttpTransport>,
}

/// How often clients may ask (`None`: as often as they like), and how much may come with it. A request
/// over a rate is answered 429 with `Retry-After`, and nothing is taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// Requests of any kind from one address.
    pub per_address: Option<RateLimit>,
    /// Payments of one sender.
    pub per_sender: Option<RateLimit>,
    /// Bytes of a request's body that the paywall itself reads; a longer one is answered 413. Bodies
    /// for an upstream are not read, and may be of any length.
    pub body: usize,
    /// The time for such a body to arrive whole; then the answer is 408.
    pub body_time: Duration,
}

impl Default for RequestLimits {
    /// 64 KiB of a body in 30 seconds, as often as clients like.
    fn default() -> Self {
        Self {
            per_address: None,
            per_sender: None,
            body: 64 * 1024,
            body_time: Duration::from_secs(30),
        }
    }
}

/// What the server sells.
#[derive(Debug)]
pub enum Goods {
    /// The files of a folder, listed at `/`.
    Files(Content),
    /// What another server answers. The paywall's own paths (`/api/1`, `/js`, `/cm`, and all below) do
    /// not reach it, and paths that it might read as others are refused (400): see
    /// [`path`](super::path).
    Server {
        /// The server.
        upstream: Upstream,
        /// What its paths cost. Where it reads paths freely, say without regard to case, let the
        /// default be the highest price.
        prices: Prices,
    },
}

/// What handlers share.
#[derive(Clone)]
pub(super) struct App {
    pub(super) receiver: Arc<Receiver>,
    pub(super) stats: Arc<rest::StatsCache>,
    options: Arc<ServerOptions>,
}

impl core::ops::Deref for App {
    type Target = ServerOptions;

    fn deref(&self) -> &ServerOptions {
        &self.options
    }
}

/// One of several sites that a server sells for.
pub struct Site {
    /// What logs call it.
    pub name: String,
    /// The names by which clients ask for it.
    pub hosts: Vec<HostName>,
    /// Whether it answers for all names that no site has.
    pub is_default: bool,
    /// Who is paid.
    pub receiver: Arc<Receiver>,
    /// What it sells, and how. The limits by address and the trusted proxies are the server's: those of the first
    /// site count.
    pub options: ServerOptions,
}

impl core::fmt::Debug for Site {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Site")
            .field("name", &self.name)
            .field("hosts", &self.hosts)
            .field("is_default", &self.is_default)
            .field("receiver", &self.receiver.address())
            .field("options", &self.options)
            .finish()
    }
}

/// A server of several sites: each is what [`router`] makes of it, and gets the requests for its hosts.
pub fn router_by_host(sites: Vec<Site>) -> Router {
    let first = sites.first().map(|site| &site.options);
    let quotas = first.and_then(|options| options.limits.per_address);
    let quotas = quotas.map(AddressQuotas::new);
    let proxies = first.map(|options| options.trusted_proxies.clone());
    let mut hosts = Hosts::new(proxies.unwrap_or_default());
    for site in sites {
        let router = router_within(site.receiver, site.options, quotas.clone());
        hosts.add(&site.name, site.hosts, site.is_default, router);
    }
    hosts.router()
}

/// The whole server, for HTTP/1 requests with a path and a query. Client addresses are taken from axum's
/// [`ConnectInfo`](axum::extract::ConnectInfo).
pub fn router(receiver: Arc<Receiver>, options: ServerOptions) -> Router {
    let quotas = options.limits.per_address.map(AddressQuotas::new);
    router_within(receiver, options, quotas)
}

fn router_within(
    receiver: Arc<Receiver>,
    options: ServerOptions,
    quotas: Option<AddressQuotas>,
) -> Router {
    let app = App {
        receiver,
        stats: Arc::default(),
        options: Arc::new(options),
    };
    let nosniff = SetResponseHeaderLayer::overriding(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let list_of_files = match &app.goods {
        Goods::Files(content) => catalogue::beside(content).route("/", get(list)),
        Goods::Server { .. } => Router::new(),
    };
    let per_address = quotas.map(|quotas| AddressLimit::new(quotas, &app));
    let routes = list_of_files
        .route("/cm", get(alive))
        .nest(super::GATEWAY_PATH, rest::routes(&app))
        .merge(catalogue::routes())
        .merge(app.page.files().routes())
        .fallback_service(charge::goods(&app))
        .layer(DefaultBodyLimit::max(app.limits.body));
    let routes = match per_address {
        Some(limit) => routes.layer(from_fn_with_state(limit, admit)),
        None => routes,
    };
    let proxies = app.trusted_proxies.clone();
    let routes = routes.layer(from_fn_with_state(proxies, resolve));
    // The edge sees refusals too. As a layer of the routes it would come too late to change a path.
    let edge = from_fn_with_state(app.clone(), edge::enter);
    let server = Router::new()
        .fallback_service(routes.with_state(app))
        .layer(edge)
        .layer(from_fn(pack))
        .layer(nosniff);
    #[cfg(feature = "otel")]
    let server = server.layer(from_fn(super::traces::follow));
    server
}

/// Tells that the server lives.
async fn alive(State(app): State<App>) -> Response {
    let uncached = [(header::CACHE_CONTROL, "no-store")];
    match app.answers {
        AnswerFormat::Problem => (uncached, "OK").into_response(),
        AnswerFormat::Original => (uncached, Json("OK")).into_response(),
    }
}

/// Compresses what the paywall says itself, and does not repeat what the client has. The body is there as a whole.
async fn pack(request: Request, next: Next) -> Response {
    let encoding = Encoding::accepted(request.headers());
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    if response.extensions().get::<OwnPage>().is_none() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let encoded = encoding.and_then(|encoding| Some((encoding, encoding.encode(&bytes)?)));
    let vary = HeaderValue::from_static("Accept-Encoding");
    parts.headers.append(header::VARY, vary);
    // The answer to HEAD has no bytes any more, and a 402 is never kept.
    if parts.status == StatusCode::OK && !bytes.is_empty() {
        let encoding = encoded.as_ref().map(|(encoding, _)| *encoding);
        let etag = own_files::etag(&keccak256(&[&bytes]).to_string(), encoding);
        let is_known = known.is_some_and(|known| own_files::is_known(&known, &etag));
        if let Ok(etag) = HeaderValue::try_from(etag) {
            parts.headers.insert(header::ETAG, etag);
        }
        if is_known {
            parts.status = StatusCode::NOT_MODIFIED;
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.remove(header::CONTENT_TYPE);
            return Response::from_parts(parts, Body::empty());
        }
    }
    let Some((encoding, encoded)) = encoded else {
        return Response::from_parts(parts, bytes.into());
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let name = HeaderValue::from_static(encoding.name());
    parts.headers.insert(header::CONTENT_ENCODING, name);
    Response::from_parts(parts, encoded.into())
}

/// Characters of file names that must be encoded in a path.
const NOT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// All files that are sold or given away. Nothing is where the paywall's own paths are.
pub(super) fn listed(app: &App) -> Vec<ListedFile> {
    let found = match &app.goods {
        Goods::Files(content) => content.list().unwrap_or_default(),
        Goods::Server { .. } => Vec::new(),
    };
    let found = found.into_iter().filter(|found| !edge::is_own(&found.path));
    let listed = found.map(|found| ListedFile {
        path: utf8_percent_encode(found.path.as_str(), NOT_IN_PATHS).to_string(),
        price: found.price,
        file: found.file,
    });
    listed.collect()
}

/// The list of the files. They are looked at where that keeps nobody waiting.
async fn list(State(app): State<App>, headers: HeaderMap) -> Response {
    apart(move || list_now(&app, &headers)).await
}

/// Runs what reads many files apart from the threads that serve payments.
pub(super) async fn apart(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn list_now(app: &App, headers: &HeaderMap) -> Response {
    let files = listed(app);
    let label = app.token_label.as_ref();
    let told: Vec<_> = files
        .iter()
        .map(|file| json!({ "path": file.path, "price": file.price.to_string() }))
        .collect();
    let config = json!({
        "files": told,
        "tokenSymbol": label.map(TokenLabel::symbol),
        "tokenDecimals": label.map(TokenLabel::decimals),
    });
    let about = PageContent::Files {
        files: &files,
        label,
    };
    let mut page = app.page.render(about, &config, headers);
    // Prices and files may change; the digest tells.
    let checked = HeaderValue::from_static("no-cache");
    page.headers_mut().insert(header::CACHE_CONTROL, checked);
    page.map(Body::from)
}
