//! Why a poll of the chain was not completed.

use std::time::Duration;

use crate::chain::ChainError;
use crate::receiver::store::StoreError;

/// Answers of nodes that contradict each other, or what was applied. They are asked again at the next poll.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Inconsistency {
    /// The node does not know a block that is not above its head.
    #[error("the node does not know block {0}, which is not above its head")]
    UnknownBlock(u64),
    /// Two answers are of different chains.
    #[error("the node's answers about block {0} do not fit together")]
    Unsteady(u64),
    /// The node does not know what was applied already.
    #[error("the node's head is block {head}, and block {applied} was applied already")]
    Behind {
        /// The node's newest block.
        head: u64,
        /// The last block whose events were applied.
        applied: u64,
    },
    /// Every node's head is too old.
    #[error(
        "the head, block {head}, is {} s old; at most {} s are believed", age.as_secs(), limit.as_secs()
    )]
    Stale {
        /// The newest block of all nodes.
        head: u64,
        /// How old it is.
        age: Duration,
        /// How old it may be.
        limit: Duration,
    },
    /// Two nodes disagree about confirmed blocks.
    #[error("node {one} and node {other} disagree about block {block}")]
    Disagreement {
        /// One of them, counted from 1 in the order in which they were named.
        one: usize,
        /// The other one.
        other: usize,
        /// The block, or the last one of a range whose events are in question.
        block: u64,
    },
    /// Heads are young and too far apart for both to be of this chain.
    #[error("the nodes' heads are young and far apart: blocks {lowest} and {highest}")]
    Apart {
        /// The lowest of them.
        lowest: u64,
        /// The highest one.
        highest: u64,
    },
    /// A block from long ago is not the one that was applied: the node is on another chain, or the chain was
    /// started anew.
    #[error(
        "block {0} is not the one that was applied long ago: this is another chain; name its node, or \
         another store"
    )]
    OtherChain(u64),
}

impl Inconsistency {
    /// Whether the operator has to act.
    pub(super) fn is_alarm(&self) -> bool {
        match self {
            Self::Stale { .. }
            | Self::Disagreement { .. }
            | Self::Apart { .. }
            | Self::OtherChain(_) => true,
            Self::UnknownBlock(_) | Self::Unsteady(_) | Self::Behind { .. } => false,
        }
    }

    /// Whether it concerns several nodes, so that reading another one does not help.
    pub(super) fn is_of_all(&self) -> bool {
        matches!(self, Self::Disagreement { .. } | Self::Apart { .. })
    }
}

/// Why a poll did not see everything up to the head minus the confirmations. Nothing was forgotten. Nothing is
/// sold until a poll does, after [`Self::Chain`] and a [`Self::Store`] that does not answer from a minute later on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The node does not answer, or not as it should.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// What was seen can't be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The nodes' answers do not fit together, or not to what was applied.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistency),
}

impl WatchError {
    /// Whether it concerns several nodes or the store, so that reading another node does not help.
    pub(super) fn is_of_all(&self) -> bool {
        match self {
            Self::Inconsistent(inconsistency) => inconsistency.is_of_all(),
            Self::Chain(_) => false,
            Self::Store(_) => true,
        }
    }

    /// Whether the nodes or the store said nothing, so that what is known stands for a while.
    pub(super) fn is_silence(&self) -> bool {
        matches!(
            self,
            Self::Chain(_) | Self::Store(StoreError::Unavailable(_))
        )
    }

    /// What it is about, whatever its numbers are: the log tells each kind once.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Chain(error) => error.to_string(),
            Self::Store(error) => error.to_string(),
            Self::Inconsistent(inconsistency) => {
                format!("{:?}", core::mem::discriminant(inconsistency))
            }
        }
    }
}
