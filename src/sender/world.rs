//! What the flows need of the outside: storage, turns, signatures, a node, the server, time.
//!
//! The browser is one such world (`src/wasm/`); the model that the simulation runs against is
//! another. Every `await` in a flow is a point at which the page may die, and nothing after it is
//! taken for granted.

use crate::chain::{ChainError, ContractError, Node, Sent, Transport};
use crate::protocol::amount::Uint256;
use crate::protocol::header::{Demand, HeaderError, Payment};
use crate::protocol::{
    Address, Amount, BalanceProof, ChannelId, CloseRequest, Hash, Rule, Signature,
};

use super::flow::{FlowError, Forgotten};
use super::journal::Action;
use super::limits::LimitError;
use super::payment::{PaymentError, Wait};
use super::policy::PolicyError;
use super::price::Place;
use super::record::RecordError;

/// An error of a world, which takes in those of the core.
pub trait Failing:
    From<RecordError>
    + From<LimitError>
    + From<PolicyError>
    + From<PaymentError>
    + From<HeaderError>
    + From<Rule>
    + From<ChainError>
    + From<ContractError>
    + From<FlowError>
    + From<Forgotten>
{
    /// The same error with the one that led to it.
    #[must_use]
    fn caused_by(self, cause: Self) -> Self;
    /// Whether it says that the signer can't make such a signature, as opposed to that it did not.
    fn means_unable_to_sign(&self) -> bool {
        false
    }
}

/// A transaction to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Why.
    pub action: Action,
    /// To which contract or account.
    pub to: Address,
    /// Wei to go with it.
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

/// Why a transaction was not handed in.
#[derive(Debug)]
pub struct NotSent<E> {
    /// Whether it is certain that it was not, so that the journal need not keep it.
    pub certain: bool,
    /// Why.
    pub error: E,
}

/// What a receiver says to closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// A signature, which is a claim until it is verified.
    Signed(Signature),
    /// It wants to know that the sender asks.
    SenderUnproven,
    /// It does not agree, or does not answer.
    Denied,
}

/// What long work is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A transaction was handed in.
    Sent {
        /// Why.
        action: Action,
        /// Its hash.
        hash: &'a Hash,
    },
    /// A transaction is waiting for confirmations.
    Confirming {
        /// Why it was sent.
        action: Action,
        /// Its hash, where it is known.
        hash: Option<&'a Hash>,
        /// Confirmations so far.
        confirmations: u64,
        /// Confirmations needed.
        required: u64,
    },
    /// A request is sent with this payment.
    Paying {
        /// The price.
        price: Amount,
        /// The new total.
        balance: Amount,
        /// In which channel.
        channel: &'a ChannelId,
    },
    /// The receiver is waiting, and asked again in a second.
    WaitingForReceiver {
        /// For what.
        wait: Wait,
        /// How often it was asked.
        attempt: u32,
        /// How often it is asked at most.
        attempts: u32,
    },
    /// No answer came; the same payment is sent again.
    Resending {
        /// How often it was sent before.
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
    /// A stored text could not be read and was put under another name.
    SetAside {
        /// Its new name.
        name: &'a str,
    },
}

/// The outside of a sender's flows.
#[allow(async_fn_in_trait)] // Futures are not Send in a browser and need not be.
pub trait World: Sized + 'static {
    /// What goes wrong.
    type Error: Failing;
    /// A held turn; dropping it hands it on.
    type Turn;
    /// A transaction that is ready to be handed in.
    type Prepared;
    /// What carries requests to a node.
    type Transport: Transport;

    /// Milliseconds since 1970.
    fn now(&self) -> u64;
    /// Whether the person can't see the page.
    fn is_hidden(&self) -> bool;
    /// The origin of the page.
    fn origin(&self) -> String;
    /// Fails once the caller has given up.
    fn check(&self) -> Result<(), Self::Error>;
    /// The same, where only the caller's own word counts: what a person has agreed to by signing is paid,
    /// whatever becomes of the wallet meanwhile.
    fn check_caller(&self) -> Result<(), Self::Error> {
        self.check()
    }
    /// Tells what is waited for.
    fn tell(&self, progress: Progress<'_>);
    /// Waits.
    async fn pause(&self, milliseconds: u32) -> Result<(), Self::Error>;
    /// Is over after this time, also if the caller has given up. Dropped where it is not needed.
    async fn after(&self, milliseconds: u32);

    /// Reads a stored text.
    async fn read(&self, name: &str) -> Result<Option<String>, Self::Error>;
    /// Stores a text; it is there when this returns.
    async fn write(&self, name: &str, text: &str) -> Result<(), Self::Error>;
    /// Removes a stored text.
    async fn remove(&self, name: &str) -> Result<(), Self::Error>;
    /// The names that begin so, in the order of their characters.
    async fn names(&self, prefix: &str) -> Result<Vec<String>, Self::Error>;

    /// Waits for the turn of a name, across all pages.
    async fn turn(&self, name: &str) -> Result<Self::Turn, Self::Error>;
    /// Takes the turn of a name unless somebody has it.
    async fn free_turn(&self, name: &str) -> Result<Option<Self::Turn>, Self::Error>;

    /// Signs a balance of a channel; the signature is the sender's.
    async fn sign(&self, channel: &ChannelId, balance: Amount)
    -> Result<BalanceProof, Self::Error>;
    /// Whether transactions are signed without asking a person.
    fn signs_alone(&self) -> bool;

    /// The node that reads the chain and takes transactions, on behalf of this call.
    fn node(&self) -> Node<Self::Transport>;
    /// The same error, or that the caller has given up where that led to it.
    fn explain(&self, error: Self::Error) -> Self::Error {
        error
    }

    /// Makes a transaction ready: estimated, and signed if it is signed here.
    async fn prepare(&self, call: &Call) -> Result<Self::Prepared, Self::Error>;
    /// What is known of it before it is handed in.
    fn prepared(&self, prepared: &Self::Prepared) -> Sent;
    /// Hands it in.
    async fn submit(&self, prepared: Self::Prepared) -> Result<Sent, NotSent<Self::Error>>;

    /// Signs what shows a receiver that the sender asks for a closing.
    async fn sign_request(&self, request: &CloseRequest) -> Result<Signature, Self::Error>;
    /// Asks the receiver to agree to closing with this balance, with the sender's signature of that
    /// request or without.
    async fn ask_closing(
        &self,
        gateway: &str,
        channel: &ChannelId,
        balance: Amount,
        signed: Option<&Signature>,
    ) -> Agreement;
}

/// What came back from a server.
#[derive(Debug)]
pub struct Answer<R> {
    /// The HTTP status.
    pub status: u16,
    /// What a 402 demands; `None` for other answers, and for a 402 that is not about a channel.
    pub demand: Result<Option<Demand>, HeaderError>,
    /// The proof in the headers of an answer that is no 402, if they are whole: a claim.
    pub shown: Option<BalanceProof>,
    /// Whether the answer is a redirect that was not followed.
    pub redirected: bool,
    /// The response itself.
    pub response: R,
}

/// A request that can be sent several times. Dropping what waits for an answer gives the request up.
#[allow(async_fn_in_trait)]
pub trait Resource {
    /// What a response is.
    type Response;
    /// What goes wrong.
    type Error;

    /// Where it goes. Asking may be redirected, and changes this.
    fn place(&self) -> Place;
    /// Makes an absolute URL of what the server calls its gateway.
    fn gateway(&self, path: &str) -> Option<String>;
    /// Whether the caller gave the request up.
    fn is_aborted(&self) -> bool;
    /// Sends it without a payment, and follows redirects.
    async fn ask(&self) -> Result<Answer<Self::Response>, Self::Error>;
    /// Sends it with a payment, and follows none.
    async fn pay(&self, payment: &Payment) -> Result<Answer<Self::Response>, Self::Error>;
}
