//! Pages tell each other which turns they want, so that one that keeps a lock gives it back. So does
//! one that is left.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, EventTarget, MessageEvent};

use super::lock;

const CHANNEL: &str = "microraiden-turns";

thread_local! {
    static LINE: RefCell<Option<BroadcastChannel>> = RefCell::new(open());
}

/// Listens from the first turn on. `None`: this browser has no such channel.
fn open() -> Option<BroadcastChannel> {
    let channel = BroadcastChannel::new(CHANNEL).ok()?;
    let hear = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        if let Some(name) = event.data().as_string() {
            lock::wanted(&name);
        }
    });
    channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    hear.forget();
    if let Ok(page) = js_sys::global().dyn_into::<EventTarget>() {
        let leave = Closure::<dyn Fn()>::new(lock::leave);
        let _ = page.add_event_listener_with_callback("pagehide", leave.as_ref().unchecked_ref());
        leave.forget();
    }
    Some(channel)
}

/// Tells the other pages that this one is about to ask for the lock of this name.
pub(super) fn tell(name: &str) {
    LINE.with_borrow(|line| {
        if let Some(line) = line {
            let _ = line.post_message(&name.into());
        }
    });
}

/// Whether this page hears of other pages' wishes; if not it must not keep a lock.
pub(super) fn heard() -> bool {
    LINE.with_borrow(Option::is_some)
}
