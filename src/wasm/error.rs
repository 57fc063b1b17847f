//! Converts all errors to JavaScript `Error` objects.

use js_sys::{Array, BigInt, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::chain::{ChainError, ContractError, SubmitError, TransportError};
use crate::protocol::amount::Uint256;
use crate::protocol::header::HeaderError;
use crate::protocol::{Address, AddressError, Amount, KeyError, Rule};
use crate::sender::{FlowError, Forgotten, LimitError, PaymentError, PolicyError, RecordError};

/// An error on its way to JavaScript: `code` is stable, `details` typed, `cause` the original.
#[derive(Debug)]
pub(crate) struct Failure(Box<Parts>);

/// Boxed, so that passing a failure on moves one word.
#[derive(Debug)]
struct Parts {
    code: &'static str,
    error: js_sys::Error,
}

impl Failure {
    #[inline(never)]
    pub(crate) fn new(code: &'static str, message: impl ToString) -> Self {
        Self::plain(code, &message.to_string())
    }

    fn plain(code: &'static str, message: &str) -> Self {
        let error = js_sys::Error::new(message);
        error.set_name("MicroRaidenError");
        set(&error, "code", &JsValue::from_str(code));
        set(&error, "details", &Object::new());
        Self(Box::new(Parts { code, error }))
    }

    /// The reason of an abort, with which the browser's `fetch` rejects as well. If it is an object without a
    /// `code` or `details` of its own, it gets ours.
    pub(crate) fn given_up(reason: JsValue) -> Self {
        const CODE: &str = "aborted";
        if reason.is_undefined() {
            return Self::new(CODE, "aborted by the caller");
        }
        if let Some(object) = reason.dyn_ref::<Object>() {
            for (name, value) in [
                ("code", JsValue::from_str(CODE)),
                ("details", Object::new().into()),
            ] {
                let name = JsValue::from_str(name);
                if Object::get_own_property_descriptor(object, &name).is_undefined() {
                    let property = Object::new();
                    set(&property, "value", &value);
                    set(&property, "writable", &true.into());
                    set(&property, "configurable", &true.into());
                    // Fails for a frozen object, which stays as it is.
                    let _ = Reflect::define_property(object, &name, &property);
                }
            }
        }
        Self(Box::new(Parts {
            code: CODE,
            error: reason.unchecked_into(),
        }))
    }

    /// An invalid argument from JavaScript.
    pub(crate) fn argument(name: &str, expected: &str) -> Self {
        Self::new(
            "invalid-argument",
            format_args!("{name} must be {expected}"),
        )
        .with("argument", name)
    }

    pub(crate) fn code(&self) -> &'static str {
        self.0.code
    }

    #[must_use]
    pub(crate) fn with(self, name: &'static str, value: impl Into<JsValue>) -> Self {
        self.detail(name, &value.into());
        self
    }

    fn detail(&self, name: &'static str, value: &JsValue) {
        if let Ok(details) = Reflect::get(&self.0.error, &"details".into()) {
            set(&details, name, value);
        }
    }

    #[must_use]
    pub(crate) fn with_amount(self, name: &'static str, amount: impl Into<Uint256>) -> Self {
        let value = big_int(amount);
        self.with(name, value)
    }

    #[must_use]
    pub(crate) fn caused_by(self, cause: JsValue) -> Self {
        set(&self.0.error, "cause", &cause);
        self
    }
}

/// A whole number as a JavaScript `bigint`.
pub(crate) fn big_int(number: impl Into<Uint256>) -> JsValue {
    let text = JsValue::from_str(&number.into().to_string());
    BigInt::new(&text).map_or(JsValue::UNDEFINED, JsValue::from)
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        failure.0.error.into()
    }
}

/// Sets a property of an object that this library created, which can't fail.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        let code = match &error {
            TransportError::Unreachable(_) => "rpc-unreachable",
            TransportError::Answer { .. } => "rpc-error",
            TransportError::NotJsonRpc => "rpc-malformed",
            TransportError::OtherChain { .. } => "wrong-network",
            TransportError::Aborted => "aborted",
        };
        let failure = Self::new(code, &error);
        match error {
            TransportError::Answer { code, message, .. } => failure
                .with("rpcCode", code as f64)
                .with("rpcMessage", message),
            TransportError::OtherChain { expected, actual } => failure
                .with("expected", expected as f64)
                .with("actual", actual as f64),
            _ => failure,
        }
    }
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        let message = error.to_string();
        match error {
            ChainError::Transport { method, source } => {
                let failure = Self::from(source);
                failure.0.error.set_message(&message);
                failure.with("method", method)
            }
            ChainError::Malformed { method, .. } => {
                Self::new("rpc-malformed", message).with("method", method)
            }
        }
    }
}

impl From<ContractError> for Failure {
    fn from(error: ContractError) -> Self {
        let message = error.to_string();
        match error {
            ContractError::Chain(error) => error.into(),
            ContractError::Answer {
                address, function, ..
            } => Self::new("rpc-malformed", message)
                .with("contract", address.to_string())
                .with("function", function),
            ContractError::NotAManager { address, chain_id } => Self::new("not-a-manager", message)
                .with("contract", address.to_string())
                .with("chainId", chain_id as f64),
        }
    }
}

impl From<FlowError> for Failure {
    fn from(error: FlowError) -> Self {
        let message = error.to_string();
        match error {
            FlowError::Damaged { name, .. } => {
                Self::new("corrupt-record", message).with("key", name)
            }
            FlowError::Reverted { hash } | FlowError::OpenedNothing { hash } => {
                Self::new("transaction-reverted", message).with("hash", hash.to_string())
            }
            FlowError::Replaced(action) => {
                Self::new("transaction-replaced", message).with("action", action.name())
            }
            FlowError::Dropped(action) => {
                Self::new("transaction-dropped", message).with("action", action.name())
            }
            FlowError::NotMined { action, hash } => {
                let failure =
                    Self::new("transaction-pending", message).with("action", action.name());
                match hash {
                    Some(hash) => failure.with("hash", hash.to_string()),
                    None => failure,
                }
            }
            FlowError::Unseen { hash, receiver } => Self::new("channel-unseen", message)
                .with("hash", hash.to_string())
                .with("receiver", receiver.to_string()),
            FlowError::InsufficientTokens { balance, required } => {
                Self::new("insufficient-tokens", message)
                    .with_amount("balance", balance)
                    .with_amount("required", required)
            }
            FlowError::NotSettled => Self::new("channel-not-settled", message),
            FlowError::NotAgreed => Self::new("close-not-agreed", message),
            FlowError::CloseRefused(risk) => {
                Self::new("close-refused", message).with("reason", risk.name())
            }
        }
    }
}

impl From<Forgotten> for Failure {
    fn from(error: Forgotten) -> Self {
        Self::new("no-channel", error).with("openBlock", error.open_block)
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        let message = error.to_string();
        match error {
            PolicyError::Unreadable => Self::new("policy-unreadable", message),
            PolicyError::Stopped => Self::new("payments-stopped", message),
            PolicyError::Hidden => Self::new("page-hidden", message),
            PolicyError::Receiver(asked) => {
                Self::new("wrong-receiver", message).with("asked", asked.to_string())
            }
            PolicyError::Contract(asked) => {
                Self::new("wrong-contract", message).with("asked", asked.to_string())
            }
            PolicyError::Origin {
                receiver,
                origin,
                allowed,
            } => wrong_origin(message, receiver, origin, allowed),
            PolicyError::Price { price, limit } => Self::new("price-above-limit", message)
                .with_amount("price", price)
                .with_amount("limit", limit),
            PolicyError::PriceRise { before, price } => Self::new("price-rise", message)
                .with_amount("before", before)
                .with_amount("price", price),
            PolicyError::Deposit { deposit, limit } => Self::new("deposit-above-limit", message)
                .with_amount("deposit", deposit)
                .with_amount("limit", limit),
            PolicyError::Openings { origin, limit } => Self::new("openings-exceeded", message)
                .with("origin", origin)
                .with("limit", limit),
            PolicyError::Escrow {
                origin,
                limit,
                left,
            } => Self::new("escrow-exceeded", message)
                .with("origin", origin)
                .with_amount("limit", limit)
                .with_amount("left", left),
            PolicyError::Budget {
                origin,
                budget,
                left,
            } => Self::new("budget-exceeded", message)
                .with("origin", origin)
                .with_amount("budget", budget)
                .with_amount("left", left),
            PolicyError::Rate(rate) => Self::new("rate-exceeded", message)
                .with("payments", rate.payments)
                .with("seconds", rate.seconds),
        }
    }
}

impl From<Rule> for Failure {
    fn from(rule: Rule) -> Self {
        let failure = match rule {
            Rule::SettleTooEarly {
                settle_block,
                current_block,
            } => Self::new("settle-too-early", &rule)
                .with("settleBlock", settle_block)
                .with("currentBlock", current_block as f64),
            _ => Self::new("rule-violated", &rule),
        };
        failure.with("rule", rule.name())
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        let message = error.to_string();
        match error {
            RecordError::NotOpen(state) => {
                Self::new("channel-not-open", message).with("state", state.name())
            }
            RecordError::InsufficientDeposit { deposit, required } => {
                Self::new("insufficient-deposit", message)
                    .with_amount("deposit", deposit)
                    .with_amount("required", required)
            }
            RecordError::Overflow => Self::argument("amount", "small enough for 192 bits"),
            RecordError::Pending(balance) => {
                Self::new("proof-pending", message).with_amount("balance", balance)
            }
            RecordError::Resent(balance) => {
                Self::new("payment-unknown", message).with_amount("balance", balance)
            }
            RecordError::NotPending => Self::new("proof-mismatch", message),
            RecordError::BelowAcknowledged {
                acknowledged,
                shown,
            } => below_acknowledged(message, acknowledged, shown),
        }
    }
}

fn below_acknowledged(message: String, acknowledged: Amount, shown: Amount) -> Failure {
    Failure::new("payment-refused", message)
        .with("reason", "below-acknowledged")
        .with_amount("acknowledged", acknowledged)
        .with_amount("shown", shown)
}

impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::InsufficientEther { balance, required } => {
                let failure =
                    Self::new("insufficient-ether", &error).with_amount("balance", balance);
                match required {
                    Some(required) => failure.with_amount("required", required),
                    None => failure,
                }
            }
            SubmitError::FeeAboveLimit { asked, limit } => {
                let message = "the node asks for a higher fee than `maxFeePerGas` allows";
                Self::new("fee-above-limit", message)
                    .with_amount("asked", asked)
                    .with_amount("limit", limit)
            }
            SubmitError::Reverts => Self::new("rule-violated", error).with("rule", "reverted"),
            SubmitError::Chain(error) => error.into(),
        }
    }
}

impl From<LimitError> for Failure {
    fn from(error: LimitError) -> Self {
        let message = error.to_string();
        match error {
            LimitError::Price { price, limit } => Self::new("price-above-limit", message)
                .with_amount("price", price)
                .with_amount("limit", limit),
            LimitError::ZeroPrice => {
                Self::new("payment-refused", message).with("reason", "zero-price")
            }
            LimitError::Contract { asked, expected } => Self::new("wrong-contract", message)
                .with("asked", asked.to_string())
                .with("expected", expected.to_string()),
            LimitError::Receiver { asked, expected } => Self::new("wrong-receiver", message)
                .with("asked", asked.to_string())
                .with("expected", expected.to_string()),
            LimitError::SecondReceiver {
                origin,
                asked,
                expected,
            } => Self::new("wrong-receiver", message)
                .with("asked", asked.to_string())
                .with("expected", expected.to_string())
                .with("origin", origin),
            LimitError::Origin {
                receiver,
                origin,
                bound,
            } => wrong_origin(message, receiver, origin, bound),
        }
    }
}

/// `expected` are the origins that speak for the receiver.
fn wrong_origin(
    message: String,
    receiver: Address,
    asked: String,
    expected: Vec<String>,
) -> Failure {
    let expected = expected.into_iter().map(JsValue::from).collect::<Array>();
    Failure::new("wrong-origin", message)
        .with("receiver", receiver.to_string())
        .with("asked", asked)
        .with("expected", expected)
}

impl From<PaymentError> for Failure {
    fn from(error: PaymentError) -> Self {
        let message = error.to_string();
        let refused = |reason| Self::new("payment-refused", &message).with("reason", reason);
        match error {
            PaymentError::InvalidProof => refused("invalid-balance-proof"),
            PaymentError::NoChannel { open_block } => {
                Self::new("no-channel", message).with("openBlock", open_block)
            }
            PaymentError::Unconfirmed => refused("unconfirmed"),
            PaymentError::UnprovedBalance => refused("unproved-balance"),
            PaymentError::BelowAcknowledged {
                acknowledged,
                shown,
            } => below_acknowledged(message, acknowledged, shown),
            PaymentError::NotAllowedToOpen { receiver }
            | PaymentError::NoUsableChannel { receiver } => {
                Self::new("no-channel", message).with("receiver", receiver.to_string())
            }
            PaymentError::Taken { balance } => {
                Self::new("payment-taken", message).with_amount("balance", balance)
            }
            PaymentError::Unknown { balance } => {
                Self::new("payment-unknown", message).with_amount("balance", balance)
            }
            PaymentError::Silent { milliseconds } => {
                Self::new("server-unreachable", message).with("timeout", milliseconds)
            }
            PaymentError::Ignored => refused("ignored"),
            PaymentError::Changing => refused("changing"),
            PaymentError::ReceiverChanged { asked, expected } => {
                Self::new("wrong-receiver", message)
                    .with("asked", asked.to_string())
                    .with("expected", expected.to_string())
            }
            PaymentError::NotTold => refused("not-told"),
        }
    }
}

impl From<HeaderError> for Failure {
    fn from(error: HeaderError) -> Self {
        let (HeaderError::Missing(header)
        | HeaderError::Forbidden(header)
        | HeaderError::Address(header, _)
        | HeaderError::Amount(header, _)
        | HeaderError::Block(header)
        | HeaderError::Signature(header, _)
        | HeaderError::Path(header)) = error;
        Self::new("malformed-header", &error).with("header", header)
    }
}

impl From<AddressError> for Failure {
    fn from(error: AddressError) -> Self {
        Self::new("invalid-argument", error)
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::new("invalid-argument", error).with("argument", "key")
    }
}
