//! What a request asks for, and where a redirect leads.

use axum::http::uri::Authority;

use crate::paywall::path::CanonicalPath;

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
            query: query.map(spell_query),
            asked: path.spelled().to_owned(),
        }
    }

    /// Where a `Location` leads from here, if that is a place on this host.
    pub(super) fn redirected(&self, location: &str, host: Option<&str>) -> Option<Self> {
        let location = location.split('#').next()?;
        let reference = match path_of_url(location, host) {
            Reference::Relative => location,
            Reference::Here(rest) => rest,
            Reference::Elsewhere => return None,
        };
        let (path, query) = match reference.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (reference, None),
        };
        let path = match path {
            "" if reference.len() == location.len() => self.asked.clone(),
            path => resolve(path, &self.asked),
        };
        let path = spell(&path, b" \"#<>?`{}^");
        Some(Self {
            query: query.map(spell_query),
            path: CanonicalPath::parse(&path).ok()?,
            asked: path,
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

enum Reference<'a> {
    Relative,
    /// Path and query of a URL of this host.
    Here(&'a str),
    Elsewhere,
}

/// Ports are not compared, as cookies have none.
fn path_of_url<'a>(location: &'a str, host: Option<&str>) -> Reference<'a> {
    let rest = if let Some(rest) = location.strip_prefix("//") {
        rest
    } else {
        let end = location.find(['/', '?', ':']);
        match end.map(|end| location.split_at(end)) {
            Some((scheme, rest)) if rest.starts_with(':') => {
                let known = ["http", "https"];
                let is_known = known.iter().any(|known| scheme.eq_ignore_ascii_case(known));
                match rest.strip_prefix("://").filter(|_| is_known) {
                    Some(rest) => rest,
                    None => return Reference::Elsewhere,
                }
            }
            _ => return Reference::Relative,
        }
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let name = |text: &str| {
        let authority: Option<Authority> = text.parse().ok();
        authority.map(|authority| authority.host().to_ascii_lowercase())
    };
    match (name(authority), host.and_then(name)) {
        (Some(named), Some(own)) if named == own => Reference::Here(path),
        _ => Reference::Elsewhere,
    }
}

/// An absolute path from one that may be relative to another (RFC 3986, 5.2).
fn resolve(path: &str, base: &str) -> String {
    let folder = match path.starts_with('/') || path.is_empty() {
        true => "",
        false => base.rsplit_once('/').map_or("", |(folder, _)| folder),
    };
    let path = path.strip_prefix('/').unwrap_or(path);
    let mut segments: Vec<&str> = folder.split('/').skip(1).collect();
    let mut rest = path.split('/').peekable();
    while let Some(segment) = rest.next() {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            name => {
                segments.push(name);
                continue;
            }
        }
        if rest.peek().is_none() {
            segments.push("");
        }
    }
    format!("/{}", segments.join("/"))
}

fn spell_query(query: &str) -> String {
    spell(query, b" \"#<>'")
}

/// As browsers spell it when they follow a redirect (URL standard): these bytes, controls and what is not ASCII
/// are encoded.
fn spell(text: &str, encoded: &[u8]) -> String {
    let mut spelled = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii() && !byte.is_ascii_control() && !encoded.contains(&byte) {
            spelled.push(char::from(byte));
        } else {
            spelled.push_str(&format!("%{byte:02X}"));
        }
    }
    spelled
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
            ("", Some("/shop/a")),
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
            ("http:/b", None),
            ("/\\evil.example/b", None),
            ("\\\\evil.example/b", None),
            ("/a//b", None),
            ("/a/%2e%2e/b", None),
            ("/b;c", None),
        ] {
            let found = here.redirected(location, Some("shop.example:8080"));
            let found = found.map(|place| place.text());
            assert_eq!(found.as_deref(), expected, "{location}");
        }
        assert_eq!(here.redirected("http://shop.example/b", None), None);
    }
}
