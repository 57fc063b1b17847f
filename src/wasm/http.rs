//! The `fetch` of the page or worker.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Request, RequestInit, Response};

#[wasm_bindgen]
extern "C" {
    // A property of the global object, so that it also works in workers.
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(request: &Request, init: &RequestInit) -> Promise;
    #[wasm_bindgen(catch, js_namespace = AbortSignal, js_name = any)]
    fn any(signals: &Array) -> Result<AbortSignal, JsValue>;
}

/// Sends a request with these changes; the error is the one that the browser threw. Dropping this before
/// the headers arrive aborts the request.
pub(crate) async fn send(request: &Request, init: &RequestInit) -> Result<Response, JsValue> {
    let controller = AbortController::new()?;
    let signals = Array::of2(&request.signal(), &controller.signal());
    let mut waiting = Waiting(None);
    // Browsers before 2024 lack `AbortSignal.any`: there the request goes on unobserved.
    if let Ok(signal) = any(&signals) {
        init.set_signal(Some(&signal));
        waiting.0 = Some(controller);
    }
    let response = JsFuture::from(global_fetch(request, init)).await;
    waiting.0 = None;
    response?.dyn_into()
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
