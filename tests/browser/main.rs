//! The exported classes in a real browser: keys, wallets, arguments and errors.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::panic)] // A test crate.

use js_sys::{Array, Function, Object, Promise, Reflect};
use microraiden::wasm::client::MicroRaiden;
use microraiden::wasm::local_key::LocalKey;
use microraiden::wasm::wallet::{InjectedWallet, Wallets};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

mod proof;
mod stored_key;
mod vectors;

wasm_bindgen_test_configure!(run_in_browser);

const KEY: &str = "0xa0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0";
const ADDRESS: &str = "0x8Bf640A099fE945DA46F354d3B49c48a125F48B6";

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value).expect("a plain object");
    }
    object.into()
}

/// A real `Error` with a code; returns the code.
fn code(error: JsValue) -> String {
    assert!(
        error.is_instance_of::<js_sys::Error>(),
        "{error:?} is no Error"
    );
    let get = |name: &str| Reflect::get(&error, &name.into()).expect("readable");
    assert_eq!(get("name").as_string().as_deref(), Some("MicroRaidenError"));
    assert!(get("details").is_object());
    get("code").as_string().expect("a code")
}

async fn rejection(promise: Promise) -> String {
    code(JsFuture::from(promise).await.expect_err("rejected"))
}

fn key() -> LocalKey {
    LocalKey::from_hex(&KEY.into()).expect("a valid key")
}

#[wasm_bindgen_test]
fn keys_are_read_and_refused() {
    assert_eq!(key().address(), ADDRESS);
    assert_eq!(key().to_hex(), KEY);
    assert_eq!(
        LocalKey::from_hex(&KEY[2..].into())
            .expect("without 0x")
            .address(),
        ADDRESS
    );
    let long = "1".repeat(100_000);
    for bad in [
        "",
        "0x",
        "0x00",
        &long,
        &"0".repeat(64),
        &"f".repeat(64),
        &"é".repeat(32),
    ] {
        let error = LocalKey::from_hex(&bad.into()).err().expect("refused");
        let message = js_sys::Error::from(error.clone()).message();
        assert!(
            bad.len() < 8 || !String::from(message).contains(bad),
            "the key is shown"
        );
        assert_eq!(code(error), "invalid-argument");
    }
    for bad in [
        JsValue::UNDEFINED,
        JsValue::NULL,
        7.into(),
        Object::new().into(),
    ] {
        assert_eq!(
            code(LocalKey::from_hex(&bad).err().expect("refused")),
            "invalid-argument"
        );
    }
}

#[wasm_bindgen_test]
fn two_new_keys_differ() {
    let (one, other) = (
        LocalKey::create().expect("random"),
        LocalKey::create().expect("random"),
    );
    assert_ne!(one.address(), other.address());
}

#[wasm_bindgen_test]
async fn connect_names_the_argument_that_is_wrong() {
    let wallet = JsValue::from(key());
    let contract = JsValue::from(ADDRESS);
    let cases = [
        JsValue::NULL,
        JsValue::from(1),
        object(&[]),
        object(&[("contract", contract.clone())]),
        object(&[
            ("contract", contract.clone()),
            ("wallet", Object::new().into()),
        ]),
        // A local key needs a node.
        object(&[("contract", contract.clone()), ("wallet", wallet.clone())]),
        object(&[("contract", "0x12".into()), ("wallet", wallet.clone())]),
        object(&[
            ("contract", contract.clone()),
            ("signal", 1.into()),
            ("wallet", wallet),
        ]),
    ];
    for options in cases {
        assert_eq!(
            rejection(MicroRaiden::connect(options)).await,
            "invalid-argument"
        );
    }
}

#[wasm_bindgen_test]
async fn a_node_that_is_not_there_is_named() {
    let options = object(&[
        ("wallet", key().into()),
        ("contract", ADDRESS.into()),
        ("rpc", "http://127.0.0.1:9545/nobody".into()),
    ]);
    assert_eq!(
        rejection(MicroRaiden::connect(options)).await,
        "rpc-unreachable"
    );
}

/// A provider whose `request` runs this body.
fn provider(body: &str) -> JsValue {
    object(&[("request", Function::new_with_args("call", body).into())])
}

async fn connect_through(body: &str) -> String {
    let wallet = InjectedWallet::from(provider(body)).expect("a provider");
    let options = object(&[("wallet", wallet.into()), ("contract", ADDRESS.into())]);
    rejection(MicroRaiden::connect(options)).await
}

#[wasm_bindgen_test]
async fn what_wallets_reject_with_becomes_a_typed_error() {
    let cases = [
        (
            "return Promise.reject({ code: 4001, message: 'no' })",
            "wallet-rejected",
        ),
        (
            "return Promise.reject({ code: 4100, message: 'no' })",
            "wallet-unauthorized",
        ),
        (
            "return Promise.reject({ code: 4200, message: 'no' })",
            "wallet-unsupported",
        ),
        (
            "return Promise.reject({ code: 4900, message: 'no' })",
            "wallet-disconnected",
        ),
        (
            "return Promise.reject({ code: -32002, message: 'busy' })",
            "wallet-pending",
        ),
        (
            "return Promise.reject({ code: -32603, message: 'x', data: { originalError: \
             { code: 4001, message: 'no' } } })",
            "wallet-rejected",
        ),
        ("return Promise.reject('text')", "wallet-error"),
        ("return Promise.reject(undefined)", "wallet-error"),
        ("throw new Error('thrown')", "wallet-error"),
        ("return Promise.resolve([])", "no-account"),
        ("return Promise.resolve(['0x12'])", "no-account"),
        ("return Promise.resolve({ a: 1n })", "wallet-error"),
        (
            "let deep = []; for (let i = 0; i < 100000; i++) deep = [deep]; \
             return Promise.resolve(deep)",
            "wallet-error",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(connect_through(body).await, expected, "{body}");
    }
}

/// What a node or wallet may answer instead, as JavaScript.
const NEITHER_NUMBER_NOR_DATA: [&str; 6] =
    ["'zz'", "null", "{}", "[]", "'0xffffffffffffffffff'", "12"];

#[wasm_bindgen_test]
async fn hostile_nodes_get_typed_errors() {
    let accounts = format!("if (call.method.endsWith('ccounts')) return ['{ADDRESS}'];");
    let chain = "if (call.method === 'eth_chainId') return '0x1';";
    for answer in NEITHER_NUMBER_NOR_DATA {
        let body = format!("{accounts} {chain} return Promise.resolve({answer})");
        assert_eq!(connect_through(&body).await, "rpc-malformed", "{answer}");
    }
    let body = format!("{accounts} {chain} return Promise.resolve('0x')");
    assert_eq!(connect_through(&body).await, "not-a-manager");
}

#[wasm_bindgen_test]
async fn a_wallet_whose_chain_is_none_is_refused_before_its_node_is_asked() {
    let accounts = format!("if (call.method.endsWith('ccounts')) return ['{ADDRESS}'];");
    let chain = |answer| format!("if (call.method === 'eth_chainId') return {answer};");
    for answer in NEITHER_NUMBER_NOR_DATA.into_iter().chain(["'0x'"]) {
        let body = format!("{accounts} {} throw new Error(call.method)", chain(answer));
        assert_eq!(connect_through(&body).await, "wallet-error", "{answer}");
    }
}

#[wasm_bindgen_test]
async fn wallets_announce_themselves_and_are_listed_once() {
    let announce = Function::new_with_args(
        "",
        "const detail = Object.freeze({ info: { uuid: 'u-1', name: 'Test wallet', icon: 'data:,', \
         rdns: 'org.example' }, provider: { request() {} } }); \
         const tell = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail })); \
         addEventListener('eip6963:requestProvider', () => { tell(); tell(); }); \
         addEventListener('eip6963:requestProvider', () => dispatchEvent(new \
         CustomEvent('eip6963:announceProvider', { detail: { info: {} } })));",
    );
    announce.call0(&JsValue::UNDEFINED).expect("announced");
    let found = JsFuture::from(Wallets::discover(JsValue::UNDEFINED))
        .await
        .expect("a list");
    let found: Array = found.unchecked_into();
    assert_eq!(found.length(), 1);
    let name = Reflect::get(&found.get(0), &"name".into()).expect("readable");
    assert_eq!(name.as_string().as_deref(), Some("Test wallet"));
    assert!(InjectedWallet::from(JsValue::NULL).is_err());
    assert!(InjectedWallet::from(Object::new().into()).is_err());
}
