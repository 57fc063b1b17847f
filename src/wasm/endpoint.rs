//! A node of a chain: a URL, with headers, or an EIP-1193 provider.

use core::time::Duration;

use gloo_net::http::{Headers, Request};
use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;

use crate::chain::rpc::{read_response, request_body};
use crate::chain::{Failover, Transport, TransportError};
use crate::json::Value;

use super::call_options::{Watch, unless_aborted};
use super::convert::{self, Options};
use super::deadline::{ANSWER_MILLISECONDS, Deadline};
use super::error::Failure;
use super::http;
use super::injected;

#[wasm_bindgen]
extern "C" {
    fn btoa(bytes: &str) -> String;
}

/// Longer answers are refused: nothing that is asked for here comes near.
pub(super) const MAX_ANSWER: usize = 32 * 1024 * 1024;

const EXPECTED: &str = "a URL, { url, headers }, an EIP-1193 provider, or a list of these";

/// Where a node is reached.
#[derive(Clone)]
pub(crate) enum Endpoint {
    /// JSON-RPC over HTTP.
    Http {
        /// Without a user or a password, which `fetch` refuses in a URL.
        url: String,
        /// May hold secrets.
        headers: web_sys::Headers,
    },
    /// An EIP-1193 provider.
    Provider(JsValue),
}

impl Endpoint {
    /// The option `rpc`; `None`: it is missing.
    pub(crate) fn several(option: Option<&JsValue>) -> Result<Option<Failover<Self>>, Failure> {
        let Some(value) = option else {
            return Ok(None);
        };
        let list = match value.dyn_ref::<Array>() {
            Some(list) => list.to_vec(),
            None => vec![value.clone()],
        };
        let nodes = list.iter().map(Self::read).collect::<Result<Vec<_>, _>>()?;
        let mut nodes = nodes.into_iter();
        let first = nodes
            .next()
            .ok_or_else(|| Failure::argument("rpc", EXPECTED))?;
        Ok(Some(Failover::new(first, nodes)))
    }

    fn read(value: &JsValue) -> Result<Self, Failure> {
        if let Some(url) = convert::url_text(value) {
            return Self::http(url, &JsValue::UNDEFINED);
        }
        if convert::member(value, "request").is_some_and(|call| call.has_type::<Function>()) {
            return Ok(Self::Provider(value.clone()));
        }
        if convert::member(value, "url").is_none() {
            return Err(Failure::argument("rpc", EXPECTED));
        }
        let options = Options::of("rpc", value, &["url", "headers"])?;
        let url = options.get("url")?.as_ref().and_then(convert::url_text);
        let url = url.ok_or_else(|| Failure::argument("rpc", EXPECTED))?;
        Self::http(url, &options.get("headers")?.unwrap_or_default())
    }

    fn http(url: String, headers: &JsValue) -> Result<Self, Failure> {
        let refused = |error: JsValue| {
            let expected = "an object of HTTP header names and values";
            Failure::argument("headers", expected).caused_by(error)
        };
        let headers = if headers.is_undefined() {
            web_sys::Headers::new()
        } else if headers.is_object() {
            web_sys::Headers::new_with_record_from_str_to_str(headers.unchecked_ref::<Object>())
        } else {
            Err(JsValue::UNDEFINED)
        };
        let headers = headers.map_err(refused)?;
        let (url, authorization) = split(url);
        if let Some(value) = authorization.filter(|_| !headers.has("Authorization").unwrap_or(true))
        {
            headers.set("Authorization", &value).map_err(refused)?;
        }
        headers
            .set("Content-Type", "application/json")
            .map_err(refused)?;
        Ok(Self::Http { url, headers })
    }

    /// All URLs, without users and passwords; `None` where a provider is among them, which has no name.
    pub(crate) fn name_of(nodes: &Failover<Self>) -> Option<String> {
        let urls = nodes.nodes().iter().map(|node| match &**node {
            Self::Http { url, .. } => Some(url.as_str()),
            Self::Provider(_) => None,
        });
        Some(urls.collect::<Option<Vec<_>>>()?.join(" "))
    }
}

/// A URL without its user and password, and the header that carries them.
fn split(url: String) -> (String, Option<String>) {
    match web_sys::Url::new(&url) {
        Ok(parsed) if !(parsed.username() + &parsed.password()).is_empty() => {
            let part = |text: String| {
                let plain = js_sys::decode_uri_component(&text);
                plain.map_or(text, String::from)
            };
            let user = format!("{}:{}", part(parsed.username()), part(parsed.password()));
            parsed.set_username("");
            parsed.set_password("");
            (parsed.href(), Some(format!("Basic {}", base64(&user))))
        }
        // A relative URL is one that `fetch` understands, too.
        _ => (url, None),
    }
}

/// Base64 of a text's UTF-8 bytes; `btoa` takes a character for each byte.
fn base64(text: &str) -> String {
    let bytes: String = text.bytes().map(char::from).collect();
    btoa(&bytes)
}

/// A node and the call on whose behalf it is asked.
pub(super) struct Watched {
    pub(super) node: Endpoint,
    pub(super) watch: Watch,
}

impl Transport for Watched {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let deadline = Deadline::new(&self.watch, ANSWER_MILLISECONDS).map_err(|_| {
            TransportError::Unreachable("the browser has no AbortController".to_owned())
        })?;
        let signal = deadline.signal();
        let ended = || {
            if self.watch.is_aborted() {
                TransportError::Aborted
            } else {
                let seconds = u64::from(ANSWER_MILLISECONDS.unsigned_abs() / 1000);
                TransportError::TimedOut { seconds }
            }
        };
        let answer = match &self.node {
            Endpoint::Provider(provider) => {
                let asked = injected::ask(provider, method, &params);
                unless_aborted(Some(&signal), asked).await
            }
            Endpoint::Http { url, headers } => {
                let asked = over_http(url, headers, request_body(method, params), &signal).await;
                Some(asked).filter(|asked| asked.is_ok() || !signal.aborted())
            }
        };
        answer.unwrap_or_else(|| Err(ended()))
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        self.watch.pause(time).await
    }
}

async fn over_http(
    url: &str,
    headers: &web_sys::Headers,
    body: String,
    signal: &web_sys::AbortSignal,
) -> Result<Value, TransportError> {
    let unreachable = TransportError::Unreachable;
    let request = Request::post(url)
        .headers(Headers::from_raw(headers.clone()))
        .abort_signal(Some(signal))
        .body(body);
    let request = request.map_err(|error| unreachable(error.to_string()))?;
    let lost = |error: JsValue| unreachable(String::from(Object::from(error).to_string()));
    let response = http::exchange(request, signal).await.map_err(lost)?;
    let answer = if response.text.len() > MAX_ANSWER {
        None
    } else {
        Value::parse(&response.text).ok()
    };
    read_response(response.status, response.retry_after.as_deref(), answer)
}
