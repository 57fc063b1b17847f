//! Channels in a SQLite file.
//!
//! One thread writes. It commits all waiting writes in one transaction, so that one flush of the disk serves
//! many payments. No write is acknowledged before it is on disk (`synchronous=FULL`). Several processes of
//! one machine may share the file: each transaction takes the file's write lock before it reads. The file
//! must be on a local disk, as locks and shared memory do not work over network file systems.

mod file;
mod group;
mod table;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use crate::protocol::Address;
use crate::receiver::channel::Channel;

use super::identity::{Identity, OpenError};
use super::{
    Batch, ChannelKey, Select, Store, StoreActivity, StoreError, StoreFuture, Totals, Trail,
};
use writer::Writer;

/// Keeps channels in a SQLite file, beside which SQLite keeps two of its own (`-wal`, `-shm`).
pub struct SqliteStore {
    reader: Arc<Mutex<Connection>>,
    writer: Writer,
    receiver: Address,
}

impl SqliteStore {
    /// Opens the file, or makes it with mode 0600. Refuses a file that others may read or change,
    /// one that keeps the channels of another chain, contract or receiver, and what is no store.
    pub fn open(file: impl AsRef<Path>, identity: &Identity) -> Result<Self, OpenError> {
        let file = file.as_ref();
        let unavailable = |reason: String| OpenError::Unavailable {
            place: file.display().to_string(),
            reason,
        };
        let writer = file::open(file, identity)?;
        file::prepare_writer(&writer).map_err(|error| unavailable(error.to_string()))?;
        let reader = file::open(file, identity)?;
        let writer = Writer::start(writer, identity.receiver)
            .map_err(|error| unavailable(error.to_string()))?;
        Ok(Self {
            reader: Arc::new(Mutex::new(reader)),
            writer,
            receiver: identity.receiver,
        })
    }

    /// The default file, named after chain, contract and receiver, in `$STATE_DIRECTORY` (set by systemd),
    /// else in `microraiden` under `$XDG_STATE_HOME` or `~/.local/state`. `None` if there is no home
    /// folder.
    pub fn default_file(identity: &Identity) -> Option<PathBuf> {
        file::default(identity)
    }

    /// Reads on a blocking thread.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = Arc::clone(&self.reader);
        let work = move || {
            let reader = reader
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            read(&reader)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| StoreError::Unavailable("the server is stopping".to_owned()))?
    }
}

impl Store for SqliteStore {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        let receiver = self.receiver;
        Box::pin(self.read(move |reader| table::get(reader, receiver, key)))
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        let receiver = self.receiver;
        Box::pin(self.read(move |reader| table::list(reader, receiver, select, after, limit)))
    }

    fn write(&self, batch: Batch) -> StoreFuture<'_, ()> {
        Box::pin(self.writer.write(batch))
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        Box::pin(self.read(table::trail))
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        Box::pin(self.read(table::transactions))
    }

    fn totals(&self) -> StoreFuture<'_, Totals> {
        Box::pin(self.read(table::totals))
    }

    fn activity(&self) -> StoreActivity {
        self.writer.activity()
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
