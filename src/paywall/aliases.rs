//! Headers by which a client names another path, host or method than those that it is charged for, or claims to have
//! paid.
//!
//! A server that obeys one of them would serve something else than was paid for. So they are removed from
//! every priced request, before it goes to another server or to a service in this process. CGI and WSGI
//! servers read `X_Original_URL` as `X-Original-URL`, so here anything but letters and digits counts as a
//! dash.
//!
//! | header | who reads it |
//! |---|---|
//! | `X-Original-URL`, `X-Rewrite-URL` | IIS' URL rewriting; Symfony, Zend, Laminas take the path from them |
//! | `X-MS-Original-URL`, `X-WAWS-Unencoded-URL` | Azure's services |
//! | `X-Envoy-Original-Path`, `X-Original-Method`, `X-Original-URI`, … | what proxies (Envoy, nginx' and Traefik's sub-requests) tell those behind them |
//! | `X-HTTP-Method-Override`, `X-Method-Override`, `X-HTTP-Method` | Rails, Express' `method-override`, Symfony, Laravel, OData |
//! | `X-Forwarded-Host`, `-Prefix`, `-Path`, `-URI`, `-Method`, `-Server`, …, `Forwarded` | frameworks behind a proxy (Spring, ASP.NET, Werkzeug, Traefik) |
//! | `X-Script-Name`, `Script-Name`, `Path-Info` | WSGI servers and recipes for a mounted application |
//! | `X-Sendfile-Type`, `X-Accel-Mapping` | Rack::Sendfile takes from them which file is sent |
//! | `X-Host`, `X-HTTP-Host`, `X-Request-URI`, `X-Request-URL`, … | single applications |
//!
//! `X-Microraiden-…` goes as well: by these headers the proxy tells an upstream who paid, so a client must not.

use http::{HeaderMap, HeaderName};

/// Those that no rule below covers.
const NAMES: [&str; 17] = [
    "forwarded",
    "x-http-method",
    "x-http-verb",
    "x-method",
    "x-host",
    "x-http-host",
    "x-request-uri",
    "x-request-url",
    "x-request-path",
    "x-script-name",
    "script-name",
    "path-info",
    "x-path-info",
    "x-sendfile-type",
    "x-accel-mapping",
    "x-url",
    "x-uri",
];

/// They tell who asks and how, not for what. For another server our proxy sets them.
const OF_THE_CLIENT: [&str; 3] = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-port"];

/// Removes them.
pub(super) fn remove(headers: &mut HeaderMap) {
    remove_where(headers, |name| {
        is_alias(name) && !OF_THE_CLIENT.contains(&name)
    });
}

/// Removes them, and all other headers that proxies set.
#[cfg(feature = "paywall")]
pub(super) fn remove_forwarded(headers: &mut HeaderMap) {
    remove_where(headers, is_alias);
}

fn remove_where(headers: &mut HeaderMap, goes: impl Fn(&str) -> bool) {
    let dashed = |name: &HeaderName| -> String {
        let dash = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        name.as_str().chars().map(dash).collect()
    };
    remove_named(headers, |name| goes(&dashed(name)));
}

/// Removes the headers whose names fit.
pub(super) fn remove_named(headers: &mut HeaderMap, fits: impl Fn(&HeaderName) -> bool) {
    let names: Vec<_> = headers.keys().filter(|name| fits(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// Whether a header of this lower-case name names a resource or a method, or claims a payment.
fn is_alias(name: &str) -> bool {
    let says = |words: &[&str]| name.split('-').any(|word| words.contains(&word));
    NAMES.contains(&name)
        || name.starts_with("x-forwarded")
        || name.starts_with("x-microraiden")
        || says(&["override", "overrides"])
        || says(&["original", "rewrite", "rewritten", "unencoded", "real"])
            && says(&["url", "uri", "path", "query", "method", "host", "request"])
}
