//! The sender's flows over a [`World`]: the order in which they read, sign, send and store.
//!
//! | flow | lock held | written to storage first |
//! |---|---|---|
//! | [`pay`], manual signing | the channel's, over read → sign → send → answer → commit | the proof, before it is sent |
//! | `numbered` | the channel's over read → sign → store, and over the commit of the answer; one of its payments' in between | the number and its proof, before it is sent |
//! | `in_flight` | the payment's | - |
//! | binding a receiver to an origin | the one of the sender's bindings | the origin, before a proof is signed for it |
//! | [`begin`] | the one for opening to the receiver, and that of moving money to the account | who fills the account, before it is asked |
//! | opening, topping up | the one for opening to the receiver, or the channel's | the transaction, before it is sent |
//! | [`close`] | the channel's | the receiver's agreement, before it is used; the transaction, before it is sent |
//! | `trial` of a wallet | that of the wallet's account, over one signature | the answer |
//! | [`unfinished`] | that of each unfinished transaction or payment; skips it if the lock is taken | - |
//! | `policy` | the policy's, if it counts payments | the amount spent, before the proof is signed |
//! | [`funds`] | the one for opening to the account that gets the money | each transaction, before it is sent |
//! | [`recover`] | none; does not touch existing records | - |
//!
//! While a lock is held every request to a server has a timeout; without a lock it has none.
//!
//! A call that pays opens at most one channel and tops up at most once, whatever nodes and servers answer
//! ([`pay`]). `chain_reads` defines how far a single answer of a node is trusted.

mod apply_verdict;
mod arrival;
mod backups;
pub mod begin;
mod binding;
mod call;
mod chain;
mod chain_reads;
mod channel_selection;
pub mod close;
pub mod end;
mod escrow;
pub mod funds;
mod in_flight;
pub mod incomplete;
mod ledger;
mod locked;
mod numbered;
mod open;
pub mod pay;
mod policy;
mod prices;
pub mod quote;
mod reconcile;
pub mod records;
pub mod recover;
mod signing;
mod submit;
mod time_budget;
mod together;
mod top_up;
pub mod transaction;
mod trial;
pub mod unfinished;

pub use trial::is_trial;

use crate::chain::{ManagerContract, fee};
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Hash};

use super::store::journal::Action;
use super::store::keys::SenderKey;
use super::store::shortfall::Shortfall;
use super::world::World;

/// This browser has no record of the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this browser has forgotten the channel; find it again")]
pub struct Forgotten {
    /// The channel's open block.
    pub open_block: u32,
}

/// Why a flow that manages channels fails, other than by the record, the limits, the policy, the
/// receiver or the contract's rules, which have errors of their own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// A stored text is damaged and can't be repaired.
    #[error("a stored record can't be read: {reason}. It was kept as {name}")]
    Damaged {
        /// The name it was moved to.
        name: String,
        /// Why it can't be read.
        reason: String,
    },
    /// A mined transaction reverted; only the gas was spent.
    #[error("the transaction {hash} was mined but reverted")]
    Reverted {
        /// The transaction.
        hash: Hash,
    },
    /// Another transaction with the same nonce was mined instead, and it had a different effect.
    #[error("the transaction ({}) was replaced by another one with its nonce", .0.name())]
    Replaced(Action),
    /// No node knows the transaction: it was dropped, or never sent.
    #[error("the transaction ({}) was dropped: no node knows it", .0.name())]
    Dropped(Action),
    /// The transaction is not mined yet. It stays in the journal.
    #[error("the transaction ({}) is not mined yet; it may still be", .action.name())]
    NotMined {
        /// Why it was sent.
        action: Action,
        /// The transaction, if it is known.
        hash: Option<Hash>,
    },
    /// The transaction was mined, but opened no channel.
    #[error("the transaction {hash} was mined but opened no channel")]
    OpenedNothing {
        /// The transaction.
        hash: Hash,
    },
    /// A channel was opened, but the chain does not show it. Its opening stays in the journal, and no other
    /// channel is opened to its receiver until it is seen.
    #[error(
        "the transaction {hash} opened a channel that the chain does not show: the node lags behind its \
         own receipt, or the contract counts blocks in a way that the node does not tell. Nothing more is \
         opened to {receiver} until it is seen"
    )]
    Unseen {
        /// The transaction.
        hash: Hash,
        /// The channel's receiver.
        receiver: Address,
    },
    /// The account has too few tokens.
    #[error("the account has {balance} token units, {required} are needed")]
    InsufficientTokens {
        /// The account's balance.
        balance: Uint256,
        /// The tokens needed.
        required: Uint256,
    },
    /// The token charges a fee on transfers.
    #[error("{}", .0.sentence())]
    Short(Shortfall),
    /// The account's wallet can't sign balance proofs. Nothing was deposited.
    #[error(
        "the wallet can't sign balance proofs with the account {0}, so nothing was deposited. A local key can: \
         connect with LocalKey.create(), and fund it from this wallet by client.fund({{ from, tokens, ether }})"
    )]
    CannotSign(Address),
    /// The receiver's agreement to closing was required, and it refused or did not answer. Nothing was
    /// sent.
    #[error("the receiver did not agree to closing, or did not answer; nothing was sent")]
    NotAgreed,
    /// Only a key's account is swept: a wallet moves its money itself.
    #[error("only a local key is swept; a wallet moves its money itself")]
    NoKey,
    /// Only a settled channel can be forgotten, unless forced.
    #[error("the channel is not settled: its deposit is still in the contract")]
    NotSettled,
    /// Closing now could cost more than is owed, or lock the deposit for a challenge period.
    #[error("{}", .0.sentence())]
    CloseRefused(CloseRisk),
}

/// The risk of closing without the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseRisk {
    /// The outcome of a payment is not known.
    PendingProof,
    /// The channel was found on the chain, and the balance paid in it is not known.
    UnknownBalance,
}

impl CloseRisk {
    /// A stable name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PendingProof => "pending-proof",
            Self::UnknownBalance => "unknown-balance",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::PendingProof => {
                "a payment's outcome is not known. Closing now pays the receiver for it, whether or \
                 not it served; ask for the balance first, or force it"
            }
            Self::UnknownBalance => {
                "what was paid in this channel is not known. Closing with too little lets the \
                 receiver object and close with its own proof; ask for the balance first, or force \
                 it"
            }
        }
    }
}

/// A sender at one channel manager, in one world.
#[derive(Debug)]
pub struct Sender<W> {
    /// Storage, locks, signer, node and network.
    pub world: W,
    /// The channel manager.
    pub contract: ManagerContract,
    /// The account that pays.
    pub account: Address,
    /// The blocks needed to confirm a transaction, including its own.
    pub confirmations: u64,
    /// What a key offers for gas at most.
    pub fees: fee::FeeLimits,
}

impl<W: World> Sender<W> {
    /// Whose names in storage these are.
    pub fn key(&self) -> SenderKey {
        SenderKey::new(&self.contract, self.account)
    }
}
