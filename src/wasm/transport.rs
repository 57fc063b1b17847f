//! JSON-RPC over HTTP or through an injected wallet.

use core::time::Duration;

use crate::json::Value;
use gloo_net::http::Request;
use js_sys::Object;
use wasm_bindgen::prelude::*;

use crate::chain::rpc::{read_response, request_body};
use crate::chain::{Failover, Transport, TransportError};

use super::call_options::Watch;
use super::contract::UncheckedContract;
use super::deadline::{ANSWER_MILLISECONDS, Deadline};
use super::http;
use super::injected;

#[wasm_bindgen]
extern "C" {
    fn btoa(bytes: &str) -> String;
}

/// Where requests go.
#[derive(Clone)]
pub(crate) enum Link {
    /// Nodes that stand in for each other.
    Http {
        /// Where they are.
        nodes: Failover<Endpoint>,
        /// What they are still to be asked for.
        unchecked: UncheckedContract,
    },
    /// An EIP-1193 provider.
    Provider(JsValue),
}

impl Link {
    /// Nodes whose contract needs no check.
    pub(crate) fn nodes(nodes: Failover<Endpoint>) -> Self {
        let unchecked = UncheckedContract::default();
        Self::Http { nodes, unchecked }
    }
}

/// A node's URL.
#[derive(Clone)]
pub(crate) struct Endpoint {
    url: String,
    /// Of a URL with a user or a password, which `fetch` refuses.
    authorization: Option<String>,
}

impl Endpoint {
    /// The nodes at these URLs, the first one preferred; `None`: there is no URL.
    pub(crate) fn several(urls: Vec<String>) -> Option<Failover<Self>> {
        let mut endpoints = urls.into_iter().map(Self::new);
        Some(Failover::new(endpoints.next()?, endpoints))
    }

    fn new(url: String) -> Self {
        match web_sys::Url::new(&url) {
            Ok(parsed) if !(parsed.username() + &parsed.password()).is_empty() => {
                let part = |text: String| {
                    let plain = js_sys::decode_uri_component(&text);
                    plain.map_or(text, String::from)
                };
                let user = format!("{}:{}", part(parsed.username()), part(parsed.password()));
                parsed.set_username("");
                parsed.set_password("");
                Self {
                    url: parsed.href(),
                    authorization: Some(format!("Basic {}", base64(&user))),
                }
            }
            // A relative URL is one that `fetch` understands, too.
            _ => Self {
                url,
                authorization: None,
            },
        }
    }

    /// All URLs, without users and passwords.
    pub(crate) fn name_of(nodes: &Failover<Self>) -> String {
        let urls = nodes.nodes().iter().map(|node| node.url.as_str());
        urls.collect::<Vec<_>>().join(" ")
    }
}

/// Base64 of a text's UTF-8 bytes; `btoa` takes a character for each byte.
fn base64(text: &str) -> String {
    let bytes: String = text.bytes().map(char::from).collect();
    btoa(&bytes)
}

/// A link and the call on whose behalf it is used.
#[derive(Clone)]
pub(crate) struct WebTransport {
    pub(crate) link: Link,
    pub(crate) watch: Watch,
}

/// Longer answers are refused: nothing that is asked for here comes near.
pub(super) const MAX_ANSWER: usize = 32 * 1024 * 1024;

impl Transport for WebTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let answer = self.watch.unless_aborted(self.ask(method, params));
        answer.await.unwrap_or(Err(TransportError::Aborted))
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        pause(time, &self.watch).await
    }
}

async fn pause(time: Duration, watch: &Watch) -> Result<(), TransportError> {
    let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let over = watch.sleep(time).await;
    over.map_err(|_| TransportError::Aborted)
}

impl WebTransport {
    async fn ask(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        match &self.link {
            Link::Http { nodes, unchecked } => {
                unchecked.clear(nodes, &self.watch).await?;
                let watch = &self.watch;
                let nodes = nodes.map(|node| Watched {
                    node: node.clone(),
                    watch: watch.clone(),
                });
                nodes.request(method, params).await
            }
            Link::Provider(provider) => injected::ask(provider, method, &params).await,
        }
    }
}

/// A node and the call on whose behalf it is asked.
struct Watched {
    node: Endpoint,
    watch: Watch,
}

impl Transport for Watched {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        over_http(&self.node, method, params, &self.watch).await
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        pause(time, &self.watch).await
    }
}

async fn over_http(
    node: &Endpoint,
    method: &str,
    params: Value,
    watch: &Watch,
) -> Result<Value, TransportError> {
    let unreachable = |what: String| TransportError::Unreachable(what);
    let deadline = Deadline::new(watch, ANSWER_MILLISECONDS)
        .map_err(|_| unreachable("the browser has no AbortController".to_owned()))?;
    let signal = deadline.signal();
    let lost = |error: JsValue| {
        if watch.is_aborted() {
            TransportError::Aborted
        } else if signal.aborted() {
            TransportError::TimedOut {
                seconds: u64::from(ANSWER_MILLISECONDS.unsigned_abs() / 1000),
            }
        } else {
            unreachable(String::from(Object::from(error).to_string()))
        }
    };
    let mut request = Request::post(&node.url).header("Content-Type", "application/json");
    if let Some(authorization) = &node.authorization {
        request = request.header("Authorization", authorization);
    }
    let request = request
        .abort_signal(Some(&signal))
        .body(request_body(method, params));
    let request = request.map_err(|error| unreachable(error.to_string()))?;
    let response = http::exchange(request, &signal).await.map_err(lost)?;
    let answer = if response.text.len() > MAX_ANSWER {
        None
    } else {
        Value::parse(&response.text).ok()
    };
    read_response(response.status, response.retry_after.as_deref(), answer)
}
