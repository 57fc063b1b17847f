//! Another HTTP server behind the paywall.
//!
//! The upstream gets the [path](super::path) that was priced, and no header that names another resource or
//! method (`aliases`). Bodies are streamed both ways. Hop-by-hop headers, the `RDN-*` headers and cookies,
//! and the client's `Forwarded` and `X-Forwarded-*` are removed; `Forwarded`, `X-Forwarded-For`, `-Host`
//! and `-Proto` are set anew, host and scheme as a trusted proxy tells them. A redirect to the upstream's host
//! becomes one to the same path here. A paid WebSocket is tunnelled; other protocols are not. Preflights are passed
//! on unpaid (`cors::server`).
//!
//! `X-Microraiden-Sender`, `-Amount` and `-Balance` tell the upstream who paid, and are set for paid requests alone. A
//! client's own are removed from every request, in every spelling that some server reads as theirs.

mod headers;
mod tunnel;

use core::fmt;
use std::error::Error as _;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LOCATION, HOST, LOCATION, ORIGIN};
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{
    Extensions, HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
};
use http_body::Body as _;
use hyper::upgrade::OnUpgrade;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;
use tracing::{debug, warn};

use super::client::AskedFor;
use super::connections::ConnectionPermit;
use super::cors::server as cors;
use super::edge::FromUpstream;
use super::idle_timeout::{IdleTimeout, IdleTimeoutBody};
use super::path::CanonicalPath;
use super::receipt::Paid;
use super::response::{AMBIGUOUS, AnswerFormat};
use super::ticket::{Covered, Tickets};
use crate::tls::{self, Trust};

const IDLE: Duration = Duration::from_secs(600);
const COVERED: Duration = Duration::from_secs(60);

/// The `code` of a 502.
const UNAVAILABLE: &str = "upstream-unavailable";

/// Where the upstream is: `http://host:port` or `https://host:port`, without path and query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamUrl {
    scheme: Scheme,
    authority: Authority,
}

/// Why a text is not the URL of an upstream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an upstream is http://host:port or https://host:port, without a path: {0}")]
pub struct UpstreamUrlError(String);

impl FromStr for UpstreamUrl {
    type Err = UpstreamUrlError;

    fn from_str(text: &str) -> Result<Self, UpstreamUrlError> {
        let fail = || UpstreamUrlError(text.to_owned());
        // `Uri` silently drops a fragment.
        if text.contains('#') {
            return Err(fail());
        }
        let uri: Uri = text.parse().map_err(|_| fail())?;
        let parts = uri.into_parts();
        let plain = parts.path_and_query.is_none_or(|path| path == "/");
        let known = [Scheme::HTTP, Scheme::HTTPS];
        let scheme = parts.scheme.filter(|scheme| known.contains(scheme));
        let authority = parts.authority.filter(|a| !a.as_str().contains('@'));
        match (scheme, authority) {
            (Some(scheme), Some(authority)) if plain => Ok(Self { scheme, authority }),
            _ => Err(fail()),
        }
    }
}

/// The upstream's timeouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection; then the answer is 502.
    pub connect: Duration,
    /// For the head of an answer, from the request on; then the answer is 504. For bodies only
    /// [`Upstream::idle_timeout`] counts.
    pub response: Duration,
    /// How long a connection is kept for the next request: less than the upstream keeps it, which is 5
    /// seconds by default for Node.js, so that it does not close just as a request goes out.
    pub keep_alive: Duration,
}

impl Default for Timeouts {
    /// 5 seconds for a connection, 60 for an answer; connections are kept for 4.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            response: Duration::from_secs(60),
            keep_alive: Duration::from_secs(4),
        }
    }
}

/// Another HTTP server, to which requests are passed on.
#[derive(Clone)]
pub struct Upstream {
    url: UpstreamUrl,
    response_timeout: Duration,
    idle_timeout: Duration,
    client: Arc<Client<HttpsConnector<HttpConnector>, Body>>,
    tickets: Option<Arc<Tickets>>,
}

impl Upstream {
    /// The server at this URL, which over TLS needs a certificate of an authority that `trust`
    /// believes. Nothing is sent yet.
    pub fn new(url: UpstreamUrl, timeouts: Timeouts, trust: &Trust) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(timeouts.connect));
        connector.set_nodelay(true);
        Self {
            url,
            response_timeout: timeouts.response,
            idle_timeout: IDLE,
            client: Arc::new(
                Client::builder(TokioExecutor::new())
                    .pool_timer(TokioTimer::new())
                    .pool_idle_timeout(timeouts.keep_alive)
                    .build(tls::connector(connector, trust)),
            ),
            tickets: Tickets::new(COVERED).map(Arc::new),
        }
    }

    /// The idle timeout within an answer, and of a WebSocket; then it is cut off. Default: 10 minutes.
    #[must_use]
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// For how long the payment for a request that the upstream redirects covers the follow-up request, once;
    /// zero: never, each is a request of its own price. Default: one minute.
    #[must_use]
    pub fn cover_redirects(mut self, lifetime: Duration) -> Self {
        let tickets = (!lifetime.is_zero()).then(|| Tickets::new(lifetime));
        self.tickets = tickets.flatten().map(Arc::new);
        self
    }

    pub(super) fn tickets(&self) -> Option<&Tickets> {
        self.tickets.as_deref()
    }

    /// Passes a request on and returns the upstream's answer; 502 or 504 if there is none. `client` is the
    /// client's address, if known.
    pub async fn call(
        &self,
        mut request: Request<Body>,
        client: Option<IpAddr>,
        answers: AnswerFormat,
    ) -> Response<Body> {
        if request.method() == Method::CONNECT {
            let detail = "Tunnels are not passed on.";
            return say(answers, StatusCode::NOT_IMPLEMENTED, "not-for-sale", detail);
        }
        // A WebSocket keeps its connection's permit.
        let permit = request.extensions().get::<ConnectionPermit>().cloned();
        let upgrade =
            headers::is_websocket(request.headers()).then(|| hyper::upgrade::on(&mut request));
        let request = match self.rewrite(request, client, upgrade.is_some()) {
            Ok(request) => request,
            Err(reason) => {
                debug!(%reason, "a request could not be passed on");
                let detail = "The request's path can't be passed on.";
                return say(answers, StatusCode::BAD_REQUEST, AMBIGUOUS, detail);
            }
        };
        let response = match self.send(request, answers).await {
            Ok(response) => response,
            Err(failure) => return *failure,
        };
        let mut response = response;
        self.hide_host(response.headers_mut());
        let passed = pass_back(response, upgrade, permit, self.idle_timeout);
        passed.unwrap_or_else(|| {
            let detail =
                "The server behind the paywall switches to a protocol that nobody asked for.";
            say(answers, StatusCode::BAD_GATEWAY, UNAVAILABLE, detail)
        })
    }

    /// Makes a redirect to the upstream's own host one to the same path here: clients can't reach that host,
    /// and what they got there would not be paid.
    fn hide_host(&self, headers: &mut HeaderMap) {
        for name in [LOCATION, CONTENT_LOCATION] {
            let named = headers.get(&name).and_then(|value| value.to_str().ok());
            let Some(rest) = named.and_then(|named| self.path_on_upstream(named)) else {
                continue;
            };
            if let Ok(value) = HeaderValue::try_from(rest) {
                headers.insert(name, value);
            }
        }
    }

    /// Path, query and fragment of an absolute URL of the upstream.
    fn path_on_upstream(&self, url: &str) -> Option<String> {
        let (scheme, rest) = match url.strip_prefix("//") {
            Some(rest) => (self.url.scheme.as_str(), rest),
            None => url.split_once("://")?,
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let authority: Authority = authority.parse().ok()?;
        let default = |scheme: &str| match scheme.eq_ignore_ascii_case("https") {
            true => 443,
            false => 80,
        };
        let own = &self.url;
        let own_port = own.authority.port_u16();
        let same = authority.host().eq_ignore_ascii_case(own.authority.host())
            && authority.port_u16().unwrap_or_else(|| default(scheme))
                == own_port.unwrap_or_else(|| default(own.scheme.as_str()));
        // A path with two slashes would name a host.
        let path = path.trim_start_matches('/');
        same.then(|| format!("/{path}"))
    }

    /// Asks for the upstream's policy about another request, as a browser does before it sends that
    /// one: nothing else of the answer is passed back.
    pub(super) async fn ask_policy(
        &self,
        asked: Request<Body>,
        client: Option<IpAddr>,
        answers: AnswerFormat,
    ) -> Response<Body> {
        let (question, wanted) = cors::question(asked.headers());
        let origin = asked.headers().get(ORIGIN).cloned();
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::OPTIONS;
        *request.uri_mut() = asked.uri().clone();
        *request.headers_mut() = question;
        if let Some(host) = asked.headers().get(HOST) {
            request.headers_mut().insert(HOST, host.clone());
        }
        let Ok(request) = self.rewrite(request, client, false) else {
            let detail = "The request's path can't be passed on.";
            return say(answers, StatusCode::BAD_REQUEST, AMBIGUOUS, detail);
        };
        let told = match self.send(request, answers).await {
            Ok(told) => told,
            Err(failure) => return *failure,
        };
        let mut answer = Response::new(Body::empty());
        // The answer has no body, so no status that implies one or a redirect.
        *answer.status_mut() = match told.status() {
            status if status.is_client_error() || status.is_server_error() => status,
            status if status.is_success() => StatusCode::NO_CONTENT,
            _ => StatusCode::BAD_GATEWAY,
        };
        *answer.headers_mut() = cors::answer(told.headers(), origin.as_ref(), wanted);
        answer.extensions_mut().insert(FromUpstream);
        answer
    }

    /// The upstream's answer, or ours if there is none.
    async fn send(
        &self,
        request: Request<Body>,
        answers: AnswerFormat,
    ) -> Result<Response<hyper::body::Incoming>, Box<Response<Body>>> {
        let (status, code, detail) =
            match timeout(self.response_timeout, self.request(request)).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) if IdleTimeout::caused(&error) => (
                    StatusCode::REQUEST_TIMEOUT,
                    "request-timeout",
                    "The request's body does not come.",
                ),
                Ok(Err(error)) => {
                    warn!(%error, connecting = error.is_connect(), "the upstream fails");
                    (
                        StatusCode::BAD_GATEWAY,
                        UNAVAILABLE,
                        "The server behind the paywall can't be reached.",
                    )
                }
                Err(_) => {
                    warn!("the upstream does not answer in time");
                    (
                        StatusCode::GATEWAY_TIMEOUT,
                        "upstream-timeout",
                        "The server behind the paywall does not answer in time.",
                    )
                }
            };
        Err(Box::new(say(answers, status, code, detail)))
    }

    /// Sends a request. GET and HEAD without a body are sent once more if the connection closed before any of
    /// the answer came: the upstream may have closed it as the request went out.
    async fn request(
        &self,
        request: Request<Body>,
    ) -> Result<Response<hyper::body::Incoming>, hyper_util::client::legacy::Error> {
        let is_safe = [Method::GET, Method::HEAD].contains(request.method());
        let again = (is_safe && request.body().is_end_stream()).then(|| {
            let mut again = Request::new(Body::empty());
            *again.method_mut() = request.method().clone();
            *again.uri_mut() = request.uri().clone();
            *again.headers_mut() = request.headers().clone();
            again
        });
        match (self.client.request(request).await, again) {
            (Err(error), Some(again)) if has_closed(&error) => {
                debug!(%error, "the upstream closed the connection; the request is sent once more");
                self.client.request(again).await
            }
            (result, _) => result,
        }
    }

    fn rewrite(
        &self,
        request: Request<Body>,
        client: Option<IpAddr>,
        websocket: bool,
    ) -> Result<Request<Body>, Box<dyn std::error::Error>> {
        let (mut parts, body) = request.into_parts();
        let path = match parts.extensions.get::<CanonicalPath>() {
            Some(path) => path.clone(),
            None => CanonicalPath::of(&parts)?,
        };
        path.write(&mut parts.uri);
        let path = parts.uri.path_and_query().cloned();
        parts.uri = Uri::builder()
            .scheme(self.url.scheme.clone())
            .authority(self.url.authority.clone())
            .path_and_query(path.unwrap_or(PathAndQuery::from_static("/")))
            .build()?;
        parts.version = Version::HTTP_11;
        headers::remove_hop_by_hop(&mut parts.headers);
        headers::remove_payment(&mut parts.headers);
        let asked = parts.extensions.get::<AskedFor>();
        headers::forward(&mut parts.headers, client, asked);
        if let Some(paid) = paid(&parts.extensions) {
            headers::tell_payment(&mut parts.headers, &paid);
        }
        if websocket {
            headers::upgrade_to_websocket(&mut parts.headers);
        }
        // They belong to the layers before this one.
        parts.extensions.clear();
        Ok(Request::from_parts(parts, body))
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upstream({}://{})", self.url.scheme, self.url.authority)
    }
}

/// Who paid for a request: itself, or the one that was redirected to it. `None`: it is free.
fn paid(extensions: &Extensions) -> Option<Paid> {
    let paid = extensions.get::<Paid>().cloned();
    paid.or_else(|| extensions.get::<Covered>().map(Covered::as_paid))
}

/// Whether an established connection ended without an answer.
fn has_closed(error: &hyper_util::client::legacy::Error) -> bool {
    let source = error.source();
    let error_of_hyper = source.and_then(|source| source.downcast_ref::<hyper::Error>());
    error_of_hyper.is_some_and(|error| {
        let of_system = error.source().and_then(|source| source.downcast_ref());
        let reset = of_system.map(std::io::Error::kind);
        error.is_incomplete_message()
            || error.is_canceled()
            || matches!(
                reset,
                Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
            )
    })
}

fn say(answers: AnswerFormat, status: StatusCode, code: &str, detail: &str) -> Response<Body> {
    answers
        .write(status, code, detail, serde_json::Value::Null)
        .map(Body::from)
}

/// `None`: the upstream switches protocols without having been asked to.
fn pass_back(
    mut response: Response<hyper::body::Incoming>,
    client: Option<OnUpgrade>,
    permit: Option<ConnectionPermit>,
    idle: Duration,
) -> Option<Response<Body>> {
    let switches = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if switches {
        let client = client.filter(|_| headers::is_websocket(response.headers()))?;
        let upstream = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            tunnel::tunnel(client, upstream, idle).await;
            drop(permit);
        });
    }
    headers::remove_hop_by_hop(response.headers_mut());
    if switches {
        headers::upgrade_to_websocket(response.headers_mut());
    }
    response.extensions_mut().insert(FromUpstream);
    Some(response.map(|body| Body::new(IdleTimeoutBody::new(body, idle))))
}
