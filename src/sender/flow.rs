//! The sender's work over a [`World`]: what is read, signed, sent and stored, in which order.
//!
//! | flow | turn held | written before |
//! |---|---|---|
//! | [`pay`], signing by hand | the channel's, over read → sign → send → answer → commit | the proof, before it is sent |
//! | binding a receiver to an origin | the sender's bindings' | the origin, before a proof is signed for it |
//! | [`deposit`] | the receiver's opening, or the channel's | the transaction, before it is sent |
//! | [`closing`] | the channel's | the receiver's agreement before it is used, the transaction |
//! | [`unfinished`] | each end's own, if nobody has it | - |
//! | `policy` | the policy's, if it counts payments | what was spent, before the proof is signed |
//! | [`scan`] | none; a record that is there already is left alone | - |
//!
//! A server is waited for with a time limit wherever a turn is held; without one it may take its time.
//!
//! A call that pays opens at most one channel and tops up at most once, whatever nodes and servers say
//! ([`pay`]); how much one answer of a node is worth stands in `looking`.

pub mod accounts;
mod apply_verdict;
mod binding;
mod chain;
mod channel_selection;
pub mod closing;
pub mod deposit;
mod locked;
mod looking;
pub mod pay;
mod policy;
pub mod records;
pub mod scan;
mod signing;
pub mod steps;
mod time_budget;
pub mod unfinished;

use crate::chain::ManagerContract;
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Hash};

use super::journal::Action;
use super::world::World;

/// There is no record of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this browser has forgotten the channel; find it again")]
pub struct Forgotten {
    /// The channel's open block.
    pub open_block: u32,
}

/// Why a flow that manages channels stops, apart from what the record, the limits, the policy, the
/// receiver or the contract's rules forbid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// A stored text is damaged, and what it stood for can't be made good.
    #[error("a stored record can't be read: {reason}. It was kept as {name}")]
    Damaged {
        /// Under which name it is now.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A mined transaction took no effect; only the gas was spent.
    #[error("the transaction {hash} was mined but reverted")]
    Reverted {
        /// The transaction.
        hash: Hash,
    },
    /// Another transaction with the same nonce was mined instead, and it did not do the same.
    #[error("the transaction ({}) was replaced by another one with its nonce", .0.name())]
    Replaced(Action),
    /// No node knows it: it was dropped, or never sent.
    #[error("the transaction ({}) was dropped: no node knows it", .0.name())]
    Dropped(Action),
    /// It is not mined yet. It stays in the journal.
    #[error("the transaction ({}) is not mined yet; it may still be", .action.name())]
    NotMined {
        /// Why it was sent.
        action: Action,
        /// The transaction, where it is known.
        hash: Option<Hash>,
    },
    /// It was mined and did not do what it was for.
    #[error("the transaction {hash} was mined but opened no channel")]
    OpenedNothing {
        /// The transaction.
        hash: Hash,
    },
    /// A channel was opened, and the chain does not show it. Its opening stays in the journal, and nothing
    /// more is opened to its receiver until it is seen.
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
        /// What it has.
        balance: Uint256,
        /// What is needed.
        required: Uint256,
    },
    /// The receiver's agreement to closing was required, and it gave none: it denied it, or did not answer.
    /// Nothing was sent.
    #[error("the receiver did not agree to closing, or did not answer; nothing was sent")]
    NotAgreed,
    /// A channel that is not settled is not forgotten but by force.
    #[error("the channel is not settled: its deposit is still in the contract")]
    NotSettled,
    /// Closing now could cost more than is owed, or lock the deposit for a while.
    #[error("{}", .0.sentence())]
    CloseRefused(CloseRisk),
}

/// What speaks against closing without the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseRisk {
    /// A payment's outcome is not known.
    PendingProof,
    /// The channel was found on the chain, and what was paid in it is not known.
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
    /// The outside.
    pub world: W,
    /// The channel manager.
    pub contract: ManagerContract,
    /// The account that pays.
    pub account: Address,
    /// How many blocks, its own included, confirm a transaction.
    pub confirmations: u64,
}

impl<W: World> Sender<W> {
    fn turn_name(&self, kind: &str, receiver: Address, block: &str) -> String {
        let (chain, contract) = (self.contract.chain_id, self.contract.manager.address);
        let (contract, sender) = (contract.to_lower(), self.account.to_lower());
        format!(
            "{kind}:{chain}:{contract}:{sender}:{}{block}",
            receiver.to_lower()
        )
    }

    fn opening_turn_name(&self, receiver: Address) -> String {
        self.turn_name("open", receiver, "")
    }
}
