//! What a wallet is asked: EIP-1193 requests, and what its answers and refusals mean.

use crate::json::{Value, json};
use js_sys::{Function, JSON, Object, Promise, Reflect};
use serde::Serialize;
use serde::ser::Error;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::chain::TransportError;
use crate::protocol::{Address, Hash, PrivateKey, Signature, TypedData, hex_text};
use crate::sender::store::journal::Action;
use crate::sender::store::keys;
use crate::sender::wallet::batch::{self, BatchCall, BatchId};
use crate::sender::wallet::chain::{self, Chain};
use crate::sender::wallet::derived_key::{self, KeyText, NotDerived, Scope};
use crate::sender::wallet::typed_data::{self, Form, NotSigned, WalletProvider};
use crate::sender::wallet::{Thrown, WalletError, WalletRefusal};
use crate::sender::world::NotSent;

use super::account::{Injected, no_account, wrong_network};
use super::browser::origin;
use super::call_options::Watch;
use super::convert::member;
use super::endpoint::MAX_ANSWER;
use super::error::{Failure, set};
use super::store::Store;
use super::timer::sleep;
use super::wallet::InjectedWallet;

/// Looks at a wallet that connects anew, and the pause before each, in milliseconds.
const RECONNECTING: [i32; 4] = [250, 500, 1000, 2000];

/// Asks a wallet for its accounts, and takes the expected one, or else the first.
pub(crate) async fn connect(
    wallet: InjectedWallet,
    expected: Option<Address>,
    store: &Store,
    watch: &Watch,
) -> Result<Injected, Failure> {
    let identity = wallet.identity();
    let provider = wallet.into_provider();
    let address = account_of(&provider, expected, watch).await?;
    Ok(Injected {
        identity,
        provider,
        store: store.clone(),
        address,
    })
}

/// Asks a wallet for its accounts, and takes the expected one, or else the first.
pub(crate) async fn account_of(
    provider: &JsValue,
    expected: Option<Address>,
    watch: &Watch,
) -> Result<Address, Failure> {
    watch.waiting_for_wallet("accounts", None);
    let accounts = look_up(provider, "eth_requestAccounts").await?;
    let mut shown = list_accounts(&accounts);
    match expected {
        None => shown.next().ok_or_else(no_account),
        Some(expected) => shown
            .find(|account| *account == expected)
            .ok_or_else(|| no_account().with("expected", expected.to_string())),
    }
}

/// Derives a key from the signature of a wallet's account of a text that names this site. `is_known` tells whether
/// the key was used before.
pub(crate) async fn derive_key(
    provider: &JsValue,
    account: Address,
    scope: Scope,
    is_known: impl AsyncFnOnce(&PrivateKey) -> bool,
    watch: &Watch,
) -> Result<PrivateKey, Failure> {
    let text = KeyText::new(&origin(), account, scope).ok_or_else(|| {
        let message = "a key of a wallet is one of a site, and this script runs on none";
        Failure::new("wallet-unsupported", message)
    })?;
    watch.waiting_for_wallet("key", None);
    let derived = derived_key::derive(&Provider(provider), &text, is_known).await;
    derived.map_err(|error| {
        let (code, message) = match error {
            NotDerived::Refused(error) => return NoAnswer::Refused(error).into(),
            NotDerived::OtherSigner => (
                "wrong-signer",
                "the wallet's signature is not this account's, as those of smart accounts are not",
            ),
            NotDerived::Differs => (
                "wallet-signatures-differ",
                "the wallet signs the same text differently each time, so no key can be brought back from it. A \
                 key of its own can pay: LocalKey.create(), with a backup",
            ),
            NotDerived::NoKey => ("wallet-error", "the wallet's signature makes no key"),
        };
        let failure = Failure::new(code, message);
        match code {
            "wrong-signer" => failure.with("expected", account.to_string()),
            "wallet-signatures-differ" => failure
                .with("account", account.to_string())
                .with("alternative", "local-key"),
            _ => failure,
        }
    })
}

impl Injected {
    /// The chain that the wallet is on, once it still shows the account.
    pub(crate) async fn chain(&self) -> Result<u64, Failure> {
        let Self {
            provider, address, ..
        } = self;
        let accounts = look_up(provider, "eth_accounts").await?;
        if !list_accounts(&accounts).any(|account| account == *address) {
            return Err(no_account().with("expected", address.to_string()));
        }
        let answer = look_up(provider, "eth_chainId").await?;
        let chain_id = answer
            .as_str()
            .and_then(|text| hex_text::decode_u64(text).ok());
        let malformed = || Failure::new("wallet-error", "the wallet's eth_chainId is malformed");
        chain_id.ok_or_else(malformed)
    }

    /// Signs typed data of version 1, and makes sure that the signature is this account's. `request` is what
    /// the progress event calls it.
    pub(crate) async fn sign(
        &self,
        chain_id: u64,
        message: &TypedData,
        request: &str,
        action: Option<Action>,
        watch: &Watch,
    ) -> Result<Signature, Failure> {
        let actual = self.chain().await?;
        if actual != chain_id {
            return Err(wrong_network(chain_id, actual));
        }
        watch.waiting_for_wallet(request, action);
        let name = keys::signing_form(&self.identity);
        // Ignore storage errors here: a form that is not known costs a request.
        let stored = self.store.read(&name, watch).await.ok().flatten();
        let known = stored.and_then(|text| Form::from_text(&text));
        match typed_data::sign(self, message, self.address, known).await {
            Ok((signature, form)) => {
                if Some(form) != known {
                    let _ = self.store.write(&name, &form.to_text()).await;
                }
                Ok(signature)
            }
            Err(error) => {
                if matches!(error, NotSigned::OtherSigner | NotSigned::NotASignature) {
                    // It may show another account by now.
                    self.chain().await?;
                }
                Err(self.not_signed(error))
            }
        }
    }

    fn not_signed(&self, error: NotSigned) -> Failure {
        let (code, message) = match error {
            NotSigned::Refused(error) => return NoAnswer::Refused(error).into(),
            NotSigned::Incapable(error) => {
                let cause = Failure::from(NoAnswer::Refused(error));
                let message = "the wallet can't sign typed data version 1 with this account";
                return Failure::new("wallet-unsupported", message).caused_by(cause.into());
            }
            NotSigned::NotASignature => (
                "wrong-signer",
                "the wallet answered something else than an account's signature; a contract's is of no use here",
            ),
            NotSigned::OtherSigner => (
                "wrong-signer",
                "the wallet's signature is not this account's signature of the message; a wallet that signs \
                 typed data version 1 is needed",
            ),
        };
        Failure::new(code, message).with("expected", self.address.to_string())
    }

    /// `wallet_sendCalls`: several calls in one window, where the wallet can do all of them or none.
    pub(crate) async fn send_together(
        &self,
        chain_id: u64,
        calls: &[BatchCall<'_>],
        action: Action,
        watch: &Watch,
    ) -> Result<Option<BatchId>, NotSent<Failure>> {
        watch.waiting_for_wallet("transaction", Some(action));
        let sent = batch::send(self, self.address, chain_id, calls).await;
        sent.map_err(|error| NotSent {
            certain: error.refusal.is_certain(),
            error: NoAnswer::Refused(error).into(),
        })
    }

    /// `eth_sendTransaction`: the wallet fills in nonce and fees, signs and sends.
    pub(crate) async fn send(
        &self,
        call: Value,
        action: Action,
        watch: &Watch,
    ) -> Result<Hash, NotSent<Failure>> {
        watch.waiting_for_wallet("transaction", Some(action));
        let answer = request(&self.provider, "eth_sendTransaction", &json!([call])).await;
        let answer = answer.map_err(|error| NotSent {
            // Other errors may come after the transaction was handed in.
            certain: error.refusal().is_certain(),
            error: error.into(),
        })?;
        let hash = answer.as_str().and_then(|text| text.parse().ok());
        hash.ok_or_else(|| {
            let message = "the wallet answered something else than a transaction hash";
            NotSent {
                certain: false,
                error: Failure::new("wallet-error", message),
            }
        })
    }
}

impl WalletProvider for Injected {
    async fn request(&self, method: &str, params: &Value) -> Result<Value, WalletError> {
        Provider(&self.provider).request(method, params).await
    }
}

/// A wallet, whichever account of it is meant.
struct Provider<'a>(&'a JsValue);

impl WalletProvider for Provider<'_> {
    async fn request(&self, method: &str, params: &Value) -> Result<Value, WalletError> {
        let answer = request(self.0, method, params).await;
        answer.map_err(|error| match error {
            NoAnswer::Refused(error) => error,
            NoAnswer::Malformed => WalletError {
                refusal: WalletRefusal::Other,
                code: None,
                message: Some("its answer is no JSON".to_owned()),
            },
        })
    }
}

fn list_accounts(accounts: &Value) -> impl Iterator<Item = Address> + '_ {
    let list = accounts.as_array().unwrap_or_default();
    list.iter()
        .filter_map(|account| account.as_str()?.parse().ok())
}

/// Why a wallet gave no answer.
enum NoAnswer {
    Refused(WalletError),
    /// What it answered is no JSON.
    Malformed,
}

impl NoAnswer {
    fn refusal(&self) -> WalletRefusal {
        match self {
            Self::Refused(error) => error.refusal,
            Self::Malformed => WalletRefusal::Other,
        }
    }
}

impl From<NoAnswer> for Failure {
    fn from(error: NoAnswer) -> Self {
        let code = match error.refusal() {
            WalletRefusal::Rejected => "wallet-rejected",
            WalletRefusal::Unauthorized => "wallet-unauthorized",
            WalletRefusal::UnknownMethod => "wallet-unsupported",
            WalletRefusal::Disconnected | WalletRefusal::Reconnecting => "wallet-disconnected",
            WalletRefusal::Pending => "wallet-pending",
            WalletRefusal::UnknownChain
            | WalletRefusal::BadParameters
            | WalletRefusal::Incapable
            | WalletRefusal::Other => "wallet-error",
        };
        let NoAnswer::Refused(error) = error else {
            return Self::new(code, "the wallet failed: its answer is no JSON");
        };
        let message = error.message.as_deref().unwrap_or("no message");
        let failure = Self::new(code, format_args!("the wallet refused: {message}"));
        match error.code {
            Some(code) => failure.with("walletCode", code as f64),
            None => failure,
        }
    }
}

/// Asks a wallet to go to a chain.
pub(crate) async fn switch_chain(
    wallet: InjectedWallet,
    chain: &Chain,
    watch: &Watch,
) -> Result<(), Failure> {
    watch.waiting_for_wallet("chain", None);
    let switched = chain::switch(&Provider(&wallet.into_provider()), chain).await;
    switched.map_err(|error| NoAnswer::Refused(error).into())
}

/// Asks for what moves nothing, again while the wallet connects anew.
async fn look_up(provider: &JsValue, method: &str) -> Result<Value, NoAnswer> {
    for pause in RECONNECTING {
        match request(provider, method, &json!([])).await {
            Err(error) if error.refusal() == WalletRefusal::Reconnecting => sleep(pause).await,
            answer => return answer,
        }
    }
    request(provider, method, &json!([])).await
}

/// A wallet as the node that it is connected to.
pub(crate) async fn ask(
    provider: &JsValue,
    method: &str,
    params: &Value,
) -> Result<Value, TransportError> {
    let thrown = match call(provider, method, params).await {
        Ok(answer) => return read_answer(&answer).ok_or(TransportError::NotJsonRpc),
        Err(thrown) => Rejection(thrown),
    };
    // Wallets wrap what their node answered: -32603, and the node's own error as its data.
    let inner = thrown
        .member("data")
        .filter(|data| data.member("code").is_some() && data.member("message").is_some());
    let thrown = inner.unwrap_or(thrown);
    let WalletError { code, message, .. } = WalletError::read(&thrown);
    let message = message.unwrap_or_else(|| "no message".to_owned());
    Err(match code {
        Some(code) => TransportError::Answer {
            code,
            message,
            data: thrown.member("data").and_then(|data| read_answer(&data.0)),
        },
        None => TransportError::Unreachable(message),
    })
}

/// Calls `provider.request({ method, params })`.
async fn request(provider: &JsValue, method: &str, params: &Value) -> Result<Value, NoAnswer> {
    match call(provider, method, params).await {
        Ok(answer) => read_answer(&answer).ok_or(NoAnswer::Malformed),
        Err(thrown) => Err(NoAnswer::Refused(WalletError::read(&Rejection(thrown)))),
    }
}

fn read_answer(answer: &JsValue) -> Option<Value> {
    if answer.is_undefined() {
        return Some(Value::Null);
    }
    // By way of text: the parser bounds the depth that a hostile answer could have.
    let text = JSON::stringify(answer).ok()?.as_string()?;
    let text = Some(text).filter(|text| text.len() <= MAX_ANSWER)?;
    Value::parse(&text).ok()
}

async fn call(provider: &JsValue, method: &str, params: &Value) -> Result<JsValue, JsValue> {
    let request: Function = Reflect::get(provider, &"request".into())?.dyn_into()?;
    let params = Plain(params).serialize(&Serializer::json_compatible())?;
    let call = Object::new();
    set(&call, "method", &method.into());
    set(&call, "params", &params);
    let answer = request.call1(provider, &call)?;
    JsFuture::from(Promise::resolve(&answer)).await
}

/// What a promise was rejected with.
struct Rejection(JsValue);

impl Thrown for Rejection {
    fn member(&self, name: &str) -> Option<Self> {
        member(&self.0, name).map(Self)
    }

    fn number(&self) -> Option<i64> {
        self.0.as_f64().map(|number| number as i64)
    }

    fn text(&self) -> Option<String> {
        self.0.as_string()
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
