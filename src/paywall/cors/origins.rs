//! Origins that may send credentials.

use core::str::FromStr;
use std::collections::BTreeSet;

use http::uri::Authority;
use http::{HeaderValue, Uri};

/// Origins whose pages may pay with credentials: cookies, HTTP authentication, client certificates. A browser
/// wants each of them to be named; `*` allows none.
///
/// Read from a text such as `https://app.example,http://localhost:3000`, in which a default port, capitals and
/// a slash at an end make no difference. Name origins that you trust: their pages act with the cookies that
/// their visitors have here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialOrigins(BTreeSet<String>);

/// Why a text names no origins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin is a scheme, a host and perhaps a port, as in https://app.example, without * and path: {0:?}"
)]
pub struct CredentialOriginsError(String);

impl CredentialOrigins {
    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this value of an `Origin` header is one of them.
    pub fn contains(&self, origin: &HeaderValue) -> bool {
        // Browsers write an origin in one way, so that the bytes decide.
        origin.to_str().is_ok_and(|origin| self.0.contains(origin))
    }
}

impl FromStr for CredentialOrigins {
    type Err = CredentialOriginsError;

    fn from_str(text: &str) -> Result<Self, CredentialOriginsError> {
        let origins = text.split(',').map(str::trim);
        let read = |origin: &str| {
            serialized(origin).ok_or_else(|| CredentialOriginsError(origin.to_owned()))
        };
        origins.map(read).collect::<Result<_, _>>().map(Self)
    }
}

/// As a browser writes it.
fn serialized(origin: &str) -> Option<String> {
    // `Uri` silently drops a fragment; a host with `*` would stand for itself.
    if origin.contains(['#', '*', '?']) {
        return None;
    }
    let uri: Uri = origin.parse().ok()?;
    let parts = uri.into_parts();
    let scheme = parts.scheme?.as_str().to_ascii_lowercase();
    let is_bare = parts.path_and_query.is_none_or(|path| path == "/");
    let is_host = |authority: &Authority| !authority.as_str().contains('@');
    let authority = parts.authority.filter(|a| is_bare && is_host(a))?;
    let host = authority.host().to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    // A port that is empty or too large is none to `Authority`.
    let rest = authority.as_str().get(host.len()..)?;
    match authority.port_u16() {
        Some(port) if Some(port) != default => Some(format!("{scheme}://{host}:{port}")),
        Some(_) => Some(format!("{scheme}://{host}")),
        None => rest.is_empty().then(|| format!("{scheme}://{host}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let origins: CredentialOrigins = text.parse().expect(text);
        origins.0.into_iter().collect()
    }

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (text, written) in [
            ("https://app.example", "https://app.example"),
            ("HTTPS://App.Example:443/", "https://app.example"),
            ("http://app.example:80", "http://app.example"),
            ("http://app.example:443", "http://app.example:443"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ] {
            assert_eq!(read(text), [written], "{text}");
        }
        let two = "https://b.example, https://a.example";
        assert_eq!(read(two), ["https://a.example", "https://b.example"]);
        let origins: CredentialOrigins = two.parse().expect("two");
        for (origin, named) in [
            ("https://a.example", true),
            ("https://A.example", false),
            ("http://a.example", false),
            ("https://a.example:8443", false),
            ("https://a.example.evil.example", false),
            ("null", false),
        ] {
            assert_eq!(origins.contains(&HeaderValue::from_static(origin)), named);
        }
    }

    #[test]
    fn what_names_no_origin_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "app.example",
            "app.example:80",
            "//app.example",
            "https://",
            "https://*.example",
            "https://app.example/path",
            "https://app.example?a",
            "https://app.example/#a",
            "https://user@app.example",
            "https://app.example:",
            "https://app.example:70000",
            "https://täst.example",
            "https://a.example,",
            "https://a.example https://b.example",
        ] {
            assert!(text.parse::<CredentialOrigins>().is_err(), "{text}");
        }
    }
}
