//! A store that the program gave (`StateStore` in pkg/index.d.ts), by what it can do. It is foreign code: it may
//! throw, answer something else than it should, or not at all.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::sender::store::keys::{self, LockName};

use super::call_options::Watch;
use super::changes::Changes;
use super::convert::member;
use super::error::{Failure, set};
use super::mirror::Mirror;
use super::release::{self, Release, Requested};
use super::storage::{is_full, texts};
use super::timer;

/// The timeout of its answers, in milliseconds: a lock may be held meanwhile. Waiting for a lock has none.
const PATIENCE: i32 = 10_000;

const EXPECTED: &str = "a store with the functions get, set, remove, names and lock";

/// A program's store.
pub(super) struct GivenStore {
    object: JsValue,
    get: Function,
    set: Function,
    remove: Function,
    names: Function,
    lock: Function,
    persist: Option<Function>,
    /// The last known texts of records, for synchronous readers.
    mirror: Mirror,
    pub(super) changes: Changes,
}

thread_local! {
    /// Clients of the same store share what is known of it.
    static KNOWN: RefCell<Vec<Weak<GivenStore>>> = const { RefCell::new(Vec::new()) };
}

impl GivenStore {
    /// Reads the option `storage`.
    pub(super) fn of(object: JsValue) -> Result<Rc<Self>, Failure> {
        let known = KNOWN.with_borrow_mut(|list| {
            list.retain(|store| store.strong_count() > 0);
            let mut stores = list.iter().filter_map(Weak::upgrade);
            stores.find(|store| Object::is(&store.object, &object))
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let function = |name: &str| {
            let function = member(&object, name).and_then(|value| value.dyn_into().ok());
            function.ok_or_else(|| Failure::argument("storage", EXPECTED))
        };
        let store = Rc::new(Self {
            get: function("get")?,
            set: function("set")?,
            remove: function("remove")?,
            names: function("names")?,
            lock: function("lock")?,
            persist: function("persist").ok(),
            object,
            mirror: Mirror::new(),
            changes: Changes::default(),
        });
        KNOWN.with_borrow_mut(|list| list.push(Rc::downgrade(&store)));
        Ok(store)
    }

    /// Calls one of its functions; what it throws and what its promise is rejected with is the same.
    fn ask(&self, function: &Function, arguments: &Array) -> Result<Promise, JsValue> {
        let answer = function.apply(&self.object, arguments)?;
        Ok(Promise::resolve(&answer))
    }

    async fn call(&self, function: &Function, arguments: &Array) -> Result<JsValue, JsValue> {
        let answer = JsFuture::from(self.ask(function, arguments)?);
        timer::within(PATIENCE, answer).await
    }

    pub(super) fn peek(&self, name: &str) -> Option<String> {
        self.mirror.get(name)
    }

    /// The known records' names with this prefix.
    pub(super) fn peek_names(&self, prefix: &str) -> Vec<String> {
        self.mirror.names(prefix)
    }

    fn note(&self, name: &str, text: Option<&str>) {
        if name.starts_with(keys::RECORD) {
            self.mirror.note(name, text);
        }
    }

    pub(super) async fn read(&self, name: &str) -> Result<Option<String>, Failure> {
        let answer = self.call(&self.get, &Array::of1(&name.into())).await;
        let answer = answer.map_err(|error| failed("get", error))?;
        let text = answer.as_string();
        if text.is_none() && !answer.is_undefined() && !answer.is_null() {
            return Err(malformed("get", "neither text nor undefined"));
        }
        self.note(name, text.as_deref());
        Ok(text)
    }

    pub(super) async fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let arguments = Array::of2(&name.into(), &text.into());
        self.call(&self.set, &arguments).await.map_err(|error| {
            if is_full(&error) {
                let message = "the storage given to `connect` is full: nothing was signed or sent";
                return Failure::new("storage-full", message).caused_by(error);
            }
            failed("set", error)
        })?;
        self.note(name, Some(text));
        self.changes.tell(name);
        Ok(())
    }

    pub(super) async fn remove(&self, name: &str) -> Result<(), Failure> {
        let done = self.call(&self.remove, &Array::of1(&name.into())).await;
        done.map_err(|error| failed("remove", error))?;
        self.note(name, None);
        self.changes.tell(name);
        Ok(())
    }

    /// The names with this prefix, sorted.
    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let answer = self.call(&self.names, &Array::of1(&prefix.into())).await;
        let answer = answer.map_err(|error| failed("names", error))?;
        let wrong = || malformed("names", "something else than a list of such names");
        let list = answer.dyn_ref::<Array>().ok_or_else(wrong)?;
        // A copy: the list is the program's.
        let mut names = texts(&list.slice(0, list.length()).sort());
        let all_texts = names.len() == list.length() as usize;
        if !all_texts || !names.iter().all(|name| name.starts_with(prefix)) {
            return Err(wrong());
        }
        names.dedup();
        Ok(names)
    }

    /// Waits for a lock.
    pub(super) async fn lock(&self, name: &LockName, watch: &Watch) -> Result<Release, Failure> {
        watch.check()?;
        let options = Object::new();
        if let Some(signal) = watch.signal() {
            set(&options, "signal", signal);
        }
        let requested = watch.unless_aborted(self.request(name, &options)).await;
        let requested = requested.ok_or_else(|| watch.aborted())?;
        // The signal may have ended the store's wait first.
        watch.check()?;
        match requested.map_err(|error| failed("lock", error))? {
            Requested::Held(release) => Ok(release),
            Requested::Taken => Err(malformed("lock", "null, although it was to wait")),
            Requested::NoCall => Err(without_call()),
        }
    }

    /// Takes a lock if it is free.
    pub(super) async fn lock_if_free(&self, name: &LockName) -> Result<Option<Release>, Failure> {
        let options = Object::new();
        set(&options, "ifAvailable", &true.into());
        let requested = timer::within(PATIENCE, self.request(name, &options)).await;
        match requested.map_err(|error| failed("lock", error))? {
            Requested::Held(release) => Ok(Some(release)),
            Requested::Taken => Ok(None),
            Requested::NoCall => Err(without_call()),
        }
    }

    async fn request(&self, name: &LockName, options: &Object) -> Result<Requested, JsValue> {
        let name = name.web_lock().into();
        let call = |run: &JsValue| {
            let requested = self.ask(&self.lock, &Array::of3(&name, options, run))?;
            Ok(requested.into())
        };
        release::request(call).await
    }

    /// Asks it to keep what is stored, if it can be asked; whether it does.
    pub(super) async fn persist(&self) -> Option<bool> {
        let persist = self.persist.as_ref()?;
        let asked = self.ask(persist, &Array::new());
        // No timeout: the user may be asked.
        let answer = match asked {
            Ok(answer) => JsFuture::from(answer).await,
            Err(error) => Err(error),
        };
        Some(answer.is_ok_and(|answer| answer.is_truthy()))
    }
}

fn failed(function: &str, error: JsValue) -> Failure {
    let message = format_args!("`{function}` of the storage given to `connect` failed");
    Failure::new("storage-unavailable", message).caused_by(error)
}

fn malformed(function: &str, what: &str) -> Failure {
    let message = format_args!("`{function}` of the storage given to `connect` answered {what}");
    Failure::new("storage-unavailable", message)
}

fn without_call() -> Failure {
    malformed("lock", "without calling what it was to call")
}
