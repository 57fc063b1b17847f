//! `Cache-Control` of the paywall's answers.
//!
//! What was paid for belongs to one sender, and terms hold for one moment. So the resource's own headers for
//! caches are replaced: by `private, no-store` for what was paid for, by `no-store` for refusals. Besides
//! `Cache-Control` these are removed, as some caches prefer them:
//!
//! | header | read by |
//! |---|---|
//! | `CDN-Cache-Control` and `Cloudflare-CDN-Cache-Control`, `Netlify-CDN-Cache-Control`, `Vercel-CDN-Cache-Control`, every other `…-Cache-Control` | content networks (RFC 9213), LiteSpeed |
//! | `Surrogate-Control`, `Surrogate-Key`, every other `Surrogate-…` | Fastly, Varnish, Akamai, Squid |
//! | `Edge-Control`, `Edge-Cache-Tag`, every other `Edge-…` | Akamai |
//! | `X-Accel-Expires` | nginx |
//! | `X-LiteSpeed-…` | LiteSpeed |
//! | `Expires`, `Pragma` | old caches |
//! | `Cache-Tag`, `X-Cache-TTL`, `X-Cache-Tags`, `xkey` | Cloudflare, Akamai, Varnish |
//! | `Age`, `No-Vary-Search`, `Cache-Status` | no use for what is not cached |

use http::header::{AGE, CACHE_CONTROL, EXPIRES, PRAGMA};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::aliases::remove_named;

/// For what was paid for.
const PAID: &str = "private, no-store";
/// For refusals.
const REFUSED: &str = "no-store";

/// Those that no rule below covers.
const NAMES: [HeaderName; 10] = [
    AGE,
    EXPIRES,
    PRAGMA,
    HeaderName::from_static("x-accel-expires"),
    HeaderName::from_static("cache-tag"),
    HeaderName::from_static("cache-status"),
    HeaderName::from_static("x-cache-ttl"),
    HeaderName::from_static("x-cache-tags"),
    HeaderName::from_static("xkey"),
    HeaderName::from_static("no-vary-search"),
];

/// For an answer that was paid for.
pub(super) fn set_private(headers: &mut HeaderMap) {
    replace(headers, PAID);
}

/// For an answer that no cache may keep.
pub(super) fn set_no_store(headers: &mut HeaderMap) {
    replace(headers, REFUSED);
}

fn replace(headers: &mut HeaderMap, value: &'static str) {
    remove_named(headers, is_of_caches);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
}

fn is_of_caches(name: &HeaderName) -> bool {
    let text = name.as_str();
    let starts = ["surrogate-", "edge-", "x-litespeed-"];
    NAMES.contains(name)
        || text.ends_with("cache-control")
        || starts.iter().any(|start| text.starts_with(start))
}
