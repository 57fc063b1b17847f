//! Channels in a PostgreSQL database, for several machines over one receiver's channels.
//!
//! Each write is a transaction that locks the rows it reads (`SELECT … FOR UPDATE`) and answers after its
//! `COMMIT`; `synchronous_commit` is on, whatever the database's default. With `sslmode=require` connections
//! are encrypted and the server's certificate is verified, as with `verify-ca` and `verify-full`. Otherwise they
//! are plain: for a socket of this machine or a private network.
//!
//! | what may happen | what is done |
//! |---|---|
//! | a failover leaves sessions at a server that takes no writes | such servers are refused when connecting, and no session is used again after a write that failed |
//! | the host goes dark | a call fails after [`LONGEST_CALL`], and no session is used again |
//! | a pooler that shares sessions between transactions | it does not take or keep the settings of a session: refused when opening |

mod refusal;
mod settings;
mod table;
mod totals;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime};
use tokio::time::timeout;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::chain::http::with_causes;
use crate::protocol::Address;
use crate::receiver::channel::Channel;
use crate::tls::Trust;

use super::identity::{Identity, OpenError};
use super::overlay::Overlay;
use super::{Batch, ChannelKey, Select, Store, StoreError, StoreFuture, Totals, Trail};
use refusal::Refusal;
use settings::Settings;

/// Connections at once.
const CONNECTIONS: usize = 16;
/// The timeout for a connection.
const WAIT: Duration = Duration::from_secs(5);
/// A call of the store fails after this, whatever the server does.
const LONGEST_CALL: Duration = Duration::from_secs(12);
/// When the system gives up a connection whose other end is silent.
const SILENCE: Duration = Duration::from_secs(10);
/// Whether a session has our settings.
const CHECK: &str = "SELECT current_setting('synchronous_commit') = 'on' \
    AND current_setting('statement_timeout') = '10s' AND current_setting('lock_timeout') = '5s'";
/// What every session sets, whatever the database's defaults are.
const SETTINGS: &str = "-c synchronous_commit=on -c statement_timeout=10s -c lock_timeout=5s \
    -c idle_in_transaction_session_timeout=10s -c default_transaction_isolation=read\\ committed";

/// Keeps channels in three tables of a database, `microraiden_…` in its first schema.
pub struct PgStore {
    pool: Pool,
    receiver: Address,
}

impl PgStore {
    /// Connects by a URL (`postgres://user:password@host/database`) or by `key=value` pairs, as
    /// libpq takes them, and makes the tables if they are missing. Refuses tables that keep the
    /// channels of another chain, contract or receiver; one database has room for several
    /// receivers in schemas of their own (`…?options=-csearch_path%3Dname`). With
    /// `sslmode=require` the server needs a certificate that names it, of an authority that `trust`
    /// believes.
    pub async fn open(
        settings: &str,
        identity: &Identity,
        trust: &Trust,
    ) -> Result<Self, OpenError> {
        // The text may hold a password: no error repeats it.
        let place = "the database".to_owned();
        let refused = |refusal: Refusal| refusal.of(&place);
        let settings = Settings::read(settings);
        let named = settings.root_certificates.as_deref().map(Path::new);
        let trust = match named.map(|file| Trust::new(Some(file))).transpose() {
            Ok(named) => named.unwrap_or_else(|| trust.clone()),
            Err(error) => return Err(refused(Refusal::Passing(error.to_string()))),
        };
        let mut config: Config = settings
            .text
            .parse()
            .map_err(|_| refused(Refusal::Lasting("its settings are malformed".to_owned())))?;
        let options = config.get_options().unwrap_or_default();
        let options = format!("{options} {SETTINGS}");
        config
            .options(&options)
            .connect_timeout(WAIT)
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .keepalives_idle(SILENCE)
            .keepalives_interval(SILENCE / 5)
            .keepalives_retries(3)
            .tcp_user_timeout(SILENCE);
        let store = Self {
            pool: pool(config, &trust)
                .map_err(|error| refused(Refusal::Lasting(error.to_string())))?,
            receiver: identity.receiver,
        };
        let entries = store.prepare(identity).await.map_err(refused)?;
        identity.check(&place, |name| entries.get(name).cloned())?;
        Ok(store)
    }

    /// Makes the tables. Returns what they say of themselves.
    async fn prepare(&self, identity: &Identity) -> Result<BTreeMap<String, String>, Refusal> {
        let mut client = self.pool.get().await?;
        if !client.query_one(CHECK, &[]).await?.try_get::<_, bool>(0)? {
            return Err(Refusal::Pooler(None));
        }
        let transaction = client.transaction().await?;
        let entries = table::create(&transaction, identity).await?;
        transaction.commit().await?;
        Ok(entries)
    }

    /// Bounds the time of a call.
    async fn bounded<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match timeout(LONGEST_CALL, call).await {
            Ok(result) => result,
            Err(_) => {
                self.pool.retain(|_, _| false);
                let reason = "the database does not answer in time";
                Err(StoreError::Unavailable(reason.to_owned()))
            }
        }
    }

    async fn write_now(&self, batch: Batch) -> Result<(), StoreError> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        if let Some(advance) = batch.advance {
            table::lock_trail(&transaction).await?;
            let mut trail = table::trail(&transaction).await?;
            if trail.newest() != advance.from {
                return Err(StoreError::Overtaken);
            }
            trail.advance(advance.to, advance.events);
            table::set_trail(&transaction, &trail).await?;
        }
        if let Some(known) = batch.transactions {
            if table::lock_transactions(&transaction).await? != known {
                return Err(StoreError::OtherTransaction);
            }
            table::set_transactions(&transaction, known + 1).await?;
        }
        // All transactions lock in one order, so that there is no deadlock.
        let mut keys: BTreeMap<ChannelKey, bool> = BTreeMap::new();
        for (key, edit) in &batch.edits {
            *keys.entry(*key).or_default() |= edit.makes;
        }
        let mut overlay = Overlay::default();
        for (key, makes) in keys {
            let channel = table::lock(&transaction, self.receiver, key, makes).await?;
            overlay.learn(key, channel);
        }
        overlay.apply(batch.edits);
        for (key, channel) in overlay.changed() {
            match channel {
                Some(channel) => table::put(&transaction, &channel).await?,
                None => table::remove(&transaction, key).await?,
            }
        }
        Ok(transaction.commit().await?)
    }
}

fn pool(config: Config, trust: &Trust) -> Result<Pool, deadpool_postgres::BuildError> {
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = match config.get_ssl_mode() {
        SslMode::Require => {
            let tls = MakeRustlsConnect::new(trust.config());
            Manager::from_config(config, tls, recycling)
        }
        _ => Manager::from_config(config, NoTls, recycling),
    };
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        .recycle_timeout(Some(WAIT))
        .build()
}

impl Store for PgStore {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        Box::pin(async move {
            self.bounded(async {
                let client = self.pool.get().await?;
                table::get(&client, self.receiver, key).await
            })
            .await
        })
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        Box::pin(async move {
            self.bounded(async {
                let client = self.pool.get().await?;
                table::list(&client, self.receiver, select, after, limit).await
            })
            .await
        })
    }

    fn write(&self, batch: Batch) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let written = self.bounded(self.write_now(batch)).await;
            if matches!(written, Err(StoreError::Unavailable(_))) {
                // After a failover their server may take no writes.
                self.pool.retain(|_, _| false);
            }
            written
        })
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        Box::pin(self.bounded(async move { table::trail(&self.pool.get().await?).await }))
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        Box::pin(self.bounded(async move { table::transactions(&self.pool.get().await?).await }))
    }

    fn totals(&self) -> StoreFuture<'_, Totals> {
        Box::pin(self.bounded(async move { totals::read(&self.pool.get().await?).await }))
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let message = error.as_db_error().map(|db| db.message().to_owned());
        Self::Unavailable(message.unwrap_or_else(|| with_causes(&error)))
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
