//! Opening a store by its file name or URL.

use std::path::PathBuf;
use std::sync::Arc;

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
    let schemes = ["postgres://", "postgresql://"];
    match place {
        Some(url) if schemes.iter().any(|scheme| url.starts_with(scheme)) => {
            open_database(url, identity, trust).await
        }
        Some(file) => Ok(Arc::new(SqliteStore::open(file, identity)?)),
        None => Ok(Arc::new(SqliteStore::open(
            default_file(identity)?,
            identity,
        )?)),
    }
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

#[cfg(feature = "postgres")]
async fn open_database(
    url: &str,
    identity: &Identity,
    trust: &Trust,
) -> Result<Arc<dyn Store>, OpenError> {
    Ok(Arc::new(super::PgStore::open(url, identity, trust).await?))
}

#[cfg(not(feature = "postgres"))]
async fn open_database(_: &str, _: &Identity, _: &Trust) -> Result<Arc<dyn Store>, OpenError> {
    Err(OpenError::Unsuitable {
        place: "the database".to_owned(),
        reason: "this program was built without the feature `postgres`".to_owned(),
    })
}
