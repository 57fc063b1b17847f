//! The `RDN-*` headers and cookies, read and written.
//!
//! Addresses are `0x` hex of any case, numbers decimal digits, bytes `0x` hex. Header names are
//! case-insensitive; the readers here take a look-up function and leave that to the HTTP library.

use core::str::FromStr;

use super::address::{Address, AddressError};
use super::amount::{Amount, AmountError};
use super::channel::BalanceProof;
use super::credit::PaymentNumberError;
use super::signature::{Signature, SignatureError};

/// Header names.
pub mod name {
    /// The channel manager.
    pub const CONTRACT_ADDRESS: &str = "RDN-Contract-Address";
    /// The receiver.
    pub const RECEIVER_ADDRESS: &str = "RDN-Receiver-Address";
    /// The sender.
    pub const SENDER_ADDRESS: &str = "RDN-Sender-Address";
    /// The channel's open block.
    pub const OPEN_BLOCK: &str = "RDN-Open-Block";
    /// Request header: the new cumulative balance.
    pub const BALANCE: &str = "RDN-Balance";
    /// The sender's signature.
    pub const BALANCE_SIGNATURE: &str = "RDN-Balance-Signature";
    /// Response header: the last accepted balance. Cookie: the new cumulative balance.
    pub const SENDER_BALANCE: &str = "RDN-Sender-Balance";
    /// The price of the resource.
    pub const PRICE: &str = "RDN-Price";
    /// The token of the channel.
    pub const TOKEN_ADDRESS: &str = "RDN-Token-Address";
    /// The base path or URL of the receiver's REST interface.
    pub const GATEWAY_PATH: &str = "RDN-Gateway-Path";
    /// Documented by the original project, refused by its servers.
    pub const PAYMENT: &str = "RDN-Payment";
    /// Request to the REST interface: the sender's signature over the request's message.
    pub const REQUEST_SIGNATURE: &str = "RDN-Request-Signature";
    /// Request to the REST interface: when that signature expires, in seconds since 1970 (UTC).
    pub const REQUEST_EXPIRES: &str = "RDN-Request-Expires";
    /// The channel or top-up has too few confirmations.
    pub const INSUFFICIENT_CONFIRMATIONS: &str = "RDN-Insufficient-Confirmations";
    /// The receiver knows no such open channel.
    pub const NONEXISTING_CHANNEL: &str = "RDN-Nonexisting-Channel";
    /// The signature is not the sender's.
    pub const INVALID_BALANCE_PROOF: &str = "RDN-Invalid-Balance-Proof";
    /// The balance is not the accepted one plus the price.
    pub const INVALID_AMOUNT: &str = "RDN-Invalid-Amount";
    /// Response header: the receiver speaks the [credit extension](crate::protocol::credit).
    pub const CREDIT: &str = "RDN-Credit";
    /// Request header: which payment of the channel this is. Response header: it was charged.
    pub const PAYMENT_NUMBER: &str = "RDN-Payment-Number";
    /// Response header: what was charged for that number.
    pub const PAID: &str = "RDN-Paid";
    /// Response header: the sum of what was charged in the channel.
    pub const CHARGED: &str = "RDN-Charged";
    /// Response header: the highest payment number that was charged; 0: none was.
    pub const NEWEST_NUMBER: &str = "RDN-Newest-Number";
    /// Response header: why a numbered request was not charged, one of
    /// [`CreditRefusal`](crate::protocol::CreditRefusal).
    pub const CREDIT_REFUSED: &str = "RDN-Credit-Refused";
    /// Response header: the answer is a metered stream, and this is the URL of its meter.
    pub const STREAM: &str = "RDN-Stream";
    /// Response header: for how many seconds of it one payment is.
    pub const STREAM_INTERVAL: &str = "RDN-Stream-Interval";
    /// Response header: how many intervals of it are paid for.
    pub const STREAM_PAID: &str = "RDN-Stream-Paid";
}

/// A header that is missing or malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// A header that the others require.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header that must not be sent.
    #[error("the header {0} must not be sent")]
    Forbidden(&'static str),
    /// Not an address.
    #[error("the header {0} is malformed: {1}")]
    Address(&'static str, AddressError),
    /// Not a number.
    #[error("the header {0} is malformed: {1}")]
    Amount(&'static str, AmountError),
    /// Not a block number.
    #[error("the header {0} is malformed: a block number is a whole number below 2^32")]
    Block(&'static str),
    /// Not a payment number.
    #[error("the header {0} is malformed: {1}")]
    Number(&'static str, PaymentNumberError),
    /// Not a signature the contracts accept.
    #[error("the header {0} is malformed: {1}")]
    Signature(&'static str, SignatureError),
    /// Not a path or URL of reasonable length.
    #[error("the header {0} is malformed: it is no path")]
    Path(&'static str),
}

/// A payment as a request carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The account that pays.
    pub sender: Address,
    /// The channel's open block.
    pub open_block: u32,
    /// The new cumulative balance and the sender's signature.
    pub proof: BalanceProof,
    /// The channel manager, if the sender names it.
    pub contract: Option<Address>,
    /// The receiver, if the sender names it.
    pub receiver: Option<Address>,
}

impl Payment {
    /// Reads a request. `Ok(None)`: it carries no signature, so no payment.
    pub fn read<T: AsRef<str>>(
        get: impl Fn(&'static str) -> Option<T>,
    ) -> Result<Option<Self>, HeaderError> {
        if get(name::PAYMENT).is_some() {
            return Err(HeaderError::Forbidden(name::PAYMENT));
        }
        let contract = address(&get, name::CONTRACT_ADDRESS)?;
        let receiver = address(&get, name::RECEIVER_ADDRESS)?;
        let sender = address(&get, name::SENDER_ADDRESS)?;
        let open_block = block(&get, name::OPEN_BLOCK)?;
        let balance = amount(&get, name::BALANCE)?;
        amount(&get, name::PRICE)?;
        let Some(signature) = signature(&get, name::BALANCE_SIGNATURE)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            sender: sender.ok_or(HeaderError::Missing(name::SENDER_ADDRESS))?,
            open_block: open_block.ok_or(HeaderError::Missing(name::OPEN_BLOCK))?,
            proof: BalanceProof {
                balance: balance.ok_or(HeaderError::Missing(name::BALANCE))?,
                signature,
            },
            contract,
            receiver,
        }))
    }

    /// The request headers, in the order of the reference client.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::with_capacity(6);
        if let Some(contract) = self.contract {
            headers.push((name::CONTRACT_ADDRESS, contract.to_string()));
        }
        headers.push((name::SENDER_ADDRESS, self.sender.to_lower()));
        if let Some(receiver) = self.receiver {
            headers.push((name::RECEIVER_ADDRESS, receiver.to_string()));
        }
        headers.push((name::OPEN_BLOCK, self.open_block.to_string()));
        headers.push((name::BALANCE, self.proof.balance.to_string()));
        headers.push((name::BALANCE_SIGNATURE, self.proof.signature.to_string()));
        headers
    }

    /// The cookies that a page sets instead of headers. The balance goes under
    /// [`name::SENDER_BALANCE`] there.
    pub fn cookies(&self) -> Vec<(&'static str, String)> {
        vec![
            (name::SENDER_ADDRESS, self.sender.to_lower()),
            (name::OPEN_BLOCK, self.open_block.to_string()),
            (name::SENDER_BALANCE, self.proof.balance.to_string()),
            (name::BALANCE_SIGNATURE, self.proof.signature.to_string()),
        ]
    }
}

/// The name of the cookie that may carry a request header's value; `None` for headers that are not
/// read from cookies.
pub fn cookie_name(header: &'static str) -> Option<&'static str> {
    match header {
        name::BALANCE => Some(name::SENDER_BALANCE),
        name::SENDER_ADDRESS | name::OPEN_BLOCK | name::BALANCE_SIGNATURE => Some(header),
        _ => None,
    }
}

/// Why a receiver refused a payment, as its 402 reports. At most one is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Wait: the channel is not confirmed yet.
    InsufficientConfirmations,
    /// The receiver knows no such open channel.
    NonexistingChannel,
    /// The signature does not recover to the sender.
    InvalidBalanceProof,
    /// The balance is not the accepted one plus the price.
    InvalidAmount,
}

impl Refusal {
    /// In the order in which the reference client checks for them.
    pub const ALL: [Self; 4] = [
        Self::NonexistingChannel,
        Self::InsufficientConfirmations,
        Self::InvalidBalanceProof,
        Self::InvalidAmount,
    ];

    /// The header that reports it, with the value `1`.
    pub const fn header(self) -> &'static str {
        match self {
            Self::InsufficientConfirmations => name::INSUFFICIENT_CONFIRMATIONS,
            Self::NonexistingChannel => name::NONEXISTING_CHANNEL,
            Self::InvalidBalanceProof => name::INVALID_BALANCE_PROOF,
            Self::InvalidAmount => name::INVALID_AMOUNT,
        }
    }
}

/// The longest gateway path accepted, in bytes.
const MAX_PATH: usize = 2048;

/// What a 402 demands and reports about the channel. All of it is a claim by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The channel manager.
    pub contract: Address,
    /// The account to pay.
    pub receiver: Address,
    /// The price of the resource.
    pub price: Amount,
    /// The token, if the server names it.
    pub token: Option<Address>,
    /// The base of its REST interface: a path or a URL.
    pub gateway: Option<String>,
    /// Why it refused the payment that was sent, if one was.
    pub refusal: Option<Refusal>,
    /// The last balance it accepted; only after a signature was verified.
    pub sender_balance: Option<Amount>,
    /// The sender's signature over that balance, if it has one.
    pub balance_signature: Option<Signature>,
}

impl Demand {
    /// What it says of a payment: why it was refused, and the balance of its sender.
    pub const fn of_payment(&self) -> (Option<Refusal>, Option<Amount>) {
        (self.refusal, self.sender_balance)
    }

    /// Reads a 402. `Ok(None)`: it names no contract, so it demands no channel payment.
    pub fn read<T: AsRef<str>>(
        get: impl Fn(&'static str) -> Option<T>,
    ) -> Result<Option<Self>, HeaderError> {
        let Some(contract) = address(&get, name::CONTRACT_ADDRESS)? else {
            return Ok(None);
        };
        let receiver = address(&get, name::RECEIVER_ADDRESS)?;
        let price = amount(&get, name::PRICE)?;
        let gateway = get(name::GATEWAY_PATH);
        let gateway = gateway.map(|path| path.as_ref().to_owned());
        if gateway.as_ref().is_some_and(|path| path.len() > MAX_PATH) {
            return Err(HeaderError::Path(name::GATEWAY_PATH));
        }
        Ok(Some(Self {
            contract,
            receiver: receiver.ok_or(HeaderError::Missing(name::RECEIVER_ADDRESS))?,
            price: price.ok_or(HeaderError::Missing(name::PRICE))?,
            token: address(&get, name::TOKEN_ADDRESS)?,
            gateway,
            refusal: Refusal::ALL.into_iter().find(|r| get(r.header()).is_some()),
            sender_balance: amount(&get, name::SENDER_BALANCE)?,
            balance_signature: signature(&get, name::BALANCE_SIGNATURE)?,
        }))
    }

    /// The sender's proof that the receiver claims to hold.
    pub fn acknowledged(&self) -> Option<BalanceProof> {
        let (balance, signature) = (self.sender_balance?, self.balance_signature?);
        Some(BalanceProof { balance, signature })
    }

    /// The response headers of a 402, without the sender's address, which only the receiver knows.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            (name::CONTRACT_ADDRESS, self.contract.to_string()),
            (name::RECEIVER_ADDRESS, self.receiver.to_string()),
            (name::PRICE, self.price.to_string()),
        ];
        if let Some(token) = self.token {
            headers.push((name::TOKEN_ADDRESS, token.to_string()));
        }
        if let Some(gateway) = &self.gateway {
            headers.push((name::GATEWAY_PATH, gateway.clone()));
        }
        if let Some(refusal) = self.refusal {
            headers.push((refusal.header(), "1".to_owned()));
        }
        if let Some(balance) = self.sender_balance {
            headers.push((name::SENDER_BALANCE, balance.to_string()));
        }
        if let Some(signature) = &self.balance_signature {
            headers.push((name::BALANCE_SIGNATURE, signature.to_string()));
        }
        headers
    }
}

type Get<'f, T> = &'f dyn Fn(&'static str) -> Option<T>;

/// Reads a header, if it is present.
fn parsed<V: FromStr>(
    get: Get<'_, impl AsRef<str>>,
    name: &'static str,
    error: impl Fn(&'static str, V::Err) -> HeaderError,
) -> Result<Option<V>, HeaderError> {
    let parse = |text: &str| text.parse().map_err(|cause| error(name, cause));
    get(name).map(|text| parse(text.as_ref())).transpose()
}

fn address(
    get: Get<'_, impl AsRef<str>>,
    name: &'static str,
) -> Result<Option<Address>, HeaderError> {
    parsed(get, name, HeaderError::Address)
}

fn amount(
    get: Get<'_, impl AsRef<str>>,
    name: &'static str,
) -> Result<Option<Amount>, HeaderError> {
    parsed(get, name, HeaderError::Amount)
}

fn signature(
    get: Get<'_, impl AsRef<str>>,
    name: &'static str,
) -> Result<Option<Signature>, HeaderError> {
    parsed(get, name, HeaderError::Signature)
}

fn block(get: Get<'_, impl AsRef<str>>, name: &'static str) -> Result<Option<u32>, HeaderError> {
    let Some(number) = amount(get, name)? else {
        return Ok(None);
    };
    let number = u64::try_from(super::amount::Uint256::from(number)).ok();
    number
        .and_then(|n| u32::try_from(n).ok())
        .map(Some)
        .ok_or(HeaderError::Block(name))
}
