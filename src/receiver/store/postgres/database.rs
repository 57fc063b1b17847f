//! The sessions with a database.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use deadpool_postgres::{
    Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Transaction,
};
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, Error, IsolationLevel, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::receiver::store::activity::WaitCount;
use crate::receiver::store::{Sessions, StoreError};
use crate::tls::Trust;

use super::hosts::Hosts;
use super::table::{self, RowKey, Seen};

/// Connections at once.
const CONNECTIONS: usize = 16;
/// The timeout for a connection.
pub(super) const WAIT: Duration = Duration::from_secs(5);
/// A call of the store fails after this, whatever the server does.
const LONGEST_CALL: Duration = Duration::from_secs(12);

/// What every transaction sets for itself, whatever the database's defaults are: sessions may be shared with others.
const SETTINGS: &str = "SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = '10s'; \
    SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// Begins a transaction.
pub(super) async fn begin(client: &mut Client) -> Result<Transaction<'_>, Error> {
    let new = client.build_transaction();
    let new = new.isolation_level(IsolationLevel::ReadCommitted);
    let transaction = new.start().await?;
    transaction.batch_execute(SETTINGS).await?;
    Ok(transaction)
}

/// A pool of sessions with the database.
pub(super) struct Database {
    pub(super) pool: Pool,
    waits: WaitCount,
}

impl Database {
    pub(super) fn new(
        config: Config,
        trust: &Trust,
    ) -> Result<Self, deadpool_postgres::BuildError> {
        let pool = pool(config, trust)?;
        Ok(Self {
            pool,
            waits: WaitCount::default(),
        })
    }

    pub(super) async fn client(&self) -> Result<Client, StoreError> {
        let began = Instant::now();
        let client = self.pool.get().await;
        self.waits.add(began.elapsed());
        Ok(client?)
    }

    /// See [`table::find_all`].
    pub(super) async fn find_all(
        &self,
        keys: &BTreeSet<RowKey>,
    ) -> Result<BTreeMap<RowKey, Result<Seen, StoreError>>, StoreError> {
        table::find_all(&**self.client().await?, keys).await
    }

    /// See [`table::replace_all`].
    pub(super) async fn replace_all(&self, channels: &[Seen]) -> Result<Vec<RowKey>, StoreError> {
        table::replace_all(&**self.client().await?, channels).await
    }

    /// Bounds the time of a call.
    pub(super) async fn bounded<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.bounded_by(LONGEST_CALL, call).await
    }

    pub(super) async fn bounded_by<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match timeout(limit, call).await {
            Ok(result) => result,
            Err(_) => {
                self.forget_sessions();
                let reason = "the database does not answer in time";
                Err(StoreError::Unavailable(reason.to_owned()))
            }
        }
    }

    pub(super) fn sessions(&self) -> Sessions {
        let status = self.pool.status();
        Sessions {
            open: status.size as u64,
            most: status.max_size as u64,
            idle: status.available as u64,
            waiting: status.waiting as u64,
            asked: self.waits.asked(),
            waited: self.waits.waited(),
        }
    }

    /// Uses none of the sessions again: after a failover their server may take no writes.
    pub(super) fn forget_sessions(&self) {
        self.pool.retain(|_, _| false);
    }
}

fn pool(config: Config, trust: &Trust) -> Result<Pool, deadpool_postgres::BuildError> {
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = match config.get_ssl_mode() {
        SslMode::Require => {
            let tls = MakeRustlsConnect::new(trust.config());
            let hosts = Hosts::new(&config, tls);
            Manager::from_connect(config, hosts, recycling)
        }
        _ => {
            let hosts = Hosts::new(&config, NoTls);
            Manager::from_connect(config, hosts, recycling)
        }
    };
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        .recycle_timeout(Some(WAIT))
        .build()
}
