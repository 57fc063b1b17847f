//! A private key that signs in the page.

use super::parts::{self, Work};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::protocol::PrivateKey;

use super::backup;
use super::convert;
use super::crypto;
use super::error::Failure;
use super::key_store::Slot;

/// A private key held in this page's memory: no wallet asks the person. Whoever can run a script in
/// this page can use it, so it is for small amounts.
#[wasm_bindgen]
#[derive(Clone)]
pub struct LocalKey {
    key: PrivateKey,
}

#[wasm_bindgen]
impl LocalKey {
    /// A new random key. It is not stored until `save` is called.
    pub fn create() -> Result<LocalKey, JsValue> {
        let mut bytes = Zeroizing::new([0; 32]);
        crypto::random(bytes.as_mut_slice())?;
        // One draw in 2^128 is out of range.
        let key = PrivateKey::from_bytes(&bytes).map_err(Failure::from)?;
        Ok(Self { key })
    }

    /// A key from 64 hex digits, with or without `0x`.
    #[wasm_bindgen(js_name = fromHex)]
    pub fn from_hex(
        #[wasm_bindgen(unchecked_param_type = "string")] hex: &JsValue,
    ) -> Result<LocalKey, JsValue> {
        let text = hex
            .as_string()
            .ok_or_else(|| Failure::argument("hex", "text"))?;
        let text = Zeroizing::new(text);
        let key = PrivateKey::from_hex(&text).map_err(Failure::from)?;
        Ok(Self { key })
    }

    /// The key stored in `localStorage` under `name` ("default"), or `undefined`. A key that an
    /// older version stored in plain text is encrypted by this. Fails with `corrupt-record` if the
    /// stored text is damaged, and with `key-lost` if what decrypts it is gone.
    #[wasm_bindgen(unchecked_return_type = "Promise<LocalKey | undefined>")]
    pub fn load(
        #[wasm_bindgen(unchecked_optional_param_type = "string")] name: JsValue,
    ) -> Promise {
        parts::keys(move |part| (part.load)(name))
    }

    /// Removes the stored key. What it owns is lost unless it was written down.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn forget(
        #[wasm_bindgen(unchecked_optional_param_type = "string")] name: JsValue,
    ) -> Promise {
        parts::keys(move |part| (part.forget)(name))
    }

    /// Stores the key in `localStorage`, encrypted by a key that this browser keeps in IndexedDB
    /// and shows to no script. Another key already stored under the name is not overwritten: that
    /// fails with `key-exists`. A page without a secure connection can't encrypt, which fails with
    /// `insecure-context`.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn save(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "string")] name: JsValue,
    ) -> Promise {
        let key = self.key.clone();
        parts::keys(move |part| (part.save)(key, name))
    }

    /// The key of a backup, or of a Web3 Secret Storage file of another wallet (version 3, PBKDF2).
    /// It is not stored until `save` is called.
    #[wasm_bindgen(js_name = fromBackup, unchecked_return_type = "Promise<LocalKey>")]
    pub fn from_backup(
        #[wasm_bindgen(unchecked_param_type = "string")] password: JsValue,
        #[wasm_bindgen(unchecked_param_type = "string")] file: JsValue,
    ) -> Promise {
        parts::managing(move |part| (part.key_of_backup)(password, file))
    }

    /// The key as `0x` and 64 hex digits, for a backup.
    #[wasm_bindgen(js_name = toHex, unchecked_return_type = "Hex")]
    pub fn to_hex(&self) -> String {
        self.key.to_hex().to_string()
    }

    /// The account of the key.
    #[wasm_bindgen(getter, unchecked_return_type = "Address")]
    pub fn address(&self) -> String {
        self.key.address().to_string()
    }

    #[doc(hidden)]
    #[wasm_bindgen(js_name = __signer, skip_typescript)]
    pub fn signer(&self) -> LocalKey {
        self.clone()
    }
}

impl LocalKey {
    pub(crate) fn key(&self) -> &PrivateKey {
        &self.key
    }

    pub(crate) fn into_key(self) -> PrivateKey {
        self.key
    }
}

fn slot_name(name: &JsValue) -> Result<Option<String>, Failure> {
    convert::optional_text("name", name)
}

pub(crate) fn load_key(name: JsValue) -> Work {
    Box::pin(async move {
        let key = Slot::take(slot_name(&name)?.as_deref())
            .await?
            .load()
            .await?;
        Ok(key.map_or(JsValue::UNDEFINED, |key| LocalKey { key }.into()))
    })
}

pub(crate) fn forget_key(name: JsValue) -> Work {
    Box::pin(async move {
        Slot::take(slot_name(&name)?.as_deref())
            .await?
            .forget()
            .await?;
        Ok(JsValue::UNDEFINED)
    })
}

pub(crate) fn save_key(key: PrivateKey, name: JsValue) -> Work {
    Box::pin(async move {
        Slot::take(slot_name(&name)?.as_deref())
            .await?
            .save(&key)
            .await?;
        Ok(JsValue::UNDEFINED)
    })
}

pub(crate) fn from_backup(password: JsValue, file: JsValue) -> Work {
    Box::pin(async move {
        let password = convert::text("password", &password)?;
        let file = convert::text("file", &file)?;
        let (key, _) = backup::open(&password, &file).await?;
        let key = key.ok_or_else(|| {
            let message = "the backup holds no key: its account was one of a wallet";
            Failure::new("corrupt-backup", message)
        })?;
        Ok(LocalKey { key }.into())
    })
}
