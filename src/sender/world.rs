//! The environment that the flows run in: storage, locks, signatures, a node, the server, time.
//!
//! The browser is one such world (`src/wasm/`); the model that the simulation runs against is
//! another. The page may die at every `await` in a flow, so no flow relies on the code after it.

use crate::chain::submit::Draft;
use crate::chain::{ChainError, ContractError, Node, SubmitError, Transport};
use crate::json::json;
use crate::protocol::amount::Uint256;
use crate::protocol::header::{Demand, HeaderError, Payment};
use crate::protocol::{
    Address, Amount, BalanceProof, ChannelId, CloseRequest, CreditReport, Hash, Numbered, Rule,
    Signature,
};

use super::flow::quote::Quote;
use super::flow::{FlowError, Forgotten};
use super::limits::LimitError;
use super::numbered::InFlight;
use super::payment::{PaymentError, Wait};
use super::policy::PolicyError;
use super::record::RecordError;
use super::store::journal::Action;
use super::store::keys::LockName;
use super::store::prices::Place;
use super::wallet::batch::{BatchCall, BatchId, BatchStatus};

/// A world's error type. Every error of the core converts into it.
pub trait Failing:
    From<RecordError>
    + From<LimitError>
    + From<PolicyError>
    + From<PaymentError>
    + From<HeaderError>
    + From<Rule>
    + From<ChainError>
    + From<ContractError>
    + From<SubmitError>
    + From<FlowError>
    + From<Forgotten>
{
    /// The same error with its cause.
    #[must_use]
    fn caused_by(self, cause: Self) -> Self;
    /// Whether it means that the signer can't make such a signature, rather than that it refused to.
    fn means_unable_to_sign(&self) -> bool {
        false
    }
}

/// A transaction to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its purpose.
    pub action: Action,
    /// The contract or account it goes to.
    pub to: Address,
    /// Wei sent along.
    pub value: Uint256,
    /// The call data.
    pub data: Vec<u8>,
}

impl Call {
    /// A call without ether.
    pub fn new(action: Action, to: Address, data: Vec<u8>) -> Self {
        Self {
            action,
            to,
            value: Uint256::ZERO,
            data,
        }
    }
}

/// Why a transaction was not sent.
#[derive(Debug)]
pub struct NotSent<E> {
    /// Whether it certainly was not sent, so that the journal entry can be dropped.
    pub certain: bool,
    /// The error.
    pub error: E,
}

/// A receiver's reply to a request to agree to closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// A signature, not verified yet.
    Signed(Signature),
    /// It requires the sender's signature of the request.
    SenderUnproven,
    /// It does not agree, or does not answer.
    Denied,
}

/// A progress event of a long call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A transaction was sent.
    Sent {
        /// Its purpose.
        action: Action,
        /// Its hash.
        hash: &'a Hash,
    },
    /// A transaction is waiting for confirmations.
    Confirming {
        /// Its purpose.
        action: Action,
        /// Its hash, if it is known.
        hash: Option<&'a Hash>,
        /// Confirmations so far.
        confirmations: u64,
        /// Confirmations needed.
        required: u64,
    },
    /// A request with this payment is about to be sent.
    Paying {
        /// The price.
        price: Amount,
        /// The new balance.
        balance: Amount,
        /// The channel.
        channel: &'a ChannelId,
    },
    /// The receiver is waiting; the request is retried in a second.
    WaitingForReceiver {
        /// What it is waiting for.
        wait: Wait,
        /// The number of attempts so far.
        attempt: u32,
        /// The most attempts made.
        attempts: u32,
    },
    /// No response arrived; the same payment is sent again.
    Resending {
        /// How often it was sent already.
        attempt: u32,
    },
    /// The chain is searched for channels.
    Scanning {
        /// The block reached.
        block: u64,
        /// The first block.
        from: u64,
        /// The last block.
        to: u64,
    },
    /// A damaged stored text was moved to another name.
    SetAside {
        /// Its new name.
        name: &'a str,
    },
}

/// What all parts of a world have in common.
pub trait Fallible {
    /// The error type.
    type Error: Failing;
}

/// The sender's signer: a key, or a wallet that asks the user.
#[allow(async_fn_in_trait)] // Futures need not be `Send`: a browser page has one thread.
pub trait Signer: Fallible {
    /// Signs a balance of a channel as the sender.
    async fn sign(&self, channel: &ChannelId, balance: Amount)
    -> Result<BalanceProof, Self::Error>;
    /// Signs the close request, which proves to a receiver that the sender asks for the closing.
    async fn sign_request(&self, request: &CloseRequest) -> Result<Signature, Self::Error>;

    /// Whether the account signs [transactions](Self::sign_transaction) here, without asking the user; else the
    /// wallet signs and [sends](Self::send) them.
    fn signs_alone(&self) -> bool;
    /// Signs the hash of a transaction, for an account that signs alone.
    async fn sign_transaction(&self, hash: &Hash) -> Result<Signature, Self::Error>;
    /// What tells a wallet from others, as far as it says; `None`: the account signs alone.
    fn wallet(&self) -> Option<String> {
        None
    }
    /// Whether a wallet says that it sends several calls in one confirmation, all of them or none.
    async fn can_send_together(&self) -> bool {
        false
    }
    /// Lets it do so. `None`: it can't after all, and nothing was sent.
    async fn send_together(
        &self,
        _action: Action,
        _calls: &[BatchCall<'_>],
    ) -> Result<Option<BatchId>, NotSent<Self::Error>> {
        Ok(None)
    }
    /// Where such calls stand, by the wallet's word.
    async fn batch_status(&self, _id: &BatchId) -> BatchStatus {
        BatchStatus::Pending
    }
    /// Fails where a wallet is on another chain, or shows another account.
    async fn ready(&self) -> Result<(), Self::Error>;
    /// Lets a wallet sign and send a transaction, with so much gas as its limit.
    async fn send(
        &self,
        action: Action,
        draft: &Draft<'_>,
        gas_limit: u64,
    ) -> Result<Hash, NotSent<Self::Error>>;
}

/// Where texts are kept under names, for all pages of the origin.
#[allow(async_fn_in_trait)]
pub trait Storage: Fallible {
    /// Reads a stored text.
    async fn read(&self, name: &str) -> Result<Option<String>, Self::Error>;
    /// Stores a text. Returns only once it is stored.
    async fn write(&self, name: &str, text: &str) -> Result<(), Self::Error>;
    /// Removes a stored text.
    async fn remove(&self, name: &str) -> Result<(), Self::Error>;
    /// The names with this prefix, sorted by their characters.
    async fn names(&self, prefix: &str) -> Result<Vec<String>, Self::Error>;
}

/// Locks across all pages of the origin. A page that dies releases its own.
#[allow(async_fn_in_trait)]
pub trait Locks: Fallible {
    /// A held lock; dropping it releases it.
    type Turn;

    /// Waits for a lock. Whoever gets one that guards stored texts sees everything that its last holder stored.
    async fn turn(&self, lock: &LockName) -> Result<Self::Turn, Self::Error>;
    /// The same for what a call has to tidy up although it was aborted.
    async fn turn_to_tidy(&self, lock: &LockName) -> Result<Self::Turn, Self::Error> {
        self.turn(lock).await
    }
    /// Takes a lock if it is free.
    async fn free_turn(&self, lock: &LockName) -> Result<Option<Self::Turn>, Self::Error>;
}

/// The page, its clock and its user, on behalf of one call.
#[allow(async_fn_in_trait)]
pub trait Host: Fallible {
    /// Milliseconds since 1970.
    fn now(&self) -> u64;
    /// Whether the page is hidden from the user.
    fn is_hidden(&self) -> bool;
    /// The origin of the page.
    fn origin(&self) -> String;
    /// Fails once the call is aborted.
    fn check(&self) -> Result<(), Self::Error>;
    /// The same, but only for aborts by the caller itself: a payment that the user has signed goes on even
    /// if the wallet has changed meanwhile.
    fn check_caller(&self) -> Result<(), Self::Error> {
        self.check()
    }
    /// The same error, or the abort if that caused it.
    fn explain(&self, error: Self::Error) -> Self::Error {
        error
    }
    /// Reports progress.
    fn tell(&self, progress: Progress<'_>);
    /// Asks the caller whether to pay, while the channel's lock is held; a caller who set no question agrees.
    async fn agrees(&self, _quote: &Quote) -> Result<bool, Self::Error> {
        Ok(true)
    }
    /// Hears that tokens are about to be deposited: from now on what is stored is worth money.
    fn depositing(&self) {}
    /// Hears that a channel was opened, and that its record is stored.
    fn deposited(&self) {}
    /// Waits.
    async fn pause(&self, milliseconds: u32) -> Result<(), Self::Error>;
    /// A timeout: completes after this time, even if the call is aborted. Drop it to cancel it.
    async fn after(&self, milliseconds: u32);
}

/// The receiver's REST interface.
#[allow(async_fn_in_trait)]
pub trait Server {
    /// Asks the receiver to agree to closing with this balance, with the sender's signature of that
    /// request or without.
    async fn ask_closing(
        &self,
        gateway: &str,
        channel: &ChannelId,
        proof: ClosingBalance<'_>,
        signed: Option<&Signature>,
    ) -> Agreement;

    /// Repeats a request whose payment has a number, and agrees to no price: the answer tells what became of
    /// the payment, and charges nothing. `None`: no answer.
    async fn ask_outcome(&self, sent: &InFlight, payment: &Payment) -> Option<CreditReport>;
}

/// What a receiver is asked to close with.
#[derive(Clone, Copy, Debug)]
pub enum ClosingBalance<'a> {
    /// This balance, of which it holds the proof.
    Known(Amount),
    /// This one, which is sent along: what was charged, where payments carry numbers.
    Signed(&'a BalanceProof),
}

impl ClosingBalance<'_> {
    /// The balance.
    pub const fn amount(&self) -> Amount {
        match self {
            Self::Known(balance) => *balance,
            Self::Signed(proof) => proof.balance,
        }
    }

    /// The body of the request: JSON with amounts as text, because numbers are rounded above 2^53.
    pub fn body(&self) -> String {
        let balance = self.amount().to_string();
        let body = match self {
            Self::Known(_) => json!({ "balance": balance }),
            Self::Signed(proof) => {
                let signature = proof.signature.to_string();
                json!({ "balance": balance, "balance_signature": signature })
            }
        };
        body.to_string()
    }
}

/// The environment of a sender's flows.
pub trait World: Signer + Storage + Locks + Host + Server + Sized + 'static {
    /// The transport to a node.
    type Transport: Transport;

    /// The node that reads the chain and takes transactions, on behalf of this call.
    fn node(&self) -> Node<Self::Transport>;
}

/// A server's response.
#[derive(Debug)]
pub struct Answer<R> {
    /// The HTTP status.
    pub status: u16,
    /// The demand of a 402; `None` for other responses, and for a 402 that is not about a channel.
    pub demand: Result<Option<Demand>, HeaderError>,
    /// The proof in the headers of a response other than a 402, if they are complete: a claim.
    pub shown: Option<BalanceProof>,
    /// What it says by the credit extension.
    pub credit: CreditReport,
    /// Whether it is a redirect that was not followed.
    pub redirected: bool,
    /// Whether it has a body, which may still be on its way.
    pub has_body: bool,
    /// The response itself.
    pub response: R,
}

/// A request that can be sent several times. Dropping a future of [`ask`](Self::ask) or
/// [`pay`](Self::pay) aborts the request.
#[allow(async_fn_in_trait)]
pub trait Resource {
    /// The response type.
    type Response;
    /// The error type.
    type Error;

    /// Its destination. [`ask`](Self::ask) changes it by following a redirect.
    fn place(&self) -> Place;
    /// Resolves the gateway named by the server to an absolute URL.
    fn gateway(&self, path: &str) -> Option<String>;
    /// Whether it asks for a range of a file: others were, or are, paid for by the same payment.
    fn is_range(&self) -> bool {
        false
    }
    /// Whether the caller aborted the request.
    fn is_aborted(&self) -> bool;
    /// Sends it without a payment, and follows redirects.
    async fn ask(&self) -> Result<Answer<Self::Response>, Self::Error>;
    /// Sends it with a payment, by the credit extension with a number, and follows none.
    async fn pay(
        &self,
        payment: &Payment,
        numbered: Option<&Numbered>,
    ) -> Result<Answer<Self::Response>, Self::Error>;
}
