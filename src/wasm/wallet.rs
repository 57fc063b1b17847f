//! Injected wallets: EIP-1193 providers, found by EIP-6963 or as `window.ethereum`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

use crate::sender::wallet::chain::Chain;

use super::call_options::Watch;
use super::convert::Options;
use super::error::Failure;
use super::injected::switch_chain;
use super::promise::promise;

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
        Ok(Self::from_provider(provider)?)
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

    #[wasm_bindgen(js_name = switchChain)]
    pub fn switch_chain(&self, options: JsValue) -> Promise {
        let wallet = self.clone();
        promise(async move {
            let options = Options::watched(&options, &["chainId", "chainName", "rpcUrl"])?;
            let id = options.whole("chainId")?;
            let chain = Chain {
                id: id.ok_or_else(|| Failure::argument("chainId", "a whole number"))?,
                known_as: options.text("chainName")?.zip(options.text("rpcUrl")?),
            };
            let watch = Watch::begin(&options)?;
            watch.or_abort(switch_chain(wallet, &chain, &watch)).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    #[doc(hidden)]
    #[wasm_bindgen(js_name = __signer, skip_typescript)]
    pub fn signer(&self) -> InjectedWallet {
        self.clone()
    }
}

impl InjectedWallet {
    pub(crate) fn from_provider(provider: JsValue) -> Result<Self, Failure> {
        Self::new(provider, JsValue::UNDEFINED)
    }

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

    /// The wallet of an announcement.
    fn announced(event: &JsValue) -> Option<Self> {
        let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok();
        let detail = get(event, "detail")?;
        Self::new(get(&detail, "provider")?, get(&detail, "info")?).ok()
    }

    /// Whether it is the same wallet, by what it calls itself: some announce a new proxy of their provider
    /// each time, some a new `uuid`.
    fn is_same(&self, other: &Self) -> bool {
        let same = |name: &str| {
            self.text(name)
                .is_some_and(|own| other.text(name) == Some(own))
        };
        same("uuid") || same("rdns") || Object::is(&self.provider, &other.provider)
    }

    /// What tells it from other wallets from page to page: `rdns`, and nothing where it is unknown. The wallet
    /// chooses it, so it is cut: it becomes part of names in storage.
    pub(crate) fn identity(&self) -> String {
        let rdns = self.rdns().unwrap_or_default();
        rdns.chars().take(100).collect()
    }

    pub(crate) fn into_provider(self) -> JsValue {
        self.provider
    }
}

/// Finds the wallets of this browser.
#[wasm_bindgen]
pub struct Wallets;

/// How long to wait for wallets, in milliseconds: those that are there announce themselves at once.
const DEFAULT_TIMEOUT: u64 = 100;
/// Where there are none, how long to wait for the first: apps inject theirs while the page already runs.
const LATE_TIMEOUT: u64 = 3000;
/// The pause between two looks.
const POLL: u64 = 100;

#[wasm_bindgen]
impl Wallets {
    pub fn discover(options: JsValue) -> Promise {
        promise(async move {
            let options = Options::watched(&options, &["timeout"])?;
            let watch = Watch::begin(&options)?;
            let timeout = options.whole("timeout")?;
            let at_once = timeout.unwrap_or(DEFAULT_TIMEOUT);
            let found = found(at_once, timeout.unwrap_or(LATE_TIMEOUT), &watch);
            let wallets: Array = found.await?.into_iter().map(JsValue::from).collect();
            Ok(wallets.into())
        })
    }
}

/// The wallets that announce themselves within `at_once`; if there are none, the first ones within `in_all`,
/// or `window.ethereum`.
async fn found(at_once: u64, in_all: u64, watch: &Watch) -> Result<Vec<InjectedWallet>, Failure> {
    let announcements = Announcements::listen();
    let now = || js_sys::Date::now() as u64;
    let (start, mut pause) = (now(), at_once);
    loop {
        watch.sleep(pause).await?;
        let mut found = announcements.found.take();
        if found.is_empty() {
            found.extend(window_ethereum());
        }
        // Timers of hidden pages are slow, so the time decides and not the number of looks.
        let passed = now().saturating_sub(start);
        if !found.is_empty() || passed >= in_all {
            return Ok(found);
        }
        pause = POLL.min(in_all - passed);
    }
}

fn window_ethereum() -> Option<InjectedWallet> {
    let provider = Reflect::get(&js_sys::global(), &"ethereum".into()).ok()?;
    InjectedWallet::new(provider, JsValue::UNDEFINED).ok()
}

const ANNOUNCE: &str = "eip6963:announceProvider";

/// Listens to wallets that announce themselves, until it is dropped.
struct Announcements {
    found: Rc<RefCell<Vec<InjectedWallet>>>,
    listener: Closure<dyn FnMut(JsValue)>,
}

impl Announcements {
    fn listen() -> Self {
        let found: Rc<RefCell<Vec<InjectedWallet>>> = Rc::default();
        let sink = Rc::clone(&found);
        let listener = Closure::new(move |event: JsValue| {
            let Some(wallet) = InjectedWallet::announced(&event) else {
                return;
            };
            let mut found = sink.borrow_mut();
            // Wallets announce themselves again on every request.
            if !found.iter().any(|other| other.is_same(&wallet)) {
                found.push(wallet);
            }
        });
        if let Some(window) = window() {
            let function = listener.as_ref().unchecked_ref();
            let _ = window.add_event_listener_with_callback(ANNOUNCE, function);
            if let Ok(event) = Event::new("eip6963:requestProvider") {
                let _ = window.dispatch_event(&event);
            }
        }
        Self { found, listener }
    }
}

impl Drop for Announcements {
    fn drop(&mut self) {
        if let Some(window) = window() {
            let function = self.listener.as_ref().unchecked_ref();
            let _ = window.remove_event_listener_with_callback(ANNOUNCE, function);
        }
    }
}

fn window() -> Option<EventTarget> {
    js_sys::global().dyn_into().ok()
}
