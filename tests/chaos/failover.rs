//! A database that fails over: a primary, its standby, and PgBouncer, which leads to the primary.

use std::sync::Mutex;
use std::time::Duration;

use crate::cluster::Cluster;
use crate::pgbouncer::PgBouncer;

pub(crate) struct Failover {
    pooler: PgBouncer,
    /// The pooler's files are the first primary's.
    first: Cluster,
    /// Those of now.
    pair: Mutex<(Option<Cluster>, Cluster)>,
}

impl Failover {
    pub(crate) fn start() -> Self {
        let first = Cluster::start();
        let pooler = PgBouncer::start(&first, "postgres");
        let standby = first.with_standby();
        Self {
            pooler,
            first,
            pair: Mutex::new((None, standby)),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.pooler.url("postgres")
    }

    /// Kills the primary and, after this time, has the standby take its place, which gets a standby of its own.
    pub(crate) fn fail_over(&self, down: Duration) {
        let mut pair = self.pair.lock().expect("no panic");
        pair.0.as_ref().unwrap_or(&self.first).kill();
        std::thread::sleep(down);
        pair.1.promote();
        self.pooler.point_at(&pair.1);
        let next = pair.1.with_standby();
        let primary = std::mem::replace(&mut pair.1, next);
        pair.0 = Some(primary);
    }
}
