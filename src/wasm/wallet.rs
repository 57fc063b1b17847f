//! Injected wallets: EIP-1193 providers, found by EIP-6963 or as `window.ethereum`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

use super::convert::Options;
use super::error::Failure;
use super::promise::promise;
use super::timer::sleep;

/// A wallet that the browser offers to the page.
#[wasm_bindgen]
#[derive(Clone)]
pub struct InjectedWallet {
    provider: JsValue,
    info: JsValue,
}

#[wasm_bindgen]
impl InjectedWallet {
    pub fn from(provider: JsValue) -> Result<InjectedWallet, JsValue> {
        Ok(Self::new(provider, JsValue::UNDEFINED)?)
    }

    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.text("name")
            .unwrap_or_else(|| "Browser wallet".to_owned())
    }

    #[wasm_bindgen(getter)]
    pub fn rdns(&self) -> Option<String> {
        self.text("rdns")
    }

    #[wasm_bindgen(getter)]
    pub fn icon(&self) -> Option<String> {
        self.text("icon")
    }

    #[wasm_bindgen(getter)]
    pub fn uuid(&self) -> Option<String> {
        self.text("uuid")
    }

    #[doc(hidden)]
    #[wasm_bindgen(js_name = __signer, skip_typescript)]
    pub fn signer(&self) -> InjectedWallet {
        self.clone()
    }
}

impl InjectedWallet {
    fn new(provider: JsValue, info: JsValue) -> Result<Self, Failure> {
        let request = Reflect::get(&provider, &"request".into());
        if !request.is_ok_and(|request| request.is_function()) {
            return Err(Failure::argument(
                "provider",
                "an object with a request method",
            ));
        }
        Ok(Self { provider, info })
    }

    fn text(&self, name: &str) -> Option<String> {
        Reflect::get(&self.info, &name.into()).ok()?.as_string()
    }

    pub(crate) fn into_provider(self) -> JsValue {
        self.provider
    }
}

/// Finds the wallets of this browser.
#[wasm_bindgen]
pub struct Wallets;

/// How long to wait for wallets to announce themselves, in milliseconds. They do so at once.
const DEFAULT_TIMEOUT: u64 = 100;

#[wasm_bindgen]
impl Wallets {
    pub fn discover(options: JsValue) -> Promise {
        promise(async move {
            let timeout = Options::read(&options, &["timeout"])?
                .whole("timeout")?
                .unwrap_or(DEFAULT_TIMEOUT);
            let timeout = i32::try_from(timeout).unwrap_or(i32::MAX);
            let mut found = announced(timeout).await;
            if found.is_empty() {
                let provider = Reflect::get(&js_sys::global(), &"ethereum".into());
                let wallet = provider
                    .ok()
                    .map(|p| InjectedWallet::new(p, JsValue::UNDEFINED));
                found.extend(wallet.and_then(Result::ok));
            }
            let wallets: Array = found.into_iter().map(JsValue::from).collect();
            Ok(wallets.into())
        })
    }
}

async fn announced(timeout: i32) -> Vec<InjectedWallet> {
    let Ok(window) = js_sys::global().dyn_into::<EventTarget>() else {
        return Vec::new();
    };
    let found: Rc<RefCell<Vec<InjectedWallet>>> = Rc::default();
    let sink = Rc::clone(&found);
    let listener = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into());
        let Ok(detail) = get(&event, "detail") else {
            return;
        };
        let (Ok(provider), Ok(info)) = (get(&detail, "provider"), get(&detail, "info")) else {
            return;
        };
        let Ok(wallet) = InjectedWallet::new(provider, info) else {
            return;
        };
        let mut found = sink.borrow_mut();
        // Skip repeats: a wallet announces itself again on every request.
        if !found.iter().any(|other| other.uuid() == wallet.uuid()) {
            found.push(wallet);
        }
    });
    let name = "eip6963:announceProvider";
    let function = listener.as_ref().unchecked_ref();
    if window
        .add_event_listener_with_callback(name, function)
        .is_err()
    {
        return Vec::new();
    }
    if let Ok(event) = Event::new("eip6963:requestProvider") {
        let _ = window.dispatch_event(&event);
    }
    sleep(timeout).await;
    let _ = window.remove_event_listener_with_callback(name, function);
    found.take()
}
