//! Room for SQLite's log.
//!
//! A flush of the disk takes about twice as long when a file has become longer, and every payment
//! appends to the log until it is first copied into the database. So the log gets the length it will
//! have from the start. What follows its last frame SQLite takes for rest of an earlier round:
//! a frame counts if it bears the numbers that the log begins with, and those are random
//! (<https://sqlite.org/fileformat2.html#the_write_ahead_log>).

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::PathBuf;

use rusqlite::{Connection, TransactionBehavior};
use tracing::warn;

/// Pages in the log before they are copied into the database, while the writer stands still.
/// Among many channels each payment is a page, and SQLite's own 1000 are soon full.
const PAGES: u32 = 4000;

/// Bytes of so many pages. Source: SQLite's file format; its pages have 4096 bytes unless told
/// otherwise.
const LENGTH: u64 = 32 + PAGES as u64 * (24 + 4096);

/// Tells the connection that writes how long the log may become, and sets the room aside.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "wal_autocheckpoint", PAGES)?;
    // Who may write to the database is the only one to write to the log.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let database = transaction.path().unwrap_or_default();
    if let Err(error) = fill(format!("{database}-wal").into()) {
        warn!(%error, "no room was set aside for the log, so the first writes take longer");
    }
    transaction.commit()
}

fn fill(log: PathBuf) -> io::Result<()> {
    let log = OpenOptions::new().append(true).open(log)?;
    let length = log.metadata()?.len();
    let missing = LENGTH.saturating_sub(length);
    let written = io::copy(&mut io::repeat(0).take(missing), &mut &log);
    let flushed = written.and_then(|_| log.sync_all());
    if flushed.is_err() {
        // A disk that is full is to have what is left of it.
        log.set_len(length)?;
    }
    flushed
}
