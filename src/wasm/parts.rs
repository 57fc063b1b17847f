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
use super::contract::{self, Answer, Question};
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
    pub(crate) discover: fn(Question) -> Answer,
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
    discover: contract::discover,
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

thread_local! {
    static PAYING_HERE: Cell<Option<&'static Paying>> = const { Cell::new(None) };
    static MANAGING_HERE: Cell<Option<&'static Managing>> = const { Cell::new(None) };
}

/// Does what needs the paying part, once it is there.
pub(crate) fn paying(start: impl FnOnce(&'static Paying) -> Work + 'static) -> Promise {
    start_paying(Box::new(start))
}

fn start_paying(start: Box<dyn FnOnce(&'static Paying) -> Work>) -> Promise {
    if let Some(part) = PAYING_HERE.get() {
        return promise(start(part));
    }
    promise(async move {
        let part = loader::paying().await?;
        PAYING_HERE.set(Some(part));
        start(part).await
    })
}

/// Does what needs the managing part, once it is there.
pub(crate) fn managing(start: impl FnOnce(&'static Managing) -> Work + 'static) -> Promise {
    start_managing(Box::new(start))
}

fn start_managing(start: Box<dyn FnOnce(&'static Managing) -> Work>) -> Promise {
    promise(async move { start(managing_part().await?).await })
}

pub(crate) async fn managing_part() -> Result<&'static Managing, Failure> {
    if let Some(part) = MANAGING_HERE.get() {
        return Ok(part);
    }
    let part = loader::managing().await?;
    MANAGING_HERE.set(Some(part));
    Ok(part)
}

/// The flows that a payment seldom needs.
pub(crate) async fn seldom() -> Result<&'static Seldom<Browser>, Failure> {
    Ok(&managing_part().await?.seldom)
}

/// The paying part, for what can't wait: clients and channels exist only once it is there.
pub(crate) fn here() -> Result<&'static Paying, Failure> {
    PAYING_HERE
        .get()
        .ok_or_else(|| Failure::new("not-loaded", "connect first"))
}

/// Gets the tables from the parts' own files.
#[cfg(feature = "parts")]
mod loader {
    #![allow(improper_ctypes, improper_ctypes_definitions)] // Both sides are this very crate.

    use super::{Failure, MANAGING, Managing, PAYING, Paying};
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/wasm/parts.js")]
    extern "C" {
        #[wasm_bindgen(catch)]
        async fn load(name: &str, exports: &JsValue) -> Result<JsValue, JsValue>;
    }

    // The tool that takes the module apart knows a part by these names: a call of the import becomes a
    // call of the export, which goes into the part with all that only it leads to. The digits pair the
    // two.
    #[link(wasm_import_module = "__wasm_split_placeholder__")]
    unsafe extern "C" {
        #[link_name = "__wasm_split_00paying00_import_00000000000000000000000000000001"]
        safe fn import_paying() -> &'static Paying;
        #[link_name = "__wasm_split_00managing00_import_00000000000000000000000000000002"]
        safe fn import_managing() -> &'static Managing;
    }

    #[unsafe(export_name = "__wasm_split_00paying00_export_00000000000000000000000000000001")]
    extern "C" fn export_paying() -> &'static Paying {
        &PAYING
    }

    #[unsafe(export_name = "__wasm_split_00managing00_export_00000000000000000000000000000002")]
    extern "C" fn export_managing() -> &'static Managing {
        &MANAGING
    }

    pub(super) async fn paying() -> Result<&'static Paying, Failure> {
        need("paying").await?;
        Ok(import_paying())
    }

    pub(super) async fn managing() -> Result<&'static Managing, Failure> {
        need("managing").await?;
        Ok(import_managing())
    }

    async fn need(part: &str) -> Result<(), Failure> {
        let loaded = load(part, &wasm_bindgen::exports()).await;
        loaded.map(|_| ()).map_err(|cause| {
            let message = "a part of the library can't be loaded; nothing was signed or sent";
            Failure::new("not-loaded", message).caused_by(cause)
        })
    }
}

/// Everything is in one file.
#[cfg(not(feature = "parts"))]
mod loader {
    use super::{Failure, MANAGING, Managing, PAYING, Paying};

    pub(super) async fn paying() -> Result<&'static Paying, Failure> {
        Ok(&PAYING)
    }

    pub(super) async fn managing() -> Result<&'static Managing, Failure> {
        Ok(&MANAGING)
    }
}
