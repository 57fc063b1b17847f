//! The stable codes and typed details by which JavaScript tells the core's errors apart.

use std::fmt::Display;

use crate::chain::{ChainError, ContractError, SubmitError, TransportError};
use crate::protocol::header::HeaderError;
use crate::protocol::manager::DEPOSIT_LIMIT;
use crate::protocol::{Address, AddressError, Amount, Hash, KeyError, Rule, Uint256};

use super::flow::{FlowError, Forgotten};
use super::limits::LimitError;
use super::payment::PaymentError;
use super::policy::PolicyError;
use super::record::RecordError;
use super::store::shortfall::Shortfall;

/// An error with a code. Its text is the message.
pub trait Coded: Display {
    /// Gives the details to `put` and returns the code.
    fn coded(&self, put: &mut Put<'_>) -> &'static str;
}

/// Takes details by their names.
pub type Put<'a> = dyn FnMut(&[(&'static str, Detail<'_>)]) + 'a;

/// A detail of an error, by its type in JavaScript.
#[derive(Clone, Copy)]
pub enum Detail<'a> {
    /// A string.
    Text(&'a dyn Display),
    /// A `bigint`, by its decimal digits.
    Amount(&'a dyn Display),
    /// A number.
    Number(f64),
    /// An array of strings.
    List(&'a [String]),
}

trait ToDetail {
    fn detail(&self) -> Detail<'_>;
}

macro_rules! to_detail {
    ($($type:ty: $value:ident => $detail:expr;)*) => {
        $(impl ToDetail for $type {
            fn detail(&self) -> Detail<'_> {
                let $value = self;
                $detail
            }
        })*
    };
}

to_detail! {
    Address: text => Detail::Text(text);
    Hash: text => Detail::Text(text);
    String: text => Detail::Text(text);
    &'static str: text => Detail::Text(text);
    Vec<String>: list => Detail::List(list);
    Amount: amount => Detail::Amount(amount);
    Uint256: amount => Detail::Amount(amount);
    u32: number => Detail::Number(f64::from(*number));
    u64: number => Detail::Number(*number as f64);
    i64: number => Detail::Number(*number as f64);
}

/// A row is `variant => code, details`, a detail `name` or `name = value`. `of error` takes code and details
/// of the error inside.
macro_rules! codes {
    ($($error:ident {
        $($variant:pat => $($code:literal)? $(of $inner:ident)?
            $(, $name:ident $(= $value:expr)?)*;)*
    })*) => {
        $(impl Coded for $error {
            #[allow(unused)]
            fn coded(&self, put: &mut Put<'_>) -> &'static str {
                use $error::*;
                match self {
                    $($variant => {
                        let code = $($code)? $($inner.coded(put))?;
                        put(&[$((stringify!($name), codes!(@ $name $($value)?).detail())),*]);
                        code
                    })*
                }
            }
        })*
    };
    (@ $name:ident) => { $name };
    (@ $name:ident $value:expr) => { $value };
}

codes! {
    TransportError {
        Unreachable(_) => "rpc-unreachable";
        TimedOut { .. } => "rpc-unreachable";
        Status { status, .. } => "rpc-unreachable", status = u64::from(*status);
        Answer { code, message, .. } => "rpc-error", rpcCode = code, rpcMessage = message;
        NotJsonRpc => "rpc-malformed";
        OtherChain { expected, actual } => "wrong-network", expected, actual;
        Aborted => "aborted";
    }
    ChainError {
        Transport { method, source } => of source, method;
        Malformed { method, .. } => "rpc-malformed", method;
    }
    ContractError {
        Chain(error) => of error;
        Answer { address, function, .. } => "rpc-malformed", contract = address, function;
        NotAManager { address, chain_id } => "not-a-manager", contract = address, chainId = chain_id;
    }
    SubmitError {
        InsufficientEther { balance, required: Some(required) } => "insufficient-ether", balance, required;
        InsufficientEther { balance, required: None } => "insufficient-ether", balance;
        FeeAboveLimit { asked, limit } => "fee-above-limit", asked, limit;
        Reverts => "rule-violated", rule = "reverted";
        Chain(error) => of error;
    }
    Rule {
        rule @ SettleTooEarly { settle_block, current_block } => "settle-too-early",
            settleBlock = settle_block, currentBlock = current_block, rule = rule.name();
        rule @ DepositLimit { .. } => "rule-violated", limit = DEPOSIT_LIMIT, rule = rule.name();
        rule => "rule-violated", rule = rule.name();
    }
    HeaderError {
        Missing(header) | Forbidden(header) | Address(header, _) | Amount(header, _) | Block(header)
        | Number(header, _) | Signature(header, _) | Path(header) => "malformed-header", header;
    }
    AddressError {
        Format | Checksum => "invalid-argument";
    }
    KeyError {
        Format | Range => "invalid-argument", argument = "key";
    }
    FlowError {
        Damaged { name, .. } => "corrupt-record", key = name;
        Reverted { hash } | OpenedNothing { hash } => "transaction-reverted", hash;
        Replaced(action) => "transaction-replaced", action = action.name();
        Dropped(action) => "transaction-dropped", action = action.name();
        NotMined { action, hash: Some(hash) } => "transaction-pending", action = action.name(), hash;
        NotMined { action, hash: None } => "transaction-pending", action = action.name();
        Unseen { hash, receiver } => "channel-unseen", hash, receiver;
        InsufficientTokens { balance, required } => "insufficient-tokens", balance, required;
        Short(Shortfall { asked, arrived, hash: Some(hash) }) => "fee-on-transfer", asked, arrived, hash;
        Short(Shortfall { asked, arrived, hash: None }) => "fee-on-transfer", asked, arrived;
        NoKey => "wallet-unsupported";
        CannotSign(account) => "wallet-cannot-sign", account, alternative = "local-key";
        NotSettled => "channel-not-settled";
        NotAgreed => "close-not-agreed";
        CloseRefused(risk) => "close-refused", reason = risk.name();
    }
    PolicyError {
        Unreadable => "policy-unreadable";
        Stopped => "payments-stopped";
        Hidden => "page-hidden";
        Receiver(asked) => "wrong-receiver", asked;
        Contract(asked) => "wrong-contract", asked;
        Origin { receiver, origin, allowed } => "wrong-origin",
            receiver, asked = origin, expected = allowed;
        Price { price, limit } => "price-above-limit", price, limit;
        PriceRise { before, price } => "price-rise", before, price;
        Deposit { deposit, limit } => "deposit-above-limit", deposit, limit;
        Openings { origin, limit } => "openings-exceeded", origin, limit;
        Escrow { origin, limit, left } => "escrow-exceeded", origin, limit, left;
        Budget { origin, budget, left } => "budget-exceeded", origin, budget, left;
        Rate(rate) => "rate-exceeded", payments = rate.payments, seconds = rate.seconds;
    }
    LimitError {
        Price { price, limit } => "price-above-limit", price, limit;
        ZeroPrice => "payment-refused", reason = "zero-price";
        Contract { asked, expected } => "wrong-contract", asked, expected;
        Receiver { asked, expected } => "wrong-receiver", asked, expected;
        SecondReceiver { origin, asked, expected } => "wrong-receiver", asked, expected, origin;
        Origin { receiver, origin, bound } => "wrong-origin", receiver, asked = origin, expected = bound;
    }
    RecordError {
        NotOpen(state) => "channel-not-open", state = state.name();
        InsufficientDeposit { deposit, required } => "insufficient-deposit", deposit, required;
        Overflow => "invalid-argument", argument = "amount";
        Pending(balance) => "proof-pending", balance;
        Resent(balance) => "payment-unknown", balance;
        NotPending => "proof-mismatch";
        BelowAcknowledged { acknowledged, shown } => "payment-refused",
            reason = "below-acknowledged", acknowledged, shown;
    }
    PaymentError {
        InvalidProof => "payment-refused", reason = "invalid-balance-proof";
        NoChannel { open_block } => "no-channel", openBlock = open_block;
        Unconfirmed => "payment-refused", reason = "unconfirmed";
        UnprovedBalance => "payment-refused", reason = "unproved-balance";
        BelowAcknowledged { acknowledged, shown } => "payment-refused",
            reason = "below-acknowledged", acknowledged, shown;
        Declined { price } => "payment-declined", price;
        NotAllowedToOpen { receiver } | NoUsableChannel { receiver } => "no-channel", receiver;
        Taken { balance } => "payment-taken", balance;
        Unknown { balance } => "payment-unknown", balance;
        Silent { milliseconds } => "server-unreachable", timeout = milliseconds;
        Ignored => "payment-refused", reason = "ignored";
        Changing => "payment-refused", reason = "changing";
        ReceiverChanged { asked, expected } => "wrong-receiver", asked, expected;
        OtherPayment => "payment-refused", reason = "cookies";
        NotTold => "payment-refused", reason = "not-told";
        ChargedMore { claimed, counted } => "payment-refused",
            reason = "charged-more", claimed, counted;
        NumberRefused => "payment-refused", reason = "number";
    }
}

impl Coded for Forgotten {
    fn coded(&self, put: &mut Put<'_>) -> &'static str {
        put(&[("openBlock", self.open_block.detail())]);
        "no-channel"
    }
}
