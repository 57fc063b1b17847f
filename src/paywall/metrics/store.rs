//! A store that is measured.

use std::sync::Arc;
use std::time::Instant;

use crate::receiver::store::{Batch, LeaseAnswer, LeaseClaim, StoreActivity, StoreFuture, Trail};
use crate::receiver::{Channel, ChannelKey, Select, Store, StoreError, Totals};

use super::Metrics;

pub(super) struct Measured {
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
}

impl Measured {
    pub(super) fn new(store: Arc<dyn Store>, metrics: Arc<Metrics>) -> Self {
        Self { store, metrics }
    }

    fn measure<'a, T: 'a>(
        &'a self,
        operation: &'static str,
        answer: StoreFuture<'a, T>,
    ) -> StoreFuture<'a, T> {
        Box::pin(async move {
            let began = Instant::now();
            let answer = answer.await;
            // That another machine was faster is no failure.
            let done = !matches!(answer, Err(StoreError::Unavailable(_)));
            self.metrics.store_took(operation, began.elapsed(), done);
            answer
        })
    }
}

impl Store for Measured {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        self.measure("get", self.store.get(key))
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        self.measure("list", self.store.list(select, after, limit))
    }

    fn write(&self, batch: Batch) -> StoreFuture<'_, ()> {
        self.measure("write", self.store.write(batch))
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        self.measure("trail", self.store.trail())
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        self.measure("transactions", self.store.transactions())
    }

    fn totals(&self) -> StoreFuture<'_, Totals> {
        self.measure("totals", self.store.totals())
    }

    fn lease(&self, claim: LeaseClaim) -> StoreFuture<'_, LeaseAnswer> {
        self.measure("lease", self.store.lease(claim))
    }

    fn activity(&self) -> StoreActivity {
        self.store.activity()
    }
}
