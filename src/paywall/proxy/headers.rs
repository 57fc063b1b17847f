//! What of a message's head is for this hop alone.

use std::net::IpAddr;

use http::header::{
    CONNECTION, COOKIE, EXPECT, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::paywall::aliases;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Whether the sides want to go on with WebSocket. Other protocols are not let through: behind one
/// of them, such as `h2c`, requests would be served that nobody paid for.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    let mut protocols = headers.get_all(UPGRADE).iter();
    let only = protocols.next().filter(|_| protocols.next().is_none());
    only.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
        && connection_options(headers).any(|option| option == UPGRADE)
}

/// Takes away what is for one hop (RFC 9110, 7.6.1): what `Connection` names, and what always is.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<_> = connection_options(headers).collect();
    let always = [
        CONNECTION,
        KEEP_ALIVE,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        PROXY_CONNECTION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
    ];
    for name in named.into_iter().chain(always) {
        headers.remove(name);
    }
}

fn connection_options(headers: &HeaderMap) -> impl Iterator<Item = HeaderName> {
    headers
        .get_all(CONNECTION)
        .iter()
        // By bytes: one option that is no text leaves the others what they are.
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|option| HeaderName::from_bytes(option.trim_ascii()).ok())
}

/// Takes away the payment: whoever reads the upstream's logs must not find signatures in them.
pub(super) fn remove_payment(headers: &mut HeaderMap) {
    let is_payment = |name: &str| {
        let start = name.as_bytes().get(..4);
        start.is_some_and(|start| start.eq_ignore_ascii_case(b"rdn-"))
    };
    aliases::remove_named(headers, |name| is_payment(name.as_str()));
    let cookies: Vec<String> = headers
        .get_all(COOKIE)
        .iter()
        // Cookies that are no text can't be told apart, so they are left out.
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|pair| !pair.is_empty() && !is_payment(pair))
        .map(str::to_owned)
        .collect();
    headers.remove(COOKIE);
    if let Ok(value) = HeaderValue::try_from(cookies.join("; "))
        && !value.is_empty()
    {
        headers.insert(COOKIE, value);
    }
}

/// Says for whom the request is made. What the client says of that itself is believed of nobody.
pub(super) fn forward(headers: &mut HeaderMap, client: Option<IpAddr>) {
    let host = headers.remove(HOST);
    headers.remove(EXPECT);
    aliases::remove_forwarded(headers);
    let mut forwarded = Vec::new();
    if let Some(client) = client {
        forwarded.push(match client {
            IpAddr::V4(address) => format!("for={address}"),
            IpAddr::V6(address) => format!("for=\"[{address}]\""),
        });
        insert(headers, X_FORWARDED_FOR, &client.to_string());
    }
    if let Some(host) = host.as_ref().and_then(|host| host.to_str().ok())
        // Nothing that could end the quoted text.
        && !host.contains(['"', '\\'])
    {
        forwarded.push(format!("host=\"{host}\""));
        insert(headers, X_FORWARDED_HOST, host);
    }
    forwarded.push("proto=http".to_owned());
    insert(headers, X_FORWARDED_PROTO, "http");
    insert(headers, FORWARDED, &forwarded.join(";"));
    headers.append(VIA, HeaderValue::from_static("1.1 microraiden"));
}

/// Marks a message whose connection goes on with WebSocket.
pub(super) fn go_on_with_websocket(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
}

fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(name, value);
    }
}
