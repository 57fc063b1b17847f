//! What a request asks for, and where a redirect leads.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

use crate::paywall::path::CanonicalPath;

/// Stands for a host that is not known. No host has this name (RFC 6761).
const UNKNOWN_HOST: &str = "host.invalid";
/// What browsers encode in a query (URL standard, "special-query percent-encode set").
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\'');

/// A path with its query, in one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::paywall) struct Place {
    pub(in crate::paywall) path: CanonicalPath,
    query: Option<String>,
    /// The path as the browser spells it, which compares it with the path of a cookie.
    asked: String,
}

impl Place {
    /// What a request asks for.
    pub(in crate::paywall) fn asked(path: &CanonicalPath, query: Option<&str>) -> Self {
        Self {
            path: path.clone(),
            query: query.map(|query| utf8_percent_encode(query, QUERY).to_string()),
            asked: path.spelled().to_owned(),
        }
    }

    /// Where a `Location` leads from here, if that is a place on this host. Ports are not compared, as cookies
    /// have none.
    pub(super) fn redirected(&self, location: &str, host: Option<&str>) -> Option<Self> {
        let host = host.unwrap_or(UNKNOWN_HOST);
        let mut here = Url::parse(&format!("http://{host}")).ok()?;
        here.set_path(&self.asked);
        here.set_query(self.query.as_deref());
        let there = here.join(location).ok()?;
        let is_http = matches!(there.scheme(), "http" | "https");
        if !is_http || there.host() != here.host() {
            return None;
        }
        Some(Self {
            path: CanonicalPath::parse(there.path()).ok()?,
            query: there.query().map(str::to_owned),
            asked: there.path().to_owned(),
        })
    }

    /// The path of a cookie that is for this place.
    pub(super) fn cookie_path(&self) -> &str {
        &self.asked
    }

    /// Path and query.
    pub(super) fn text(&self) -> String {
        let path = self.path.spelled();
        match &self.query {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_where_browsers_go() {
        let path = CanonicalPath::parse("/shop/a").expect("a path");
        let here = Place::asked(&path, Some("x=1"));
        for (location, expected) in [
            ("/b", Some("/b")),
            ("/b?y=2#part", Some("/b?y=2")),
            ("b", Some("/shop/b")),
            ("./b/", Some("/shop/b/")),
            ("../b", Some("/b")),
            ("../../..", Some("/")),
            ("?y=2", Some("/shop/a?y=2")),
            ("", Some("/shop/a?x=1")),
            ("/b?q=a b\"'é", Some("/b?q=a%20b%22%27%C3%A9")),
            ("/größe", Some("/gr%C3%B6%C3%9Fe")),
            ("http://shop.example/b", Some("/b")),
            ("HTTPS://SHOP.example:443/b?c", Some("/b?c")),
            ("//shop.example", Some("/")),
            ("http://shop.example?c", Some("/?c")),
            ("/time/12:30", Some("/time/12:30")),
            ("http://other.example/b", None),
            ("//other.example/b", None),
            ("http://shop.example.evil.example/b", None),
            ("http://shop.example@evil.example/b", None),
            ("ftp://shop.example/b", None),
            ("javascript:b", None),
            ("http:/b", Some("/b")),
            ("/\\evil.example/b", None),
            ("\\\\evil.example/b", None),
            ("/a//b", None),
            ("/a/%2e%2e/b", Some("/b")),
            ("/b;c", None),
        ] {
            let found = here.redirected(location, Some("shop.example:8080"));
            let found = found.map(|place| place.text());
            assert_eq!(found.as_deref(), expected, "{location}");
        }
        assert_eq!(here.redirected("http://shop.example/b", None), None);
    }
}
