//! The page's Content-Security-Policy, and what a publisher may add to it.

use std::collections::BTreeMap;
use std::fmt::Write;

/// No foreign scripts or plugins. What was paid for is shown from `blob:` URLs; an article in a frame of its own, whose
/// document has a policy of its own. Connections are unrestricted, as the node may be anywhere.
const OWN: [(&str, &str); 10] = [
    ("default-src", "'self'"),
    ("script-src", "'self' 'wasm-unsafe-eval'"),
    ("style-src", "'self'"),
    ("img-src", "'self' blob: data:"),
    ("media-src", "'self' blob:"),
    ("frame-src", "'self' blob:"),
    ("connect-src", "*"),
    ("object-src", "'none'"),
    ("base-uri", "'none'"),
    ("frame-ancestors", "'none'"),
];
/// What may be added to. Without a rule of ours, `'self'` stays.
const OPEN: [&str; 6] = [
    "font-src",
    "frame-src",
    "img-src",
    "media-src",
    "script-src",
    "style-src",
];
const HASHES: [&str; 3] = ["'sha256-", "'sha384-", "'sha512-"];

/// The publisher's sources by directive.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<String>>")]
pub(crate) struct Sources(BTreeMap<String, Vec<String>>);

/// Why sources can't be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PolicyError {
    #[error(
        "`{0}` can't be added to: these can: font-src, frame-src, img-src, media-src, script-src, style-src"
    )]
    Directive(String),
    #[error(
        "`{0}` is no source: write https://host, https://*.host or http://host, with a port or path if need be, or \
         for script-src and style-src also a hash such as 'sha256-…'"
    )]
    Source(String),
    #[error(
        "`{0}` would let any script that gets into the page take the keys kept in it: it can't be added"
    )]
    Unsafe(String),
}

impl TryFrom<BTreeMap<String, Vec<String>>> for Sources {
    type Error = PolicyError;

    fn try_from(written: BTreeMap<String, Vec<String>>) -> Result<Self, PolicyError> {
        for (directive, sources) in &written {
            if !OPEN.contains(&directive.as_str()) {
                return Err(PolicyError::Directive(directive.clone()));
            }
            for source in sources {
                check(directive, source)?;
            }
        }
        Ok(Self(written))
    }
}

impl Sources {
    /// The whole policy, as its header has it.
    pub(crate) fn policy(&self) -> String {
        let mut rules: Vec<(&str, String)> = OWN
            .iter()
            .map(|(directive, sources)| (*directive, (*sources).to_owned()))
            .collect();
        for (directive, sources) in &self.0 {
            let known = rules.iter_mut().find(|(known, _)| known == directive);
            let added = sources.join(" ");
            match known {
                Some((_, sources)) => {
                    let _ = write!(sources, " {added}");
                }
                None => rules.push((directive, format!("'self' {added}"))),
            }
        }
        let rules = rules.into_iter();
        let rules = rules.map(|(directive, sources)| format!("{directive} {sources}"));
        rules.collect::<Vec<_>>().join("; ")
    }
}

fn check(directive: &str, source: &str) -> Result<(), PolicyError> {
    let shown = || source.chars().take(100).collect();
    if source.to_ascii_lowercase().contains("unsafe") {
        return Err(PolicyError::Unsafe(shown()));
    }
    let holds_code = ["script-src", "style-src"].contains(&directive);
    let is_source = is_host(source, directive == "script-src") || holds_code && is_hash(source);
    is_source
        .then_some(())
        .ok_or_else(|| PolicyError::Source(shown()))
}

fn is_hash(source: &str) -> bool {
    let inner = HASHES.iter().find_map(|start| source.strip_prefix(start));
    inner
        .and_then(|rest| rest.strip_suffix('\''))
        .is_some_and(|digest| {
            let is_digit = |c: u8| c.is_ascii_alphanumeric() || b"+/=-_".contains(&c);
            digest.len() > 40 && digest.bytes().all(is_digit)
        })
}

/// A scheme with a host, as CSP has it. Scripts come from one host by name, encrypted.
fn is_host(source: &str, is_script: bool) -> bool {
    let rest = match source.split_once("://") {
        Some(("https", rest)) => rest,
        Some(("http", rest)) if !is_script => rest,
        _ => return false,
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let name = match host.strip_prefix("*.") {
        Some(_) if is_script => return false,
        Some(name) => name,
        None => host,
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    let is_path = |c: u8| c.is_ascii_alphanumeric() || b"/-._~%+@!$&()=:".contains(&c);
    name.split('.').all(is_label) && port.parse::<u16>().is_ok() && path.bytes().all(is_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(directive: &str, source: &str) -> Result<Sources, PolicyError> {
        BTreeMap::from([(directive.to_owned(), vec![source.to_owned()])]).try_into()
    }

    #[test]
    fn sources_are_added_by_directive() {
        let own = Sources::default().policy();
        assert!(own.starts_with("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "));
        for (directive, source, rule) in [
            (
                "img-src",
                "https://cdn.example",
                "img-src 'self' blob: data: https://cdn.example;",
            ),
            (
                "font-src",
                "https://*.fonts.example",
                "font-src 'self' https://*.fonts.example",
            ),
            (
                "script-src",
                "https://a.example:8443/x.js",
                "'wasm-unsafe-eval' https://a.example:8443/x.js;",
            ),
            (
                "media-src",
                "http://a.example/b/",
                "media-src 'self' blob: http://a.example/b/;",
            ),
        ] {
            let policy = sources(directive, source).expect("a source").policy();
            assert!(format!("{policy};").contains(rule), "{policy}");
        }
        let hash = format!("'sha256-{}='", "a".repeat(43));
        assert!(sources("script-src", &hash).is_ok());
        assert!(sources("img-src", &hash).is_err());
    }

    #[test]
    fn nothing_opens_the_page_to_scripts() {
        for source in ["'unsafe-inline'", "'UNSAFE-EVAL'", "'unsafe-hashes'"] {
            let refused = sources("script-src", source);
            assert!(matches!(refused, Err(PolicyError::Unsafe(_))), "{source}");
        }
        for source in [
            "*",
            "https:",
            "data:",
            "blob:",
            "http://a.example",
            "https://*.example",
            "'none'",
            "'strict-dynamic'",
        ] {
            let refused = sources("script-src", source);
            assert!(matches!(refused, Err(PolicyError::Source(_))), "{source}");
        }
        for source in [
            "",
            "https://",
            "https://a.example;",
            "https://a.example script-src",
            "https://a,b",
            "a.example",
            "https://a.example:x",
            "https://ü.example",
            "https://a..b",
            "https://a.example/?q",
        ] {
            assert!(sources("img-src", source).is_err(), "{source}");
        }
        for directive in [
            "default-src",
            "connect-src",
            "frame-ancestors",
            "object-src",
            "base-uri",
            "img-src;",
            "",
        ] {
            let refused = sources(directive, "https://a.example");
            assert!(
                matches!(refused, Err(PolicyError::Directive(_))),
                "{directive}"
            );
        }
    }
}
