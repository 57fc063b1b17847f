//! The file: its mode, its tables, whose channels it keeps.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};

use crate::receiver::store::identity::{Identity, OpenError, Owner};
use crate::receiver::store::migrations::{Made, Migrations, with_statements};

/// The timeout for another process's write lock.
const BUSY: Duration = Duration::from_secs(5);

/// The size of a page in bytes. A channel with a full window of payment numbers has some 1.6 kB, and SQLite keeps at
/// most a quarter of a page in place: of pages of 4096 bytes each payment would write two.
const PAGE: u32 = 8192;

/// The writer's page cache in KiB: enough for 100,000 channels.
const CACHE: i64 = 64 * 1024;

/// Pages in the write-ahead log at which SQLite makes a checkpoint, for which the writer waits. Among many
/// channels each payment is a page, so SQLite's default of 1000 is soon reached.
const CHECKPOINT: u32 = 4000;

/// Why a file is refused that can't be written to.
const READ_ONLY: &str = "it is read-only here; the file, its folder, where SQLite keeps two more, and what they are \
    mounted from must be writable for this program";

const MIGRATIONS: Migrations = Migrations {
    list: "migrations",
    all: with_statements![
        "V1__channels",
        "V2__levels",
        "V3__withdrawals",
        "V4__payment_numbers",
        "V5__receivers",
    ],
};

/// Opens the file, or makes it.
pub(super) fn open(file: &Path) -> Result<Connection, OpenError> {
    let place = file.display().to_string();
    let failed = |reason: String| OpenError::Unavailable {
        place: place.clone(),
        reason,
    };
    claim(file, &place)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connected = Connection::open_with_flags(file, flags);
    let mut connection = connected.map_err(|error| failed(describe(&error)))?;
    let journal = configure(&connection).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotAStore {
            place: place.clone(),
        },
        _ => failed(describe(&error)),
    })?;
    if journal != "wal" {
        return Err(OpenError::Unsuitable {
            place,
            reason: format!(
                "its file system keeps no write-ahead log (SQLite answers journal_mode={journal}); use a \
                 local disk, or PostgreSQL"
            ),
        });
    }
    let prepared = prepare(&mut connection, &place);
    prepared.map_err(|error| failed(describe(&error)))??;
    Ok(connection)
}

/// What SQLite says, and what that means where a file can't be written or made.
fn describe(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => format!("{READ_ONLY} ({error})"),
        _ => error.to_string(),
    }
}

/// Prepares a connection for many small writes.
pub(super) fn prepare_writer(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)
}

/// See [`super::SqliteStore::default_file`].
pub(super) fn default(identity: &Identity) -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let absolute = |path: &PathBuf| path.is_absolute();
    let state = named("STATE_DIRECTORY").filter(absolute).or_else(|| {
        let home = || Some(named("HOME")?.join(".local/state"));
        let user = named("XDG_STATE_HOME").filter(absolute).or_else(home)?;
        Some(user.join("microraiden"))
    })?;
    let mut contract = identity.contract.to_lower();
    let mut receiver = identity.receiver.to_lower();
    contract.truncate(10);
    receiver.truncate(10);
    let chain = identity.chain_id;
    Some(state.join(format!("{chain}_{contract}_{receiver}.db")))
}

/// Makes the file if it is missing, and checks that others have no access; its group may, as containers mount
/// volumes so. SQLite gives its other files the same mode.
fn claim(file: &Path, place: &str) -> Result<(), OpenError> {
    let unavailable = |error: std::io::Error| OpenError::Unavailable {
        place: place.to_owned(),
        reason: error.to_string(),
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unavailable(error)),
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(file).map_err(unavailable)?;
        if metadata.permissions().mode() & 0o007 != 0 {
            return Err(OpenError::Exposed {
                place: place.to_owned(),
            });
        }
    }
    Ok(())
}

/// Prepares a connection. Returns the kind of journal, which is not `wal` on file systems without shared memory
/// or locks: SQLite refuses it by its answer alone.
fn configure(connection: &Connection) -> Result<String, rusqlite::Error> {
    connection.busy_timeout(BUSY)?;
    // Counts for a new file.
    connection.pragma_update(None, "page_size", PAGE)?;
    let journal =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(journal)
}

/// Makes or migrates the tables, unless they are somebody else's.
fn prepare(
    connection: &mut Connection,
    place: &str,
) -> Result<Result<(), OpenError>, rusqlite::Error> {
    // Another process may be making the tables at this moment.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let count = |condition: &str| {
        let count = format!("SELECT count(*) FROM sqlite_master {condition}");
        transaction.query_row(&count, [], |row| row.get::<_, i64>(0))
    };
    let has = |table: &str| {
        let named = count(&format!("WHERE type = 'table' AND name = '{table}'"));
        named.map(|count| count > 0)
    };
    let mut layout: Option<String> = None;
    let is_new = count("")? == 0;
    let is_ours = is_new || has("meta")?;
    if is_ours && !is_new && !has(MIGRATIONS.list)? {
        let query = "SELECT value FROM meta WHERE name = 'schema'";
        let found = transaction.query_row(query, [], |row| row.get(0));
        layout = found.optional()?;
    }
    if !is_ours {
        let place = place.to_owned();
        return Ok(Err(OpenError::NotAStore { place }));
    }
    transaction.execute_batch(&MIGRATIONS.make_list())?;
    let made = made(&transaction)?;
    match MIGRATIONS.plan(&made, layout.as_deref()) {
        Ok(statements) => transaction.execute_batch(&statements)?,
        Err(stored) => {
            let place = place.to_owned();
            return Ok(Err(OpenError::OtherVersion { place, stored }));
        }
    }
    transaction.commit()?;
    Ok(Ok(()))
}

/// The receiver in its table, which gets it unless it is there.
pub(super) fn owner(
    connection: &Connection,
    identity: &Identity,
) -> Result<Owner, rusqlite::Error> {
    let find = "SELECT id FROM receivers WHERE chain = ? AND contract = ? AND receiver = ?";
    let find = || connection.query_row(find, identity.texts(), |row| row.get(0));
    let id = match find().optional()? {
        Some(id) => id,
        None => {
            // Another process may be faster.
            let add = "INSERT INTO receivers (chain, contract, receiver) VALUES (?, ?, ?) \
                ON CONFLICT DO NOTHING";
            connection.execute(add, identity.texts())?;
            find()?
        }
    };
    Ok(Owner {
        id,
        receiver: identity.receiver,
    })
}

fn made(connection: &Connection) -> Result<Vec<Made>, rusqlite::Error> {
    let mut statement = connection.prepare(&MIGRATIONS.read_list())?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Made {
            number: row.get(0)?,
            name: row.get(1)?,
            checksum: row.get(2)?,
        })
    };
    statement.query_map([], read)?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Locks by files: a file system without shared memory.
    #[test]
    fn a_file_system_without_a_write_ahead_log_is_noticed() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let file = folder.path().join("store.db");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let opened = Connection::open_with_flags_and_vfs(&file, flags, "unix-dotfile");
        let journal = configure(&opened.expect("opened")).expect("an answer");
        assert_eq!(journal, "delete");
        let opened = Connection::open_with_flags(folder.path().join("other.db"), flags);
        assert_eq!(
            configure(&opened.expect("opened")).expect("an answer"),
            "wal"
        );
    }
}
