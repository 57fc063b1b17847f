//! JSON-RPC over HTTP or through an injected wallet.

use core::time::Duration;

use crate::json::Value;
use gloo_net::http::Request;
use js_sys::Object;
use wasm_bindgen::JsValue;

use crate::chain::rpc::{read_response, request_body};
use crate::chain::{Transport, TransportError};

use super::call_options::Watch;
use super::contract::Doubt;
use super::deadline::{ANSWER_MILLISECONDS, Deadline};
use super::http;
use super::injected;
use super::timer::sleep;

/// Where requests go.
#[derive(Clone)]
pub(crate) enum Link {
    /// A node.
    Http {
        /// Its URL.
        url: String,
        /// What it is still to be asked for.
        doubt: Doubt,
    },
    /// An EIP-1193 provider.
    Provider(JsValue),
}

impl Link {
    /// A node about which nothing is doubted.
    pub(crate) fn node(url: String) -> Self {
        let doubt = Doubt::default();
        Self::Http { url, doubt }
    }
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
        let over = sleep(i32::try_from(time.as_millis()).unwrap_or(i32::MAX));
        let over = self.watch.unless_aborted(over).await;
        over.ok_or(TransportError::Aborted)
    }
}

impl WebTransport {
    async fn ask(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        match &self.link {
            Link::Http { url, doubt } => {
                doubt.clear(url, &self.watch).await?;
                over_http(url, method, params, &self.watch).await
            }
            Link::Provider(provider) => injected::ask(provider, method, &params).await,
        }
    }
}

async fn over_http(
    url: &str,
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
    let request = Request::post(url)
        .header("Content-Type", "application/json")
        .abort_signal(Some(&signal))
        .body(request_body(method, params));
    let request = request.map_err(|error| unreachable(error.to_string()))?;
    let response = http::exchange(request).await.map_err(lost)?;
    let answer = if response.text.len() > MAX_ANSWER {
        None
    } else {
        Value::parse(&response.text).ok()
    };
    read_response(response.status, response.retry_after.as_deref(), answer)
}
