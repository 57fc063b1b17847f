//! What the PostgreSQL database promises besides, shown on a server of our own.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use microraiden::receiver::{
    AcceptError, Channel, CloseError, Identity, OpenError, PgStore, Select, Store, StoreExt,
};
use microraiden::tls::Trust;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use crate::basics::{key, units};
use crate::cluster::Cluster;
use crate::pgbouncer::PgBouncer;
use crate::stores::Place;
use crate::stores::subject::{channel, channel_key, identity, payment, receiver};
use crate::stores::suite::{self, layouts};

static SERVER: OnceLock<Cluster> = OnceLock::new();
/// What keeps others from adding channels of the first receiver of new tables.
const ADDING: &str = "SELECT pg_advisory_xact_lock(x'6d696372'::integer, 2)";

/// From the tables of now to those of before there was a list of migrations, with one receiver.
const BACK_TO_LAYOUT_4: &str = "
    INSERT INTO microraiden_meta SELECT 'chain', chain FROM microraiden_receivers;
    INSERT INTO microraiden_meta SELECT 'contract', contract FROM microraiden_receivers;
    INSERT INTO microraiden_meta SELECT 'receiver', receiver FROM microraiden_receivers;
    INSERT INTO microraiden_meta SELECT 'transactions', transactions::text FROM microraiden_receivers
        WHERE transactions > 0;
    UPDATE microraiden_meta SET value = '4' WHERE name = 'schema';
    ALTER TABLE microraiden_synced DROP COLUMN receiver,
        ADD COLUMN one integer DEFAULT 1 PRIMARY KEY CHECK (one = 1);
    ALTER TABLE microraiden_channels DROP COLUMN receiver, ADD PRIMARY KEY (sender, open_block);
    ALTER TABLE microraiden_channels RENAME COLUMN payment_numbers TO numbers;
    CREATE INDEX microraiden_waiting ON microraiden_channels (sender, open_block)
        WHERE status = 0 OR top_ups <> '';
    CREATE INDEX microraiden_payouts ON microraiden_channels (sender, open_block)
        WHERE payout IS NOT NULL OR withdrawal IS NOT NULL;
    CREATE INDEX microraiden_reversible ON microraiden_channels (sender, open_block)
        WHERE settled IS NOT NULL OR levels <> '';
    DROP TABLE microraiden_receivers;
    DROP TABLE microraiden_migrations;
";

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

impl Database {
    async fn go_back_to_layout_4(&self) {
        let client = self.client(&self.name).await;
        let went = client.batch_execute(BACK_TO_LAYOUT_4).await;
        went.expect("as it was");
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

/// The list of migrations tells what wrote the tables.
#[tokio::test]
async fn tables_of_another_version_are_refused() {
    let database = Database::default();
    drop(database.open().await);
    let client = database.client(&database.name).await;
    let refused = async |change: &str, number: &str| {
        client.batch_execute(change).await.expect("changed");
        let refused = database.try_open(&identity()).await.err().expect("refused");
        assert!(
            matches!(&refused, OpenError::OtherVersion { stored, .. } if stored == number),
            "{refused:?}"
        );
    };
    let newest = "6";
    let list = "microraiden_migrations";
    let later =
        format!("INSERT INTO {list} SELECT 99, 'later', applied_on, checksum FROM {list} LIMIT 1");
    refused(&later, "99").await;
    let other = format!(
        "DELETE FROM {list} WHERE version = 99; UPDATE {list} SET checksum = 'x' WHERE version = 2"
    );
    refused(&other, newest).await;
    let mut whole = format!("DROP TABLE {list};");
    for layout in ["99", "0", "x"] {
        let layout_is = "UPDATE microraiden_meta SET value";
        let change = format!("{whole} {layout_is} = '{layout}' WHERE name = 'schema'");
        refused(&change, layout).await;
        // What is refused is left as it is.
        whole.clear();
        assert!(client.query(&format!("TABLE {list}"), &[]).await.is_err());
    }
}

/// What was one receiver's stays that one's, and others may join it.
#[tokio::test]
async fn tables_of_one_receiver_are_taken_over() {
    let database = Database::default();
    layouts::fill_for_layout_4(&database).await;
    database.go_back_to_layout_4().await;
    let old = database.client(&database.name).await;
    let columns = "SELECT sender, numbers FROM microraiden_channels";
    assert!(!old.query(columns, &[]).await.expect("asked").is_empty());
    layouts::check_after_layout_4(&database).await;
    // A program of before that still runs stops.
    assert!(old.query(columns, &[]).await.is_err());
}

#[tokio::test]
async fn tables_without_payment_numbers_are_taken_over() {
    let database = Database::default();
    suite::fill(&*database.open().await).await;
    database.go_back_to_layout_4().await;
    let earlier = "ALTER TABLE microraiden_channels \
            DROP COLUMN covering, DROP COLUMN earned, DROP COLUMN numbers; \
        UPDATE microraiden_channels SET charged = decode(repeat('00', 24), 'hex'); \
        UPDATE microraiden_meta SET value = '3' WHERE name = 'schema'";
    let client = database.client(&database.name).await;
    client.batch_execute(earlier).await.expect("as it was");
    layouts::check_after_layout_3(&database.open().await).await;
}

/// Layout 2 knew no withdrawals.
#[tokio::test]
async fn tables_without_withdrawals_are_taken_over() {
    let database = Database::default();
    layouts::fill_for_layout_2(&*database.open().await).await;
    database.go_back_to_layout_4().await;
    let earlier = "DROP INDEX microraiden_payouts; \
        ALTER TABLE microraiden_channels DROP COLUMN withdrawal, DROP COLUMN covering, \
            DROP COLUMN earned, DROP COLUMN numbers; \
        CREATE INDEX microraiden_payouts ON microraiden_channels (sender, open_block) \
            WHERE payout IS NOT NULL; \
        UPDATE microraiden_meta SET value = '2' WHERE name = 'schema'";
    let client = database.client(&database.name).await;
    client.batch_execute(earlier).await.expect("as it was");
    layouts::check_after_layout_2(&*database.open().await).await;
}

/// What an agreement was given for in layout 1 binds from then on.
#[tokio::test]
async fn tables_of_the_version_before_are_taken_over() {
    let database = Database::default();
    layouts::fill_for_layout_1(&*database.open().await).await;
    database.go_back_to_layout_4().await;
    let earlier = "DROP INDEX microraiden_reversible; ALTER TABLE microraiden_channels \
        DROP COLUMN levels, DROP COLUMN ceiling, DROP COLUMN settled, DROP COLUMN withdrawal, \
        DROP COLUMN covering, DROP COLUMN earned, DROP COLUMN numbers; \
        ALTER TABLE microraiden_synced DROP COLUMN trail; \
        UPDATE microraiden_meta SET value = '1' WHERE name = 'schema'";
    let client = database.client(&database.name).await;
    client.batch_execute(earlier).await.expect("as it was");
    let levels = "SELECT levels FROM microraiden_channels";
    for _ in 0..2 {
        layouts::check_after_layout_1(&*database.open().await).await;
    }
    assert!(client.query(levels, &[]).await.is_ok());
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_its_password() {
    for settings in [
        "postgres://me:hunter2@127.0.0.1:1/shop",
        "host=/nowhere user=me password=hunter2",
        "password=hunter2 nonsense",
    ] {
        let refused = PgStore::open(settings, &identity(), &trust()).await.err();
        let refused = refused.expect("refused");
        assert_eq!(refused.is_passing(), !settings.contains("nonsense"));
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    }
}

/// What can't be read or written is no payment; what can be still is.
#[tokio::test]
async fn damage_locks_and_outages_fail_closed() {
    let database = Database::default();
    let receiver = receiver(database.open().await);
    open_channels(receiver.store(), 3..5).await;
    let unavailable = async |block, balance| {
        let refused = receiver.accept(&payment(block, balance), units(5)).await;
        matches!(refused, Err(AcceptError::StoreUnavailable(_)))
    };
    let mut client = database.client(&database.name).await;
    let damage = "UPDATE microraiden_channels SET deposit = '\\x00ff' WHERE open_block = 3";
    client.batch_execute(damage).await.expect("changed");
    assert!(unavailable(3, 5).await);
    assert!(receiver.store().all(Select::All).await.is_err());
    assert!(receiver.store().totals().await.is_err());
    assert!(receiver.accept(&payment(4, 5), units(5)).await.is_ok());

    let lock = "SELECT 1 FROM microraiden_channels FOR UPDATE";
    let transaction = client.transaction().await.expect("begun");
    transaction.query(lock, &[]).await.expect("locked");
    assert!(unavailable(4, 10).await);
    // What is refused waits for nobody: a forgery, a proof seen elsewhere, an agreement that can't be.
    let mut forged = payment(4, 10);
    forged.sender = key(9).address();
    let mut refused = vec![receiver.accept(&forged, units(5)).await];
    forged.sender = payment(4, 10).sender;
    forged.proof = payment(3, 10).proof;
    refused.push(receiver.accept(&forged, units(5)).await);
    refused.push(receiver.accept(&payment(4, 5), units(5)).await);
    refused.push(receiver.accept(&payment(4, 11), units(5)).await);
    assert!(
        matches!(
            refused[..],
            [
                Err(AcceptError::NonexistingChannel),
                Err(AcceptError::InvalidBalanceProof),
                Err(AcceptError::NothingPaid(_)),
                Err(AcceptError::InvalidAmount(_)),
            ]
        ),
        "{refused:?}"
    );
    let agreed = receiver.sign_close(channel_key(4), units(4)).await;
    assert_eq!(agreed, Err(CloseError::OtherBalance));
    transaction.rollback().await.expect("unlocked");

    // Payments in channels that nobody opened keep nobody waiting, and wait for nobody.
    let transaction = client.transaction().await.expect("begun");
    let making = receiver.store().insert(channel(9, 1));
    transaction.query(ADDING, &[]).await.expect("locked");
    let unknown = receiver.accept(&payment(77, 5), units(5)).await;
    assert_eq!(unknown, Err(AcceptError::NonexistingChannel));
    assert!(making.await.is_err(), "two at a time add channels");
    transaction.rollback().await.expect("unlocked");

    let admin = database.client("postgres").await;
    let name = &database.name;
    let outage = format!(
        "ALTER DATABASE {name} ALLOW_CONNECTIONS false; \
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    admin.batch_execute(&outage).await.expect("cut off");
    assert!(unavailable(4, 10).await);
    assert!(receiver.store().get(channel_key(4)).await.is_err());
    let back = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    admin.batch_execute(&back).await.expect("back");
    let kept = receiver.store().get(channel_key(4)).await.expect("read");
    assert_eq!(kept.expect("the channel").balance(), units(5));
    assert!(receiver.accept(&payment(4, 10), units(5)).await.is_ok());
}

/// A locked channel, a damaged one and a panic are nobody else's trouble, though all are read and written together.
#[tokio::test]
async fn what_fails_in_a_group_fails_alone() {
    let database = Database::default();
    let store = database.open().await;
    open_channels(&*store, 0..40).await;
    let mut client = database.client(&database.name).await;
    let damage = "UPDATE microraiden_channels SET deposit = '\\x00ff' WHERE open_block = 1";
    client.batch_execute(damage).await.expect("changed");
    let transaction = client.transaction().await.expect("begun");
    let lock = "SELECT 1 FROM microraiden_channels WHERE open_block = 2 FOR UPDATE";
    transaction.query(lock, &[]).await.expect("locked");
    let changes: Vec<_> = (0..40)
        .map(|block| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let change = move |channel: &mut Channel| {
                    assert!(block != 3, "a defect");
                    channel.withdrawn = units(7);
                    Ok::<_, ()>(())
                };
                store.update(channel_key(block), change).await
            })
        })
        .collect();
    let mut failed = Vec::new();
    for (block, change) in changes.into_iter().enumerate() {
        match change.await.expect("no panic") {
            Ok(changed) => assert_eq!(changed, Some(Ok(()))),
            Err(_) => failed.push(block),
        }
    }
    assert_eq!(failed, [1, 2, 3]);
    transaction.rollback().await.expect("unlocked");
    let kept = store.all(Select::Of(key(1).address())).await;
    assert!(kept.is_err(), "one is damaged");
    for block in [0, 2, 3, 4, 39] {
        let kept = store.get(channel_key(block)).await.expect("read");
        let expected = if [2, 3].contains(&block) { 0 } else { 7 };
        assert_eq!(kept.expect("it").withdrawn, units(expected), "{block}");
    }
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

/// H13: over TLS the server has to prove who it is.
#[tokio::test]
async fn over_tls_the_server_is_verified() {
    let folder = TempDir::new().expect("a folder");
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let place = |name: &str| folder.path().join(name);
    fs::write(place("certificate"), own.cert.pem()).expect("written");
    fs::write(place("key"), own.signing_key.serialize_pem()).expect("written");
    fs::set_permissions(place("key"), Permissions::from_mode(0o600)).expect("changed");
    let trust = Trust::new(Some(&place("certificate"))).expect("read");
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("an address").port();
    drop(socket);
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", place("certificate").display()),
        format!("ssl_key_file={}", place("key").display()),
    ];
    let settings = settings.map(|setting| ["-c".to_owned(), setting]).concat();
    let file = place("certificate").display().to_string();
    let _cluster = Cluster::with(folder, port, &settings);

    let open = async |host: &str, mode: &str, trust: &Trust| {
        let url = format!("postgres://tests@{host}:{port}/postgres?sslmode={mode}");
        PgStore::open(&url, &identity(), trust).await
    };
    let refused = |opened: Result<PgStore, OpenError>| match opened {
        Err(OpenError::Unavailable { reason, .. }) => reason,
        other => panic!("{:?}", other.err()),
    };
    let system = Trust::system().expect("TLS works");
    let reason = refused(open("localhost", "require", &system).await);
    assert!(reason.contains("certificate"), "{reason}");
    let reason = refused(open("127.0.0.1", "require", &trust).await);
    assert!(reason.contains("certificate"), "{reason}");

    let encrypted = async |mode: &str| {
        let opened = open("localhost", mode, &trust).await;
        let store = opened.expect("opened");
        store.all(Select::All).await.expect("read");
        let settings = format!("host=localhost port={port} user=tests dbname=postgres");
        let (client, connection) = tokio_postgres::connect(&settings, NoTls)
            .await
            .expect("the server answers");
        tokio::spawn(connection);
        let count = "SELECT count(*) FROM pg_stat_ssl WHERE ssl";
        let row = client.query_one(count, &[]).await.expect("counted");
        row.get::<_, i64>(0) > 0
    };
    assert!(!encrypted("disable").await);
    for mode in ["require", "verify-ca", "verify-full"] {
        assert!(encrypted(mode).await, "{mode}");
    }
    // The authorities are named in the settings, as for libpq.
    let names = file.replace('/', "%2F");
    let opened = open(
        "localhost",
        &format!("verify-full&sslrootcert={names}"),
        &system,
    )
    .await;
    assert!(opened.is_ok(), "{:?}", opened.err());
    let pairs = format!(
        "host=localhost port={port} user=tests dbname=postgres sslmode=verify-full sslrootcert={file}"
    );
    assert!(PgStore::open(&pairs, &identity(), &system).await.is_ok());
    let reason = refused(
        open(
            "127.0.0.1",
            &format!("verify-ca&sslrootcert={names}"),
            &system,
        )
        .await,
    );
    assert!(reason.contains("certificate"), "{reason}");
    let reason = refused(open("localhost", "verify-full&sslrootcert=%2Fnowhere", &system).await);
    assert!(reason.contains("/nowhere can't be read"), "{reason}");
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

/// After a failover the sessions of before are at a server that takes no writes.
#[tokio::test]
async fn sessions_that_became_read_only_are_dropped() {
    let database = Database::default();
    let store = database.open().await;
    store.insert(channel(3, 100)).await.expect("stored");
    // The next write makes its session read-only, for good.
    let client = database.client(&database.name).await;
    let demote = "CREATE FUNCTION demote() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
            PERFORM set_config('default_transaction_read_only', 'on', false); RETURN NEW; END $$; \
        CREATE TRIGGER demote BEFORE INSERT OR UPDATE ON microraiden_channels \
            FOR EACH ROW EXECUTE FUNCTION demote()";
    client.batch_execute(demote).await.expect("made");
    store.insert(channel(4, 100)).await.expect("stored");
    let promoted = "DROP TRIGGER demote ON microraiden_channels";
    client.batch_execute(promoted).await.expect("dropped");
    assert!(store.insert(channel(5, 100)).await.is_err());
    store.insert(channel(5, 100)).await.expect("healed");
}

/// The host goes dark: each call fails in the documented time, and what comes back is used at once.
#[tokio::test]
async fn a_host_that_goes_dark_is_given_up() {
    let database = Database::default();
    drop(database.open().await);
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = socket.local_addr().expect("an address").port();
    let (dark, goes) = tokio::sync::watch::channel(false);
    let target = format!("{}/.s.PGSQL.5432", server().socket());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = socket.accept().await {
            let (target, mut goes) = (target.clone(), goes.clone());
            let is_old = !*goes.borrow();
            tokio::spawn(async move {
                let mut server = tokio::net::UnixStream::connect(target).await.expect("it");
                let dark = async {
                    if !is_old || goes.wait_for(|dark| *dark).await.is_err() {
                        std::future::pending::<()>().await;
                    }
                };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                    () = dark => std::future::pending().await,
                }
            });
        }
    });
    let settings = format!(
        "host=127.0.0.1 port={port} user=tests dbname={}",
        database.name
    );
    let opened = PgStore::open(&settings, &identity(), &trust()).await;
    let store: Arc<dyn Store> = Arc::new(opened.expect("opened"));
    store.insert(channel(3, 100)).await.expect("stored");
    dark.send(true).expect("told");
    let began = std::time::Instant::now();
    assert!(store.insert(channel(4, 100)).await.is_err());
    let waited = began.elapsed().as_secs();
    assert!((4..=13).contains(&waited), "{waited}");
    store.insert(channel(4, 100)).await.expect("healed");
}

/// What may come by itself is waited for, and nothing else.
#[tokio::test]
async fn what_waiting_helps_against_is_told() {
    let database = Database::default();
    let open = async |settings: &str| {
        let opened = PgStore::open(settings, &identity(), &trust()).await;
        opened.err().expect("refused")
    };
    let settings = database.settings();
    let role = settings.replace("user=tests", "user=nobody");
    let schema = format!("{settings} options='-c search_path=missing'");
    for settings in [&settings, &role, "host=/nowhere user=me"] {
        let refused = open(settings).await;
        assert!(refused.is_passing(), "{settings}: {refused}");
    }
    drop(database.open().await);
    let refused = open(&schema).await;
    assert!(refused.is_passing(), "{refused}");
    let client = database.client(&database.name).await;
    let setup = "CREATE ROLE guest LOGIN; CREATE SCHEMA cats; CREATE TABLE cats.microraiden_meta (cat text)";
    client.batch_execute(setup).await.expect("made");
    let refused = open(&settings.replace("user=tests", "user=guest")).await;
    assert!(refused.is_passing(), "{refused}");

    for settings in [
        format!("{settings} nonsense"),
        format!("{settings} options='-c nonsense=1'"),
        format!("{settings} options='-c work_mem=much'"),
        format!("{settings} options='-c search_path=cats'"),
    ] {
        let refused = open(&settings).await;
        assert!(matches!(refused, OpenError::Unsuitable { .. }), "{refused}");
        assert!(!refused.is_passing(), "{settings}");
    }
}
