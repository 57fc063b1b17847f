//! What each part is reached by: its functions, in one table.

use std::rc::Rc;

use js_sys::Function;
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
use crate::wasm::account::Injected;
use crate::wasm::browser::Browser;
use crate::wasm::channel::Property;
use crate::wasm::client::Client;
use crate::wasm::contract::{self, Answer, Question};
use crate::wasm::freeze::Frozen;
use crate::wasm::injected::{self, Asking};
use crate::wasm::watch::Watch;
use crate::wasm::{channel, client, funds, local_key, person, port, recovery, wallet};

use super::Work;

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

pub(super) static PAYING: Paying = Paying {
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

pub(super) static HAND: Hand = Hand {
    sign: channel::sign,
    decide: channel::decide,
};

/// What checks payments against the person's rules.
pub(crate) struct PolicyPart {
    pub(crate) rules: Rules<Browser>,
}

pub(super) static POLICY: PolicyPart = PolicyPart { rules: Rules::ALL };

/// What pages and their workers share.
pub(crate) struct Port {
    pub(crate) serve: fn(&MessagePort),
    pub(crate) r#use: fn(MessagePort) -> Work,
}

pub(super) static PORT: Port = Port {
    serve: port::serve_port,
    r#use: port::use_port,
};

/// What keeps keys.
pub(crate) struct Keys {
    pub(crate) load: fn(JsValue) -> Work,
    pub(crate) save: fn(PrivateKey, JsValue) -> Work,
    pub(crate) forget: fn(JsValue) -> Work,
}

pub(super) static KEYS: Keys = Keys {
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

pub(super) static WALLET: Wallet = Wallet {
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
    pub(crate) export_backup: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) import_backup: fn(Rc<Client>, JsValue, JsValue) -> Work,
    pub(crate) token_info: fn(Rc<Client>) -> Work,
    pub(crate) ether_balance: fn(Rc<Client>) -> Work,
    pub(crate) mint: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) sweep: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) fund: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) policy: fn(Rc<Client>) -> Work,
    pub(crate) set_policy: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) stop: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) ledger: fn(Rc<Client>) -> Work,
    pub(crate) export_ledger: fn(Rc<Client>, JsValue) -> Work,
    pub(crate) key_of_backup: fn(JsValue, JsValue) -> Work,
}

pub(super) static MANAGING: Managing = Managing {
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
