//! Reading request cookies.

use http::{HeaderMap, header};

use crate::protocol::header::cookie_name;

/// The value of a payment header: a cookie overrides the header, as in the original server, where a
/// page pays by setting cookies and loading itself again.
pub fn payment_value<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    let cookie = cookie_name(name).and_then(|name| cookie(headers, name));
    // A header that is not text stands for malformed, not for missing.
    cookie.or_else(|| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("\u{fffd}"))
    })
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(cookie, _)| *cookie == name)
        .map(|(_, value)| value.trim_matches('"'))
}
