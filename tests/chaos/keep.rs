//! Where the server keeps its channels, and what becomes of that place.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use microraiden::receiver::{Identity, Store, store};
use microraiden::tls::Trust;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::plan::Outage;

/// In a run that is not told how many.
#[cfg(feature = "postgres")]
const FAILOVERS: usize = 3;

pub(crate) enum Keep {
    /// The file is the server's own and dies with it; besides, another process locks it.
    File(TempDir),
    #[cfg(feature = "postgres")]
    Database(Arc<crate::cluster::Cluster>),
    #[cfg(feature = "postgres")]
    Failover(Arc<crate::failover::Failover>),
}

impl Keep {
    pub(crate) fn file() -> Self {
        Self::File(TempDir::new().expect("a folder"))
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn database() -> Self {
        Self::Database(Arc::new(crate::cluster::Cluster::start()))
    }

    /// How the server is told of it.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::File(folder) => folder.path().join("channels.db").display().to_string(),
            #[cfg(feature = "postgres")]
            Self::Database(cluster) => cluster.url("postgres"),
            #[cfg(feature = "postgres")]
            Self::Failover(database) => database.url(),
        }
    }

    pub(crate) async fn open(&self, identity: &Identity) -> Arc<dyn Store> {
        let trust = Trust::system().expect("TLS works");
        loop {
            match store::open_at(Some(&self.place()), identity, &trust).await {
                Ok(store) => return store,
                // The pooler may not have tried the new primary yet.
                Err(error) if error.is_passing() => sleep(Duration::from_millis(100)).await,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// How many servers share it.
    pub(crate) fn servers(&self) -> usize {
        match self {
            #[cfg(feature = "postgres")]
            Self::Failover(_) => 3,
            _ => 1,
        }
    }

    /// How often it fails over while the servers are paid.
    pub(crate) fn failovers(&self) -> usize {
        match self {
            #[cfg(feature = "postgres")]
            Self::Failover(_) => {
                let count = std::env::var("MICRORAIDEN_CHAOS_FAILOVERS");
                count.map_or(FAILOVERS, |text| text.parse().expect("a number"))
            }
            _ => 0,
        }
    }

    /// Those of the plan, or as many as a run of failovers asks for.
    pub(crate) fn outages(&self, planned: &[Outage]) -> Vec<Outage> {
        match self.failovers() {
            0 => planned.to_vec(),
            count => planned.iter().copied().cycle().take(count).collect(),
        }
    }

    /// Is down every now and then. Counts how often.
    pub(crate) async fn suffer(&self, outages: &[Outage], count: &Cell<u32>) {
        for outage in outages {
            sleep(outage.after).await;
            self.fail(outage.down).await;
            count.update(|count| count + 1);
        }
    }

    async fn fail(&self, down: Duration) {
        match self {
            Self::File(_) => {
                let file = self.place();
                spawn_blocking(move || lock(&file, down))
            }
            #[cfg(feature = "postgres")]
            Self::Failover(database) => {
                let database = Arc::clone(database);
                spawn_blocking(move || database.fail_over(down))
            }
            #[cfg(feature = "postgres")]
            Self::Database(cluster) => {
                let cluster = Arc::clone(cluster);
                spawn_blocking(move || {
                    cluster.crash();
                    std::thread::sleep(down);
                    cluster.start_again();
                })
            }
        }
        .await
        .expect("no panic");
    }
}

/// Keeps all others from writing for a while.
fn lock(file: &str, time: Duration) {
    let connection = Connection::open(file).expect("opened");
    connection
        .busy_timeout(Duration::from_secs(30))
        .expect("set");
    connection.execute_batch("BEGIN IMMEDIATE").expect("locked");
    std::thread::sleep(time);
    connection.execute_batch("ROLLBACK").expect("unlocked");
}
