//! Accounts of other libraries that sign a hash: viem's local accounts, ethers' wallets, and whatever has an
//! `address` and a `sign`.

use js_sys::{Function, Object, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::protocol::{Address, Hash, Signature, hex_text};

use super::call_options::Watch;
use super::convert::member;
use super::error::{Failure, set};

/// An account whose key is elsewhere, and which signs any hash without asking its user.
#[derive(Clone)]
pub(crate) struct HashSigner {
    pub(crate) address: Address,
    /// What `sign` is called on.
    object: JsValue,
    sign: Function,
    argument: Argument,
}

/// What `sign` takes.
#[derive(Clone, Copy)]
enum Argument {
    /// `{ hash }`, as viem's.
    Named,
    /// The hash, as of ethers' `SigningKey`.
    Plain,
}

impl HashSigner {
    /// Reads an account by what it can do; `None`: it is none.
    pub(crate) fn read(value: &JsValue) -> Option<Self> {
        let address = member(value, "address")?.as_string()?.parse().ok()?;
        let signer = |object: JsValue, argument| {
            let sign = member(&object, "sign")?.dyn_into().ok()?;
            Some(Self {
                address,
                object,
                sign,
                argument,
            })
        };
        signer(value.clone(), Argument::Named)
            .or_else(|| signer(member(value, "signingKey")?, Argument::Plain))
    }

    /// Signs a hash, and makes sure that the signature is this account's.
    pub(crate) async fn sign(&self, hash: &Hash, watch: &Watch) -> Result<Signature, Failure> {
        watch.check()?;
        let text = JsValue::from(hash.to_string());
        let argument = match self.argument {
            Argument::Plain => text,
            Argument::Named => {
                let named = Object::new();
                set(&named, "hash", &text);
                named.into()
            }
        };
        let failed = |cause: JsValue| {
            Failure::new("wallet-error", "the account's `sign` failed").caused_by(cause)
        };
        let answer = self.sign.call1(&self.object, &argument).map_err(failed)?;
        let answer = JsFuture::from(Promise::resolve(&answer));
        let answer = watch.unless_aborted(answer).await;
        let answer = answer.ok_or_else(|| watch.aborted())?.map_err(failed)?;
        // ethers answers an object that writes the signature.
        let text = answer
            .as_string()
            .or_else(|| member(&answer, "serialized")?.as_string());
        let bytes = text.and_then(|text| hex_text::decode(&text).ok());
        let signature = bytes.and_then(|b| Signature::of_account(&b, hash, self.address));
        signature.ok_or_else(|| {
            let message = "what `sign` returned is not this account's signature of the hash";
            Failure::new("wrong-signer", message).with("expected", self.address.to_string())
        })
    }
}
