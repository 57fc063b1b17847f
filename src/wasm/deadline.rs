//! Timeouts of requests. A request ends with its response, when the caller aborts, or after the timeout,
//! so that a node or server that accepts connections and never answers blocks no call and no lock.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::call_options::Watch;
use super::timer::Timer;

/// The timeout for a node's or a receiver's answer, in milliseconds.
pub(crate) const ANSWER_MILLISECONDS: i32 = 30_000;

/// The timeout of one request. Drop it once the response has arrived, to cancel it.
pub(crate) struct Deadline {
    controller: AbortController,
    end: Closure<dyn Fn()>,
    aborted: Option<AbortSignal>,
    _timer: Timer,
}

impl Deadline {
    /// Starts the timeout of a request on behalf of a call.
    pub(crate) fn new(watch: &Watch, milliseconds: i32) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let ended = controller.clone();
        let end = Closure::<dyn Fn()>::new(move || ended.abort());
        let handler: &Function = end.as_ref().unchecked_ref();
        let aborted = watch.signal().cloned();
        if let Some(signal) = &aborted {
            signal.add_event_listener_with_callback("abort", handler)?;
        }
        let timer = Timer::start(handler, milliseconds);
        Ok(Self {
            controller,
            end,
            aborted,
            _timer: timer,
        })
    }

    /// The signal to pass to the request.
    pub(crate) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Some(signal) = &self.aborted {
            let handler = self.end.as_ref().unchecked_ref();
            let _ = signal.remove_event_listener_with_callback("abort", handler);
        }
    }
}
