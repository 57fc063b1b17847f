//! `fetch` of the page or worker.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

#[wasm_bindgen]
extern "C" {
    // Of the global object, so that it works in workers too.
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(request: &Request, init: &RequestInit) -> Promise;
}

/// Sends a request with these changes; the error is what the browser threw.
pub(crate) async fn send(request: &Request, init: &RequestInit) -> Result<Response, JsValue> {
    JsFuture::from(global_fetch(request, init))
        .await?
        .dyn_into()
}
