//! `localStorage`, the only copy of the state: directly in a page, by way of a page in a worker
//! (see [`worker_storage`](super::worker_storage)).

use core::future::Future;
use core::pin::Pin;
use std::cell::RefCell;
use std::rc::Rc;

use super::promise::soon;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Storage, StorageEvent};

use super::error::Failure;
use super::names;

/// What this library calls its texts.
pub(super) const OURS: &str = "microraiden:";

#[wasm_bindgen]
extern "C" {
    type Global;

    // Read anew each time: a browser may take it away. By a getter, because a name that crosses the
    // boundary is decoded at each call.
    #[wasm_bindgen(method, getter, structural, catch, js_name = localStorage)]
    fn local_storage(this: &Global) -> Result<Option<Storage>, JsValue>;
}

/// The storage of a page that a worker asks.
pub(super) trait Remote {
    /// Reads, writes, removes or lists.
    fn ask(self: Rc<Self>, op: Op, name: String, text: Option<String>) -> Asked;
    /// What was last heard of a text, for readers that can't wait.
    fn peek(&self, name: &str) -> Option<String>;
}

/// What a page's storage is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Read,
    Write,
    Remove,
    Names,
}

/// An answer on its way.
pub(super) type Asked = Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>>;

struct Listener {
    id: u32,
    name: String,
    call: Function,
}

thread_local! {
    static REMOTE: RefCell<Option<Rc<dyn Remote>>> = const { RefCell::new(None) };
    static LISTENERS: RefCell<Vec<Listener>> = const { RefCell::new(Vec::new()) };
    static LAST_LISTENER: RefCell<u32> = const { RefCell::new(0) };
}

fn remote() -> Option<Rc<dyn Remote>> {
    REMOTE.with_borrow(Clone::clone)
}

/// From now on that page's storage is meant.
pub(super) fn go_by(remote: Rc<dyn Remote>) {
    REMOTE.with_borrow_mut(|slot| *slot = Some(remote));
}

/// `localStorage` of the page. Missing in workers, forbidden in some frames and settings.
pub(super) fn local() -> Result<Storage, Failure> {
    let unavailable = || {
        Failure::new(
            "storage-unavailable",
            "this browser does not let the page store anything (localStorage), so a payment could \
             be lost; allow site data for this page, or give a worker a port of shareStorage()",
        )
    };
    let global: Global = js_sys::global().unchecked_into();
    let storage = global.local_storage();
    storage
        .map_err(|error| unavailable().caused_by(error))?
        .ok_or_else(unavailable)
}

pub(super) fn unreadable(error: JsValue) -> Failure {
    Failure::new("storage-unavailable", "localStorage can't be read").caused_by(error)
}

/// Why a text was not stored.
fn not_written(error: JsValue) -> Failure {
    let name = Reflect::get(&error, &"name".into()).ok();
    if name.and_then(|name| name.as_string()).as_deref() == Some("QuotaExceededError") {
        return full(error);
    }
    Failure::new("storage-unavailable", "localStorage can't be written").caused_by(error)
}

pub(super) fn full(error: JsValue) -> Failure {
    let message = "localStorage is full: nothing was signed or sent";
    Failure::new("storage-full", message).caused_by(error)
}

/// What is stored under a name, as far as is known without waiting.
pub(crate) fn peek(name: &str) -> Result<Option<String>, Failure> {
    match remote() {
        Some(remote) => Ok(remote.peek(name)),
        None => local()?.get_item(name).map_err(unreadable),
    }
}

/// The names in `localStorage` that begin so, in their order.
pub(super) fn local_names(prefix: &str) -> Result<Array, Failure> {
    let storage = local()?;
    let count = storage.length().map_err(unreadable)?;
    let names = (0..count).filter_map(|index| storage.key(index).ok().flatten());
    let names = names.filter(|name| name.starts_with(prefix));
    Ok(names.map(JsValue::from).collect::<Array>().sort())
}

pub(crate) async fn read(name: &str) -> Result<Option<String>, Failure> {
    match remote() {
        Some(remote) => Ok(remote
            .ask(Op::Read, name.to_owned(), None)
            .await?
            .as_string()),
        None => peek(name),
    }
}

pub(crate) async fn names(prefix: &str) -> Result<Vec<String>, Failure> {
    let texts = |list: &Array| list.iter().filter_map(|name| name.as_string()).collect();
    if let Some(remote) = remote() {
        let list = remote.ask(Op::Names, prefix.to_owned(), None).await?;
        return Ok(texts(list.unchecked_ref()));
    }
    let storage = local()?;
    if let Some(known) = names::known(&storage, prefix) {
        return Ok(known);
    }
    listen_to_other_tabs();
    let list: Vec<String> = texts(&local_names(prefix)?);
    names::remember(&storage, prefix, &list);
    Ok(list)
}

pub(crate) async fn write(name: &str, text: &str) -> Result<(), Failure> {
    match remote() {
        Some(remote) => {
            let text = Some(text.to_owned());
            remote.ask(Op::Write, name.to_owned(), text).await?;
        }
        None => {
            let storage = local()?;
            let write = || storage.set_item(name, text);
            names::changing(&storage, name, write).map_err(not_written)?;
            changed(name);
        }
    }
    Ok(())
}

/// Writes what nobody waits for; what fails is not told.
pub(crate) fn write_soon(name: &str, text: &str) {
    if remote().is_none() {
        if let Ok(storage) = local() {
            let _ = names::changing(&storage, name, || storage.set_item(name, text));
        }
        return;
    }
    let (name, text) = (name.to_owned(), text.to_owned());
    soon(async move {
        let _ = write(&name, &text).await;
    });
}

pub(crate) async fn remove(name: &str) -> Result<(), Failure> {
    match remote() {
        Some(remote) => {
            remote.ask(Op::Remove, name.to_owned(), None).await?;
        }
        None => {
            let storage = local()?;
            let remove = || storage.remove_item(name);
            names::changing(&storage, name, remove).map_err(|error| {
                Failure::new("storage-unavailable", "localStorage can't be changed")
                    .caused_by(error)
            })?;
            changed(name);
        }
    }
    Ok(())
}

/// Calls a function after every change of the text of this name, or of all whose names begin so if it
/// ends in a colon, whoever made it. The returned function ends it.
pub(crate) fn listen(name: &str, call: Function) -> JsValue {
    listen_to_other_tabs();
    let id = LAST_LISTENER.with_borrow_mut(|last| {
        *last += 1;
        *last
    });
    let name = name.to_owned();
    LISTENERS.with_borrow_mut(|list| list.push(Listener { id, name, call }));
    let end = move || LISTENERS.with_borrow_mut(|list| list.retain(|other| other.id != id));
    Closure::<dyn Fn()>::new(end).into_js_value()
}

/// Tells the listeners, once the running call is over.
pub(super) fn changed(name: &str) {
    let calls: Vec<Function> = LISTENERS.with_borrow(|list| {
        let under = |name: &str, group: &str| group.ends_with(':') && name.starts_with(group);
        let concerned = list.iter().filter(|listener| {
            name == listener.name || under(name, &listener.name) || under(&listener.name, name)
        });
        concerned.map(|listener| listener.call.clone()).collect()
    });
    if calls.is_empty() {
        return;
    }
    let name = JsValue::from_str(name);
    soon(async move {
        for call in calls {
            // What a listener throws is its own affair.
            let _ = call.call1(&JsValue::UNDEFINED, &name);
        }
    });
}

/// The `storage` event tells of other tabs' changes.
fn listen_to_other_tabs() {
    thread_local! {
        static LISTENING: RefCell<bool> = const { RefCell::new(false) };
    }
    if LISTENING.with_borrow_mut(|done| core::mem::replace(done, true)) {
        return;
    }
    let Ok(target) = js_sys::global().dyn_into::<web_sys::EventTarget>() else {
        return;
    };
    let heard = Closure::<dyn Fn(StorageEvent)>::new(|event: StorageEvent| {
        names::forget();
        // Without a key everything was cleared.
        changed(&event.key().unwrap_or_else(|| OURS.to_owned()));
    });
    let _ = target.add_event_listener_with_callback("storage", heard.as_ref().unchecked_ref());
    heard.forget();
}
