//! The server's policy, and the upstream's.
//!
//! Any page may read the paywall's own answers (402 and other refusals, `/api/1`, `/js`, the files that it
//! sells), without credentials. Pages of the [`CredentialOrigins`] may send some: their origin is named, as are
//! methods and headers in answers to preflights, where `*` would stand for nothing. The upstream's answers keep the upstream's policy; if it allows a page of
//! another origin to read them, the page may read the `RDN-*` headers too.
//!
//! A preflight for a resource of the upstream goes there unpaid, since browsers can't pay for one. Of the
//! request only the preflight's headers are passed on, and of the answer only the policy, so that nothing
//! can be fetched by it. The `RDN-*` headers are left out of the question, as the upstream need not know
//! them; if it allows the origin, they are added to what it allows.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};

use super::{CredentialOrigins, allow_headers, expose_headers};

const ANY: HeaderValue = HeaderValue::from_static("*");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const BY_ORIGIN: HeaderValue = HeaderValue::from_static("origin");

/// Whether a request is a CORS preflight.
pub(in crate::paywall) fn is_preflight<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    request.method() == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Our policy for one request.
#[derive(Debug)]
pub(in crate::paywall) struct OwnPolicy {
    /// The origin that asks, if its pages may send credentials.
    named: Option<HeaderValue>,
    /// Whether other origins get another answer.
    varies: bool,
}

impl OwnPolicy {
    pub(in crate::paywall) fn of(asked: &HeaderMap, origins: &CredentialOrigins) -> Self {
        let origin = asked.get(ORIGIN);
        Self {
            named: origin.filter(|origin| origins.contains(origin)).cloned(),
            varies: !origins.is_empty(),
        }
    }

    /// Lets pages read an answer of ours.
    pub(in crate::paywall) fn open(&self, headers: &mut HeaderMap) {
        self.allow_origin(headers);
        insert(headers, ACCESS_CONTROL_EXPOSE_HEADERS, expose_headers());
    }

    /// Our answer to a preflight: everything is allowed. `*` allows every header but `authorization`, which
    /// has to be named, and with credentials nothing.
    pub(in crate::paywall) fn allow_all(&self, asked: &HeaderMap, headers: &mut HeaderMap) {
        self.allow_origin(headers);
        if self.named.is_none() {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ANY);
            let every = HeaderValue::from_static("*, authorization");
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, every);
            return;
        }
        if let Some(method) = asked.get(ACCESS_CONTROL_REQUEST_METHOD) {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
        }
        let names = names(asked, &ACCESS_CONTROL_REQUEST_HEADERS);
        if !names.is_empty() {
            insert(headers, ACCESS_CONTROL_ALLOW_HEADERS, names);
        }
    }

    fn allow_origin(&self, headers: &mut HeaderMap) {
        let origin = self.named.clone().unwrap_or(ANY);
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.named.is_some() {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
        if self.varies {
            headers.append(VARY, BY_ORIGIN);
        }
    }
}

/// Lets pages that may read an answer of the upstream read our headers on it.
pub(in crate::paywall) fn expose(headers: &mut HeaderMap) {
    if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        add(headers, ACCESS_CONTROL_EXPOSE_HEADERS, expose_headers());
    }
}

/// The preflight for the upstream, without our headers; and those of ours that were asked for.
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

/// The policy in the upstream's answer, with our headers added if it allows the origin.
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

/// Adds names to a list, which may consist of several headers.
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
