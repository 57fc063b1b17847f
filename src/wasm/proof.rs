//! Signs and recovers balance proofs without any state.

use wasm_bindgen::prelude::*;

use crate::protocol::{Address, Amount, ChannelId, Generation, Manager, Signature};

use super::convert;
use super::error::Failure;
use super::local_key::LocalKey;

#[wasm_bindgen]
extern "C" {
    pub type BalanceMessage;

    // Getters, because a property name passed from WebAssembly is decoded again at each call.
    #[wasm_bindgen(method, getter, structural, catch)]
    fn contract(this: &BalanceMessage) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn receiver(this: &BalanceMessage) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch, js_name = openBlock)]
    fn open_block(this: &BalanceMessage) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn balance(this: &BalanceMessage) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn generation(this: &BalanceMessage) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type Proof;

    #[wasm_bindgen(method, setter, structural)]
    fn set_balance(this: &Proof, balance: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_signature(this: &Proof, signature: &str);
}

/// A parsed message. The signed hash does not cover the sender, and deriving it takes as long as signing,
/// so the channel has none.
struct Parsed {
    manager: Manager,
    channel: ChannelId,
    balance: Amount,
}

impl BalanceMessage {
    fn parse(&self) -> Result<Parsed, JsValue> {
        if !self.is_object() {
            return Err(Failure::argument("message", "an object").into());
        }
        let generation = self.generation()?;
        let generation = if generation.is_undefined() {
            Generation::V02
        } else {
            let known = generation.as_string().and_then(|text| text.parse().ok());
            known.ok_or_else(|| Failure::argument("generation", "\"0.1\" or \"0.2\""))?
        };
        let open_block = convert::whole(&self.open_block()?);
        let open_block = open_block.and_then(|block| u32::try_from(block).ok());
        let open_block = open_block
            .ok_or_else(|| Failure::argument("openBlock", "a whole number from 0 to 2^32 - 1"))?;
        Ok(Parsed {
            manager: Manager {
                address: convert::address("contract", &self.contract()?)?,
                generation,
            },
            channel: ChannelId {
                sender: Address::ZERO,
                receiver: convert::address("receiver", &self.receiver()?)?,
                open_block,
            },
            balance: convert::amount("balance", &self.balance()?)?,
        })
    }
}

#[wasm_bindgen]
impl LocalKey {
    #[wasm_bindgen(js_name = signBalanceProof)]
    pub fn sign_balance_proof(&self, message: &BalanceMessage) -> Result<Proof, JsValue> {
        let parsed = message.parse()?;
        let signed = parsed
            .manager
            .sign_balance(self.key(), &parsed.channel, parsed.balance);
        let proof: Proof = js_sys::Object::new().unchecked_into();
        proof.set_balance(&message.balance()?);
        proof.set_signature(&signed.signature.to_string());
        Ok(proof)
    }
}

#[wasm_bindgen(js_name = recoverBalanceProof)]
pub fn recover_balance_proof(
    message: &BalanceMessage,
    signature: &JsValue,
) -> Result<String, JsValue> {
    let parsed = message.parse()?;
    let signature = signature.as_string().and_then(|text| text.parse().ok());
    let signature: Signature =
        signature.ok_or_else(|| Failure::argument("signature", convert::SIGNATURE))?;
    let hash = parsed.manager.balance_hash(&parsed.channel, parsed.balance);
    let signer = signature
        .recover(&hash)
        .map_err(|error| Failure::new("invalid-argument", error).with("argument", "signature"))?;
    Ok(signer.to_string())
}
