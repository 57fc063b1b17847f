//! How old a head may be.

use std::time::Duration;

/// How old the newest block may be, by its timestamp and by how long it has been the newest one here. A
/// node whose head is older stands still: it is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadAge {
    /// As old as 25 blocks of this chain take, and two minutes at least.
    ByBlockTime,
    /// As old as this.
    AtMost(Duration),
    /// Of any age, for development chains, which make a block when there is something to put into it.
    Any,
}

/// Chains that developers start at home: the ids of Ganache and `geth --dev`, and of Anvil and Hardhat.
const DEVELOPMENT: [u64; 2] = [1337, 31_337];
/// The chance that so many slots are missed in a row is nil, whatever makes the blocks.
const BLOCKS: u32 = 25;
/// Clocks differ, and fast chains pause now and then.
const FLOOR: Duration = Duration::from_secs(120);

impl HeadAge {
    /// [`Self::Any`] on development chains, else [`Self::ByBlockTime`].
    pub fn of_chain(chain_id: u64) -> Self {
        if DEVELOPMENT.contains(&chain_id) {
            Self::Any
        } else {
            Self::ByBlockTime
        }
    }

    /// The limit, if there is one.
    pub(super) fn limit(self, block_time: Option<Duration>) -> Option<Duration> {
        match self {
            Self::ByBlockTime => {
                let blocks = block_time.unwrap_or_default().saturating_mul(BLOCKS);
                Some(blocks.max(FLOOR))
            }
            Self::AtMost(limit) => Some(limit),
            Self::Any => None,
        }
    }
}
