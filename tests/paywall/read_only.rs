//! A store that can be read and not written.

use microraiden::receiver::store::{Batch, Sessions, StoreActivity, StoreFuture, Trail};
use microraiden::receiver::{Channel, ChannelKey, MemoryStore, Select, Store, StoreError};

pub(crate) struct ReadOnly(pub(crate) MemoryStore);

impl Store for ReadOnly {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        self.0.get(key)
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        self.0.list(select, after, limit)
    }

    fn write(&self, _: Batch) -> StoreFuture<'_, ()> {
        Box::pin(async { Err(StoreError::Unavailable("the disk is full".to_owned())) })
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        self.0.trail()
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        self.0.transactions()
    }

    /// As busy as a database with sessions.
    fn activity(&self) -> StoreActivity {
        StoreActivity {
            sessions: Some(Sessions::default()),
            ..self.0.activity()
        }
    }
}
