//! Where channels are kept.
//!
//! [`Store::write`] is atomic and durable: after `Ok` the changes survive a crash, and concurrent writes to a
//! channel happen one after the other. After an error nothing may be served, as the write may or may not
//! have happened.

mod activity;
mod edit;
mod ext;
mod identity;
mod lease;
#[cfg(feature = "sqlite")]
mod location;
mod memory;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod migrations;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod overlay;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;
mod totals;
mod trail;

pub use activity::{GroupSizes, Sessions, StoreActivity};
pub use edit::{Edit, EditOutcome};
pub use ext::StoreExt;
pub use identity::{Identity, OpenError};
pub use lease::{LeaseAnswer, LeaseClaim};
#[cfg(feature = "sqlite")]
pub use location::{StoreOpener, open as open_at};
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::PgStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use totals::Totals;
pub use trail::{Interval, Trail};

use std::future::Future;
use std::pin::Pin;

use crate::protocol::{Address, ChannelId, Hash};

use super::channel::Channel;

/// Identifies a channel of one receiver with one contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelKey {
    /// Who pays.
    pub sender: Address,
    /// The block in which the channel was created.
    pub open_block: u32,
}

impl From<&ChannelId> for ChannelKey {
    fn from(id: &ChannelId) -> Self {
        Self {
            sender: id.sender,
            open_block: id.open_block,
        }
    }
}

/// The channels of one receiver with one contract, as one that keeps those of others as well shows them. [`StoreExt`] has further calls for all stores.
pub trait Store: Send + Sync {
    /// A channel, unless it is settled.
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>>;

    /// At most `limit` of the selected channels, by sender and open block, from after `after` on.
    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>>;

    /// Makes all edits of a batch, in order, or none of them. No other write changes a channel between its
    /// reading and its edit.
    fn write(&self, batch: Batch) -> StoreFuture<'_, ()>;

    /// The blocks up to which the chain was followed, by which a fork is found; empty before the first
    /// poll. A store that keeps only the newest of them has the chain read from its start after a
    /// reorganisation.
    fn trail(&self) -> StoreFuture<'_, Trail>;

    /// How many transactions of the receiver were ever written down.
    fn transactions(&self) -> StoreFuture<'_, u64>;

    /// Sums over the confirmed channels. Reads all channels, unless the store has a shorter way.
    fn totals(&self) -> StoreFuture<'_, Totals> {
        Box::pin(totals::read(self))
    }

    /// Says who acts for the receiver, of the processes that share the store. A store that has no leases says that
    /// each of them does.
    fn lease(&self, claim: LeaseClaim) -> StoreFuture<'_, LeaseAnswer> {
        drop(claim);
        Box::pin(async { Ok(LeaseAnswer::Alone) })
    }

    /// How busy it is. A store that groups nothing has nothing to tell.
    fn activity(&self) -> StoreActivity {
        StoreActivity::default()
    }
}

/// The future of a store's answer.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Which channels to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// All of them except settled ones, which the following also leave out.
    All,
    /// The channels of one sender.
    Of(Address),
    /// Those that wait for confirmations of the channel or of a top up.
    Waiting,
    /// Those that the receiver has to close, or to withdraw from, on the chain.
    Payouts,
    /// Those that keep something in case of a reorganisation: settled ones, and those with levels.
    Reversible,
}

impl Select {
    /// Whether a channel is among them.
    pub fn matches(self, channel: &Channel) -> bool {
        let listed = channel.settled.is_none();
        match self {
            Self::All => listed,
            Self::Of(sender) => listed && channel.id.sender == sender,
            Self::Waiting => listed && channel.is_waiting(),
            Self::Payouts => listed && (channel.payout.is_some() || channel.withdrawal.is_some()),
            Self::Reversible => !listed || !channel.levels.is_empty(),
        }
    }
}

/// Changes that are made together.
#[derive(Debug, Default)]
pub struct Batch {
    /// What to change, in this order.
    pub edits: Vec<(ChannelKey, Edit)>,
    /// How far the chain was followed with these changes.
    pub advance: Option<Advance>,
    /// Set if a transaction of the receiver is written down with these changes: how many were before. If
    /// it is another number by now, the batch fails with [`StoreError::OtherTransaction`], so that programs
    /// over one store do not choose the same nonce.
    pub transactions: Option<u64>,
}

/// The chain was followed from one block to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    /// What the store must say before; otherwise the batch fails with [`StoreError::Overtaken`],
    /// so that events are applied once even if several machines follow the chain.
    pub from: Option<Synced>,
    /// What it says afterwards.
    pub to: Option<Synced>,
    /// The digest of the events that were read of the blocks in between; `None` where none were read.
    pub events: Option<Hash>,
}

/// The last block whose events were applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synced {
    /// Its number.
    pub block: u64,
    /// Its hash, by which a reorganisation shows.
    pub hash: Hash,
}

/// Why a store did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The disk, the database or the connection failed. A write may or may not have happened.
    #[error("the store can't be used: {0}")]
    Unavailable(String),
    /// Another process has followed the chain further: nothing was written.
    #[error("another process has followed the chain further")]
    Overtaken,
    /// Another process has written down a transaction meanwhile: nothing was written.
    #[error("another process has written down a transaction meanwhile")]
    OtherTransaction,
}
