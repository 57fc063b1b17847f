//! Opening a database: what is verified, and what is said where it fails.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use microraiden::receiver::{OpenError, PgStore, Select, StoreExt};
use microraiden::tls::Trust;
use tempfile::TempDir;
use tokio_postgres::NoTls;

use super::{Database, trust};
use crate::cluster::Cluster;
use crate::stores::Place;
use crate::stores::subject::identity;

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
