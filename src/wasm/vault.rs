//! The wrapping key: one AES key for each origin, which scripts can use and not read.
//!
//! It lives in IndexedDB (database `microraiden`, object store `keys`, id `wrapping`), the only
//! storage that takes a key without its bytes.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use super::crypto::{self, Subtle};
use super::error::{Failure, set};

const DATABASE: &str = "microraiden";
const STORE: &str = "keys";
const ID: &str = "wrapping";

// Not web-sys: it has no stable binding for a transaction's durability.
#[wasm_bindgen]
extern "C" {
    type Factory;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Factory, name: &str) -> Result<Request, JsValue>;

    #[derive(Clone)]
    type Request;
    #[wasm_bindgen(method, getter, catch)]
    fn result(this: &Request) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn error(this: &Request) -> Result<JsValue, JsValue>;

    type Database;
    #[wasm_bindgen(method, catch, js_name = createObjectStore)]
    fn create_object_store(this: &Database, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Database,
        store: &str,
        mode: &str,
        options: &Object,
    ) -> Result<Transaction, JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &Database);

    type Transaction;
    #[wasm_bindgen(method, catch, js_name = objectStore)]
    fn object_store(this: &Transaction, name: &str) -> Result<Store, JsValue>;

    type Store;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Store, id: &str) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn add(this: &Store, value: &JsValue, id: &str) -> Result<Request, JsValue>;
}

/// What is encrypted: AES-256-GCM, the tag at the end.
pub(crate) struct Wrapped {
    pub(crate) iv: [u8; 12],
    pub(crate) ciphertext: Vec<u8>,
}

/// The wrapping key, ready for use.
pub(crate) struct Vault {
    subtle: Subtle,
    key: CryptoKey,
}

impl Vault {
    /// `None` if this origin has no wrapping key, or has it no more.
    pub(crate) async fn open() -> Result<Option<Self>, Failure> {
        let subtle = Subtle::get()?;
        let key = Connection::open().await?.read().await?;
        Ok(key.map(|key| Self { subtle, key }))
    }

    /// Makes the wrapping key if there is none.
    pub(crate) async fn open_or_create() -> Result<Self, Failure> {
        let subtle = Subtle::get()?;
        let connection = Connection::open().await?;
        if let Some(key) = connection.read().await? {
            return Ok(Self { subtle, key });
        }
        let refusal = connection.add(&subtle.generate().await?).await.err();
        // Another tab may have been first; its key is the one that counts.
        match connection.read().await? {
            Some(key) => Ok(Self { subtle, key }),
            None => Err(unavailable(refusal.unwrap_or(JsValue::UNDEFINED))),
        }
    }

    /// Encrypts. The additional data is not stored, and needed again to decrypt.
    pub(crate) async fn wrap(
        &self,
        plain: &[u8],
        additional_data: &[u8],
    ) -> Result<Wrapped, Failure> {
        let mut iv = [0; 12];
        crypto::random(&mut iv)?;
        let algorithm = crypto::gcm(&iv, additional_data);
        let ciphertext = self.subtle.encrypt(&algorithm, &self.key, plain).await?;
        Ok(Wrapped {
            iv,
            ciphertext: ciphertext.to_vec(),
        })
    }

    /// `None` if it was not encrypted by this key with this additional data.
    pub(crate) async fn unwrap(
        &self,
        wrapped: &Wrapped,
        additional_data: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let algorithm = crypto::gcm(&wrapped.iv, additional_data);
        self.subtle
            .decrypt(&algorithm, &self.key, &wrapped.ciphertext)
            .await
    }
}

/// An open database, closed when dropped so that it can be deleted.
struct Connection(Database);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Connection {
    async fn open() -> Result<Self, Failure> {
        let factory = Reflect::get(&js_sys::global(), &"indexedDB".into()).map_err(unavailable)?;
        if !factory.is_object() {
            return Err(unavailable(JsValue::UNDEFINED));
        }
        let factory: Factory = factory.unchecked_into();
        // Without a version: whatever a later one of this library has made of it is fine.
        let opening = factory.open(DATABASE).map_err(unavailable)?;
        let new = opening.clone();
        let upgrade = Closure::once(move || {
            if let Ok(database) = new.result() {
                let _ = database
                    .unchecked_into::<Database>()
                    .create_object_store(STORE);
            }
        });
        set(&opening, "onupgradeneeded", upgrade.as_ref());
        let database = result(&opening).await?;
        Ok(Self(database.unchecked_into()))
    }

    fn store(&self, mode: &str) -> Result<(Transaction, Store), JsValue> {
        let options = Object::new();
        // A key that a power failure takes away makes everything encrypted by it worthless.
        set(&options, "durability", &"strict".into());
        let transaction = self.0.transaction(STORE, mode, &options)?;
        let store = transaction.object_store(STORE)?;
        Ok((transaction, store))
    }

    async fn read(&self) -> Result<Option<CryptoKey>, Failure> {
        let (_, store) = self.store("readonly").map_err(unavailable)?;
        let key = result(&store.get(ID).map_err(unavailable)?).await?;
        Ok(key.dyn_into().ok())
    }

    /// Adds and never replaces; waits until it is written.
    async fn add(&self, key: &CryptoKey) -> Result<(), JsValue> {
        let (transaction, store) = self.store("readwrite")?;
        let written = event(&transaction, "oncomplete", "onabort");
        store.add(key, ID)?;
        JsFuture::from(written).await.map(|_| ())
    }
}

async fn result(request: &Request) -> Result<JsValue, Failure> {
    let done = event(request, "onsuccess", "onerror");
    match JsFuture::from(done).await {
        Ok(_) => request.result().map_err(unavailable),
        Err(_) => Err(unavailable(request.error().unwrap_or(JsValue::UNDEFINED))),
    }
}

/// Resolves at the one event, rejects at the other.
fn event(target: &JsValue, good: &str, bad: &str) -> Promise {
    Promise::new(&mut |resolve: Function, reject: Function| {
        set(target, good, &resolve);
        set(target, bad, &reject);
    })
}

fn unavailable(cause: JsValue) -> Failure {
    Failure::new(
        "storage-unavailable",
        "this browser does not let the page keep an encryption key (IndexedDB); allow site data \
         for this page, or leave the private window",
    )
    .caused_by(cause)
}
