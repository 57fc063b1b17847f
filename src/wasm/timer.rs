//! The browser's timers.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    // Properties of the global object, so that they also work in workers.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, milliseconds: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Calls a function once after a delay. Dropping it cancels the call.
pub(crate) struct Timer(JsValue);

impl Timer {
    pub(crate) fn start(handler: &Function, milliseconds: i32) -> Self {
        Self(set_timeout(handler, milliseconds))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.0);
    }
}

/// Waits. Dropping the future cancels its timer.
pub(crate) async fn sleep(milliseconds: i32) {
    let mut timer = None;
    let promise = Promise::new(&mut |resolve, _| {
        timer = Some(Timer::start(&resolve, milliseconds));
    });
    let _ = JsFuture::from(promise).await;
}

/// Bounds work, in milliseconds: some browsers never answer, IndexedDB above all.
pub(crate) async fn within<T>(
    milliseconds: i32,
    work: impl Future<Output = Result<T, JsValue>>,
) -> Result<T, JsValue> {
    let (mut work, mut late) = (pin!(work), pin!(sleep(milliseconds)));
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(done);
        }
        let late = late.as_mut().poll(context);
        late.map(|()| Err(js_sys::Error::new("no answer in time").into()))
    })
    .await
}
