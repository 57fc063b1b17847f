//! Opening stores by file name or URL.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::identity::{Identity, OpenError};
use super::{SqliteStore, Store};
use crate::tls::Trust;

/// Opens the SQLite file of this name, or the PostgreSQL database of a `postgres://` URL (with the
/// feature `postgres`). `None`: [`SqliteStore::default_file`], whose folder is made if it is
/// missing. `trust` is for a database over TLS.
pub async fn open(
    place: Option<&str>,
    identity: &Identity,
    trust: &Trust,
) -> Result<Arc<dyn Store>, OpenError> {
    StoreOpener::new(trust.clone()).open(place, identity).await
}

/// Opens stores by their names, as [`open`] does, for several receivers of one process. Those that name one place share
/// the sessions with a database, the thread that writes a file, and commits.
pub struct StoreOpener {
    trust: Trust,
    opened: Mutex<BTreeMap<String, Opened>>,
}

/// The first store of a place.
enum Opened {
    Sqlite(Arc<SqliteStore>),
    #[cfg(feature = "postgres")]
    Postgres(Arc<super::PgStore>),
}

impl StoreOpener {
    /// `trust` is for databases over TLS.
    pub fn new(trust: Trust) -> Self {
        let opened = Mutex::default();
        Self { trust, opened }
    }

    /// Opens a store; see [`open`].
    pub async fn open(
        &self,
        place: Option<&str>,
        identity: &Identity,
    ) -> Result<Arc<dyn Store>, OpenError> {
        let place = match place {
            Some(place) => place.to_owned(),
            None => {
                let file = SqliteStore::open(default_file(identity)?, identity)?;
                return Ok(Arc::new(file));
            }
        };
        let mut opened = self.opened.lock().await;
        Ok(match opened.get(&place) {
            Some(Opened::Sqlite(first)) => Arc::new(first.share(identity)?),
            #[cfg(feature = "postgres")]
            Some(Opened::Postgres(first)) => Arc::new(first.share(identity).await?),
            None if is_database(&place) => self.database(&mut opened, place, identity).await?,
            None => {
                let first = Arc::new(SqliteStore::open(&place, identity)?);
                opened.insert(place, Opened::Sqlite(Arc::clone(&first)));
                first
            }
        })
    }

    #[cfg(feature = "postgres")]
    async fn database(
        &self,
        opened: &mut BTreeMap<String, Opened>,
        url: String,
        identity: &Identity,
    ) -> Result<Arc<dyn Store>, OpenError> {
        let first = super::PgStore::open(&url, identity, &self.trust).await?;
        let first = Arc::new(first);
        opened.insert(url, Opened::Postgres(Arc::clone(&first)));
        Ok(first)
    }

    #[cfg(not(feature = "postgres"))]
    async fn database(
        &self,
        _: &mut BTreeMap<String, Opened>,
        _: String,
        _: &Identity,
    ) -> Result<Arc<dyn Store>, OpenError> {
        let _ = &self.trust;
        Err(OpenError::Unsuitable {
            place: "the database".to_owned(),
            reason: "this program was built without the feature `postgres`".to_owned(),
        })
    }
}

fn is_database(place: &str) -> bool {
    let schemes = ["postgres://", "postgresql://"];
    schemes.iter().any(|scheme| place.starts_with(scheme))
}

fn default_file(identity: &Identity) -> Result<PathBuf, OpenError> {
    let file = SqliteStore::default_file(identity).ok_or_else(|| OpenError::Unsuitable {
        place: "the store".to_owned(),
        reason: "there is no home folder; say where to keep the channels".to_owned(),
    })?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| OpenError::Unavailable {
            place: folder.display().to_string(),
            reason: error.to_string(),
        })?;
    }
    Ok(file)
}
