//! What damage, locks and lost servers do to payments: nothing is served that is not stored, and nobody else is held up.

use std::sync::Arc;

use microraiden::receiver::{AcceptError, Channel, CloseError, PgStore, Select, Store, StoreExt};

use super::{Database, open_channels, server, trust};
use crate::basics::{key, units};
use crate::stores::Place;
use crate::stores::subject::{channel, channel_key, identity, payment, receiver};

/// What keeps others from adding channels of the first receiver of new tables.
const ADDING: &str = "SELECT pg_advisory_xact_lock(x'6d696372'::integer, 2)";

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
