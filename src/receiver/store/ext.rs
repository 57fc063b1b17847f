//! Calls that every store has.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::receiver::channel::Channel;

use super::{Batch, ChannelKey, Edit, EditOutcome, Select, Store, StoreError, Synced};

/// Channels are listed in pages of this many.
const PAGE: usize = 500;

/// What every [`Store`] can do.
pub trait StoreExt: Store {
    /// Runs `decide` on a channel and stores what it changed, in one step; if it fails, nothing is stored.
    /// `None`: there is no such channel. `decide` runs inside the store's critical section: no slow work in
    /// it. It runs again where another write to the channel came in between; its last answer is returned.
    fn update<T, E>(
        &self,
        key: ChannelKey,
        decide: impl FnMut(&mut Channel) -> Result<T, E> + Send + 'static,
    ) -> impl Future<Output = Result<Option<Result<T, E>>, StoreError>> + Send
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        self.update_with(key, None, decide)
    }

    /// The same; with a number, a transaction of the receiver is written down by the decision, as
    /// [`Batch::transactions`] says.
    fn update_with<T, E>(
        &self,
        key: ChannelKey,
        transactions: Option<u64>,
        mut decide: impl FnMut(&mut Channel) -> Result<T, E> + Send + 'static,
    ) -> impl Future<Output = Result<Option<Result<T, E>>, StoreError>> + Send
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let told = Arc::new(Mutex::new(None));
        let tell = Arc::clone(&told);
        let edit = Edit::of_stored(move |stored| {
            let known = stored.as_mut().filter(|channel| channel.settled.is_none());
            let decision = known.map(|channel| {
                channel.modified = SystemTime::now();
                decide(channel)
            });
            let keep = match decision {
                Some(Ok(_)) => EditOutcome::Changed,
                Some(Err(_)) | None => EditOutcome::Unchanged,
            };
            *tell.lock().unwrap_or_else(PoisonError::into_inner) = decision;
            keep
        });
        async move {
            let batch = Batch {
                transactions,
                ..one(key, edit)
            };
            self.write(batch).await?;
            Ok(told.lock().unwrap_or_else(PoisonError::into_inner).take())
        }
    }

    /// The last block whose events were applied; `None` before the first poll.
    fn synced(&self) -> impl Future<Output = Result<Option<Synced>, StoreError>> + Send {
        async move { Ok(self.trail().await?.newest()) }
    }

    /// Adds a channel unless it is there already.
    fn insert(&self, channel: Channel) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            let key = ChannelKey::from(&channel.id);
            self.write(one(key, Edit::insert(channel))).await
        }
    }

    /// Forgets a channel.
    fn remove(&self, key: ChannelKey) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move { self.write(one(key, Edit::remove())).await }
    }

    /// Passes all selected channels to `see`, a page at a time. Channels that change meanwhile are seen as
    /// before or after the change.
    fn for_each(
        &self,
        select: Select,
        mut see: impl FnMut(Channel) + Send,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            let mut after = None;
            loop {
                let page = self.list(select, after, PAGE).await?;
                let Some(last) = page.last() else {
                    return Ok(());
                };
                after = Some(ChannelKey::from(&last.id));
                let complete = page.len() < PAGE;
                page.into_iter().for_each(&mut see);
                if complete {
                    return Ok(());
                }
            }
        }
    }

    /// All selected channels, in memory at once.
    fn all(&self, select: Select) -> impl Future<Output = Result<Vec<Channel>, StoreError>> + Send {
        async move {
            let mut channels = Vec::new();
            self.for_each(select, |channel| channels.push(channel))
                .await?;
            Ok(channels)
        }
    }
}

impl<S: Store + ?Sized> StoreExt for S {}

fn one(key: ChannelKey, edit: Edit) -> Batch {
    Batch {
        edits: vec![(key, edit)],
        ..Batch::default()
    }
}
