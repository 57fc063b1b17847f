//! IndexedDB, as far as it is used here: databases with one object store.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::error::set;

// Not by web-sys: it has no stable binding for a transaction's durability.
#[wasm_bindgen]
extern "C" {
    type Factory;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Factory, name: &str) -> Result<Request, JsValue>;

    #[derive(Clone)]
    pub(crate) type Request;
    #[wasm_bindgen(method, getter, catch)]
    fn result(this: &Request) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn error(this: &Request) -> Result<JsValue, JsValue>;

    type Connection;
    #[wasm_bindgen(method, catch, js_name = createObjectStore)]
    fn create_object_store(this: &Connection, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Connection,
        store: &str,
        mode: &str,
        options: &Object,
    ) -> Result<Transaction, JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &Connection);

    pub(crate) type Transaction;
    #[wasm_bindgen(method, catch, js_name = objectStore)]
    fn object_store(this: &Transaction, name: &str) -> Result<Store, JsValue>;

    pub(crate) type Store;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn get(this: &Store, id: &str) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn add(this: &Store, value: &JsValue, id: &str) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn put(this: &Store, value: &JsValue, id: &str) -> Result<Request, JsValue>;
}

/// An open database, closed when dropped so that it can be deleted.
pub(crate) struct Database {
    connection: Connection,
    store: &'static str,
}

impl Drop for Database {
    fn drop(&mut self) {
        self.connection.close();
    }
}

impl Database {
    /// Opens a database, or creates it with its object store.
    pub(crate) async fn open(name: &str, store: &'static str) -> Result<Self, JsValue> {
        let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
        if !factory.is_object() {
            return Err(JsValue::UNDEFINED);
        }
        let factory: Factory = factory.unchecked_into();
        // Without a version, so that a database upgraded by a later version of this library opens too.
        let opening = factory.open(name)?;
        let new = opening.clone();
        let upgrade = Closure::once(move || {
            if let Ok(connection) = new.result() {
                let _ = connection
                    .unchecked_into::<Connection>()
                    .create_object_store(store);
            }
        });
        set(&opening, "onupgradeneeded", upgrade.as_ref());
        let connection = result(&opening).await?.unchecked_into();
        Ok(Self { connection, store })
    }

    /// A transaction (`readonly` or `readwrite`, durability `strict` or `relaxed`) and its store.
    pub(crate) fn store(
        &self,
        mode: &str,
        durability: &str,
    ) -> Result<(Transaction, Store), JsValue> {
        let options = Object::new();
        set(&options, "durability", &durability.into());
        let transaction = self.connection.transaction(self.store, mode, &options)?;
        let store = transaction.object_store(self.store)?;
        Ok((transaction, store))
    }
}

/// Waits for a request.
pub(crate) async fn result(request: &Request) -> Result<JsValue, JsValue> {
    let done = event(request, "onsuccess", "onerror");
    match JsFuture::from(done).await {
        Ok(_) => request.result(),
        Err(_) => Err(request.error().unwrap_or(JsValue::UNDEFINED)),
    }
}

/// Resolves at the event `good`, rejects at the event `bad`.
pub(crate) fn event(target: &JsValue, good: &str, bad: &str) -> Promise {
    Promise::new(&mut |resolve: Function, reject: Function| {
        set(target, good, &resolve);
        set(target, bad, &reject);
    })
}
