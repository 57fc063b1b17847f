//! Arguments from JavaScript, parsed once at the edge.

use js_sys::{BigInt, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::protocol::{Address, Amount, BalanceProof};

use super::error::{Failure, big_int, set};

/// The properties of an options object.
pub(crate) struct Options<'a>(&'a JsValue);

impl<'a> Options<'a> {
    /// `undefined` stands for no options.
    pub(crate) fn read(value: &'a JsValue) -> Result<Self, Failure> {
        if value.is_undefined() || value.is_object() {
            return Ok(Self(value));
        }
        Err(Failure::argument("options", "an object"))
    }

    /// A property, `None` where it is missing, `undefined` or `null`.
    pub(crate) fn get(&self, name: &str) -> Result<Option<JsValue>, Failure> {
        if self.0.is_undefined() {
            return Ok(None);
        }
        let value = Reflect::get(self.0, &JsValue::from_str(name))
            .map_err(|e| Failure::argument(name, "readable").caused_by(e))?;
        Ok((!value.is_undefined() && !value.is_null()).then_some(value))
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
        let read = |value: JsValue| {
            value
                .as_string()
                .ok_or_else(|| Failure::argument(name, "text"))
        };
        self.get(name)?.map(read).transpose()
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        let read = |value: JsValue| {
            value
                .as_bool()
                .ok_or_else(|| Failure::argument(name, "true or false"))
        };
        self.get(name)?.map(read).transpose()
    }

    /// A whole number that a JavaScript number holds exactly, such as a chain id.
    pub(crate) fn whole(&self, name: &str) -> Result<Option<u64>, Failure> {
        let read = |value: JsValue| {
            let number = value
                .as_f64()
                .filter(|n| *n >= 0.0 && *n <= js_sys::Number::MAX_SAFE_INTEGER);
            let number = number.filter(|n| n.trunc() == *n).map(|n| n as u64);
            number.ok_or_else(|| Failure::argument(name, "a whole number"))
        };
        self.get(name)?.map(read).transpose()
    }
}

const AMOUNT: &str = "a bigint of token base units from 0 to 2^192 - 1";
const ADDRESS: &str = "an address: 0x and 40 hex digits, with a right checksum if cases are mixed";

pub(crate) const SIGNATURE: &str = "0x and 130 hex digits with v 0, 1, 27 or 28";

/// A `bigint`. Numbers and text are refused: a JavaScript number is no amount of money.
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

pub(crate) fn address(name: &str, value: &JsValue) -> Result<Address, Failure> {
    let text = value.as_string().and_then(|text| text.parse().ok());
    text.ok_or_else(|| Failure::argument(name, ADDRESS))
}

/// `{ balance: bigint, signature: Hex }`
pub(crate) fn proof(value: &JsValue) -> Result<BalanceProof, Failure> {
    let options = Options::read(value)?;
    let balance = options.required_amount("balance")?;
    let signature = options
        .text("signature")?
        .and_then(|text| text.parse().ok());
    let signature = signature.ok_or_else(|| Failure::argument("signature", SIGNATURE))?;
    Ok(BalanceProof { balance, signature })
}

pub(crate) fn from_proof(proof: &BalanceProof) -> JsValue {
    let object = js_sys::Object::new();
    set(&object, "balance", &big_int(proof.balance));
    set(&object, "signature", &proof.signature.to_string().into());
    object.into()
}

/// A transaction's hash, where it is known.
pub(crate) fn from_hash(hash: Option<&crate::protocol::Hash>) -> JsValue {
    hash.map_or(JsValue::UNDEFINED, |hash| hash.to_string().into())
}
