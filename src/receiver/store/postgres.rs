//! Channels in a PostgreSQL database, of one receiver or of many, each on one machine or on several.
//!
//! A payment changes one channel. Those that wait together are read by one statement and written by another, without
//! a lock between the two: see [`group`]. All other writes are transactions that lock the rows they read (`SELECT …
//! FOR UPDATE`). Each answers after its commit, which is on disk. With `sslmode=require` connections are encrypted and the server's certificate is verified, as with `verify-ca` and `verify-full`. Otherwise they
//! are plain: for a socket of this machine or a private network.
//!
//! | what may happen | what is done |
//! |---|---|
//! | one of several hosts is dark or hangs | each has its share of the time, see [`hosts`] |
//! | a failover leaves sessions at a server that takes no writes | such servers are refused when connecting, and no session is used again after a write that failed |
//! | the host goes dark | a call fails after [`LONGEST_CALL`], and no session is used again |
//! | a pooler that shares sessions between transactions | nothing is kept in a session: no setting, no prepared statement, no lock |
//! | defaults of the database that would weaken a write | each transaction says itself when it is durable, and how long it waits |

mod database;
mod group;
mod hosts;
mod lease;
mod refusal;
mod settings;
mod table;
mod tables;
mod totals;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::PoolError;
use tokio_postgres::Config;
use tokio_postgres::config::TargetSessionAttrs;

use crate::chain::http::with_causes;
use crate::receiver::channel::Channel;
use crate::tls::Trust;

use super::identity::{Identity, OpenError, Owner};
use super::overlay::Overlay;
use super::{
    Batch, ChannelKey, Edit, LeaseAnswer, LeaseClaim, Select, Store, StoreActivity, StoreError,
    StoreFuture, Totals, Trail,
};
use database::{Database, WAIT};
use group::{Lanes, Written};
use refusal::DatabaseRefusal;
use settings::Settings;
use table::RowKey;

/// When the system gives up a connection whose other end is silent.
const SILENCE: Duration = Duration::from_secs(10);
/// A claim of the lease fails after this, so that another one has time before the lease ends.
const LONGEST_CLAIM: Duration = Duration::from_secs(3);
/// What errors name. The settings may hold a password.
const PLACE: &str = "the database";

/// Keeps channels in tables of a database, `microraiden_…` in its first schema.
pub struct PgStore {
    database: Arc<Database>,
    lanes: Arc<Lanes>,
    owner: Owner,
    /// The name of its lease.
    lease: String,
}

impl PgStore {
    /// Connects by a URL (`postgres://user:password@host/database`) or by `key=value` pairs, as
    /// libpq takes them, and makes the tables if they are missing. They have room for many receivers, of all chains
    /// and contracts; several groups of them can be in schemas of their own
    /// (`…?options=-csearch_path%3Dname`). Refuses tables of a later version. With
    /// `sslmode=require` the server needs a certificate that names it, of an authority that `trust`
    /// believes.
    pub async fn open(
        settings: &str,
        identity: &Identity,
        trust: &Trust,
    ) -> Result<Self, OpenError> {
        // The text may hold a password: no error repeats it.
        let refused = |refusal: DatabaseRefusal| refusal.of(PLACE);
        let settings = Settings::read(settings);
        let named = settings.root_certificates.as_deref().map(Path::new);
        let trust = match named.map(|file| Trust::new(Some(file))).transpose() {
            Ok(named) => named.unwrap_or_else(|| trust.clone()),
            Err(error) => return Err(refused(DatabaseRefusal::Passing(error.to_string()))),
        };
        let mut config: Config = settings.text.parse().map_err(|_| {
            refused(DatabaseRefusal::Lasting(
                "its settings are malformed".to_owned(),
            ))
        })?;
        config
            .connect_timeout(WAIT)
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .keepalives_idle(SILENCE)
            .keepalives_interval(SILENCE / 5)
            .keepalives_retries(3)
            .tcp_user_timeout(SILENCE);
        let database = Database::new(config, &trust)
            .map_err(|error| refused(DatabaseRefusal::Lasting(error.to_string())))?;
        let prepared = tables::prepare(&database, PLACE).await;
        prepared.map_err(refused)??;
        let owner = tables::owner(&database, identity).await.map_err(refused)?;
        let database = Arc::new(database);
        let lanes = Arc::new(Lanes::start(&database));
        Ok(Self {
            database,
            lanes,
            owner,
            lease: lease::name(identity),
        })
    }

    /// The same database for another receiver, with the same sessions: its channels are read and written
    /// together with those of the others.
    pub async fn share(&self, identity: &Identity) -> Result<Self, OpenError> {
        let owner = tables::owner(&self.database, identity).await;
        Ok(Self {
            database: Arc::clone(&self.database),
            lanes: Arc::clone(&self.lanes),
            owner: owner.map_err(|refusal| refusal.of(PLACE))?,
            lease: lease::name(identity),
        })
    }

    fn row(&self, key: ChannelKey) -> RowKey {
        let owner = self.owner;
        RowKey { owner, key }
    }

    async fn write_now(&self, batch: Batch) -> Result<(), StoreError> {
        let batch = match single(batch) {
            Ok((key, edit)) => match self.lanes.write(self.row(key), edit).await? {
                Written::Stored => return Ok(()),
                Written::Lost(edit) => Batch {
                    edits: vec![(key, edit)],
                    ..Batch::default()
                },
            },
            Err(batch) => batch,
        };
        self.write_alone(batch).await
    }

    /// In a transaction of its own, which locks what it reads.
    async fn write_alone(&self, batch: Batch) -> Result<(), StoreError> {
        let mut client = self.database.client().await?;
        let transaction = database::begin(&mut client).await?;
        if batch.advance.is_some() || batch.transactions.is_some() {
            let stored = table::lock_owner(&transaction, self.owner).await?;
            if let Some(known) = batch.transactions {
                if stored != known {
                    return Err(StoreError::OtherTransaction);
                }
                table::set_transactions(&transaction, self.owner, known + 1).await?;
            }
        }
        if let Some(advance) = batch.advance {
            let mut trail = table::trail(&*transaction, self.owner).await?;
            if trail.newest() != advance.from {
                return Err(StoreError::Overtaken);
            }
            trail.advance(advance.to, advance.events);
            table::set_trail(&transaction, self.owner, &trail).await?;
        }
        // All transactions lock in one order, so that there is no deadlock.
        let mut keys: BTreeMap<ChannelKey, bool> = BTreeMap::new();
        for (key, edit) in &batch.edits {
            *keys.entry(*key).or_default() |= edit.makes;
        }
        let mut overlay = Overlay::default();
        for (key, makes) in keys {
            let channel = table::lock(&transaction, self.row(key), makes).await?;
            overlay.learn(key, channel);
        }
        overlay.apply(batch.edits);
        let (kept, gone): (Vec<_>, Vec<_>) = overlay
            .changed()
            .partition(|(_, channel)| channel.is_some());
        let kept: Vec<_> = kept.iter().flat_map(|(_, channel)| channel).collect();
        if !kept.is_empty() {
            table::put_all(&transaction, self.owner, &kept).await?;
        }
        for (key, _) in gone {
            table::remove(&transaction, self.row(key)).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// A batch that is one change of one channel, which makes none.
fn single(mut batch: Batch) -> Result<(ChannelKey, Edit), Batch> {
    let more = batch.advance.is_some() || batch.transactions.is_some();
    match batch.edits.pop() {
        Some((key, edit)) if batch.edits.is_empty() && !more && !edit.makes => Ok((key, edit)),
        last => {
            batch.edits.extend(last);
            Err(batch)
        }
    }
}

impl Store for PgStore {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        Box::pin(async move {
            let found = self
                .database
                .bounded(self.lanes.read(self.row(key)))
                .await?;
            Ok(found.filter(|channel| channel.settled.is_none()))
        })
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        Box::pin(async move {
            self.database
                .bounded(async {
                    let client = self.database.client().await?;
                    table::list(&**client, self.owner, select, after, limit).await
                })
                .await
        })
    }

    fn write(&self, batch: Batch) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let written = self.database.bounded(self.write_now(batch)).await;
            if matches!(written, Err(StoreError::Unavailable(_))) {
                self.database.forget_sessions();
            }
            written
        })
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        Box::pin(self.database.bounded(async move {
            table::trail(&**self.database.client().await?, self.owner).await
        }))
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        Box::pin(self.database.bounded(async move {
            table::transactions(&**self.database.client().await?, self.owner).await
        }))
    }

    fn lease(&self, claim: LeaseClaim) -> StoreFuture<'_, LeaseAnswer> {
        Box::pin(async move {
            let asked = async {
                let client = self.database.client().await?;
                lease::claim(&**client, &self.lease, &claim).await
            };
            let answer = self.database.bounded_by(LONGEST_CLAIM, asked).await;
            if answer.is_err() {
                self.database.forget_sessions();
            }
            answer
        })
    }

    fn activity(&self) -> StoreActivity {
        StoreActivity {
            sessions: Some(self.database.sessions()),
            ..self.lanes.activity()
        }
    }

    fn totals(&self) -> StoreFuture<'_, Totals> {
        Box::pin(self.database.bounded(async move {
            totals::read(&**self.database.client().await?, self.owner).await
        }))
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
