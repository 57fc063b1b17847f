//! The parts of the package, of which all but the first are loaded when they are first needed.
//!
//! | part | loaded by | what lies in it |
//! |---|---|---|
//! | start | `init` | keys, signing and recovering balance proofs, the outlines of the classes |
//! | paying | `connect`, `discover`, a stored key | wallets, connecting, the paying `fetch`, signing by hand |
//! | managing | whatever else is called first | opening, top up, closing, recovery, backups, policy, funds |
//!
//! The library is compiled as one and taken apart afterwards: what only a part's table leads to goes
//! into its file. Everything else that names a function of a part draws it into the start, so the
//! classes reach them through the tables alone. All parts share one memory.

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use web_sys::MessagePort;

use crate::protocol::{ChannelId, PrivateKey};
use crate::sender::flow::seldom::Seldom;

use super::browser::Browser;
use super::channel::Property;
use super::client::Client;
use super::error::Failure;
use super::promise::promise;
use super::{channel, client, funds, local_key, person, recovery, storage, wallet};

/// What a call does once it is started.
pub(crate) type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// What pays.
pub(crate) struct Paying {
    pub(crate) connect: fn(JsValue) -> Work,
    pub(crate) discover: fn(JsValue) -> Work,
    pub(crate) load_key: fn(Option<String>) -> Work,
    pub(crate) save_key: fn(PrivateKey, Option<String>) -> Work,
    pub(crate) forget_key: fn(Option<String>) -> Work,
    pub(crate) use_storage: fn(MessagePort) -> Work,
    pub(crate) serve_storage: fn(&MessagePort),
    pub(crate) channels: fn(Rc<Client>) -> Work,
    pub(crate) fetch: fn(&Rc<Client>, &JsValue) -> Result<JsValue, JsValue>,
    pub(crate) listen: fn(&Client, &str, Function) -> Result<JsValue, JsValue>,
    pub(crate) property: fn(&Client, ChannelId, Property) -> Result<JsValue, JsValue>,
    pub(crate) listen_to_channel:
        fn(&Client, ChannelId, &str, Function) -> Result<JsValue, JsValue>,
    pub(crate) sign: fn(Rc<Client>, ChannelId, JsValue, JsValue) -> Work,
    pub(crate) decide: fn(Rc<Client>, ChannelId, JsValue, bool) -> Work,
}

static PAYING: Paying = Paying {
    connect: client::connect,
    discover: wallet::discover,
    load_key: local_key::load_key,
    save_key: local_key::save_key,
    forget_key: local_key::forget_key,
    use_storage: storage::use_port,
    serve_storage: storage::serve_port,
    channels: client::channels,
    fetch: client::fetch,
    listen: client::listen,
    property: channel::property,
    listen_to_channel: channel::listen,
    sign: channel::sign,
    decide: channel::decide,
};

/// What is seldom needed.
pub(crate) struct Managing {
    pub(crate) seldom: Seldom<Browser>,
    pub(crate) open: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) find: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) refresh: fn(Rc<Client>, ChannelId) -> Work,
    pub(crate) top_up: fn(Rc<Client>, ChannelId, JsValue, JsValue) -> Work,
    pub(crate) reconcile: fn(Rc<Client>, ChannelId, JsValue, JsValue) -> Work,
    pub(crate) close: fn(Rc<Client>, ChannelId, JsValue) -> Work,
    pub(crate) settle: fn(Rc<Client>, ChannelId, JsValue) -> Work,
    pub(crate) forget: fn(Rc<Client>, ChannelId, JsValue) -> Work,
    pub(crate) recover: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) open_ends: fn(Rc<Client>) -> Work,
    pub(crate) resume: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) set_aside: fn() -> Work,
    pub(crate) export_backup: fn(Rc<Client>, String) -> Work,
    pub(crate) import_backup: fn(Rc<Client>, String, String) -> Work,
    pub(crate) token_info: fn(Rc<Client>) -> Work,
    pub(crate) ether_balance: fn(Rc<Client>) -> Work,
    pub(crate) mint: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) sweep: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) fund: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) policy: fn(Rc<Client>) -> Work,
    pub(crate) set_policy: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) stop: fn(Rc<Client>, Option<bool>) -> Work,
    pub(crate) ledger: fn(Rc<Client>) -> Work,
    pub(crate) export_ledger: fn(Rc<Client>, Option<String>) -> Work,
    pub(crate) key_of_backup: fn(String, String) -> Work,
}

static MANAGING: Managing = Managing {
    seldom: Seldom::ALL,
    open: client::open,
    find: client::find,
    refresh: channel::refresh,
    top_up: channel::top_up,
    reconcile: channel::reconcile,
    close: channel::close,
    settle: channel::settle,
    forget: channel::forget,
    recover: recovery::recover,
    open_ends: recovery::open_ends,
    resume: recovery::resume,
    set_aside: recovery::set_aside,
    export_backup: recovery::export_backup,
    import_backup: recovery::import_backup,
    token_info: funds::token_info,
    ether_balance: funds::ether_balance,
    mint: funds::mint,
    sweep: funds::sweep_account,
    fund: funds::fund_account,
    policy: person::policy,
    set_policy: person::set_policy,
    stop: person::stop,
    ledger: person::ledger,
    export_ledger: person::export_ledger,
    key_of_backup: local_key::from_backup,
};

#[cfg(feature = "parts")]
#[wasm_split_helpers::wasm_split(paying, fallible)]
fn load_paying() -> Result<&'static Paying, Failure> {
    Ok(&PAYING)
}

#[cfg(feature = "parts")]
#[wasm_split_helpers::wasm_split(managing, fallible)]
fn load_managing() -> Result<&'static Managing, Failure> {
    Ok(&MANAGING)
}

#[cfg(not(feature = "parts"))]
async fn load_paying() -> Result<&'static Paying, Failure> {
    Ok(&PAYING)
}

#[cfg(not(feature = "parts"))]
async fn load_managing() -> Result<&'static Managing, Failure> {
    Ok(&MANAGING)
}

#[cfg(feature = "parts")]
impl From<wasm_split_helpers::SplitLoaderError> for Failure {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        let message = "a part of the library can't be loaded: nothing was signed or sent. The \
                       package's files must lie together, and the server must answer";
        Self::new("not-loaded", message)
    }
}

thread_local! {
    static HERE: Cell<Option<&'static Paying>> = const { Cell::new(None) };
}

/// Does what needs the paying part, once it is there.
pub(crate) fn paying(start: impl FnOnce(&'static Paying) -> Work + 'static) -> Promise {
    start_paying(Box::new(start))
}

fn start_paying(start: Box<dyn FnOnce(&'static Paying) -> Work>) -> Promise {
    promise(async move {
        let part = load_paying().await?;
        HERE.set(Some(part));
        start(part).await
    })
}

/// Does what needs the managing part, once it is there.
pub(crate) fn managing(start: impl FnOnce(&'static Managing) -> Work + 'static) -> Promise {
    start_managing(Box::new(start))
}

fn start_managing(start: Box<dyn FnOnce(&'static Managing) -> Work>) -> Promise {
    promise(async move { start(load_managing().await?).await })
}

/// The flows that a payment seldom needs.
pub(crate) async fn seldom() -> Result<&'static Seldom<Browser>, Failure> {
    Ok(&load_managing().await?.seldom)
}

/// The paying part, for what can't wait: clients and channels exist only once it is there.
pub(crate) fn here() -> Result<&'static Paying, Failure> {
    HERE.get()
        .ok_or_else(|| Failure::new("not-loaded", "connect first"))
}
