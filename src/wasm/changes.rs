//! Who hears of a stored text's changes.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::promise::soon;

/// The listeners of one storage, by name.
#[derive(Clone, Default)]
pub(super) struct Changes(Rc<RefCell<List>>);

#[derive(Default)]
struct List {
    listeners: Vec<Listener>,
    last: u32,
}

struct Listener {
    id: u32,
    name: String,
    call: Function,
}

impl Changes {
    /// Calls a function after every change of this name's text. A name that ends in a colon is a prefix. The
    /// returned function removes the listener.
    pub(super) fn listen(&self, name: &str, call: Function) -> JsValue {
        let id = {
            let mut list = self.0.borrow_mut();
            list.last += 1;
            let id = list.last;
            let name = name.to_owned();
            list.listeners.push(Listener { id, name, call });
            id
        };
        let list = Rc::downgrade(&self.0);
        let end = move || {
            if let Some(list) = list.upgrade() {
                list.borrow_mut().listeners.retain(|other| other.id != id);
            }
        };
        Closure::<dyn Fn()>::new(end).into_js_value()
    }

    /// Calls the listeners, after the running call has returned.
    pub(super) fn tell(&self, name: &str) {
        let under = |name: &str, group: &str| group.ends_with(':') && name.starts_with(group);
        let calls: Vec<Function> = {
            let list = self.0.borrow();
            let concerned = list.listeners.iter().filter(|listener| {
                name == listener.name || under(name, &listener.name) || under(&listener.name, name)
            });
            concerned.map(|listener| listener.call.clone()).collect()
        };
        if calls.is_empty() {
            return;
        }
        let name = JsValue::from_str(name);
        soon(async move {
            for call in calls {
                // Ignore what a listener throws.
                let _ = call.call1(&JsValue::UNDEFINED, &name);
            }
        });
    }
}
