//! The `fetch` of the page or worker.

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Request, RequestInit, Response};

use super::call_options::{reason_of, unless_aborted};

#[wasm_bindgen]
extern "C" {
    // A property of the global object, so that it also works in workers.
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(request: &Request, init: &RequestInit) -> JsValue;
    #[wasm_bindgen(catch, js_namespace = AbortSignal, js_name = any)]
    fn any(signals: &Array) -> Result<AbortSignal, JsValue>;
}

/// What a request that carries a text was answered.
pub(crate) struct TextAnswer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) text: String,
}

/// Sends a request and reads its answer whole, until the signal aborts. gloo-net builds requests, but sends
/// them itself only where `fetch` is the browser's own: it panics on another answer than a real `Response`.
pub(crate) async fn exchange(
    request: gloo_net::http::Request,
    signal: &AbortSignal,
) -> Result<TextAnswer, JsValue> {
    let response = send(&request.into(), &RequestInit::new(), signal).await?;
    let text = JsFuture::from(Promise::resolve(&response.text()?));
    let text = unless_aborted(Some(signal), text).await;
    let text = text.ok_or_else(|| reason_of(signal))??;
    Ok(TextAnswer {
        status: response.status(),
        retry_after: response.headers().get("retry-after")?,
        text: text.as_string().unwrap_or_default(),
    })
}

/// Sends a request with these changes; the error is the one that the browser threw. Ends when the signal
/// aborts, also where page code that wraps `fetch` heeds none. Dropping this before the headers arrive aborts
/// the request.
pub(crate) async fn send(
    request: &Request,
    init: &RequestInit,
    signal: &AbortSignal,
) -> Result<Response, JsValue> {
    let controller = AbortController::new()?;
    let signals = Array::of2(signal, &controller.signal());
    let mut waiting = Waiting(None);
    // Browsers before 2024 lack `AbortSignal.any`: there a request that is dropped goes on unobserved.
    if let Ok(either) = any(&signals) {
        init.set_signal(Some(&either));
        waiting.0 = Some(controller);
    } else {
        init.set_signal(Some(signal));
    }
    let response = JsFuture::from(Promise::resolve(&global_fetch(request, init)));
    let response = unless_aborted(Some(signal), response).await;
    waiting.0 = None;
    look_alike(response.ok_or_else(|| reason_of(signal))??)
}

/// A response, by what it can do: page code that wraps `fetch` may return an object of its own.
fn look_alike(response: JsValue) -> Result<Response, JsValue> {
    let get = |object: &JsValue, name: &str| {
        let value = object
            .is_object()
            .then(|| Reflect::get(object, &name.into()));
        value.and_then(Result::ok).unwrap_or(JsValue::UNDEFINED)
    };
    let headers = get(&response, "headers");
    if get(&response, "status").as_f64().is_some() && get(&headers, "get").is_function() {
        return Ok(response.unchecked_into());
    }
    Err(js_sys::TypeError::new("this page's fetch returned no response").into())
}

/// Aborts a request when dropped before its response.
struct Waiting(Option<AbortController>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}
