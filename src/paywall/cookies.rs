//! Payments in request cookies.
//!
//! The original server's page pays by setting cookies and reloading itself; there, cookies override
//! headers. But any site of the same parent domain can set cookies, and they stay. So:
//!
//! - Complete headers of a payment count alone. Otherwise a cookie that an earlier page left could pay in the
//!   place of the payment that was refused, and its sender would not know. Cookies stand in for headers that
//!   are missing.
//! - Cookies are read only where something is charged.
//! - Of several cookies of one name, the first well-formed one counts.
//! - Malformed ones are refused (409; browsers get the page, to pay by it) and expired.
//! - When a payment by cookies is refused, those that other sites may have set are expired: all with a parent
//!   domain or a path.

use http::header::{COOKIE, HOST, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use crate::protocol::header::{HeaderError, Payment, cookie_name, name};
use crate::protocol::{Address, Amount, Signature};

use super::response::AnswerFormat;

/// The cookies of a payment.
const NAMES: [&str; 4] = [
    name::SENDER_ADDRESS,
    name::OPEN_BLOCK,
    name::SENDER_BALANCE,
    name::BALANCE_SIGNATURE,
];

/// The most cookies that one answer expires.
const MOST: usize = 32;

/// The value of a payment header that may be in a cookie, which overrides it, as in the original server.
pub fn payment_value<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    by_cookie_or_header(headers, name, AnswerFormat::Problem)
}

fn by_cookie_or_header<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
    format: AnswerFormat,
) -> Option<&'a str> {
    let cookie = cookie_name(name).and_then(|name| cookie(headers, name, format));
    cookie.or_else(|| header_value(headers, name))
}

fn header_value<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    // A header that is not text is malformed, not missing.
    let text = |value: &'a HeaderValue| value.to_str().unwrap_or("\u{fffd}");
    headers.get(name).map(text)
}

/// The first well-formed value, else the first one.
fn cookie<'a>(headers: &'a HeaderMap, name: &str, format: AnswerFormat) -> Option<&'a str> {
    let reads = |value: &&str| {
        let read = format.read(name, value);
        read.is_some_and(|value| is_well_formed(name, &value))
    };
    let well_formed = values(headers, name).find(reads);
    well_formed.or_else(|| values(headers, name).next())
}

pub(super) fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(cookie, _)| *cookie == name)
        .map(|(_, value)| value.trim_matches('"'))
}

fn is_well_formed(name: &str, value: &str) -> bool {
    match name {
        name::SENDER_ADDRESS => value.parse::<Address>().is_ok(),
        name::BALANCE_SIGNATURE => value.parse::<Signature>().is_ok(),
        name::OPEN_BLOCK => value.parse::<u32>().is_ok(),
        _ => value.parse::<Amount>().is_ok(),
    }
}

/// How a request pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Paying {
    /// Not at all.
    Not,
    /// By this payment.
    By(Box<Payment>),
    /// Its headers are malformed.
    MalformedHeaders(HeaderError),
    /// Its headers are not, but with its cookies they are.
    MalformedCookies(HeaderError),
}

impl Paying {
    pub(super) fn read(headers: &HeaderMap, format: AnswerFormat) -> Self {
        let by_headers = Payment::read(|name| format.read(name, header_value(headers, name)?));
        match by_headers {
            Ok(Some(payment)) => Self::By(Box::new(payment)),
            Ok(None) | Err(HeaderError::Missing(_)) if are_there(headers) => {
                let value = |name| by_cookie_or_header(headers, name, format);
                match Payment::read(|name| format.read(name, value(name)?)) {
                    Ok(Some(payment)) => Self::By(Box::new(payment)),
                    Ok(None) => Self::Not,
                    Err(error) => Self::MalformedCookies(error),
                }
            }
            Ok(None) => Self::Not,
            Err(error) => Self::MalformedHeaders(error),
        }
    }
}

/// Whether a request has cookies of a payment.
fn are_there(headers: &HeaderMap) -> bool {
    NAMES
        .iter()
        .any(|name| values(headers, name).next().is_some())
}

/// Which cookies to expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expire {
    /// All of a payment.
    All,
    /// Those that the page at this host does not set itself.
    Foreign,
}

/// Expires the payment cookies of a request, for every domain and path where they may have been set.
pub(super) fn expire(asked: &HeaderMap, path: &str, which: Expire, answer: &mut HeaderMap) {
    let names = NAMES
        .into_iter()
        .filter(|name| values(asked, name).next().is_some());
    let names: Vec<_> = names.collect();
    let domains = domains(asked);
    let cookies = paths(path).into_iter().flat_map(|path| {
        let own = (path != "/" || which == Expire::All).then(String::new);
        let domains = own.into_iter().chain(domains.iter().cloned());
        let cookies = domains.flat_map(|domain| {
            names
                .iter()
                .map(move |name| format!("{name}=; Path={path}{domain}; Max-Age=0; SameSite=Lax"))
        });
        cookies.collect::<Vec<_>>()
    });
    for cookie in cookies.take(MOST) {
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            answer.append(SET_COOKIE, cookie);
        }
    }
}

/// The host and its parent domains, as attributes of a cookie. Browsers ignore public suffixes.
fn domains(asked: &HeaderMap) -> Vec<String> {
    const DEEPEST: usize = 4;
    let host = asked.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let is_name = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    // An IP address has no parent domains.
    if !host.split('.').all(is_name) || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let parents = core::iter::successors(Some(host), |host| host.split_once('.').map(|(_, p)| p));
    let parents = parents.filter(|parent| parent.contains('.'));
    parents
        .take(DEEPEST)
        .map(|parent| format!("; Domain={parent}"))
        .collect()
}

/// The paths of cookies that a browser sends with a request for this one, the root first.
fn paths(path: &str) -> Vec<&str> {
    let slashes = path.match_indices('/').map(|(place, _)| place);
    let mut paths: Vec<&str> = slashes
        .flat_map(|place| [&path[..place], &path[..=place]])
        .chain([path])
        .filter(|path| !path.is_empty())
        .collect();
    paths.dedup();
    paths
}
