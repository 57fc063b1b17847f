//! `localStorage`, which holds the only copy of the state unless `connect` was given another
//! [store](super::store). A page accesses it directly, a worker through a page (see
//! [`worker_storage`](super::worker_storage)).

use core::future::Future;
use core::pin::Pin;
use std::cell::RefCell;
use std::rc::Rc;

use super::promise::soon;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Storage, StorageEvent};

use crate::sender::store::keys::OURS;

use super::call_options::Watch;
use super::changes::Changes;
use super::error::Failure;
use super::names;
use super::timer;

#[wasm_bindgen]
extern "C" {
    type Global;

    // Read again each time, because a browser may revoke it. A getter, because a property name passed
    // from WebAssembly is decoded again at each call.
    #[wasm_bindgen(method, getter, structural, catch, js_name = localStorage)]
    fn local_storage(this: &Global) -> Result<Option<Storage>, JsValue>;
}

/// The timeout of a write in the background, in milliseconds.
const SOON: i32 = 1000;

/// A page's storage, as used by a worker.
pub(super) trait Remote {
    /// Sends a request.
    fn ask(self: Rc<Self>, op: Op, name: String, text: Option<String>) -> RemoteAnswer;
    /// The last known text of a name, for synchronous readers.
    fn peek(&self, name: &str) -> Option<String>;
    /// The last known names with a prefix.
    fn peek_names(&self, prefix: &str) -> Vec<String>;
}

/// A storage operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Read,
    Write,
    Remove,
    Names,
    Persist,
    /// Expires cookies before a request to a URL.
    Expire,
}

/// The future of an operation's result.
pub(super) type RemoteAnswer = Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>>;

thread_local! {
    static REMOTE: RefCell<Option<Rc<dyn Remote>>> = const { RefCell::new(None) };
    static CHANGES: Changes = Changes::default();
}

fn remote() -> Option<Rc<dyn Remote>> {
    REMOTE.with_borrow(Clone::clone)
}

/// In a worker, what its page does.
pub(super) fn ask_page(op: Op, name: &str) -> Option<RemoteAnswer> {
    Some(remote()?.ask(op, name.to_owned(), None))
}

/// Uses that page's storage from now on.
pub(super) fn go_by(remote: Rc<dyn Remote>) {
    REMOTE.with_borrow_mut(|slot| *slot = Some(remote));
}

/// The page's `localStorage`. Missing in workers, blocked in some frames and by some settings.
pub(super) fn local() -> Result<Storage, Failure> {
    let unavailable = || {
        Failure::new(
            "storage-unavailable",
            "nothing can be stored here (localStorage), so a payment could be lost: allow site data for \
             this page, give a worker a port of shareStorage(), or in Node pass `storage` to `connect` \
             (microraiden/files) and make keys by LocalKey.fromHex or LocalKey.fromBackup",
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

/// Whether an error of a write means that there is no room: a browser's quota, or a full disk.
pub(super) fn is_full(error: &JsValue) -> bool {
    let field = |name: &str| Reflect::get(error, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let named = |name: &str, known: &[&str]| {
        let text = field(name).as_string();
        text.is_some_and(|text| known.contains(&&*text))
    };
    let names = [
        "QuotaExceededError",
        "QUOTA_EXCEEDED_ERR",
        "NS_ERROR_DOM_QUOTA_REACHED",
    ];
    // Numbers of old engines: the standard's, and Firefox's.
    named("name", &names)
        || named("code", &["ENOSPC", "EDQUOT"])
        || matches!(field("code").as_f64(), Some(22.0 | 1014.0))
}

fn not_written(error: JsValue) -> Failure {
    if is_full(&error) {
        return full(error);
    }
    Failure::new("storage-unavailable", "localStorage can't be written").caused_by(error)
}

pub(super) fn full(error: JsValue) -> Failure {
    let message = "localStorage is full: nothing was signed or sent";
    Failure::new("storage-full", message).caused_by(error)
}

/// The text of a name, as far as it can be read synchronously.
pub(crate) fn peek(name: &str) -> Result<Option<String>, Failure> {
    match remote() {
        Some(remote) => Ok(remote.peek(name)),
        None => local()?.get_item(name).map_err(unreadable),
    }
}

/// The names with this prefix, as far as they can be listed synchronously.
pub(crate) fn peek_names(prefix: &str) -> Result<Vec<String>, Failure> {
    match remote() {
        Some(remote) => Ok(remote.peek_names(prefix)),
        None => listed(prefix),
    }
}

/// The names in `localStorage` with this prefix, sorted.
pub(super) fn local_names(prefix: &str) -> Result<Array, Failure> {
    let storage = local()?;
    let count = storage.length().map_err(unreadable)?;
    let names = (0..count).filter_map(|index| storage.key(index).ok().flatten());
    let names = names.filter(|name| name.starts_with(prefix));
    Ok(names.map(JsValue::from).collect::<Array>().sort())
}

/// Reads a text on behalf of a call.
pub(crate) async fn read(name: &str, watch: &Watch) -> Result<Option<String>, Failure> {
    match remote() {
        Some(remote) => {
            let asked = remote.ask(Op::Read, name.to_owned(), None);
            Ok(watch.unless_given_up(asked).await?.as_string())
        }
        None => peek(name),
    }
}

/// Lists names on behalf of a call.
pub(crate) async fn names(prefix: &str, watch: &Watch) -> Result<Vec<String>, Failure> {
    match remote() {
        Some(remote) => {
            let asked = remote.ask(Op::Names, prefix.to_owned(), None);
            let list = watch.unless_given_up(asked).await?;
            Ok(texts(list.unchecked_ref()))
        }
        None => listed(prefix),
    }
}

pub(super) fn texts(list: &Array) -> Vec<String> {
    list.iter().filter_map(|name| name.as_string()).collect()
}

/// The names in this page's `localStorage`, cached.
fn listed(prefix: &str) -> Result<Vec<String>, Failure> {
    let storage = local()?;
    if let Some(known) = names::known(&storage, prefix) {
        return Ok(known);
    }
    listen_to_other_tabs();
    let list = texts(&local_names(prefix)?);
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

/// Writes in the background, at once where there is storage. `written` is called when that is done, and dropped
/// where it fails or takes longer than a second.
pub(crate) fn write_soon(name: &str, text: &str, written: impl FnOnce() + 'static) {
    if remote().is_none() {
        let write = |storage| names::changing(&storage, name, || storage.set_item(name, text));
        if local().is_ok_and(|storage| write(storage).is_ok()) {
            written();
        }
        return;
    }
    let (name, text) = (name.to_owned(), text.to_owned());
    soon(async move {
        let write = async { write(&name, &text).await.map_err(JsValue::from) };
        if timer::within(SOON, write).await.is_ok() {
            written();
        }
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

/// Asks the browser to keep what this site has stored; whether it does. A worker can't ask, so its page does.
pub(crate) async fn persist() -> bool {
    let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into());
    let navigator = get(&js_sys::global(), "navigator");
    let manager = navigator.and_then(|navigator| get(&navigator, "storage"));
    let asked = manager.and_then(|manager| {
        let persist: Function = get(&manager, "persist")?.dyn_into()?;
        persist.call0(&manager)
    });
    let answer = match (asked, remote()) {
        (Ok(asked), _) => JsFuture::from(Promise::resolve(&asked)).await.ok(),
        (Err(_), Some(page)) => page.ask(Op::Persist, OURS.to_owned(), None).await.ok(),
        (Err(_), None) => None,
    };
    answer.is_some_and(|answer| answer.is_truthy())
}

/// Calls a function after every change of this name's text, by any tab. A name that ends in a colon is a
/// prefix. The returned function removes the listener.
pub(crate) fn listen(name: &str, call: Function) -> JsValue {
    listen_to_other_tabs();
    CHANGES.with(|changes| changes.listen(name, call))
}

/// Fails if this page may store nothing.
pub(super) fn check() -> Result<(), Failure> {
    if remote().is_some() {
        return Ok(());
    }
    local().map(drop)
}

/// A page that comes back from the back/forward cache has missed other tabs' changes.
fn come_back() {
    names::forget();
    changed(OURS);
}

/// Calls the listeners, after the running call has returned.
pub(super) fn changed(name: &str) {
    CHANGES.with(|changes| changes.tell(name));
}

/// Listens to other tabs' changes by the `storage` event.
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
        // An event without a key means that the whole storage was cleared.
        changed(&event.key().unwrap_or_else(|| OURS.to_owned()));
    });
    let _ = target.add_event_listener_with_callback("storage", heard.as_ref().unchecked_ref());
    heard.forget();
    let shown = Closure::<dyn Fn(JsValue)>::new(|event: JsValue| {
        let persisted = Reflect::get(&event, &"persisted".into());
        if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
            come_back();
        }
    });
    let _ = target.add_event_listener_with_callback("pageshow", shown.as_ref().unchecked_ref());
    shown.forget();
}
