//! The client's address, behind reverse proxies too.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The reverse proxies whose `X-Forwarded-For` is trusted: none by default, as anybody can send it.
/// As text: addresses and networks, `127.0.0.1,10.0.0.0/8,fd00::/8`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// Why a text is no list of proxies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address and no network; they are written like 127.0.0.1 and 10.0.0.0/8")]
pub struct TrustedProxiesError(String);

impl FromStr for TrustedProxies {
    type Err = TrustedProxiesError;

    fn from_str(text: &str) -> Result<Self, TrustedProxiesError> {
        let read = |item: &str| {
            let address = item
                .parse::<IpAddr>()
                .map(|address| IpNet::from(address.to_canonical()));
            let network = address.or_else(|_| item.parse::<IpNet>());
            network.map_err(|_| TrustedProxiesError(item.to_owned()))
        };
        let items = text.split(',').map(|item| read(item.trim()));
        items.collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// The client: the connection's other end, or whom trusted proxies name. Each proxy appends the address
    /// that it was asked from, so the last one that is not a trusted proxy's counts; those before it
    /// anybody may have written.
    pub fn client(&self, connection: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = connection.to_canonical();
        let values: Vec<_> = headers.get_all(X_FORWARDED_FOR).iter().collect();
        let names = values.iter().rev().flat_map(|value| {
            let text = value.to_str().unwrap_or("?");
            text.rsplit(',').map(str::trim)
        });
        for name in names {
            if !self.contains(client) {
                break;
            }
            // Some proxies name the port as well.
            let named = name.parse::<IpAddr>();
            let named = named.or_else(|_| name.parse::<SocketAddr>().map(|named| named.ip()));
            match named {
                Ok(address) => client = address.to_canonical(),
                // `unknown`, or an obfuscated name.
                Err(_) => break,
            }
        }
        client
    }

    /// Whether it is one of them.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The scheme and the host that the client asked for, as a trusted proxy says.
#[derive(Clone, Debug, Default)]
pub(super) struct AskedFor {
    /// `http` or `https`.
    pub(super) scheme: Option<&'static str>,
    pub(super) host: Option<HeaderValue>,
}

impl AskedFor {
    /// The last value of each, which the nearest proxy has set or appended.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let last = |name: &str| {
            let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
            line.rsplit(',').next().map(str::trim)
        };
        let scheme = last("x-forwarded-proto").and_then(|scheme| {
            let mut known = ["http", "https"].into_iter();
            known.find(|known| scheme.eq_ignore_ascii_case(known))
        });
        let host = last("x-forwarded-host").filter(|host| host.parse::<Authority>().is_ok());
        let host = host.and_then(|host| HeaderValue::try_from(host).ok());
        Self { scheme, host }
    }
}

/// Replaces the connection's address by the client's, and notes what the client asked for.
pub(super) async fn resolve(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if let Some(ConnectInfo(connection)) = connection.copied() {
        if proxies.contains(connection.ip()) {
            let asked = AskedFor::read(request.headers());
            request.extensions_mut().insert(asked);
        }
        let client = proxies.client(connection.ip(), request.headers());
        let client = SocketAddr::new(client, connection.port());
        request.extensions_mut().insert(ConnectInfo(client));
    }
    next.run(request).await
}
