//! Which of several sites a request is for.
//!
//! A client says by its `Host` which site it wants; a trusted proxy may say it by `X-Forwarded-Host`. Names are
//! compared whole, without regard to case, to a dot at the end and to the port.
//!
//! | a request | is answered |
//! |---|---|
//! | for a name of a site | by that site |
//! | for another name, or none | by the default site, else 421 (RFC 9110, 15.5.20) |
//! | with a malformed `Host`, or several | 400 (RFC 9112, 3.2) |

use core::fmt;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tracing::{Instrument, Span, error_span};

use super::client::{AskedFor, TrustedProxies};

/// The name of a host, in lower case and without a port: `shop.example`, `127.0.0.1`, `[::1]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

/// Why a text is no name of a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a host; it is written like shop.example, without scheme, port and *")]
pub struct HostNameError(String);

impl HostName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of the host and port that a request names.
    fn of(authority: &Authority) -> Option<Self> {
        if authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host();
        let host = host.strip_suffix('.').unwrap_or(host);
        (!host.is_empty()).then(|| Self(host.to_ascii_lowercase()))
    }
}

impl FromStr for HostName {
    type Err = HostNameError;

    fn from_str(text: &str) -> Result<Self, HostNameError> {
        let fail = || HostNameError(text.to_owned());
        let authority: Authority = text.parse().map_err(|_| fail())?;
        let is_name = authority.host() == text && !text.contains('*');
        Self::of(&authority).filter(|_| is_name).ok_or_else(fail)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of the span of a site.
pub(super) const SITE_SPAN: &str = "site";

/// The span that names a site in the logs, whatever their level.
pub fn site_span(site: &str) -> Span {
    error_span!(SITE_SPAN, name = %site)
}

/// The routers of sites, by their names.
pub(super) struct Hosts {
    sites: Vec<(Span, Router)>,
    by_name: HashMap<HostName, usize>,
    default: Option<usize>,
    proxies: TrustedProxies,
}

impl Hosts {
    /// No sites yet.
    pub(super) fn new(proxies: TrustedProxies) -> Self {
        Self {
            sites: Vec::new(),
            by_name: HashMap::new(),
            default: None,
            proxies,
        }
    }

    /// With another site.
    pub(super) fn add(&mut self, name: &str, hosts: Vec<HostName>, is_default: bool, site: Router) {
        let index = self.sites.len();
        self.sites.push((site_span(name), site));
        self.by_name
            .extend(hosts.into_iter().map(|host| (host, index)));
        if is_default {
            self.default = Some(index);
        }
    }

    /// One router for all of them.
    pub(super) fn router(self) -> Router {
        Router::new().fallback(choose).with_state(Arc::new(self))
    }

    /// The name that a request asks for. `Err`: it can't be read.
    fn asked(&self, request: &Request) -> Result<Option<HostName>, ()> {
        let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let forwarded = connection
            .filter(|connection| self.proxies.contains(connection.ip()))
            .and_then(|_| AskedFor::read(request.headers()).host);
        let mut named = request.headers().get_all(header::HOST).iter();
        let host = match (
            forwarded,
            request.uri().authority(),
            named.next(),
            named.next(),
        ) {
            (_, _, _, Some(_)) => return Err(()),
            (Some(forwarded), ..) => forwarded.to_str().ok().and_then(|host| host.parse().ok()),
            (None, Some(authority), ..) => Some(authority.clone()),
            (None, None, Some(host), None) => host.to_str().ok().and_then(|host| host.parse().ok()),
            (None, None, None, None) => return Ok(None),
        };
        let name = host.and_then(|host| HostName::of(&host));
        name.map(Some).ok_or(())
    }
}

async fn choose(State(hosts): State<Arc<Hosts>>, request: Request) -> Response {
    let Ok(asked) = hosts.asked(&request) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "The name of the host can't be read.\n",
        );
    };
    let known = asked.and_then(|asked| hosts.by_name.get(&asked).copied());
    let site = known
        .or(hosts.default)
        .and_then(|site| hosts.sites.get(site));
    let Some((span, site)) = site else {
        let detail = "There is no site of this name here.\n";
        return refuse(StatusCode::MISDIRECTED_REQUEST, detail);
    };
    let answer = site.clone().oneshot(request).instrument(span.clone());
    answer.await.unwrap_or_else(|never| match never {})
}

fn refuse(status: StatusCode, detail: &'static str) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, detail).into_response()
}
