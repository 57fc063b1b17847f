//! The parts of the package, of which all but the first are loaded when they are first needed.
//!
//! | part | loaded by | what lies in it |
//! |---|---|---|
//! | start | `init` | keys, signing and recovering balance proofs, the outlines of the classes |
//! | paying | `connect`, and with all others | connecting to a contract met before, the paying `fetch`, what others share |
//! | hand | `sign`, `confirm`, `rollback` of a channel | paying by hand |
//! | keys | a stored key | storing keys |
//! | wallet | `discover`, `connect` with a wallet | what wallets are asked |
//! | policy | the first payment under a policy | the person's rules |
//! | port | `shareStorage`, `useStorage` | workers' storage |
//! | managing | whatever else is called first | contracts not met before, opening, top up, closing, recovery, backups, funds |
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

use crate::chain::{ManagerContract, TransportError};
use crate::json::Value;
use crate::protocol::{
    Address, Amount, BalanceProof, ChannelId, Hash, PrivateKey, Signature, TypedData,
};
use crate::sender::flow::rules::Rules;
use crate::sender::flow::seldom::Seldom;
use crate::sender::journal::Action;

use super::account::Injected;
use super::browser::Browser;
use super::channel::Property;
use super::client::Client;
use super::contract::{self, Answer, Question};
use super::error::Failure;
use super::freeze::Frozen;
use super::injected::{self, Asking};
use super::promise::promise;
use super::watch::Watch;
use super::{channel, client, funds, local_key, person, port, recovery, wallet};

/// What a call does once it is started.
pub(crate) type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// What pays.
pub(crate) struct Paying {
    pub(crate) connect: fn(JsValue) -> Work,
    pub(crate) channels: fn(Rc<Client>) -> Work,
    pub(crate) fetch: fn(&Rc<Client>, &JsValue) -> Result<JsValue, JsValue>,
    pub(crate) listen: fn(&Client, &str, Function) -> Result<JsValue, JsValue>,
    pub(crate) property: fn(&Client, ChannelId, Property) -> Result<JsValue, JsValue>,
    pub(crate) listen_to_channel:
        fn(&Client, ChannelId, &str, Function) -> Result<JsValue, JsValue>,
}

static PAYING: Paying = Paying {
    connect: client::connect,
    channels: client::channels,
    fetch: client::fetch,
    listen: client::listen,
    property: channel::property,
    listen_to_channel: channel::listen,
};

/// What pays by hand.
pub(crate) struct Hand {
    pub(crate) sign: fn(Rc<Client>, ChannelId, JsValue, JsValue) -> Work,
    pub(crate) decide: fn(Rc<Client>, ChannelId, JsValue, bool) -> Work,
}

static HAND: Hand = Hand {
    sign: channel::sign,
    decide: channel::decide,
};

/// What checks payments against the person's rules.
pub(crate) struct PolicyPart {
    pub(crate) rules: Rules<Browser>,
}

static POLICY: PolicyPart = PolicyPart { rules: Rules::ALL };

/// What pages and their workers share.
pub(crate) struct Port {
    pub(crate) serve: fn(&MessagePort),
    pub(crate) r#use: fn(MessagePort) -> Work,
}

static PORT: Port = Port {
    serve: port::serve_port,
    r#use: port::use_port,
};

/// What keeps keys.
pub(crate) struct Keys {
    pub(crate) load: fn(Option<String>) -> Work,
    pub(crate) save: fn(PrivateKey, Option<String>) -> Work,
    pub(crate) forget: fn(Option<String>) -> Work,
}

static KEYS: Keys = Keys {
    load: local_key::load_key,
    save: local_key::save_key,
    forget: local_key::forget_key,
};

/// What asks wallets.
#[allow(clippy::type_complexity)] // Each type is the signature of the function that it names.
pub(crate) struct Wallet {
    pub(crate) discover: fn(JsValue) -> Work,
    pub(crate) connect: fn(JsValue, Watch) -> Asking<Injected>,
    pub(crate) watching: fn(&JsValue, Address) -> Frozen,
    pub(crate) chain: fn(Injected) -> Asking<u64>,
    pub(crate) sign_balance:
        fn(Injected, ManagerContract, ChannelId, Amount, Watch) -> Asking<BalanceProof>,
    pub(crate) sign: fn(Injected, u64, TypedData, Action, Watch) -> Asking<Signature>,
    pub(crate) send: fn(Injected, Value, Action, Watch) -> Asking<Hash>,
    pub(crate) ask: fn(JsValue, String, Value) -> Asking<Value, TransportError>,
}

static WALLET: Wallet = Wallet {
    discover: wallet::discover,
    connect: injected::connect,
    watching: Frozen::watching,
    chain: injected::chain,
    sign_balance: injected::sign_balance,
    sign: injected::sign,
    send: injected::send,
    ask: injected::ask,
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

/// What is loaded later.
#[derive(Clone, Copy)]
enum Part {
    Paying,
    Hand,
    Keys,
    Wallet,
    Policy,
    Port,
    Managing,
}

impl Part {
    #[cfg(feature = "parts")]
    const fn name(self) -> &'static str {
        match self {
            Self::Paying => "paying",
            Self::Hand => "hand",
            Self::Keys => "keys",
            Self::Wallet => "wallet",
            Self::Policy => "policy",
            Self::Port => "port",
            Self::Managing => "managing",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    fn is_here(self) -> bool {
        HERE.get() & self.bit() != 0
    }

    async fn load(self) -> Result<(), Failure> {
        if !self.is_here() {
            loader::load(self).await?;
            HERE.set(HERE.get() | self.bit());
        }
        Ok(())
    }

    /// Starts what needs the part, once it is there. Not generic, so that it is in the download once.
    fn then(self, start: Box<dyn FnOnce() -> Work>) -> Promise {
        if self.is_here() {
            return promise(start());
        }
        promise(async move {
            self.load().await?;
            start().await
        })
    }
}

thread_local! {
    /// A bit for each part that is loaded.
    static HERE: Cell<u8> = const { Cell::new(0) };
}

/// Does what needs the paying part, once it is there.
pub(crate) fn paying(start: impl FnOnce(&'static Paying) -> Work + 'static) -> Promise {
    Part::Paying.then(Box::new(|| start(loader::paying())))
}

/// Does what needs the part that pays by hand, once it is there.
pub(crate) fn hand(start: impl FnOnce(&'static Hand) -> Work + 'static) -> Promise {
    Part::Hand.then(Box::new(|| start(loader::hand())))
}

/// Does what needs the part that keeps keys, once it is there.
pub(crate) fn keys(start: impl FnOnce(&'static Keys) -> Work + 'static) -> Promise {
    Part::Keys.then(Box::new(|| start(loader::keys())))
}

/// Does what needs the part that asks wallets, once it is there.
pub(crate) fn wallet(start: impl FnOnce(&'static Wallet) -> Work + 'static) -> Promise {
    Part::Wallet.then(Box::new(|| start(loader::wallet())))
}

/// Does what needs the part that workers share storage by, once it is there.
pub(crate) fn port(start: impl FnOnce(&'static Port) -> Work + 'static) -> Promise {
    Part::Port.then(Box::new(|| start(loader::port())))
}

/// Does what needs the managing part, once it is there.
pub(crate) fn managing(start: impl FnOnce(&'static Managing) -> Work + 'static) -> Promise {
    Part::Managing.then(Box::new(|| start(loader::managing())))
}

/// The part that asks wallets.
pub(crate) async fn wallet_part() -> Result<&'static Wallet, Failure> {
    Part::Wallet.load().await?;
    Ok(loader::wallet())
}

/// The checks of payments against the person's rules.
pub(crate) async fn rules() -> Result<&'static Rules<Browser>, Failure> {
    Part::Policy.load().await?;
    Ok(&loader::policy().rules)
}

/// The managing part.
pub(crate) async fn managing_part() -> Result<&'static Managing, Failure> {
    Part::Managing.load().await?;
    Ok(loader::managing())
}

/// The flows that a payment seldom needs.
pub(crate) async fn seldom() -> Result<&'static Seldom<Browser>, Failure> {
    Ok(&managing_part().await?.seldom)
}

/// The paying part, for what can't wait: clients and channels exist only once it is there.
pub(crate) fn here() -> Result<&'static Paying, Failure> {
    if Part::Paying.is_here() {
        Ok(loader::paying())
    } else {
        Err(Failure::new("not-loaded", "connect first"))
    }
}

/// Gets the parts' own files, and the tables out of them.
#[cfg(feature = "parts")]
mod loader {
    #![allow(improper_ctypes, improper_ctypes_definitions)] // Both sides are this very crate.

    use super::{
        Failure, HAND, Hand, KEYS, Keys, MANAGING, Managing, PAYING, POLICY, PORT, Part, Paying,
        PolicyPart, Port, WALLET, Wallet,
    };
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/wasm/parts.js")]
    extern "C" {
        #[wasm_bindgen(catch, js_name = load)]
        async fn load_file(name: &str, exports: &JsValue) -> Result<JsValue, JsValue>;
    }

    // The tool that takes the module apart knows a part by these names: a call of the import becomes a
    // call of the export, which goes into the part with all that only it leads to. The digits pair the
    // two. Each may be called only once its part is loaded.
    #[link(wasm_import_module = "__wasm_split_placeholder__")]
    unsafe extern "C" {
        #[link_name = "__wasm_split_00paying00_import_00000000000000000000000000000001"]
        safe fn import_paying() -> &'static Paying;
        #[link_name = "__wasm_split_00managing00_import_00000000000000000000000000000002"]
        safe fn import_managing() -> &'static Managing;
        #[link_name = "__wasm_split_00keys00_import_00000000000000000000000000000003"]
        safe fn import_keys() -> &'static Keys;
        #[link_name = "__wasm_split_00wallet00_import_00000000000000000000000000000004"]
        safe fn import_wallet() -> &'static Wallet;
        #[link_name = "__wasm_split_00hand00_import_00000000000000000000000000000005"]
        safe fn import_hand() -> &'static Hand;
        #[link_name = "__wasm_split_00policy00_import_00000000000000000000000000000006"]
        safe fn import_policy() -> &'static PolicyPart;
        #[link_name = "__wasm_split_00port00_import_00000000000000000000000000000007"]
        safe fn import_port() -> &'static Port;
    }

    #[unsafe(export_name = "__wasm_split_00paying00_export_00000000000000000000000000000001")]
    extern "C" fn export_paying() -> &'static Paying {
        &PAYING
    }

    #[unsafe(export_name = "__wasm_split_00managing00_export_00000000000000000000000000000002")]
    extern "C" fn export_managing() -> &'static Managing {
        &MANAGING
    }

    #[unsafe(export_name = "__wasm_split_00keys00_export_00000000000000000000000000000003")]
    extern "C" fn export_keys() -> &'static Keys {
        &KEYS
    }

    #[unsafe(export_name = "__wasm_split_00wallet00_export_00000000000000000000000000000004")]
    extern "C" fn export_wallet() -> &'static Wallet {
        &WALLET
    }

    #[unsafe(export_name = "__wasm_split_00hand00_export_00000000000000000000000000000005")]
    extern "C" fn export_hand() -> &'static Hand {
        &HAND
    }

    #[unsafe(export_name = "__wasm_split_00policy00_export_00000000000000000000000000000006")]
    extern "C" fn export_policy() -> &'static PolicyPart {
        &POLICY
    }

    #[unsafe(export_name = "__wasm_split_00port00_export_00000000000000000000000000000007")]
    extern "C" fn export_port() -> &'static Port {
        &PORT
    }

    pub(super) fn hand() -> &'static Hand {
        import_hand()
    }

    pub(super) fn policy() -> &'static PolicyPart {
        import_policy()
    }

    pub(super) fn port() -> &'static Port {
        import_port()
    }

    pub(super) fn paying() -> &'static Paying {
        import_paying()
    }

    pub(super) fn managing() -> &'static Managing {
        import_managing()
    }

    pub(super) fn keys() -> &'static Keys {
        import_keys()
    }

    pub(super) fn wallet() -> &'static Wallet {
        import_wallet()
    }

    pub(super) async fn load(part: Part) -> Result<(), Failure> {
        let loaded = load_file(part.name(), &wasm_bindgen::exports()).await;
        loaded.map(|_| ()).map_err(|cause| {
            let message = "a part of the library can't be loaded; nothing was signed or sent";
            Failure::new("not-loaded", message).caused_by(cause)
        })
    }
}

/// Everything is in one file.
#[cfg(not(feature = "parts"))]
mod loader {
    use super::{
        Failure, HAND, Hand, KEYS, Keys, MANAGING, Managing, PAYING, POLICY, PORT, Part, Paying,
        PolicyPart, Port, WALLET, Wallet,
    };

    pub(super) fn hand() -> &'static Hand {
        &HAND
    }

    pub(super) fn policy() -> &'static PolicyPart {
        &POLICY
    }

    pub(super) fn port() -> &'static Port {
        &PORT
    }

    pub(super) fn paying() -> &'static Paying {
        &PAYING
    }

    pub(super) fn managing() -> &'static Managing {
        &MANAGING
    }

    pub(super) fn keys() -> &'static Keys {
        &KEYS
    }

    pub(super) fn wallet() -> &'static Wallet {
        &WALLET
    }

    pub(super) async fn load(_: Part) -> Result<(), Failure> {
        Ok(())
    }
}
