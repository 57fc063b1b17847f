//! Arguments from JavaScript, parsed once at the edge.
//!
//! Misspelt options and values of a wrong type are errors that name them, and are never ignored: an
//! ignored option could be a spending limit.

use js_sys::{Array, BigInt, Function, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Url;

use crate::protocol::{Address, Amount, BalanceProof};

use super::call_options::Watch;
use super::error::{Failure, big_int, set};

#[wasm_bindgen]
extern "C" {
    /// As in `[object Map]`.
    #[wasm_bindgen(js_namespace = ["Object", "prototype", "toString"], js_name = call)]
    pub(crate) fn tag_of(value: &JsValue) -> String;
}

/// An options object whose properties are all known.
pub(crate) struct Options<'a> {
    object: &'a JsValue,
    known: Vec<&'static str>,
}

impl<'a> Options<'a> {
    /// `undefined` means no options. Fails for a property that is not in `known`.
    pub(crate) fn read(value: &'a JsValue, known: &[&'static str]) -> Result<Self, Failure> {
        if value.is_undefined() {
            return Ok(Self::reader(value, known));
        }
        Self::of("options", value, known)
    }

    /// The options of a long call: also accepts `onProgress` and `signal`.
    pub(crate) fn watched(value: &'a JsValue, known: &[&'static str]) -> Result<Self, Failure> {
        Self::read(value, &[known, &Watch::NAMES].concat())
    }

    /// A required object.
    pub(crate) fn of(
        name: &str,
        value: &'a JsValue,
        known: &[&'static str],
    ) -> Result<Self, Failure> {
        // Reject promises and maps: they have no own properties, so they would pass as an empty object.
        if !value.is_object() || tag_of(value) != "[object Object]" {
            return Err(Failure::argument(name, "an object"));
        }
        let keys = Object::keys(value.unchecked_ref::<Object>());
        for key in keys.iter().filter_map(|key| key.as_string()) {
            if !known.contains(&key.as_str()) {
                let known = known.join(", ");
                let message = format!("{key} is not known here; {name} may have {known}");
                return Err(Failure::new("invalid-argument", message).with("argument", key));
            }
        }
        Ok(Self::reader(value, known))
    }

    fn reader(object: &'a JsValue, known: &[&'static str]) -> Self {
        let known = known.to_vec();
        Self { object, known }
    }

    /// A property; `None` if it is missing or `undefined`. `null` is not accepted as missing.
    pub(crate) fn get(&self, name: &str) -> Result<Option<JsValue>, Failure> {
        if !self.known.contains(&name) {
            // A bug of ours: an option that is read must be in `known`, or no caller could pass it.
            return Err(Failure::argument(name, "known where options are read"));
        }
        if self.object.is_undefined() {
            return Ok(None);
        }
        let value = Reflect::get(self.object, &JsValue::from_str(name))
            .map_err(|e| Failure::argument(name, "readable").caused_by(e))?;
        Ok((!value.is_undefined()).then_some(value))
    }

    fn require<T>(&self, name: &str, value: Option<T>, expected: &str) -> Result<T, Failure> {
        value.ok_or_else(|| Failure::argument(name, expected))
    }

    pub(crate) fn amount(&self, name: &str) -> Result<Option<Amount>, Failure> {
        self.get(name)?
            .map(|value| amount(name, &value))
            .transpose()
    }

    pub(crate) fn required_amount(&self, name: &str) -> Result<Amount, Failure> {
        self.require(name, self.amount(name)?, AMOUNT)
    }

    pub(crate) fn address(&self, name: &str) -> Result<Option<Address>, Failure> {
        self.get(name)?
            .map(|value| address(name, &value))
            .transpose()
    }

    pub(crate) fn required_address(&self, name: &str) -> Result<Address, Failure> {
        self.require(name, self.address(name)?, ADDRESS)
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        self.get(name)?.map(|value| text(name, &value)).transpose()
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        self.get(name)?.map(|value| flag(name, &value)).transpose()
    }

    /// A whole number that a JavaScript number holds exactly, such as a chain id or a block's number.
    pub(crate) fn whole(&self, name: &str) -> Result<Option<u64>, Failure> {
        let read =
            |value: JsValue| whole(&value).ok_or_else(|| Failure::argument(name, "a whole number"));
        self.get(name)?.map(read).transpose()
    }
}

/// A whole number up to 2^53 - 1, as a number or a bigint.
pub(crate) fn whole(value: &JsValue) -> Option<u64> {
    const MOST: f64 = js_sys::Number::MAX_SAFE_INTEGER;
    if value.is_bigint() {
        return u64::try_from(value.clone())
            .ok()
            .filter(|n| *n <= MOST as u64);
    }
    let number = value.as_f64().filter(|n| (0.0..=MOST).contains(n));
    number.filter(|n| n.trunc() == *n).map(|n| n as u64)
}

const AMOUNT: &str = "a bigint of token base units from 0 to 2^192 - 1";
const ADDRESS: &str = "an address: 0x and 40 hex digits, with a right checksum if cases are mixed";

pub(crate) const SIGNATURE: &str = "0x and 130 hex digits with v 0, 1, 27 or 28";

/// A `bigint`. Rejects numbers and text: JavaScript numbers are floats, unsafe for money.
pub(crate) fn amount(name: &str, value: &JsValue) -> Result<Amount, Failure> {
    let error = || Failure::argument(name, AMOUNT);
    if let Ok(small) = u64::try_from(value.clone()) {
        return Ok(Amount::from_u64(small));
    }
    let number = value.dyn_ref::<BigInt>().ok_or_else(error)?;
    let text = number
        .to_string(10)
        .ok()
        .and_then(|text| text.as_string())
        .ok_or_else(error)?;
    text.parse().map_err(|_| error())
}

pub(crate) fn text(name: &str, value: &JsValue) -> Result<String, Failure> {
    let text = value.as_string();
    text.ok_or_else(|| Failure::argument(name, "text"))
}

/// A URL as text or as a `URL`, also one of another frame or of a test's browser.
pub(crate) fn url_text(value: &JsValue) -> Option<String> {
    if tag_of(value) == "[object URL]" {
        return member(value, "href")?.as_string();
    }
    value.as_string()
}

/// A member of an object, if it is there.
pub(crate) fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    // Fails for what is no object.
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// Text, or `None` for `undefined`.
pub(crate) fn optional_text(name: &str, value: &JsValue) -> Result<Option<String>, Failure> {
    match value.is_undefined() {
        true => Ok(None),
        false => text(name, value).map(Some),
    }
}

pub(crate) fn flag(name: &str, value: &JsValue) -> Result<bool, Failure> {
    let flag = value.as_bool();
    flag.ok_or_else(|| Failure::argument(name, "true or false"))
}

/// An event listener.
pub(crate) fn listener(value: &JsValue) -> Result<Function, Failure> {
    let function = value.dyn_ref::<Function>().cloned();
    function.ok_or_else(|| Failure::argument("listener", "a function"))
}

pub(crate) fn address(name: &str, value: &JsValue) -> Result<Address, Failure> {
    let text = value.as_string().and_then(|text| text.parse().ok());
    text.ok_or_else(|| Failure::argument(name, ADDRESS))
}

/// A list of origins, such as `https://example.org`. Rejects URLs with a path.
pub(crate) fn origins(name: &str, value: &JsValue) -> Result<Vec<String>, Failure> {
    let expected = "a list of origins, such as \"https://example.org\"";
    let error = || Failure::argument(name, expected);
    let list = value.dyn_ref::<Array>().ok_or_else(error)?;
    let read = |item: JsValue| {
        let text = item.as_string().ok_or_else(error)?;
        let url = Url::new(&text).map_err(|_| error())?;
        // Reject text that is more than an origin, and URLs that have no origin.
        let same = url.href().strip_suffix('/') == Some(&url.origin());
        let web = matches!(url.protocol().as_str(), "http:" | "https:");
        (same && web).then(|| url.origin()).ok_or_else(error)
    };
    list.iter().map(read).collect()
}

/// `{ balance: bigint, signature: Hex }`
pub(crate) fn proof(value: &JsValue) -> Result<BalanceProof, Failure> {
    let options = Options::of("proof", value, &["balance", "signature"])?;
    let balance = options.required_amount("balance")?;
    let signature = options
        .text("signature")?
        .and_then(|text| text.parse().ok());
    let signature = signature.ok_or_else(|| Failure::argument("signature", SIGNATURE))?;
    Ok(BalanceProof { balance, signature })
}

pub(crate) fn from_proof(proof: &BalanceProof) -> JsValue {
    let object = js_sys::Object::new();
    set(&object, "balance", &big_int(&proof.balance));
    set(&object, "signature", &proof.signature.to_string().into());
    object.into()
}

/// A transaction's hash, or `undefined`.
pub(crate) fn from_hash(hash: Option<&crate::protocol::Hash>) -> JsValue {
    hash.map_or(JsValue::UNDEFINED, |hash| hash.to_string().into())
}
