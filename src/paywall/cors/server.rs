//! The server's policy, and the upstream's.
//!
//! What the paywall answers itself (402 and other refusals, `/api/1`, `/js`, the files that it sells) any
//! page may read, without credentials. What the upstream answers is the upstream's: its policy is handed
//! on as it is, and where it lets a page of another origin read the answer, the `RDN-*` headers are added
//! to those that the page may read. Where it does not, nothing is added.
//!
//! A preflight for a resource of the upstream goes to the upstream, unpaid, since a browser can't pay for
//! one. Of the request only what makes it a preflight is passed on, and of the answer only the policy: so
//! nobody fetches anything by it. The upstream is not asked about the `RDN-*` headers, which it need not
//! know; if it allows the origin they are allowed with what it allows.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};

use super::{allow_headers, expose_headers};

const ANY: HeaderValue = HeaderValue::from_static("*");

/// Whether a browser asks whether a page may send another request.
pub(in crate::paywall) fn is_preflight<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    request.method() == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Our policy, in the place of any other.
pub(in crate::paywall) fn open(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    insert(headers, ACCESS_CONTROL_EXPOSE_HEADERS, expose_headers());
}

/// Our answer to a preflight.
pub(in crate::paywall) fn allow_all(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ANY);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, ANY);
}

/// Whoever may read an answer of the upstream may read our headers on it.
pub(in crate::paywall) fn expose(headers: &mut HeaderMap) {
    if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        add(headers, ACCESS_CONTROL_EXPOSE_HEADERS, expose_headers());
    }
}

/// What the upstream is asked: everything but our headers. Returns those that were asked for.
pub(in crate::paywall) fn question(asked: &HeaderMap) -> (HeaderMap, Vec<HeaderName>) {
    let ours = allow_headers();
    let mut question = HeaderMap::new();
    for name in [ORIGIN, ACCESS_CONTROL_REQUEST_METHOD] {
        if let Some(value) = asked.get(&name) {
            question.insert(name, value.clone());
        }
    }
    let names = names(asked, &ACCESS_CONTROL_REQUEST_HEADERS);
    let (wanted, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|n| ours.contains(n));
    if !others.is_empty() {
        insert(&mut question, ACCESS_CONTROL_REQUEST_HEADERS, others);
    }
    (question, wanted)
}

/// What the upstream's answer says of it; with our headers, if the origin is allowed anything.
pub(in crate::paywall) fn answer(
    told: &HeaderMap,
    origin: Option<&HeaderValue>,
    wanted: Vec<HeaderName>,
) -> HeaderMap {
    let policy = |name: &HeaderName| name.as_str().starts_with("access-control-") || *name == VARY;
    let policy = told.iter().filter(|(name, _)| policy(name));
    let mut answer: HeaderMap = policy.map(|(n, v)| (n.clone(), v.clone())).collect();
    let allowed = answer.get(ACCESS_CONTROL_ALLOW_ORIGIN);
    if allowed.is_some_and(|allowed| allowed == ANY || Some(allowed) == origin) {
        add(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    }
    answer
}

fn names(headers: &HeaderMap, list: &HeaderName) -> Vec<HeaderName> {
    let values = headers.get_all(list).iter();
    values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .collect()
}

/// Adds names to a list, which may be in several lines.
fn add(headers: &mut HeaderMap, list: HeaderName, more: Vec<HeaderName>) {
    let mut all = names(headers, &list);
    for name in more {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    if !all.is_empty() {
        insert(headers, list, all);
    }
}

fn insert(headers: &mut HeaderMap, list: HeaderName, names: Vec<HeaderName>) {
    let names: Vec<_> = names.iter().map(HeaderName::as_str).collect();
    if let Ok(value) = HeaderValue::try_from(names.join(", ")) {
        headers.insert(list, value);
    }
}
