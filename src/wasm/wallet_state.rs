//! Freezes the client while its wallet is disconnected, or on another account or chain.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;

use crate::protocol::{Address, hex_text};

use super::account::{no_account, wrong_network};
use super::error::Failure;
use super::listeners::Listeners;

#[derive(Default)]
struct State {
    account: Option<Address>,
    chain_id: Option<u64>,
    other_account: bool,
    other_chain: Option<u64>,
    disconnected: bool,
    listeners: Listeners,
    /// The wallet's events that are listened to.
    subscriptions: Vec<Subscription>,
}

/// A listener at a wallet, removed when this is dropped: a provider outlives the page's clients.
struct Subscription {
    provider: JsValue,
    event: &'static str,
    /// Not a `Closure`: a wallet that calls it once more must not call into freed memory.
    listener: JsValue,
}

impl Subscription {
    /// `None`: the wallet has no events.
    fn new(provider: &JsValue, event: &'static str, listener: JsValue) -> Option<Self> {
        let listen = Reflect::get(provider, &"on".into()).ok()?;
        let listen: Function = listen.dyn_into().ok()?;
        let _ = listen.call2(provider, &event.into(), &listener);
        Some(Self {
            provider: provider.clone(),
            event,
            listener,
        })
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let remove = Reflect::get(&self.provider, &"removeListener".into()).ok();
        if let Some(remove) = remove.and_then(|remove| remove.dyn_into::<Function>().ok()) {
            let _ = remove.call2(&self.provider, &self.event.into(), &self.listener);
        }
    }
}

/// The code of a `disconnect` after which the wallet connects anew by itself.
const RECONNECTING: f64 = 1013.0;

/// The wallet's account, chain and connection, as reported by its events (EIP-1193). A local key never
/// freezes.
#[derive(Clone, Default)]
pub(crate) struct Frozen(Rc<RefCell<State>>);

impl Frozen {
    /// Listens to a wallet's events. A wallet without events still is asked for account and chain before
    /// each signature.
    pub(crate) fn watching(provider: &JsValue, account: Address) -> Self {
        let frozen = Self::default();
        frozen.0.borrow_mut().account = Some(account);
        let on = |event: &'static str, change: fn(&mut State, &JsValue)| {
            let weak = Rc::downgrade(&frozen.0);
            let listener = Closure::<dyn Fn(JsValue)>::new(move |argument: JsValue| {
                if let Some(state) = weak.upgrade() {
                    change(&mut state.borrow_mut(), &argument);
                    let listeners = state.borrow().listeners.clone();
                    listeners.tell(&JsValue::UNDEFINED);
                }
            });
            let subscription = Subscription::new(provider, event, listener.into_js_value());
            frozen.0.borrow_mut().subscriptions.extend(subscription);
        };
        on("accountsChanged", |state, accounts| {
            let accounts: Array = match accounts.dyn_ref::<Array>() {
                Some(accounts) => accounts.clone(),
                None => Array::new(),
            };
            let shown = accounts.iter().filter_map(|a| a.as_string()?.parse().ok());
            let mut shown = shown.map(|account: Address| Some(account));
            state.other_account = !shown.any(|account| account == state.account);
        });
        on("chainChanged", |state, chain| {
            let chain = chain.as_string();
            let chain = chain.and_then(|chain| hex_text::decode_u64(&chain).ok());
            let expected = state.chain_id;
            state.other_chain = chain.filter(|chain| expected.is_some_and(|e| e != *chain));
        });
        on("disconnect", |state, error| {
            let code = Reflect::get(error, &"code".into()).ok();
            let code = code.and_then(|code| code.as_f64());
            state.disconnected = code != Some(RECONNECTING);
        });
        on("connect", |state, _| state.disconnected = false);
        frozen
    }

    /// The chain that the client is for.
    pub(crate) fn belongs_to(&self, chain_id: u64) {
        self.0.borrow_mut().chain_id = Some(chain_id);
    }

    /// Fails while frozen.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let state = self.0.borrow();
        if state.disconnected {
            let message = "the wallet is disconnected from its network";
            return Err(Failure::new("wallet-disconnected", message));
        }
        if state.other_account {
            return Err(no_account());
        }
        match (state.chain_id, state.other_chain) {
            (Some(expected), Some(actual)) => Err(wrong_network(expected, actual)),
            _ => Ok(()),
        }
    }

    /// Who is told when the state changes.
    pub(crate) fn listeners(&self) -> Listeners {
        self.0.borrow().listeners.clone()
    }
}
