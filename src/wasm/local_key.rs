//! A private key that signs in the page.

use js_sys::Promise;
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::protocol::{Address, PrivateKey};
use crate::sender::wallet::derived_key::Scope;

use super::backup;
use super::call_options::Watch;
use super::client::read_signer;
use super::convert::{self, Options};
use super::crypto;
use super::error::Failure;
use super::injected;
use super::key_store::{self, Slot};
use super::promise::promise;
use super::wallet::InjectedWallet;

/// A private key held in this page's memory: it signs without asking the user. Any script in this page
/// can use it, so it is for small amounts.
#[wasm_bindgen]
#[derive(Clone)]
pub struct LocalKey {
    key: PrivateKey,
}

#[wasm_bindgen]
impl LocalKey {
    pub fn create() -> Result<LocalKey, JsValue> {
        let mut bytes = Zeroizing::new([0; 32]);
        crypto::random(bytes.as_mut_slice())?;
        // About one draw in 2^128 is out of range and fails.
        let key = PrivateKey::from_bytes(&bytes).map_err(Failure::from)?;
        Ok(Self { key })
    }

    #[wasm_bindgen(js_name = fromHex)]
    pub fn from_hex(hex: &JsValue) -> Result<LocalKey, JsValue> {
        let text = hex
            .as_string()
            .ok_or_else(|| Failure::argument("hex", "text"))?;
        let text = Zeroizing::new(text);
        let key = PrivateKey::from_hex(&text).map_err(Failure::from)?;
        Ok(Self { key })
    }

    pub fn load(name: JsValue) -> Promise {
        promise(async move {
            let key = Slot::take(slot_name(&name)?.as_deref())
                .await?
                .load()
                .await?;
            Ok(key.map_or(JsValue::UNDEFINED, |key| LocalKey { key }.into()))
        })
    }

    pub fn forget(name: JsValue) -> Promise {
        promise(async move {
            Slot::take(slot_name(&name)?.as_deref())
                .await?
                .forget()
                .await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    pub fn save(&self, name: JsValue) -> Promise {
        let key = self.key.clone();
        promise(async move {
            let slot = Slot::take(slot_name(&name)?.as_deref()).await?;
            slot.save(&key).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    #[wasm_bindgen(js_name = fromBackup)]
    pub fn from_backup(password: JsValue, file: JsValue) -> Promise {
        promise(async move {
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

    #[wasm_bindgen(js_name = fromWallet)]
    pub fn from_wallet(wallet: JsValue, options: JsValue) -> Promise {
        promise(async move {
            let options = Options::watched(&options, &["scope", "account"])?;
            let scope = read_scope(&options)?;
            let account = options.address("account")?;
            let watch = Watch::begin(&options)?;
            let provider = provider_of(&wallet)?.into_provider();
            let deriving = async {
                let account = injected::account_of(&provider, account, &watch).await?;
                let is_known = async |key: &PrivateKey| is_stored(key.address()).await;
                injected::derive_key(&provider, account, scope, is_known, &watch).await
            };
            let key = watch.or_abort(deriving).await?;
            Ok(LocalKey { key }.into())
        })
    }

    #[wasm_bindgen(js_name = toHex)]
    pub fn to_hex(&self) -> String {
        self.key.to_hex().to_string()
    }

    #[wasm_bindgen(getter)]
    pub fn address(&self) -> String {
        self.key.address().to_string()
    }

    #[doc(hidden)]
    #[wasm_bindgen(js_name = __signer, skip_typescript)]
    pub fn signer(&self) -> LocalKey {
        self.clone()
    }
}

impl From<PrivateKey> for LocalKey {
    fn from(key: PrivateKey) -> Self {
        Self { key }
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

/// Which of a site's keys is meant.
pub(crate) fn read_scope(options: &Options<'_>) -> Result<Scope, Failure> {
    let scope = options.text("scope")?;
    let scope = Scope::new(scope.as_deref().unwrap_or(Scope::DEFAULT));
    let expected = "1 to 64 of the characters a-z, 0-9, - and .";
    scope.ok_or_else(|| Failure::argument("scope", expected))
}

/// Whether this browser keeps the key of an account.
pub(crate) async fn is_stored(account: Address) -> bool {
    key_store::addresses().await.contains(&account)
}

/// An [`InjectedWallet`], or a provider.
pub(crate) fn provider_of(wallet: &JsValue) -> Result<InjectedWallet, Failure> {
    if let Some(own) = read_signer(wallet) {
        let expected = "an InjectedWallet or an EIP-1193 provider";
        let wallet = InjectedWallet::try_from_js_value(own);
        return wallet.map_err(|_| Failure::argument("wallet", expected));
    }
    InjectedWallet::from_provider(wallet.clone())
}

fn slot_name(name: &JsValue) -> Result<Option<String>, Failure> {
    convert::optional_text("name", name)
}
