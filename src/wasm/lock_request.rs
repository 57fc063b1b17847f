//! Lock requests between pages, by a `BroadcastChannel`: a page that keeps an idle lock releases it when
//! another page requests it, and when the user leaves the page.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, EventTarget, MessageEvent};

use super::lock;

const CHANNEL: &str = "microraiden-turns";

thread_local! {
    static LINE: RefCell<Option<BroadcastChannel>> = RefCell::new(open());
}

/// Starts listening, at the first turn. `None`: this browser has no `BroadcastChannel`.
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

/// Announces to the other pages that this one is about to request the lock of this name.
pub(super) fn tell(name: &str) {
    LINE.with_borrow(|line| {
        if let Some(line) = line {
            let _ = line.post_message(&name.into());
        }
    });
}

/// Whether this page receives other pages' requests. If not, it must not keep idle locks.
pub(super) fn heard() -> bool {
    LINE.with_borrow(Option::is_some)
}
