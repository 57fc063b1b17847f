//! What the PostgreSQL database promises besides, shown on a server of our own.

mod migrations;
mod opening;
mod outages;

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use microraiden::receiver::{Identity, OpenError, PgStore, Store, StoreExt};
use microraiden::tls::Trust;
use tokio_postgres::{Client, NoTls};

use crate::basics::units;
use crate::cluster::Cluster;
use crate::pgbouncer::PgBouncer;
use crate::stores::Place;
use crate::stores::subject::{channel, channel_key, identity, payment, receiver};

static SERVER: OnceLock<Cluster> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// One for all tests. It ends with this process.
fn server() -> &'static Cluster {
    SERVER.get_or_init(Cluster::start)
}

fn trust() -> Trust {
    Trust::system().expect("TLS works")
}

/// Adds channels of these blocks, each with a deposit of 100.
async fn open_channels(store: &dyn Store, blocks: Range<u32>) {
    for block in blocks {
        let stored = store.insert(channel(block, 100)).await;
        stored.expect("stored");
    }
}

/// A database of its own.
pub(crate) struct Database {
    name: String,
}

impl Default for Database {
    fn default() -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        Self {
            name: format!("test{number}"),
        }
    }
}

impl Database {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn settings(&self) -> String {
        format!("host={} user=tests dbname={}", server().socket(), self.name)
    }

    /// A connection past the store, made with the database if that is missing.
    pub(crate) async fn client(&self, name: &str) -> Client {
        let settings = format!("host={} user=tests dbname={name}", server().socket());
        let (client, connection) = tokio_postgres::connect(&settings, NoTls)
            .await
            .expect("the server answers");
        tokio::spawn(connection);
        client
    }

    pub(crate) async fn try_open(&self, identity: &Identity) -> Result<PgStore, OpenError> {
        // Whoever is second finds it there.
        let make = format!("CREATE DATABASE {}", self.name);
        let _ = self.client("postgres").await.batch_execute(&make).await;
        PgStore::open(&self.settings(), identity, &trust()).await
    }
}

impl Place for Database {
    async fn open_for(&self, identity: &Identity) -> Arc<dyn Store> {
        Arc::new(self.try_open(identity).await.expect("opened"))
    }

    fn name(&self) -> String {
        let socket = server().socket().replace('/', "%2F");
        format!("postgres://tests@{socket}/{}", self.name)
    }
}

/// The same behind a pooler in transaction mode, whose sessions are shared between all transactions.
#[derive(Default)]
pub(crate) struct Pooled {
    database: Database,
    pooler: OnceLock<PgBouncer>,
}

impl Pooled {
    fn pooler(&self) -> &PgBouncer {
        let start = || PgBouncer::start(server(), &self.database.name);
        self.pooler.get_or_init(start)
    }
}

impl Place for Pooled {
    async fn open_for(&self, identity: &Identity) -> Arc<dyn Store> {
        let name = &self.database.name;
        if self.pooler.get().is_none() {
            drop(self.database.open().await);
        }
        let settings = self.pooler().settings(name);
        loop {
            match PgStore::open(&settings, identity, &trust()).await {
                Ok(store) => return Arc::new(store),
                // It is starting.
                Err(OpenError::Unavailable { .. }) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn name(&self) -> String {
        self.pooler().url(&self.database.name)
    }
}

/// One schema of a database is one store; another one is another.
#[tokio::test]
async fn schemas_of_one_database_are_stores_of_their_own() {
    let database = Database::default();
    open_channels(&*database.open().await, 3..4).await;
    let client = database.client(&database.name).await;
    let make = "CREATE SCHEMA other";
    client.batch_execute(make).await.expect("made");
    let settings = format!("{} options='-c search_path=other'", database.settings());
    let other = PgStore::open(&settings, &identity(), &trust()).await;
    let other = other.expect("opened");
    assert_eq!(other.get(channel_key(3)).await, Ok(None));
}

/// Payments that wait together are read by one statement and written by another.
#[tokio::test]
async fn payments_that_wait_together_share_a_commit() {
    let database = Database::default();
    let store = database.open().await;
    open_channels(&*store, 0..200).await;
    let watch = "CREATE TABLE writers (id xid8); \
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
            INSERT INTO writers VALUES (pg_current_xact_id()); RETURN NEW; END $$; \
        CREATE TRIGGER note BEFORE UPDATE ON microraiden_channels \
            FOR EACH ROW EXECUTE FUNCTION note()";
    let client = database.client(&database.name).await;
    client.batch_execute(watch).await.expect("watched");
    let before = store.activity();
    let receiver = Arc::new(receiver(store));
    let payments: Vec<_> = (0..200)
        .map(|block| {
            let (receiver, payment) = (Arc::clone(&receiver), payment(block, 5));
            tokio::spawn(async move { receiver.accept(&payment, units(5)).await })
        })
        .collect();
    for payment in payments {
        payment.await.expect("no panic").expect("accepted");
    }
    let count = "SELECT count(*), count(DISTINCT id) FROM writers";
    let row = client.query_one(count, &[]).await.expect("counted");
    let (rows, transactions): (i64, i64) = (row.get(0), row.get(1));
    assert_eq!(rows, 200);
    assert!(transactions <= 100, "{transactions}");
    let activity = receiver.store().activity();
    assert_eq!(activity.groups.writes - before.groups.writes, 200);
    let groups = activity.groups.total() - before.groups.total();
    assert_eq!(i64::try_from(groups), Ok(transactions));
    let sessions = activity.sessions.expect("there are some");
    assert!(
        sessions.open <= sessions.most && sessions.waiting == 0,
        "{sessions:?}"
    );
}

/// A database whose default would answer before the disk has it does not weaken the promise.
#[tokio::test]
async fn commits_are_on_disk_whatever_the_databases_default() {
    let database = Database::default();
    drop(database.open().await);
    let client = database.client(&database.name).await;
    let weaken = format!(
        "ALTER DATABASE {} SET synchronous_commit = off",
        database.name
    );
    client.batch_execute(&weaken).await.expect("changed");
    let store = database.open().await;
    // Asked at the end of the transaction, which is what counts.
    let watch = "CREATE TABLE seen (value text); \
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
            INSERT INTO seen SELECT current_setting('synchronous_commit'); RETURN NEW; END $$; \
        CREATE CONSTRAINT TRIGGER note AFTER INSERT OR UPDATE ON microraiden_channels \
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note()";
    client.batch_execute(watch).await.expect("watched");
    store.insert(channel(3, 100)).await.expect("stored");
    let receiver = receiver(store);
    let paid = receiver.accept(&payment(3, 5), units(5)).await;
    assert!(paid.is_ok(), "{paid:?}");
    let seen = client.query("SELECT value FROM seen", &[]).await;
    let seen: Vec<String> = seen.expect("noted").iter().map(|row| row.get(0)).collect();
    assert_eq!(seen, ["on", "on"]);
}
