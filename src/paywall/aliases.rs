//! Headers by which a client gives what it asks for another name: another path, host or method than
//! those that it is charged for.
//!
//! Whoever reads one of them serves something else than was paid for. So no request that was priced
//! keeps one, on its way to another server or to a service in this process. To a server that reads
//! headers by way of CGI or WSGI, `X_Original_URL` is `X-Original-URL`: whatever is no letter and no
//! digit counts as a dash here.
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

use http::{HeaderMap, HeaderName};

/// Those that no rule below tells.
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

/// They say who asked and how, not for what. Another server gets them from the proxy here.
const OF_THE_CLIENT: [&str; 3] = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-port"];

/// Takes them away.
pub(super) fn remove(headers: &mut HeaderMap) {
    remove_where(headers, |name| {
        is_alias(name) && !OF_THE_CLIENT.contains(&name)
    });
}

/// Takes them away, and whatever else looks as if a proxy had said it.
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

/// Whether a header names a resource or a method, by its name in small letters.
fn is_alias(name: &str) -> bool {
    let says = |words: &[&str]| name.split('-').any(|word| words.contains(&word));
    NAMES.contains(&name)
        || name.starts_with("x-forwarded")
        || says(&["override", "overrides"])
        || says(&["original", "rewrite", "rewritten", "unencoded", "real"])
            && says(&["url", "uri", "path", "query", "method", "host", "request"])
}
