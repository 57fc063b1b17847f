//! Channels in a SQLite file, of one receiver or of several.
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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::receiver::channel::Channel;

use super::identity::{Identity, OpenError, Owner};
use super::{
    Batch, ChannelKey, Select, Store, StoreActivity, StoreError, StoreFuture, Totals, Trail,
};
use writer::Writer;

/// Keeps channels in a SQLite file, beside which SQLite keeps two of its own (`-wal`, `-shm`).
pub struct SqliteStore {
    reader: Arc<Mutex<Connection>>,
    writer: Arc<Writer>,
    owner: Owner,
    place: String,
}

impl SqliteStore {
    /// Opens the file, or makes it with mode 0600, for one of the receivers that may share it. Refuses a file that
    /// others may read or change, one of a later version, and what is no store.
    pub fn open(file: impl AsRef<Path>, identity: &Identity) -> Result<Self, OpenError> {
        let file = file.as_ref();
        let place = file.display().to_string();
        let unavailable = |reason: String| OpenError::Unavailable {
            place: place.clone(),
            reason,
        };
        let writer = file::open(file)?;
        file::prepare_writer(&writer).map_err(|error| unavailable(error.to_string()))?;
        let reader = Arc::new(Mutex::new(file::open(file)?));
        let owner = find_owner(&reader, identity, &place)?;
        let writer = Writer::start(writer).map_err(|error| unavailable(error.to_string()))?;
        Ok(Self {
            reader,
            writer: Arc::new(writer),
            owner,
            place,
        })
    }

    /// The same file for another receiver, with the same thread that writes: writes of all its receivers share
    /// commits.
    pub fn share(&self, identity: &Identity) -> Result<Self, OpenError> {
        Ok(Self {
            reader: Arc::clone(&self.reader),
            writer: Arc::clone(&self.writer),
            owner: find_owner(&self.reader, identity, &self.place)?,
            place: self.place.clone(),
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
            let reader = lock(&reader);
            read(&reader)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| StoreError::Unavailable("the server is stopping".to_owned()))?
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find_owner(
    connection: &Mutex<Connection>,
    identity: &Identity,
    place: &str,
) -> Result<Owner, OpenError> {
    let found = file::owner(&lock(connection), identity);
    found.map_err(|error| OpenError::Unavailable {
        place: place.to_owned(),
        reason: error.to_string(),
    })
}

impl Store for SqliteStore {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        let owner = self.owner;
        Box::pin(self.read(move |reader| table::get(reader, owner, key)))
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        let owner = self.owner;
        Box::pin(self.read(move |reader| table::list(reader, owner, select, after, limit)))
    }

    fn write(&self, batch: Batch) -> StoreFuture<'_, ()> {
        Box::pin(self.writer.write(self.owner, batch))
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        let owner = self.owner;
        Box::pin(self.read(move |reader| table::trail(reader, owner)))
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        let owner = self.owner;
        Box::pin(self.read(move |reader| table::transactions(reader, owner)))
    }

    fn totals(&self) -> StoreFuture<'_, Totals> {
        let owner = self.owner;
        Box::pin(self.read(move |reader| table::totals(reader, owner)))
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
