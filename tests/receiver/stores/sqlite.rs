//! What the SQLite file promises besides.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use microraiden::receiver::store::{Batch, Edit};
use microraiden::receiver::{
    AcceptError, Identity, OpenError, Select, SqliteStore, Store, StoreError, StoreExt,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::basics::units;
use crate::stores::Place;
use crate::stores::subject::{channel, channel_key, identity, payment, receiver};
use crate::stores::suite::{self, layouts};

/// From the tables of now to those of before there was a list of migrations, with one receiver.
const BACK_TO_LAYOUT_4: &str = "
    INSERT INTO meta SELECT 'chain', chain FROM receivers;
    INSERT INTO meta SELECT 'contract', contract FROM receivers;
    INSERT INTO meta SELECT 'receiver', receiver FROM receivers;
    INSERT INTO meta SELECT 'transactions', CAST(transactions AS TEXT) FROM receivers
        WHERE transactions > 0;
    UPDATE meta SET value = '4' WHERE name = 'schema';
    CREATE TABLE before (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        block INTEGER NOT NULL,
        hash BLOB NOT NULL,
        trail BLOB NOT NULL
    ) STRICT;
    INSERT INTO before SELECT 1, block, hash, trail FROM synced;
    DROP TABLE synced;
    ALTER TABLE before RENAME TO synced;
    CREATE TABLE before (
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
    INSERT INTO before SELECT sender, open_block, deposit, status, settle_block, top_ups, balance,
        balance_signature, charged, withdrawn, payout, closing_signature, created, modified, levels,
        ceiling, settled, withdrawal, covering, earned, payment_numbers FROM channels;
    DROP TABLE channels;
    ALTER TABLE before RENAME TO channels;
    CREATE INDEX waiting ON channels (sender, open_block)
        WHERE status = 0 OR top_ups <> x'';
    CREATE INDEX payouts ON channels (sender, open_block)
        WHERE payout IS NOT NULL OR withdrawal IS NOT NULL;
    CREATE INDEX reversible ON channels (sender, open_block)
        WHERE settled IS NOT NULL OR levels <> x'';
    DROP TABLE receivers;
    DROP TABLE migrations;
";

/// A store in a folder of its own.
pub(super) struct Folder(pub(super) TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self(TempDir::new().expect("a folder"))
    }
}

impl Folder {
    pub(super) fn file(&self) -> PathBuf {
        self.0.path().join("channels.db")
    }

    pub(super) fn try_open(&self, identity: &Identity) -> Result<SqliteStore, OpenError> {
        SqliteStore::open(self.file(), identity)
    }

    fn go_back_to_layout_4(&self) {
        let database = self.database();
        database.execute_batch(BACK_TO_LAYOUT_4).expect("as it was");
    }

    /// The file, past the store.
    fn database(&self) -> Connection {
        Connection::open(self.file()).expect("a database")
    }
}

impl Place for Folder {
    async fn open_for(&self, identity: &Identity) -> Arc<dyn Store> {
        Arc::new(self.try_open(identity).expect("opened"))
    }

    fn name(&self) -> String {
        self.file().display().to_string()
    }
}

#[tokio::test]
async fn what_is_stored_outlives_the_store() {
    let folder = Folder::default();
    let receiver_before = receiver(folder.open().await);
    let store = receiver_before.store();
    store.insert(channel(3, 100)).await.expect("stored");
    let paid = receiver_before.accept(&payment(3, 5), units(5)).await;
    paid.expect("paid");
    drop(receiver_before);
    let receiver_after = receiver(folder.open().await);
    let again = receiver_after.accept(&payment(3, 5), units(5)).await;
    assert!(
        matches!(again, Err(AcceptError::NothingPaid(_))),
        "{again:?}"
    );
    let next = receiver_after.accept(&payment(3, 10), units(5)).await;
    assert_eq!(next.map(|accepted| accepted.before), Ok(units(5)));
}

/// SQLite keeps so much of a row in place, by its file format, and writes another page for the rest.
#[tokio::test]
async fn a_channel_with_a_full_window_of_numbers_is_in_one_page() {
    let folder = Folder::default();
    let receiver = receiver(folder.open().await);
    let store = receiver.store();
    store.insert(channel(3, 1000)).await.expect("stored");
    for number in 1..=64 {
        let (payment, request) = (payment(3, 10 * number), suite::numbered_request(number));
        let charged = receiver.charge(&payment, &request, units(10)).await;
        charged.expect("charged");
    }
    let database = folder.database();
    let page: i64 = database
        .query_row("PRAGMA page_size", [], |row| row.get(0))
        .expect("a size");
    let bytes = |row: &rusqlite::Row<'_>| -> rusqlite::Result<usize> {
        let mut sum = 0;
        for column in 0..row.as_ref().column_count() {
            let value = row.get_ref(column)?;
            // A number takes at most 8 bytes, and what is before the values 2 for each.
            sum += 2 + value.as_bytes().map_or(8, <[u8]>::len);
        }
        Ok(sum)
    };
    let row = database.query_row("SELECT * FROM channels", [], bytes);
    let row = i64::try_from(row.expect("a channel")).expect("small");
    assert!(row > 64 * 20 && row <= (page - 12) * 64 / 255 - 23, "{row}");
}

#[tokio::test]
async fn the_file_is_not_for_others() {
    let folder = Folder::default();
    let store = folder.open().await;
    store.insert(channel(3, 100)).await.expect("stored");
    let mut files = 0;
    for entry in fs::read_dir(folder.0.path()).expect("the folder") {
        let metadata = entry.expect("a file").metadata().expect("its mode");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        files += 1;
    }
    assert_eq!(files, 3, "the file, its log and its index of the log");
    drop(store);
    for mode in [0o644, 0o604, 0o622, 0o601] {
        fs::set_permissions(folder.file(), Permissions::from_mode(mode)).expect("changed");
        let refused = folder.try_open(&identity()).err().expect("refused");
        assert!(matches!(refused, OpenError::Exposed { .. }), "{refused:?}");
        assert!(refused.to_string().contains("chmod o-rwx"), "{refused}");
    }
    // A volume with a group of its own.
    for mode in [0o660, 0o600] {
        fs::set_permissions(folder.file(), Permissions::from_mode(mode)).expect("changed");
        assert!(folder.try_open(&identity()).is_ok(), "{mode:o}");
    }
}

#[test]
fn the_usual_file_is_named_for_its_owner() {
    let file = SqliteStore::default_file(&identity()).expect("a home");
    let receiver = identity().receiver.to_lower();
    let name = format!("1_0x07070707_{}.db", &receiver[..10]);
    assert!(file.is_absolute() && file.ends_with(name), "{file:?}");
}

/// The list of migrations tells what wrote the file.
#[tokio::test]
async fn a_file_of_another_version_is_refused() {
    let folder = Folder::default();
    drop(folder.open().await);
    let refused = |change: &str, number: &str| {
        folder.database().execute_batch(change).expect("changed");
        let refused = folder.try_open(&identity()).err().expect("refused");
        assert!(
            matches!(&refused, OpenError::OtherVersion { stored, .. } if stored == number),
            "{refused:?}"
        );
        let said = refused.to_string();
        assert!(said.contains("another version"), "{said}");
    };
    let newest = layouts::NEWEST_MIGRATION;
    refused(
        "INSERT INTO migrations SELECT 99, 'later', applied_on, checksum FROM migrations LIMIT 1",
        "99",
    );
    refused(
        "DELETE FROM migrations WHERE version = 99; \
         UPDATE migrations SET checksum = 'x' WHERE version = 2",
        newest,
    );
    let drop = "DROP TABLE migrations";
    folder.database().execute_batch(drop).expect("dropped");
    for layout in ["99", "0", "x"] {
        let change = format!("UPDATE meta SET value = '{layout}' WHERE name = 'schema'");
        refused(&change, layout);
        // What is refused is left as it is.
        assert!(folder.database().execute_batch(drop).is_err());
    }
}

/// What was one receiver's stays that one's, and others may join it.
#[tokio::test]
async fn a_file_of_one_receiver_is_taken_over() {
    let folder = Folder::default();
    layouts::fill_for_layout_4(&folder).await;
    folder.go_back_to_layout_4();
    let old = folder.database();
    let columns = "SELECT sender, numbers FROM channels";
    let mut statement = old.prepare(columns).expect("it is there");
    assert!(statement.exists([]).expect("asked"));
    layouts::check_after_layout_4(&folder).await;
    // A program of before that still runs stops.
    assert!(statement.exists([]).is_err());
}

#[tokio::test]
async fn a_file_without_payment_numbers_is_taken_over() {
    let folder = Folder::default();
    suite::fill(&*folder.open().await).await;
    folder.go_back_to_layout_4();
    let earlier = "ALTER TABLE channels DROP COLUMN covering; \
        ALTER TABLE channels DROP COLUMN earned; ALTER TABLE channels DROP COLUMN numbers; \
        UPDATE channels SET charged = zeroblob(24); \
        UPDATE meta SET value = '3' WHERE name = 'schema'";
    folder.database().execute_batch(earlier).expect("as it was");
    layouts::check_after_layout_3(&folder.open().await).await;
}

/// Layout 2 knew no withdrawals.
#[tokio::test]
async fn a_file_without_withdrawals_is_taken_over() {
    let folder = Folder::default();
    layouts::fill_for_layout_2(&*folder.open().await).await;
    folder.go_back_to_layout_4();
    let earlier = "DROP INDEX payouts; ALTER TABLE channels DROP COLUMN withdrawal; \
        ALTER TABLE channels DROP COLUMN covering; ALTER TABLE channels DROP COLUMN earned; \
        ALTER TABLE channels DROP COLUMN numbers; \
        CREATE INDEX payouts ON channels (sender, open_block) WHERE payout IS NOT NULL; \
        UPDATE meta SET value = '2' WHERE name = 'schema'";
    let database = folder.database();
    database.execute_batch(earlier).expect("as it was");
    layouts::check_after_layout_2(&*folder.open().await).await;
}

/// What an agreement was given for in layout 1 binds from then on.
#[tokio::test]
async fn a_file_of_the_version_before_is_taken_over() {
    let folder = Folder::default();
    layouts::fill_for_layout_1(&*folder.open().await).await;
    folder.go_back_to_layout_4();
    let earlier = "DROP INDEX reversible; ALTER TABLE channels DROP COLUMN levels; \
        ALTER TABLE channels DROP COLUMN covering; ALTER TABLE channels DROP COLUMN earned; \
        ALTER TABLE channels DROP COLUMN numbers; \
        DROP INDEX payouts; ALTER TABLE channels DROP COLUMN withdrawal; \
        CREATE INDEX payouts ON channels (sender, open_block) WHERE payout IS NOT NULL; \
        ALTER TABLE channels DROP COLUMN ceiling; ALTER TABLE channels DROP COLUMN settled; \
        ALTER TABLE synced DROP COLUMN trail; \
        UPDATE meta SET value = '1' WHERE name = 'schema'";
    let database = folder.database();
    database.execute_batch(earlier).expect("as it was");
    let column = "SELECT count(*) FROM pragma_table_info('channels') WHERE name = 'levels'";
    let count = |column: &str| database.query_row(column, [], |row| row.get::<_, i64>(0));
    assert_eq!(count(column), Ok(0));
    layouts::check_after_layout_1(&*folder.open().await).await;
    assert_eq!(count(column), Ok(1));
    layouts::check_after_layout_1(&*folder.open().await).await;
}

#[tokio::test]
async fn what_is_no_store_is_refused_and_left_alone() {
    let text = Folder::default();
    let content = "some text that is somebody's\n".repeat(100);
    fs::write(text.file(), &content).expect("written");
    let database = Folder::default();
    database
        .database()
        .execute("CREATE TABLE cats (name TEXT)", [])
        .expect("made");
    for folder in [&text, &database] {
        fs::set_permissions(folder.file(), Permissions::from_mode(0o600)).expect("changed");
        let refused = folder.try_open(&identity()).err().expect("refused");
        assert!(
            matches!(refused, OpenError::NotAStore { .. }),
            "{refused:?}"
        );
    }
    let left = fs::read_to_string(text.file()).expect("the file");
    assert_eq!(left, content);
    let missing = SqliteStore::open(text.0.path().join("no/such/folder.db"), &identity());
    let refused = missing.err().expect("refused");
    assert!(
        matches!(refused, OpenError::Unavailable { .. }),
        "{refused:?}"
    );
}

/// What can't be read or written is no payment; what can be still is.
#[tokio::test]
async fn damage_and_locks_fail_closed() {
    let folder = Folder::default();
    let receiver = receiver(folder.open().await);
    for block in [3, 4] {
        let stored = receiver.store().insert(channel(block, 100)).await;
        stored.expect("stored");
    }
    let damage = "UPDATE channels SET deposit = x'00ff' WHERE open_block = 3";
    assert_eq!(folder.database().execute(damage, []), Ok(1));
    let refused = receiver.accept(&payment(3, 5), units(5)).await;
    assert!(
        matches!(refused, Err(AcceptError::StoreUnavailable(_))),
        "{refused:?}"
    );
    let set = |column: &str, value: &str| {
        let change = format!("UPDATE channels SET {column} = {value} WHERE open_block = 3");
        assert_eq!(folder.database().execute(&change, []), Ok(1));
    };
    let amount = |units: u64| format!("x'{units:048x}'");
    let deposit = amount(100);
    for (column, value, whole) in [
        ("payment_numbers", "x'00'", "NULL"),
        ("earned", "x'00'", "NULL"),
        ("charged", amount(1).as_str(), amount(0).as_str()),
    ] {
        set("deposit", &deposit);
        assert!(receiver.store().get(channel_key(3)).await.is_ok());
        set(column, value);
        let read = receiver.store().get(channel_key(3)).await;
        assert!(read.is_err(), "{column}");
        set(column, whole);
    }
    assert_eq!(folder.database().execute(damage, []), Ok(1));
    assert!(receiver.store().get(channel_key(3)).await.is_err());
    assert!(receiver.store().all(Select::All).await.is_err());
    assert!(receiver.store().totals().await.is_err());
    assert!(receiver.accept(&payment(4, 5), units(5)).await.is_ok());

    let other = folder.database();
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let refused = receiver.accept(&payment(4, 10), units(5)).await;
    assert!(
        matches!(refused, Err(AcceptError::StoreUnavailable(_))),
        "{refused:?}"
    );
    other.execute_batch("ROLLBACK").expect("unlocked");
    let kept = receiver.store().get(channel_key(4)).await.expect("read");
    assert_eq!(kept.expect("the channel").balance(), units(5));
    assert!(receiver.accept(&payment(4, 10), units(5)).await.is_ok());
}

#[tokio::test]
async fn the_log_is_read_to_its_end_after_a_power_failure() {
    let folder = Folder::default();
    let receiver_before = receiver(folder.open().await);
    let stored = receiver_before.store().insert(channel(3, 100)).await;
    stored.expect("stored");
    for balance in 1..=50 {
        let paid = receiver_before.accept(&payment(3, balance), units(1)).await;
        paid.expect("paid");
    }

    // The files as a power failure leaves them, without the index of the log.
    let crashed = Folder::default();
    for end in ["", "-wal"] {
        let name = format!("channels.db{end}");
        fs::copy(folder.0.path().join(&name), crashed.0.path().join(&name)).expect("copied");
    }
    let receiver_after = receiver(crashed.open().await);
    let next = receiver_after.accept(&payment(3, 51), units(1)).await;
    assert_eq!(next.map(|accepted| accepted.before), Ok(units(50)));
    let check = crashed.database();
    let checked = check.query_row("PRAGMA integrity_check", [], |row| row.get(0));
    assert_eq!(checked, Ok("ok".to_owned()));
}

/// Each group is one transaction: a panic in it undoes the others of the group, which are told.
#[tokio::test]
async fn a_panic_in_a_decision_ends_nothing() {
    let folder = Folder::default();
    let store = folder.open().await;
    store.insert(channel(3, 100)).await.expect("stored");
    let edits = vec![(
        channel_key(3),
        Edit::new(|stored| {
            *stored = None;
            panic!("a defect")
        }),
    )];
    let failed = store.write(Batch {
        edits,
        ..Batch::default()
    });
    assert!(matches!(failed.await, Err(StoreError::Unavailable(_))));
    let kept = store.get(channel_key(3)).await.expect("read");
    assert_eq!(kept.map(|channel| channel.deposit), Some(units(100)));
}
