//! What a wallet is asked: EIP-1193 requests, and what its answers and refusals mean.

use crate::json::{Value, json};
use js_sys::{Function, JSON, Object, Promise, Reflect};
use serde::Serialize;
use serde::ser::Error;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::chain::TransportError;
use crate::protocol::{Address, Hash, Signature, TypedData, hex_text};
use crate::sender::store::journal::Action;

use super::account::{Injected, no_account, wrong_network};
use super::call_options::Watch;
use super::error::{Failure, set};
use super::transport::MAX_ANSWER;

/// JSON-RPC: the method is not known.
const METHOD_NOT_FOUND: i64 = -32601;
/// EIP-1193: the method is not supported.
const UNSUPPORTED_METHOD: i64 = 4200;

/// Asks a wallet for its accounts and takes the first.
pub(crate) async fn connect(provider: JsValue, watch: &Watch) -> Result<Injected, Failure> {
    watch.waiting_for_wallet("accounts", None);
    let accounts = ask(&provider, "eth_requestAccounts", &json!([])).await;
    let accounts = accounts.map_err(wallet_failure)?;
    let address = list_accounts(&accounts).next().ok_or_else(no_account)?;
    Ok(Injected { provider, address })
}

impl Injected {
    /// The chain that the wallet is on, once it still shows the account.
    pub(crate) async fn chain(&self) -> Result<u64, Failure> {
        let Self { provider, address } = self;
        let accounts = ask(provider, "eth_accounts", &json!([])).await;
        let accounts = accounts.map_err(wallet_failure)?;
        if !list_accounts(&accounts).any(|account| account == *address) {
            return Err(no_account().with("expected", address.to_string()));
        }
        let answer = ask(provider, "eth_chainId", &json!([])).await;
        let answer = answer.map_err(wallet_failure)?;
        let chain_id = answer
            .as_str()
            .and_then(|text| hex_text::decode_u64(text).ok());
        let malformed = || Failure::new("wallet-error", "the wallet's eth_chainId is malformed");
        chain_id.ok_or_else(malformed)
    }

    /// Signs typed data of version 1, and makes sure that the signature is this account's.
    pub(crate) async fn sign(
        &self,
        chain_id: u64,
        message: &TypedData,
        action: Option<Action>,
        watch: &Watch,
    ) -> Result<Signature, Failure> {
        let Self { provider, address } = self;
        let actual = self.chain().await?;
        if actual != chain_id {
            return Err(wrong_network(chain_id, actual));
        }
        watch.waiting_for_wallet("signature", action);
        let answer = sign_typed(provider, &message.wallet_parameters(*address)).await?;
        let signature: Option<Signature> = answer.as_str().and_then(|text| text.parse().ok());
        let signature = signature.ok_or_else(|| {
            Failure::new(
                "wallet-error",
                "the wallet answered something else than a signature",
            )
        })?;
        if signature.recover(&message.hash()) == Ok(*address) {
            return Ok(signature);
        }
        let message = "the wallet's signature is not this account's signature of the message; a \
                       wallet that signs typed data version 1 is needed";
        Err(Failure::new("wrong-signer", message).with("expected", address.to_string()))
    }

    /// `eth_sendTransaction`: the wallet fills in nonce and fees, signs and sends.
    pub(crate) async fn send(
        &self,
        call: Value,
        action: Action,
        watch: &Watch,
    ) -> Result<Hash, Failure> {
        watch.waiting_for_wallet("transaction", Some(action));
        let answer = ask(&self.provider, "eth_sendTransaction", &json!([call])).await;
        let answer = answer.map_err(wallet_failure)?;
        let hash = answer.as_str().and_then(|text| text.parse().ok());
        hash.ok_or_else(|| {
            let message = "the wallet answered something else than a transaction hash";
            Failure::new("wallet-error", message)
        })
    }
}

/// `eth_signTypedData` in its first form; some wallets know it by its longer name only.
async fn sign_typed(provider: &JsValue, params: &Value) -> Result<Value, Failure> {
    match ask(provider, "eth_signTypedData", params).await {
        Err(TransportError::Answer {
            code: METHOD_NOT_FOUND | UNSUPPORTED_METHOD,
            ..
        }) => ask(provider, "eth_signTypedData_v1", params)
            .await
            .map_err(wallet_failure),
        answer => answer.map_err(wallet_failure),
    }
}

fn list_accounts(accounts: &Value) -> impl Iterator<Item = Address> + '_ {
    let list = accounts.as_array().unwrap_or_default();
    list.iter()
        .filter_map(|account| account.as_str()?.parse().ok())
}

/// What EIP-1193 and the common wallets mean by their codes.
fn wallet_failure(error: TransportError) -> Failure {
    let code = match &error {
        TransportError::Answer { code, .. } => match code {
            4001 => "wallet-rejected",
            4100 => "wallet-unauthorized",
            &UNSUPPORTED_METHOD | &METHOD_NOT_FOUND => "wallet-unsupported",
            4900 | 4901 => "wallet-disconnected",
            -32002 => "wallet-pending",
            _ => "wallet-error",
        },
        TransportError::Aborted => "aborted",
        TransportError::Unreachable(_)
        | TransportError::TimedOut { .. }
        | TransportError::Status { .. }
        | TransportError::NotJsonRpc
        | TransportError::OtherChain { .. } => "wallet-error",
    };
    let message = match &error {
        TransportError::Answer { message, .. } => format!("the wallet refused: {message}"),
        other => format!("the wallet failed: {other}"),
    };
    let failure = Failure::new(code, message);
    match error {
        TransportError::Answer { code, .. } => failure.with("walletCode", code as f64),
        _ => failure,
    }
}

/// Calls `provider.request({ method, params })`.
pub(crate) async fn ask(
    provider: &JsValue,
    method: &str,
    params: &Value,
) -> Result<Value, TransportError> {
    let answer = call_provider(provider, method, params).await;
    let answer = answer.map_err(|error| read_rejection(&error))?;
    if answer.is_undefined() {
        return Ok(Value::Null);
    }
    // By way of text: the parser bounds the depth that a hostile answer could have.
    let text = JSON::stringify(&answer).map_err(|_| TransportError::NotJsonRpc)?;
    let text = text.as_string().filter(|text| text.len() <= MAX_ANSWER);
    let text = text.ok_or(TransportError::NotJsonRpc)?;
    Value::parse(&text).map_err(|_| TransportError::NotJsonRpc)
}

async fn call_provider(
    provider: &JsValue,
    method: &str,
    params: &Value,
) -> Result<JsValue, JsValue> {
    let request: Function = Reflect::get(provider, &"request".into())?.dyn_into()?;
    let params = Plain(params).serialize(&Serializer::json_compatible())?;
    let call = Object::new();
    set(&call, "method", &method.into());
    set(&call, "params", &params);
    let answer = request.call1(provider, &call)?;
    JsFuture::from(Promise::resolve(&answer)).await
}

/// Wallets reject with plain objects, Errors, or text; the true code may lie further inside.
fn read_rejection(error: &JsValue) -> TransportError {
    let get = |object: &JsValue, name: &str| {
        Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
    };
    let inner = get(&get(error, "data"), "originalError");
    let code = [&inner, error]
        .into_iter()
        .find_map(|object| get(object, "code").as_f64());
    let message = [error, &inner]
        .into_iter()
        .find_map(|object| get(object, "message").as_string());
    let message = message
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "no message".to_owned());
    match code {
        Some(code) => TransportError::Answer {
            code: code as i64,
            message,
            data: None,
        },
        None => TransportError::Unreachable(message),
    }
}

/// A value as JavaScript has it.
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            number @ Value::Number(_) => match number.as_u64() {
                Some(number) => serializer.serialize_u64(number),
                None => Err(S::Error::custom("only whole numbers are asked with")),
            },
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) => serializer.collect_seq(items.iter().map(Plain)),
            Value::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, Plain(value))))
            }
        }
    }
}
