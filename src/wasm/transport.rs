//! JSON-RPC over HTTP or through an injected wallet.

use core::time::Duration;

use crate::json::Value;
use gloo_net::http::Request;
use js_sys::{Function, JSON, Object, Promise, Reflect};
use serde::Serialize;
use serde::ser::Error;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::chain::rpc::{read_answer, request_body};
use crate::chain::{Transport, TransportError};

use super::contract::Doubt;
use super::error::set;
use super::watch::{Watch, sleep};

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
const MAX_ANSWER: usize = 32 * 1024 * 1024;

impl Transport for WebTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        if self.watch.is_aborted() {
            return Err(TransportError::Aborted);
        }
        match &self.link {
            Link::Http { url, doubt } => {
                doubt.settle(url).await?;
                over_http(url, method, params).await
            }
            Link::Provider(provider) => ask_provider(provider, method, &params).await,
        }
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        sleep(i32::try_from(time.as_millis()).unwrap_or(i32::MAX)).await;
        if self.watch.is_aborted() {
            Err(TransportError::Aborted)
        } else {
            Ok(())
        }
    }
}

pub(super) async fn over_http(
    url: &str,
    method: &str,
    params: Value,
) -> Result<Value, TransportError> {
    let unreachable = |error: gloo_net::Error| TransportError::Unreachable(error.to_string());
    let response = Request::post(url)
        .header("Content-Type", "application/json")
        .body(request_body(method, params))
        .map_err(unreachable)?
        .send()
        .await
        .map_err(unreachable)?;
    let status = response.status();
    let text = response.text().await.map_err(unreachable)?;
    let answer = if text.len() > MAX_ANSWER {
        None
    } else {
        Value::parse(&text).ok()
    };
    match answer.and_then(read_answer) {
        Some(result) => result,
        None if !response.ok() => Err(TransportError::Unreachable(format!("HTTP status {status}"))),
        None => Err(TransportError::NotJsonRpc),
    }
}

/// Calls `provider.request({ method, params })`.
pub(crate) async fn ask_provider(
    provider: &JsValue,
    method: &str,
    params: &Value,
) -> Result<Value, TransportError> {
    let answer = call_provider(provider, method, params).await;
    let answer = answer.map_err(|error| read_rejection(&error))?;
    if answer.is_undefined() {
        return Ok(Value::Null);
    }
    // By way of text: the parser bounds the depth that a hostile answer could have.
    let text = JSON::stringify(&answer).map_err(|_| TransportError::NotJsonRpc)?;
    let text = text.as_string().filter(|text| text.len() <= MAX_ANSWER);
    let text = text.ok_or(TransportError::NotJsonRpc)?;
    Value::parse(&text).map_err(|_| TransportError::NotJsonRpc)
}

async fn call_provider(
    provider: &JsValue,
    method: &str,
    params: &Value,
) -> Result<JsValue, JsValue> {
    let request: Function = Reflect::get(provider, &"request".into())?.dyn_into()?;
    let params = Plain(params).serialize(&Serializer::json_compatible())?;
    let call = Object::new();
    set(&call, "method", &method.into());
    set(&call, "params", &params);
    let answer = request.call1(provider, &call)?;
    JsFuture::from(Promise::resolve(&answer)).await
}

/// Wallets reject with plain objects, Errors, or text; the true code may lie further inside.
fn read_rejection(error: &JsValue) -> TransportError {
    let get = |object: &JsValue, name: &str| {
        Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
    };
    let inner = get(&get(error, "data"), "originalError");
    let code = [&inner, error]
        .into_iter()
        .find_map(|object| get(object, "code").as_f64());
    let message = [error, &inner]
        .into_iter()
        .find_map(|object| get(object, "message").as_string());
    let message = message
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "no message".to_owned());
    match code {
        Some(code) => TransportError::Answer {
            code: code as i64,
            message,
            data: None,
        },
        None => TransportError::Unreachable(message),
    }
}

/// A value as JavaScript has it.
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            number @ Value::Number(_) => match number.as_u64() {
                Some(number) => serializer.serialize_u64(number),
                None => Err(S::Error::custom("only whole numbers are asked with")),
            },
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) => serializer.collect_seq(items.iter().map(Plain)),
            Value::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, Plain(value))))
            }
        }
    }
}
