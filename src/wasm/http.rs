//! `fetch` of the page or worker.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Request, RequestInit, Response};

#[wasm_bindgen]
extern "C" {
    // Of the global object, so that it works in workers too.
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(request: &Request, init: &RequestInit) -> Promise;
    #[wasm_bindgen(catch, js_namespace = AbortSignal, js_name = any)]
    fn any(signals: &Array) -> Result<AbortSignal, JsValue>;
}

/// Sends a request with these changes; the error is what the browser threw. When this is dropped before
/// the headers are there, the request is given up.
pub(crate) async fn send(request: &Request, init: &RequestInit) -> Result<Response, JsValue> {
    let controller = AbortController::new()?;
    let signals = Array::of2(&request.signal(), &controller.signal());
    let mut waiting = Waiting(None);
    // Older browsers lack it: there the request goes on, and nobody waits for it.
    if let Ok(signal) = any(&signals) {
        init.set_signal(Some(&signal));
        waiting.0 = Some(controller);
    }
    let response = JsFuture::from(global_fetch(request, init)).await;
    waiting.0 = None;
    response?.dyn_into()
}

/// What ends a request that is waited for.
struct Waiting(Option<AbortController>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}
