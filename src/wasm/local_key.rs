//! A private key that signs in the page.

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use zeroize::Zeroizing;

use crate::protocol::PrivateKey;

use super::error::Failure;
use super::storage;

/// A private key held in this page's memory: no wallet asks the person. Whoever can run a script in
/// this page can use it, so it is for small amounts.
#[wasm_bindgen]
#[derive(Clone)]
pub struct LocalKey {
    key: PrivateKey,
}

const PREFIX: &str = "microraiden:key:";

fn stored_name(name: Option<String>) -> String {
    format!("{PREFIX}{}", name.as_deref().unwrap_or("default"))
}

#[wasm_bindgen]
impl LocalKey {
    /// A new random key. It is not stored until `save` is called.
    pub fn create() -> Result<LocalKey, JsValue> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill_random(bytes.as_mut_slice())?;
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

    /// The key stored in `localStorage` under `name` ("default"), or `undefined`.
    #[wasm_bindgen(unchecked_return_type = "Promise<LocalKey | undefined>")]
    pub fn load(name: Option<String>) -> Promise {
        future_to_promise(async move {
            let name = stored_name(name);
            let Some(text) = storage::read(&name).await?.map(Zeroizing::new) else {
                return Ok(JsValue::UNDEFINED);
            };
            let key = PrivateKey::from_hex(&text)
                .map_err(|error| Failure::new("corrupt-record", error).with("key", name))?;
            Ok(Self { key }.into())
        })
    }

    /// Removes the stored key. What it owns is lost unless it was written down.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn forget(name: Option<String>) -> Promise {
        future_to_promise(async move {
            storage::remove(&stored_name(name)).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Stores the key in `localStorage`, unencrypted. Another key already stored under the name is
    /// not overwritten: that fails with `key-exists`.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn save(&self, name: Option<String>) -> Promise {
        let key = self.key.clone();
        future_to_promise(async move {
            let name = stored_name(name);
            let text = key.to_hex();
            match storage::read(&name).await?.map(Zeroizing::new) {
                Some(stored) if *stored == *text => {}
                Some(_) => {
                    let message = "another key is stored under this name; forget it first";
                    return Err(Failure::new("key-exists", message).into());
                }
                None => storage::write(&name, &text).await?,
            }
            Ok(JsValue::UNDEFINED)
        })
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
    pub(crate) fn into_key(self) -> PrivateKey {
        self.key
    }
}

/// `crypto.getRandomValues`, in pages and workers.
fn fill_random(bytes: &mut [u8]) -> Result<(), Failure> {
    let unavailable = |e| {
        Failure::new(
            "wallet-unsupported",
            "this browser has no secure randomness",
        )
        .caused_by(e)
    };
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).map_err(unavailable)?;
    let fill: Function = Reflect::get(&crypto, &"getRandomValues".into())
        .and_then(JsCast::dyn_into)
        .map_err(unavailable)?;
    let array = Uint8Array::new_with_length(32);
    fill.call1(&crypto, &array).map_err(unavailable)?;
    array.copy_to(bytes);
    array.fill(0, 0, 32);
    Ok(())
}
