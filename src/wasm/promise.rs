//! Runs futures for JavaScript.

use core::future::Future;
use core::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// Starts the work and returns its promise. The future is boxed, so that the code that drives it is in the
/// download once, and not once per exported method.
pub(crate) fn promise<F>(work: F) -> Promise
where
    F: Future<Output = Result<JsValue, JsValue>> + 'static,
{
    start(Box::pin(work))
}

fn start(work: Work) -> Promise {
    future_to_promise(work)
}

/// Runs work in the background.
pub(crate) fn soon(work: impl Future<Output = ()> + 'static) {
    run(Box::pin(work));
}

fn run(work: Pin<Box<dyn Future<Output = ()>>>) {
    wasm_bindgen_futures::spawn_local(work);
}
