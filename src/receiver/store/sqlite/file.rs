//! The file: its mode, its tables, whose channels it keeps.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::receiver::store::identity::{Identity, OpenError};

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

const TABLES: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE synced (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        block INTEGER NOT NULL,
        hash BLOB NOT NULL,
        trail BLOB NOT NULL
    ) STRICT;
    CREATE TABLE channels (
        sender BLOB NOT NULL,
        open_block INTEGER NOT NULL,
        deposit BLOB NOT NULL,
        status INTEGER NOT NULL,
        settle_block INTEGER,
        top_ups BLOB NOT NULL,
        balance BLOB,
        balance_signature BLOB,
        charged BLOB NOT NULL,
        withdrawn BLOB NOT NULL,
        payout TEXT,
        closing_signature BLOB,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        levels BLOB NOT NULL,
        ceiling BLOB,
        settled INTEGER,
        withdrawal TEXT,
        covering BLOB,
        earned BLOB,
        numbers BLOB,
        PRIMARY KEY (sender, open_block)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX waiting ON channels (sender, open_block)
        WHERE status = 0 OR top_ups <> x'';
    CREATE INDEX payouts ON channels (sender, open_block)
        WHERE payout IS NOT NULL OR withdrawal IS NOT NULL;
    CREATE INDEX reversible ON channels (sender, open_block)
        WHERE settled IS NOT NULL OR levels <> x'';
";

/// The migration from layout 1, which stored agreements without their balance: it was the accepted one.
const FROM_LAYOUT_1: &str = "
    ALTER TABLE channels ADD COLUMN levels BLOB NOT NULL DEFAULT x'';
    ALTER TABLE channels ADD COLUMN ceiling BLOB;
    ALTER TABLE channels ADD COLUMN settled INTEGER;
    ALTER TABLE synced ADD COLUMN trail BLOB NOT NULL DEFAULT x'';
    UPDATE channels SET ceiling = balance
        WHERE closing_signature IS NOT NULL OR payout IS NOT NULL;
    CREATE INDEX reversible ON channels (sender, open_block)
        WHERE settled IS NOT NULL OR levels <> x'';
    UPDATE meta SET value = '2' WHERE name = 'schema';
";

/// What a file of layout 2 lacks: withdrawals that are under way.
const FROM_LAYOUT_2: &str = "
    ALTER TABLE channels ADD COLUMN withdrawal TEXT;
    DROP INDEX payouts;
    CREATE INDEX payouts ON channels (sender, open_block)
        WHERE payout IS NOT NULL OR withdrawal IS NOT NULL;
    UPDATE meta SET value = '3' WHERE name = 'schema';
";

/// What a file of layout 3 lacks: payment numbers, and proofs beside the newest one. What was charged had no
/// reader yet; it was what was accepted.
const FROM_LAYOUT_3: &str = "
    ALTER TABLE channels ADD COLUMN covering BLOB;
    ALTER TABLE channels ADD COLUMN earned BLOB;
    ALTER TABLE channels ADD COLUMN numbers BLOB;
    UPDATE channels SET charged = coalesce(balance, zeroblob(24));
    UPDATE meta SET value = '4' WHERE name = 'schema';
";

/// Opens the file, or makes it.
pub(super) fn open(file: &Path, identity: &Identity) -> Result<Connection, OpenError> {
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
    let entries = prepare(&mut connection, identity).map_err(|error| failed(describe(&error)))?;
    let Some(entries) = entries else {
        return Err(OpenError::NotAStore { place });
    };
    identity.check(&place, |name| entries.get(name).cloned())?;
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

/// Makes or migrates the tables. Returns the entries about the store; `None`: the file is no store.
fn prepare(
    connection: &mut Connection,
    identity: &Identity,
) -> Result<Option<BTreeMap<String, String>>, rusqlite::Error> {
    // Another process may be making the tables at this moment.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tables = |condition: &str| {
        let count = format!("SELECT count(*) FROM sqlite_master {condition}");
        transaction.query_row(&count, [], |row| row.get::<_, i64>(0))
    };
    if tables("")? == 0 {
        transaction.execute_batch(TABLES)?;
        for entry in identity.entries() {
            transaction.execute("INSERT INTO meta (name, value) VALUES (?, ?)", entry)?;
        }
    } else if tables("WHERE type = 'table' AND name = 'meta'")? == 0 {
        return Ok(None);
    }
    let mut found = entries(&transaction)?;
    if let Some(layout) = identity.older_layout(|name| found.get(name).cloned()) {
        if layout == 1 {
            transaction.execute_batch(FROM_LAYOUT_1)?;
        }
        if layout <= 2 {
            transaction.execute_batch(FROM_LAYOUT_2)?;
        }
        transaction.execute_batch(FROM_LAYOUT_3)?;
        found = entries(&transaction)?;
    }
    transaction.commit()?;
    Ok(Some(found))
}

fn entries(connection: &Connection) -> Result<BTreeMap<String, String>, rusqlite::Error> {
    let mut statement = connection.prepare("SELECT name, value FROM meta")?;
    let entries = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    entries.collect()
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
