//! How old a head may be.

use std::time::Duration;

/// The greatest age of a newest block, by its timestamp and by how long it has been the newest one here. A
/// node with an older head has stopped, and is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadAge {
    /// The time of 25 blocks of this chain, but at least two minutes.
    ByBlockTime,
    /// This.
    AtMost(Duration),
    /// Any, for development chains, which make blocks on demand.
    Any,
}

/// Development chains: the ids of Ganache and `geth --dev`, and of Anvil and Hardhat.
const DEVELOPMENT: [u64; 2] = [1337, 31_337];
/// This many consecutive slots are never missed in practice, in proof of work or of stake.
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
