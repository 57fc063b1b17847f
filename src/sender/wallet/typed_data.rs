//! How a wallet is asked to sign typed data of version 1, which the contracts take.
//!
//! The method has two names, and wallets differ in what they take the short one for and in the order of the
//! parameters. A form that a wallet does not know is refused at once and costs nothing, so such forms are tried
//! in turn. A form that was answered has cost the user a window: after a wrong answer the other method is tried
//! once, and no more, and only while no form is known to work. Each answer is verified by recovery.

use crate::json::{Value, json};
use crate::protocol::{Address, Signature, TypedData, hex_text};

use super::refusal::{WalletError, WalletRefusal};

/// A wallet, asked by JSON-RPC (EIP-1193).
#[allow(async_fn_in_trait)] // Futures need not be `Send`: a browser page has one thread.
pub trait WalletProvider {
    /// Asks it.
    async fn request(&self, method: &str, params: &Value) -> Result<Value, WalletError>;
}

/// A way to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    method: &'static str,
    account_first: bool,
}

const SHORT: &str = "eth_signTypedData";
const LONG: &str = "eth_signTypedData_v1";

impl Form {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 4] = [
        Self::new(SHORT, false),
        Self::new(LONG, false),
        Self::new(SHORT, true),
        Self::new(LONG, true),
    ];

    const fn new(method: &'static str, account_first: bool) -> Self {
        Self {
            method,
            account_first,
        }
    }

    /// As it is stored.
    pub fn to_text(self) -> String {
        let order = if self.account_first {
            "account first"
        } else {
            "data first"
        };
        format!("{} {order}", self.method)
    }

    /// Reads a stored form.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.to_text() == text)
    }

    fn parameters(self, message: &TypedData, account: Address) -> Value {
        let (fields, account) = (message.wallet_fields(), account.to_string());
        if self.account_first {
            json!([account, fields])
        } else {
            json!([fields, account])
        }
    }
}

/// Why a wallet gave no signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSigned {
    /// It refused.
    Refused(WalletError),
    /// It takes the request in no form, or says that the account can't sign that.
    Incapable(WalletError),
    /// What it answered is no signature of 64 or 65 bytes: a contract's, for example.
    NotASignature,
    /// The signature is not the account's signature of the message.
    OtherSigner,
}

/// Asks for the account's signature; `known` is the form that has worked before. Returns the one that worked.
pub async fn sign(
    wallet: &impl WalletProvider,
    message: &TypedData,
    account: Address,
    known: Option<Form>,
) -> Result<(Signature, Form), NotSigned> {
    let others = Form::ALL.into_iter().filter(|form| Some(*form) != known);
    let mut unknown = None;
    let mut answered: Option<Form> = None;
    for form in known.into_iter().chain(others) {
        if answered.is_some_and(|answered| answered.method == form.method) {
            continue;
        }
        let params = form.parameters(message, account);
        let answer = match wallet.request(form.method, &params).await {
            Ok(answer) => answer,
            Err(error) => match error.refusal {
                WalletRefusal::UnknownMethod | WalletRefusal::BadParameters => {
                    unknown.get_or_insert(error);
                    continue;
                }
                WalletRefusal::Incapable => return Err(NotSigned::Incapable(error)),
                _ => return Err(NotSigned::Refused(error)),
            },
        };
        let bytes = read_bytes(&answer).ok_or(NotSigned::NotASignature)?;
        if let Some(signature) = Signature::of_account(&bytes, &message.hash(), account) {
            return Ok((signature, form));
        }
        if answered.is_some() || known.is_some() {
            return Err(NotSigned::OtherSigner);
        }
        answered = Some(form);
    }
    Err(match (answered, unknown) {
        (None, Some(error)) => NotSigned::Incapable(error),
        _ => NotSigned::OtherSigner,
    })
}

/// The bytes of a signature; some wallets leave out `0x`.
pub(super) fn read_bytes(answer: &Value) -> Option<Vec<u8>> {
    let text = answer.as_str()?;
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let bytes = hex_text::decode(&format!("0x{digits}")).ok()?;
    matches!(bytes.len(), 64 | 65).then_some(bytes)
}
