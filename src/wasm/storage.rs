//! `localStorage`, the only copy of the state: directly in a page, by way of a page in a worker.
//!
//! A worker has no `localStorage`. A page gives it a port ([`share_storage`]), through which each
//! read and write is answered by the page once it is done.

use std::cell::RefCell;
use std::rc::Rc;

use super::parts::{self, Work};
use super::promise::soon;
use js_sys::{Array, Function, Map, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, MessageEvent, MessagePort, Storage, StorageEvent};

use super::error::{Failure, set};
use super::names;

/// What this library calls its texts.
const OURS: &str = "microraiden:";

#[wasm_bindgen]
extern "C" {
    type Global;

    // Read anew each time: a browser may take it away. By a getter, because a name that crosses the
    // boundary is decoded at each call.
    #[wasm_bindgen(method, getter, structural, catch, js_name = localStorage)]
    fn local_storage(this: &Global) -> Result<Option<Storage>, JsValue>;
}

struct Remote {
    port: MessagePort,
    /// What was last heard of each text, for readers that can't wait.
    mirror: Map,
    waiting: RefCell<Vec<(u32, Function)>>,
    last: RefCell<u32>,
}

struct Listener {
    id: u32,
    name: String,
    call: Function,
}

thread_local! {
    static REMOTE: RefCell<Option<Rc<Remote>>> = const { RefCell::new(None) };
    static LISTENERS: RefCell<Vec<Listener>> = const { RefCell::new(Vec::new()) };
    static LAST_LISTENER: RefCell<u32> = const { RefCell::new(0) };
}

fn remote() -> Option<Rc<Remote>> {
    REMOTE.with_borrow(Clone::clone)
}

/// `localStorage` of the page. Missing in workers, forbidden in some frames and settings.
fn local() -> Result<Storage, Failure> {
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

fn unreadable(error: JsValue) -> Failure {
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

fn full(error: JsValue) -> Failure {
    let message = "localStorage is full: nothing was signed or sent";
    Failure::new("storage-full", message).caused_by(error)
}

/// What is stored under a name, as far as is known without waiting.
pub(crate) fn peek(name: &str) -> Result<Option<String>, Failure> {
    match remote() {
        Some(remote) => Ok(remote.mirror.get(&name.into()).as_string()),
        None => local()?.get_item(name).map_err(unreadable),
    }
}

/// The names in `localStorage` that begin so, in their order.
fn local_names(prefix: &str) -> Result<Array, Failure> {
    let storage = local()?;
    let count = storage.length().map_err(unreadable)?;
    let names = (0..count).filter_map(|index| storage.key(index).ok().flatten());
    let names = names.filter(|name| name.starts_with(prefix));
    Ok(names.map(JsValue::from).collect::<Array>().sort())
}

pub(crate) async fn read(name: &str) -> Result<Option<String>, Failure> {
    match remote() {
        Some(remote) => Ok(remote.ask("read", name, None).await?.as_string()),
        None => peek(name),
    }
}

pub(crate) async fn names(prefix: &str) -> Result<Vec<String>, Failure> {
    let texts = |list: &Array| list.iter().filter_map(|name| name.as_string()).collect();
    if let Some(remote) = remote() {
        return Ok(texts(
            remote.ask("names", prefix, None).await?.unchecked_ref(),
        ));
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
            remote.ask("write", name, Some(text)).await?;
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
            remote.ask("remove", name, None).await?;
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
/// ends in a colon, whoever made it. The returned number ends it.
pub(crate) fn listen(name: &str, call: Function) -> u32 {
    listen_to_other_tabs();
    let id = LAST_LISTENER.with_borrow_mut(|last| {
        *last += 1;
        *last
    });
    let name = name.to_owned();
    LISTENERS.with_borrow_mut(|list| list.push(Listener { id, name, call }));
    id
}

pub(crate) fn unlisten(id: u32) {
    LISTENERS.with_borrow_mut(|list| list.retain(|listener| listener.id != id));
}

/// Tells the listeners, once the running call is over.
fn changed(name: &str) {
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

/// A port for a worker of this page: transfer it, and call `useStorage` with it there before
/// anything else.
#[wasm_bindgen(js_name = shareStorage)]
pub fn share_storage() -> Result<MessagePort, JsValue> {
    local()?;
    let channel = MessageChannel::new()?;
    let port = channel.port1();
    let _ = parts::paying(move |part| {
        (part.serve_storage)(&port);
        Box::pin(async { Ok(JsValue::UNDEFINED) })
    });
    Ok(channel.port2())
}

/// Answers what a worker asks through the port.
pub(crate) fn serve_port(port: &MessagePort) {
    let answering = port.clone();
    let serve = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let port = answering.clone();
        soon(async move {
            let request = event.data();
            let answer = Object::new();
            let id = Reflect::get(&request, &"id".into()).unwrap_or(JsValue::UNDEFINED);
            set(&answer, "id", &id);
            match serve(&request).await {
                Ok(value) => set(&answer, "value", &value),
                Err(failure) => set(&answer, "error", &failure.code().into()),
            }
            let _ = port.post_message(&answer);
        });
    });
    port.set_onmessage(Some(serve.as_ref().unchecked_ref()));
    serve.forget();
    let telling = port.clone();
    let tell = Closure::<dyn Fn(JsValue)>::new(move |name: JsValue| {
        let message = Object::new();
        let text = name.as_string().and_then(|name| peek(&name).ok().flatten());
        set(&message, "changed", &name);
        set(&message, "text", &text.map_or(JsValue::NULL, JsValue::from));
        let _ = telling.post_message(&message);
    });
    listen(OURS, tell.as_ref().unchecked_ref::<Function>().clone());
    tell.forget();
}

async fn serve(request: &JsValue) -> Result<JsValue, Failure> {
    let field = |name: &str| {
        let value = Reflect::get(request, &name.into()).ok();
        value
            .and_then(|value| value.as_string())
            .unwrap_or_default()
    };
    let (name, text) = (field("name"), field("text"));
    Ok(match field("op").as_str() {
        "read" => read(&name).await?.map_or(JsValue::NULL, JsValue::from),
        "write" => {
            write(&name, &text).await?;
            JsValue::NULL
        }
        "remove" => {
            remove(&name).await?;
            JsValue::NULL
        }
        _ => local_names(&name)?.into(),
    })
}

/// Makes a worker use its page's `localStorage` through a port of `shareStorage`.
#[wasm_bindgen(js_name = useStorage, unchecked_return_type = "Promise<void>")]
pub fn use_storage(port: MessagePort) -> Promise {
    parts::paying(move |part| (part.use_storage)(port))
}

pub(crate) fn use_port(port: MessagePort) -> Work {
    Box::pin(async move {
        let remote = Rc::new(Remote {
            port: port.clone(),
            mirror: Map::new(),
            waiting: RefCell::default(),
            last: RefCell::new(0),
        });
        let hearing = Rc::clone(&remote);
        let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            hearing.hear(&event.data());
        });
        port.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        hear.forget();
        let list: Array = remote.ask("names", OURS, None).await?.unchecked_into();
        for name in list.iter().filter_map(|name| name.as_string()) {
            remote.ask("read", &name, None).await?;
        }
        REMOTE.with_borrow_mut(|slot| *slot = Some(remote));
        Ok(JsValue::UNDEFINED)
    })
}

impl Remote {
    async fn ask(&self, op: &str, name: &str, text: Option<&str>) -> Result<JsValue, Failure> {
        let id = {
            let mut last = self.last.borrow_mut();
            *last = last.wrapping_add(1);
            *last
        };
        let message = Object::new();
        set(&message, "id", &id.into());
        set(&message, "op", &op.into());
        set(&message, "name", &name.into());
        set(
            &message,
            "text",
            &text.map_or(JsValue::UNDEFINED, JsValue::from),
        );
        let answer = Promise::new(&mut |resolve, _| {
            self.waiting.borrow_mut().push((id, resolve));
        });
        self.port.post_message(&message).map_err(unreadable)?;
        let answer = JsFuture::from(answer).await.map_err(unreadable)?;
        let get = |field: &str| Reflect::get(&answer, &field.into()).unwrap_or(JsValue::NULL);
        match get("error").as_string().as_deref() {
            Some("storage-full") => return Err(full(JsValue::UNDEFINED)),
            Some(_) => return Err(unreadable(JsValue::UNDEFINED)),
            None => {}
        }
        let value = get("value");
        match op {
            "read" => self.note(name, value.as_string()),
            "write" => self.note(name, text.map(str::to_owned)),
            "remove" => self.note(name, None),
            _ => {}
        }
        Ok(value)
    }

    fn note(&self, name: &str, text: Option<String>) {
        match text {
            Some(text) => {
                self.mirror.set(&name.into(), &text.into());
            }
            None => {
                self.mirror.delete(&name.into());
            }
        }
    }

    fn hear(&self, message: &JsValue) {
        let get = |field: &str| Reflect::get(message, &field.into()).unwrap_or(JsValue::UNDEFINED);
        if let Some(name) = get("changed").as_string() {
            self.note(&name, get("text").as_string());
            changed(&name);
            return;
        }
        let id = get("id").as_f64().map(|id| id as u32);
        let mut waiting = self.waiting.borrow_mut();
        let place = waiting.iter().position(|(known, _)| Some(*known) == id);
        let resolve = place.map(|place| waiting.swap_remove(place).1);
        drop(waiting);
        if let Some(resolve) = resolve {
            let _ = resolve.call1(&JsValue::UNDEFINED, message);
        }
    }
}
