//! The listeners of one event.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

/// Functions to call, in the order in which they were added.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Rc<RefCell<List>>);

#[derive(Default)]
struct List {
    calls: Vec<(u32, Function)>,
    last: u32,
}

impl Listeners {
    /// Adds a listener. The returned function removes it.
    pub(crate) fn add(&self, call: Function) -> JsValue {
        let id = {
            let mut list = self.0.borrow_mut();
            list.last += 1;
            let id = list.last;
            list.calls.push((id, call));
            id
        };
        let list = Rc::downgrade(&self.0);
        Closure::<dyn Fn()>::new(move || {
            if let Some(list) = list.upgrade() {
                list.borrow_mut().calls.retain(|(known, _)| *known != id);
            }
        })
        .into_js_value()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().calls.is_empty()
    }

    /// Calls them, and ignores what they throw.
    pub(crate) fn tell(&self, event: &JsValue) {
        let calls = self.0.borrow().calls.clone();
        for (_, call) in calls {
            let _ = call.call1(&JsValue::UNDEFINED, event);
        }
    }
}
