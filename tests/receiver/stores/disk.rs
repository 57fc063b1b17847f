//! What a disk does to a store: it is full, or can only be read.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "postgres")]
use microraiden::receiver::PgStore;
use microraiden::receiver::{AcceptError, SqliteStore, Store, StoreExt};
#[cfg(feature = "postgres")]
use microraiden::tls::Trust;
use tempfile::TempDir;

use crate::basics::units;
#[cfg(feature = "postgres")]
use crate::cluster::Cluster;
use crate::stores::Place;
use crate::stores::sqlite::Folder;
use crate::stores::subject::{channel, channel_key, identity, payment, receiver};

/// A small file system, unmounted at the end.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// Half a megabyte. `None`: only root may mount one.
    fn mount() -> Option<Self> {
        Self::mount_with("size=512k,mode=700")
    }

    fn mount_with(options: &str) -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "small"]);
        let mounted = mount.arg(folder.path()).output().ok()?;
        mounted.status.success().then_some(Self(folder))
    }

    /// For reading only (`ro`), or for writing as well (`rw`).
    fn remount(&self, mode: &str) {
        let option = format!("remount,{mode}");
        let done = std::process::Command::new("mount")
            .args(["-o", &option])
            .arg(self.0.path())
            .status();
        assert!(done.expect("mount").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A server on it may take a moment to end.
        let _ = std::process::Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}

/// With a real full disk, a tmpfs; where nobody may mount one, there is nothing to see. What is not acknowledged is
/// not lost either: the same payment is accepted once there is room.
#[tokio::test]
async fn a_full_disk_refuses_payments_and_heals_by_itself() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: a small file system can't be mounted here");
        return;
    };
    let file = disk.0.path().join("channels.db");
    let store = Arc::new(SqliteStore::open(&file, &identity()).expect("opened"));
    let receiver = receiver(store);
    let stored = receiver.store().insert(channel(3, 100_000)).await;
    stored.expect("stored");
    let ballast = disk.0.path().join("ballast");
    assert!(fs::write(&ballast, vec![0; 1 << 20]).is_err());
    // The log may have room for some more.
    let mut paid = 0;
    let refused = loop {
        match receiver.accept(&payment(3, paid + 5), units(5)).await {
            Ok(_) => paid += 5,
            Err(refused) => break refused,
        }
    };
    assert!(
        matches!(refused, AcceptError::StoreUnavailable(_)),
        "{refused:?}"
    );
    let known = receiver.store().get(channel_key(3)).await;
    let known = known.expect("it can still be read").expect("the channel");
    assert_eq!(known.balance(), units(paid));
    fs::remove_file(&ballast).expect("removed");
    let again = receiver.accept(&payment(3, paid + 5), units(5)).await;
    assert_eq!(again.map(|accepted| accepted.before), Ok(units(paid)));
}

/// What nobody can change, root neither: a file that can't be written to, a folder in which no file can be made.
struct Immutable(PathBuf);

impl Immutable {
    /// `None`: this file system has no such thing, or only root may.
    fn make(place: PathBuf) -> Option<Self> {
        let made = std::process::Command::new("chattr")
            .arg("+i")
            .arg(&place)
            .output();
        made.ok()?.status.success().then_some(Self(place))
    }

    /// Whether that counts for a file that is open already. It does not in a tmpfs.
    fn binds_open_files(folder: &Folder) -> bool {
        let place = folder.0.path().join("probe");
        let mut probe = fs::File::create(&place).expect("a file");
        let made = Self::make(place);
        made.is_some() && probe.write_all(b"x").is_err()
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        let _ = std::process::Command::new("chattr")
            .arg("-i")
            .arg(&self.0)
            .status();
    }
}

/// The same for a database. It may have stopped for want of room, and is started again then.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_full_disk_of_the_database_refuses_payments() {
    let Some(disk) = SmallDisk::mount_with("size=160m,mode=755") else {
        eprintln!("skipped: a small file system can't be mounted here");
        return;
    };
    let folder = TempDir::new_in(disk.0.path()).expect("a folder");
    let cluster = Cluster::with(folder, 5432, &[]);
    let trust = Trust::system().expect("TLS works");
    let store = PgStore::open(&cluster.url("postgres"), &identity(), &trust).await;
    let receiver = receiver(Arc::new(store.expect("opened")));
    let stored = receiver.store().insert(channel(3, 100_000)).await;
    stored.expect("stored");
    let ballast = disk.0.path().join("ballast");
    assert!(fs::write(&ballast, vec![0; 160 << 20]).is_err());
    // The log has room in the file that it has begun, and in those that are made already.
    let mut paid = 0;
    let refused = loop {
        assert!(paid < 500, "the disk is not full");
        match receiver.accept(&payment(3, paid + 5), units(5)).await {
            Ok(_) => paid += 5,
            Err(refused) => break refused,
        }
        let _ = cluster.try_run("SELECT pg_switch_wal()");
    };
    assert!(
        matches!(refused, AcceptError::StoreUnavailable(_)),
        "{refused:?}"
    );
    fs::remove_file(&ballast).expect("removed");
    cluster.crash();
    cluster.start_again();
    let known = receiver.store().get(channel_key(3)).await;
    let known = known.expect("it can be read").expect("the channel");
    // What was refused may have been written all the same; what was accepted is there.
    assert!([units(paid), units(paid + 5)].contains(&known.balance()));
    let balance = known.balance().checked_add(units(5)).expect("a sum");
    let balance = balance.to_string().parse().expect("a number");
    let again = receiver.accept(&payment(3, balance), units(5)).await;
    assert!(again.is_ok(), "{again:?}");
}

/// A mount for reading only, as of a volume that was attached so, is refused with a sentence, and used once it can be
/// written to.
#[tokio::test]
async fn a_read_only_mount_is_refused_at_the_start() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: a small file system can't be mounted here");
        return;
    };
    let names = ["channels.db", "empty.db", "missing.db"];
    let [file, empty, missing] = names.map(|name| disk.0.path().join(name));
    let open = |file: &PathBuf| SqliteStore::open(file, &identity());
    let store = open(&file).expect("opened");
    store.insert(channel(3, 100)).await.expect("stored");
    drop(store);
    fs::write(&empty, "").expect("written");
    fs::set_permissions(&empty, Permissions::from_mode(0o600)).expect("changed");
    disk.remount("ro");
    for (file, says) in [
        (&file, "read-only here"),
        (&empty, "read-only here"),
        (&missing, "Read-only file system"),
    ] {
        let refused = open(file).err().expect("refused");
        let said = refused.to_string();
        assert!(said.contains(says) && !said.contains('\n'), "{said}");
        assert!(refused.is_passing(), "{said}");
    }
    disk.remount("rw");
    let store = open(&file).expect("opened");
    let kept = store.get(channel_key(3)).await.expect("read");
    assert_eq!(kept.map(|channel| channel.deposit), Some(units(100)));
}

/// Likewise a folder in which SQLite can't make its two files.
#[tokio::test]
async fn a_folder_without_write_permission_is_refused_at_the_start() {
    let folder = Folder::default();
    drop(folder.open().await);
    let Some(locked) = Immutable::make(folder.0.path().to_owned()) else {
        eprintln!("skipped: a folder can't be made immutable here");
        return;
    };
    let refused = folder.try_open(&identity()).err().expect("refused");
    let said = refused.to_string();
    assert!(said.contains("read-only here"), "{said}");
    assert!(refused.is_passing(), "{said}");
    drop(locked);
    assert!(folder.try_open(&identity()).is_ok());
}

/// The files can't be written to any more, though they are open. A mount can't be made read-only under open files,
/// except by the kernel, so they become immutable here.
#[tokio::test]
async fn files_that_become_read_only_refuse_payments_and_heal_by_themselves() {
    let folder = Folder::default();
    let receiver = receiver(folder.open().await);
    let stored = receiver.store().insert(channel(3, 100)).await;
    stored.expect("stored");
    let paid = receiver.accept(&payment(3, 5), units(5)).await;
    paid.expect("paid");
    // The third one is memory that is shared, which the kernel leaves as it is.
    let files = ["channels.db", "channels.db-wal"];
    let files = files.map(|name| Immutable::make(folder.0.path().join(name)));
    if files.iter().any(Option::is_none) || !Immutable::binds_open_files(&folder) {
        eprintln!("skipped: open files can't be made immutable here");
        return;
    }
    for _ in 0..2 {
        let refused = receiver.accept(&payment(3, 10), units(5)).await;
        assert!(
            matches!(refused, Err(AcceptError::StoreUnavailable(_))),
            "{refused:?}"
        );
    }
    let known = receiver.store().get(channel_key(3)).await;
    let known = known.expect("it can still be read").expect("the channel");
    assert_eq!(known.balance(), units(5));
    drop(files);
    let again = receiver.accept(&payment(3, 10), units(5)).await;
    assert_eq!(again.map(|accepted| accepted.before), Ok(units(5)));
}
