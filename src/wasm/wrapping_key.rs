//! The wrapping key: one AES key per origin, which scripts can use but not read.
//!
//! It is in IndexedDB (database `microraiden`, object store `keys`, id `wrapping`), the only
//! storage that can hold a key whose bytes can't be exported.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use super::crypto::{self, Subtle};
use super::database::{self, Database};
use super::error::Failure;
use super::timer;

const DATABASE: &str = "microraiden";
const STORE: &str = "keys";
const ID: &str = "wrapping";
/// The timeout of each step, in milliseconds: the lock of the stored key is held meanwhile.
const PATIENCE: i32 = 10_000;

/// A text encrypted by AES-256-GCM, the tag at the end.
pub(crate) struct Wrapped {
    pub(crate) iv: [u8; 12],
    pub(crate) ciphertext: Vec<u8>,
}

/// The wrapping key, ready for use.
pub(crate) struct WrappingKey {
    subtle: Subtle,
    key: CryptoKey,
}

impl WrappingKey {
    /// Opens the wrapping key; `None` if this origin never had one, or lost it.
    pub(crate) async fn open() -> Result<Option<Self>, Failure> {
        let subtle = Subtle::get()?;
        let key = Keys::open().await?.read().await?;
        Ok(key.map(|key| Self { subtle, key }))
    }

    /// Opens the wrapping key, or creates it if there is none.
    pub(crate) async fn open_or_create() -> Result<Self, Failure> {
        let subtle = Subtle::get()?;
        let connection = Keys::open().await?;
        if let Some(key) = connection.read().await? {
            return Ok(Self { subtle, key });
        }
        let refusal = connection.add(&subtle.generate().await?).await.err();
        // If another tab was faster, use its key.
        match connection.read().await? {
            Some(key) => Ok(Self { subtle, key }),
            None => Err(unavailable(refusal.unwrap_or(JsValue::UNDEFINED))),
        }
    }

    /// Encrypts. The additional data is not stored; decryption needs the same.
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

    /// Decrypts; `None` if it was not encrypted by this key with this additional data.
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

/// The database of keys.
struct Keys(Database);

impl Keys {
    async fn open() -> Result<Self, Failure> {
        let database = timer::within(PATIENCE, Database::open(DATABASE, STORE)).await;
        Ok(Self(database.map_err(unavailable)?))
    }

    async fn read(&self) -> Result<Option<CryptoKey>, Failure> {
        let read = async {
            let (_, store) = self.0.store("readonly", "strict")?;
            database::result(&store.get(ID)?).await
        };
        let key = timer::within(PATIENCE, read).await;
        Ok(key.map_err(unavailable)?.dyn_into().ok())
    }

    /// Adds the key, never replaces one, and waits until it is on disk: if a power failure took it away,
    /// everything encrypted by it would be lost.
    async fn add(&self, key: &CryptoKey) -> Result<(), JsValue> {
        let (transaction, store) = self.0.store("readwrite", "strict")?;
        let written = database::event(&transaction, "oncomplete", "onabort");
        store.add(key, ID)?;
        timer::within(PATIENCE, JsFuture::from(written))
            .await
            .map(|_| ())
    }
}

fn unavailable(cause: JsValue) -> Failure {
    Failure::new(
        "storage-unavailable",
        "this browser does not let the page keep an encryption key (IndexedDB); allow site data \
         for this page, or leave the private window",
    )
    .caused_by(cause)
}
