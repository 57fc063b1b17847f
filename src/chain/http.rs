//! JSON-RPC over HTTP, natively.

use core::error::Error;
use core::fmt;
use core::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::response::Parts;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::percent_decode_str;
use tokio::time::timeout;

use super::failover::Failover;
use super::rpc::{Transport, TransportError};
use crate::json::Value;
use crate::tls::{Trust, connector};

/// Nodes at URLs, `http://` or `https://`: one, or several that stand in for each other. Shown, it keeps
/// the URLs to itself, which may hold access tokens.
#[derive(Clone)]
pub struct HttpTransport(Failover<Endpoint>);

/// One node's URL.
#[derive(Clone)]
pub struct Endpoint {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    /// Of a URL with a user or a password.
    authorization: Option<HeaderValue>,
}

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longer answers are refused.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

impl HttpTransport {
    /// A transport to this URL. Over TLS the node needs a certificate of an authority that the system
    /// trusts. Fails with [`TransportError::Unreachable`] for other URLs.
    pub fn new(url: impl AsRef<str>) -> Result<Self, TransportError> {
        let trust = Trust::system().map_err(|error| unreachable(&error))?;
        Self::trusting(url, &trust)
    }

    /// A transport to this URL, where these authorities are believed.
    pub fn trusting(url: impl AsRef<str>, trust: &Trust) -> Result<Self, TransportError> {
        Ok(Self(Endpoint::new(url, trust)?.into()))
    }

    /// A transport to these URLs, the first one preferred. Fails without any.
    pub fn several(urls: &[impl AsRef<str>], trust: &Trust) -> Result<Self, TransportError> {
        let endpoints = urls.iter().map(|url| Endpoint::new(url, trust));
        let mut endpoints = endpoints.collect::<Result<Vec<_>, _>>()?.into_iter();
        let none = || TransportError::Unreachable("no URL of a node is given".to_owned());
        let first = endpoints.next().ok_or_else(none)?;
        Ok(Self(Failover::new(first, endpoints)))
    }

    /// Each node by itself, for a watcher that holds them against each other.
    pub fn nodes(&self) -> Failover<Endpoint> {
        self.0.clone()
    }
}

impl Endpoint {
    fn new(url: impl AsRef<str>, trust: &Trust) -> Result<Self, TransportError> {
        let refused = || {
            let expected = "a node's URL begins with http:// or https://";
            TransportError::Unreachable(expected.to_owned())
        };
        let uri: Uri = url.as_ref().parse().map_err(|_| refused())?;
        let mut parts = uri.into_parts();
        let known = [Scheme::HTTP, Scheme::HTTPS];
        if !parts.scheme.as_ref().is_some_and(|s| known.contains(s)) {
            return Err(refused());
        }
        let authority = parts.authority.take().ok_or_else(refused)?;
        let (host, authorization) = take_apart(authority).ok_or_else(refused)?;
        parts.authority = Some(host);
        let mut plain = HttpConnector::new();
        plain.set_nodelay(true);
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector(plain, trust)),
            uri: Uri::from_parts(parts).map_err(|_| refused())?,
            authorization,
        })
    }

    async fn post(&self, body: String) -> Result<(Parts, Bytes), TransportError> {
        let mut request = Request::post(self.uri.clone())
            .header(CONTENT_TYPE, "application/json")
            // Some services refuse clients without a name.
            .header(
                USER_AGENT,
                concat!("microraiden/", env!("CARGO_PKG_VERSION")),
            );
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::from(body));
        let request = request.map_err(|error| unreachable(&error))?;
        let response = self.client.request(request).await;
        let response = response.map_err(|error| unreachable(&error))?;
        let (parts, body) = response.into_parts();
        let answer = Limited::new(body, MAX_ANSWER).collect();
        let answer = answer.await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                TransportError::NotJsonRpc
            } else {
                unreachable(&*error)
            }
        })?;
        Ok((parts, answer.to_bytes()))
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpTransport")
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint")
    }
}

impl Transport for HttpTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        self.0.request(method, params).await
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        self.0.pause(time).await
    }
}

impl Transport for Endpoint {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let body = super::rpc::request_body(method, params);
        let seconds = TIMEOUT.as_secs();
        let late = || TransportError::TimedOut { seconds };
        let answer = timeout(TIMEOUT, self.post(body)).await;
        let (parts, answer) = answer.map_err(|_| late())??;
        let text = str::from_utf8(&answer).ok();
        let answer = text.and_then(|text| Value::parse(text).ok());
        let retry_after = parts.headers.get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok());
        let read = super::rpc::read_response(parts.status.as_u16(), retry_after, answer);
        read.map_err(|error| match error {
            TransportError::Answer {
                code,
                message,
                data,
            } => TransportError::Answer {
                code,
                message: without_data(&message),
                data,
            },
            other => other,
        })
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        tokio::time::sleep(time).await;
        Ok(())
    }
}

/// The host, and what user and password come to.
fn take_apart(authority: Authority) -> Option<(Authority, Option<HeaderValue>)> {
    let Some((named, host)) = authority.as_str().rsplit_once('@') else {
        return Some((authority, None));
    };
    let (user, password) = named.split_once(':').unwrap_or((named, ""));
    let decode = |text| percent_decode_str(text).collect::<Vec<u8>>();
    let plain = [decode(user), decode(password)].join(&b':');
    let text = format!("Basic {}", BASE64_STANDARD.encode(plain));
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some((host.parse().ok()?, Some(value)))
}

/// A node's words, without long runs of hex digits and in bounded length: they end up in logs, and
/// nodes repeat what they do not take, signatures and all.
fn without_data(message: &str) -> String {
    const LONGEST: usize = 500;
    const LONGEST_RUN: usize = 64;
    let mut words = String::new();
    let mut rest = message;
    while !rest.is_empty() && words.len() < LONGEST {
        let is_digit = |character: char| character.is_ascii_hexdigit();
        let run = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(run);
        let (other, after) = after.split_at(after.find(is_digit).unwrap_or(after.len()));
        let digits = if run < LONGEST_RUN { digits } else { "…" };
        words.push_str(digits);
        words.extend(other.chars().take(LONGEST));
        rest = after;
    }
    words
}

/// None of these errors repeats the URL.
fn unreachable(error: &(dyn Error + 'static)) -> TransportError {
    TransportError::Unreachable(with_causes(error))
}

/// The text of an error and of all that led to it.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = core::iter::successors(Some(error), |&error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}
