//! Requests end: with their answer, when the caller gives up, or after a time. A node or server that
//! accepts connections and never answers holds nobody up, and no turn.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::call_options::Watch;
use super::timer::Timer;

/// For how long a node or a receiver may take to answer, in milliseconds.
pub(crate) const ANSWER_MILLISECONDS: i32 = 30_000;

/// Ends one request. Dropping it, once the answer is there, ends nothing any more.
pub(crate) struct Deadline {
    controller: AbortController,
    end: Closure<dyn Fn()>,
    given_up: Option<AbortSignal>,
    _timer: Timer,
}

impl Deadline {
    /// For a request that begins now, on behalf of a call.
    pub(crate) fn new(watch: &Watch, milliseconds: i32) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let ended = controller.clone();
        let end = Closure::<dyn Fn()>::new(move || ended.abort());
        let handler: &Function = end.as_ref().unchecked_ref();
        let given_up = watch.signal().cloned();
        if let Some(signal) = &given_up {
            signal.add_event_listener_with_callback("abort", handler)?;
        }
        let timer = Timer::start(handler, milliseconds);
        Ok(Self {
            controller,
            end,
            given_up,
            _timer: timer,
        })
    }

    /// What the request is to listen to.
    pub(crate) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Some(signal) = &self.given_up {
            let handler = self.end.as_ref().unchecked_ref();
            let _ = signal.remove_event_listener_with_callback("abort", handler);
        }
    }
}
