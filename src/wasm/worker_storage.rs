//! Storage for workers, which have no `localStorage`: a page gives the worker a port ([`share_storage`])
//! and performs its reads and writes. It acknowledges each one only when it is done. It serves only names
//! of this library, and reads of the original one's, so that a worker can't access the page's other data. It also
//! expires the [cookies](super::cookies) that a worker can't.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, MessageEvent, MessagePort};

use crate::sender::store::keys::{LEGACY, OURS};

use super::call_options::Watch;
use super::cookies;
use super::error::{Failure, set};
use super::mirror::Mirror;
use super::promise::{promise, soon};
use super::storage::{
    self, Op, Remote, RemoteAnswer, changed, full, listen, local, local_names, peek, read, remove,
    unreadable, write,
};
use super::timer;

/// The timeout of the page's answers, in milliseconds: a lock may be held meanwhile.
const PATIENCE: i32 = 10_000;

/// A worker's connection to the page that serves its storage.
struct Page {
    port: MessagePort,
    mirror: Mirror,
    waiting: RefCell<Vec<(u32, Function)>>,
    last: RefCell<u32>,
}

impl Remote for Page {
    fn ask(self: Rc<Self>, op: Op, name: String, text: Option<String>) -> RemoteAnswer {
        Box::pin(async move { self.request(op, &name, text.as_deref()).await })
    }

    fn peek(&self, name: &str) -> Option<String> {
        self.mirror.get(name)
    }

    fn peek_names(&self, prefix: &str) -> Vec<String> {
        self.mirror.names(prefix)
    }
}

const OPS: [Op; 6] = [
    Op::Read,
    Op::Write,
    Op::Remove,
    Op::Names,
    Op::Persist,
    Op::Expire,
];

const fn op_name(op: Op) -> &'static str {
    match op {
        Op::Read => "read",
        Op::Write => "write",
        Op::Remove => "remove",
        Op::Names => "names",
        Op::Persist => "persist",
        Op::Expire => "expire",
    }
}

/// A port for a worker of this page: transfer it, and call `useStorage` with it there before
/// anything else.
#[wasm_bindgen(js_name = shareStorage)]
pub fn share_storage() -> Result<MessagePort, JsValue> {
    local()?;
    let channel = MessageChannel::new()?;
    serve_port(&channel.port1());
    Ok(channel.port2())
}

/// Serves a worker's requests through the port, and reports every change to it.
fn serve_port(port: &MessagePort) {
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
    let _ = listen(OURS, tell.as_ref().unchecked_ref::<Function>().clone());
    tell.forget();
}

async fn serve(request: &JsValue) -> Result<JsValue, Failure> {
    let field = |name: &str| {
        let value = Reflect::get(request, &name.into()).ok();
        value
            .and_then(|value| value.as_string())
            .unwrap_or_default()
    };
    let (op, name, text) = (field("op"), field("name"), field("text"));
    let op = OPS.into_iter().find(|known| op_name(*known) == op);
    let op = op.ok_or_else(|| Failure::argument("op", "one that a page knows"))?;
    let allowed = match op {
        // Of no text.
        Op::Persist | Op::Expire => true,
        // Before a channel is opened, the original library's records are looked for.
        Op::Read | Op::Names => name.starts_with(OURS) || name.starts_with(LEGACY),
        Op::Write | Op::Remove => name.starts_with(OURS),
    };
    if !allowed {
        let message = "a worker is given the texts of this library only";
        return Err(Failure::new("storage-unavailable", message));
    }
    match op {
        Op::Read => Ok(read(&name, &Watch::default())
            .await?
            .map_or(JsValue::NULL, JsValue::from)),
        Op::Names => Ok(local_names(&name)?.into()),
        Op::Write => write(&name, &text).await.map(|()| JsValue::NULL),
        Op::Remove => remove(&name).await.map(|()| JsValue::NULL),
        Op::Persist => Ok(storage::persist().await.into()),
        Op::Expire => {
            cookies::expire_of_page(&name);
            Ok(JsValue::NULL)
        }
    }
}

/// Makes a worker use its page's `localStorage` through a port of `shareStorage`.
#[wasm_bindgen(js_name = useStorage)]
pub fn use_storage(port: JsValue) -> Promise {
    promise(async move {
        let port: MessagePort = port
            .dyn_into()
            .map_err(|_| Failure::argument("port", "a port of shareStorage"))?;
        let remote = Rc::new(Page {
            port: port.clone(),
            mirror: Mirror::new(),
            waiting: RefCell::default(),
            last: RefCell::new(0),
        });
        let hearing = Rc::clone(&remote);
        let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            hearing.hear(&event.data());
        });
        port.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        hear.forget();
        let list = remote.request(Op::Names, OURS, None).await?;
        let list: Array = list.unchecked_into();
        for name in list.iter().filter_map(|name| name.as_string()) {
            remote.request(Op::Read, &name, None).await?;
        }
        storage::go_by(remote);
        Ok(JsValue::UNDEFINED)
    })
}

fn silent() -> Failure {
    let message = "the page that shares its storage with this worker does not answer";
    Failure::new("storage-unavailable", message)
}

impl Page {
    async fn request(&self, op: Op, name: &str, text: Option<&str>) -> Result<JsValue, Failure> {
        let id = {
            let mut last = self.last.borrow_mut();
            *last = last.wrapping_add(1);
            *last
        };
        let message = Object::new();
        set(&message, "id", &id.into());
        set(&message, "op", &op_name(op).into());
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
        let answer = JsFuture::from(answer);
        let answer = match op {
            // The user may be asked; no lock is held meanwhile.
            Op::Persist => answer.await,
            _ => timer::within(PATIENCE, answer).await,
        };
        let answer = answer.map_err(|_| silent())?;
        let get = |field: &str| Reflect::get(&answer, &field.into()).unwrap_or(JsValue::NULL);
        match get("error").as_string().as_deref() {
            Some("storage-full") => return Err(full(JsValue::UNDEFINED)),
            Some(_) => return Err(unreadable(JsValue::UNDEFINED)),
            None => {}
        }
        let value = get("value");
        match op {
            Op::Read => self.mirror.note(name, value.as_string().as_deref()),
            Op::Write => self.mirror.note(name, text),
            Op::Remove => self.mirror.note(name, None),
            Op::Names | Op::Persist | Op::Expire => {}
        }
        Ok(value)
    }

    fn hear(&self, message: &JsValue) {
        let get = |field: &str| Reflect::get(message, &field.into()).unwrap_or(JsValue::UNDEFINED);
        if let Some(name) = get("changed").as_string() {
            self.mirror.note(&name, get("text").as_string().as_deref());
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
