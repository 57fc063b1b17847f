//! Headers on the way to the upstream and back.

use std::net::IpAddr;

use http::header::{
    CONNECTION, COOKIE, EXPECT, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::paywall::aliases;
use crate::paywall::client::AskedFor;
use crate::paywall::receipt::Paid;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

const SENDER: HeaderName = HeaderName::from_static("x-microraiden-sender");
const AMOUNT: HeaderName = HeaderName::from_static("x-microraiden-amount");
const BALANCE: HeaderName = HeaderName::from_static("x-microraiden-balance");
const NUMBER: HeaderName = HeaderName::from_static("x-microraiden-number");

/// Whether a message upgrades to WebSocket. Other protocols are not let through: over `h2c`, for example,
/// unpaid requests would be served.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    let mut protocols = headers.get_all(UPGRADE).iter();
    let only = protocols.next().filter(|_| protocols.next().is_none());
    only.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
        && connection_options(headers).any(|option| option == UPGRADE)
}

/// Removes hop-by-hop headers (RFC 9110, 7.6.1): those that `Connection` names, and those that always are.
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
        // By bytes, so that an option that is not text does not affect the others.
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|option| HeaderName::from_bytes(option.trim_ascii()).ok())
}

/// Removes the payment: the upstream's logs must not contain signatures.
pub(super) fn remove_payment(headers: &mut HeaderMap) {
    let is_payment = |name: &str| {
        let start = name.as_bytes().get(..4);
        start.is_some_and(|start| start.eq_ignore_ascii_case(b"rdn-"))
    };
    aliases::remove_named(headers, |name| is_payment(name.as_str()));
    let cookies: Vec<String> = headers
        .get_all(COOKIE)
        .iter()
        // Cookies that are not text can't be split, so they are dropped.
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

/// Sets the headers about the client. The client's own are never passed on; `asked` is what a trusted proxy
/// tells of scheme and host.
pub(super) fn forward(headers: &mut HeaderMap, client: Option<IpAddr>, asked: Option<&AskedFor>) {
    let own = headers.remove(HOST);
    let host = asked.and_then(|asked| asked.host.clone()).or(own);
    let scheme = asked.and_then(|asked| asked.scheme).unwrap_or("http");
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
        // They could end the quoted string.
        && !host.contains(['"', '\\'])
    {
        forwarded.push(format!("host=\"{host}\""));
        insert(headers, X_FORWARDED_HOST, host);
    }
    forwarded.push(format!("proto={scheme}"));
    insert(headers, X_FORWARDED_PROTO, scheme);
    insert(headers, FORWARDED, &forwarded.join(";"));
    headers.append(VIA, HeaderValue::from_static("1.1 microraiden"));
}

/// Tells the upstream who paid. What a client sent by these names, or by names that some servers read as these,
/// [`forward`] has removed.
pub(super) fn tell_payment(headers: &mut HeaderMap, paid: &Paid) {
    insert(headers, SENDER, &paid.sender.to_string());
    insert(headers, AMOUNT, &paid.amount.to_string());
    insert(headers, BALANCE, &paid.balance.to_string());
    if let Some(number) = paid.number {
        insert(headers, NUMBER, &number.to_string());
    }
}

/// Sets the headers of an upgrade to WebSocket.
pub(super) fn upgrade_to_websocket(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
}

fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(name, value);
    }
}
