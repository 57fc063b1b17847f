//! Reading and writing rows. All statements are unnamed and have typed parameters, so that each is one exchange which a
//! pooler in transaction mode carries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, GenericClient, Transaction as Tx};

use crate::protocol::Address;
use crate::receiver::channel::Channel;
use crate::receiver::store::row::{self, COLUMNS, COUNT, Row};
use crate::receiver::store::{ChannelKey, Select, StoreError, Synced, Trail};

/// A parameter of a statement.
pub(super) type Value<'a> = (&'a (dyn ToSql + Sync), Type);

/// The advisory lock for making the tables and for adding a channel.
const LOCK: i64 = 0x6d69_6372_6f72_6169;

/// Locks out others that make tables or add a channel, until the transaction ends.
pub(super) async fn lock_making(transaction: &Tx<'_>) -> Result<(), Error> {
    let lock = "SELECT pg_advisory_xact_lock($1)";
    transaction
        .execute_typed(lock, &[(&LOCK, Type::INT8)])
        .await?;
    Ok(())
}

/// Writes an entry about the store unless it is there.
pub(super) async fn enter(transaction: &Tx<'_>, name: &str, value: &str) -> Result<(), Error> {
    let insert =
        "INSERT INTO microraiden_meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let values: [Value<'_>; 2] = [(&name, Type::TEXT), (&value, Type::TEXT)];
    transaction.execute_typed(insert, &values).await?;
    Ok(())
}

/// Locks the trail against other processes that follow the chain.
pub(super) async fn lock_trail(transaction: &Tx<'_>) -> Result<(), StoreError> {
    let lock = "SELECT 1 FROM microraiden_meta WHERE name = 'schema' FOR UPDATE";
    transaction.query_typed(lock, &[]).await?;
    Ok(())
}

/// The number is an entry about the store, because it is one for all channels.
pub(super) async fn transactions(client: &impl GenericClient) -> Result<u64, StoreError> {
    read_transactions(client, "").await
}

/// The same, locked until the transaction ends.
pub(super) async fn lock_transactions(transaction: &Tx<'_>) -> Result<u64, StoreError> {
    enter(transaction, "transactions", "0").await?;
    read_transactions(transaction, "FOR UPDATE").await
}

async fn read_transactions(client: &impl GenericClient, end: &str) -> Result<u64, StoreError> {
    let query = format!("SELECT value FROM microraiden_meta WHERE name = 'transactions' {end}");
    let found = client.query_typed_opt(&query, &[]).await?;
    let stored: Option<String> = found.map(|found| found.try_get(0)).transpose()?;
    row::transactions(stored.as_deref())
}

pub(super) async fn set_transactions(transaction: &Tx<'_>, number: u64) -> Result<(), StoreError> {
    let put = "UPDATE microraiden_meta SET value = $1 WHERE name = 'transactions'";
    let number = number.to_string();
    transaction
        .execute_typed(put, &[(&number, Type::TEXT)])
        .await?;
    Ok(())
}

pub(super) async fn trail(client: &impl GenericClient) -> Result<Trail, StoreError> {
    let query = "SELECT block, hash, trail FROM microraiden_synced";
    let Some(found) = client.query_typed_opt(query, &[]).await? else {
        return Ok(Trail::default());
    };
    let newest = row::synced(found.try_get(0)?, found.try_get(1)?)?;
    Trail::from_bytes(newest, found.try_get(2)?)
}

pub(super) async fn set_trail(transaction: &Tx<'_>, trail: &Trail) -> Result<(), StoreError> {
    let Some(Synced { block, hash }) = trail.newest() else {
        let delete = "DELETE FROM microraiden_synced";
        transaction.execute_typed(delete, &[]).await?;
        return Ok(());
    };
    let block = i64::try_from(block)
        .map_err(|_| StoreError::Unavailable(format!("block {block} is out of range")))?;
    let put = "INSERT INTO microraiden_synced (one, block, hash, trail) VALUES (1, $1, $2, $3) \
        ON CONFLICT (one) DO UPDATE SET block = excluded.block, hash = excluded.hash, \
        trail = excluded.trail";
    let (hash, trail) = (&hash.0[..], trail.to_bytes());
    let values: [Value<'_>; 3] = [
        (&block, Type::INT8),
        (&hash, Type::BYTEA),
        (&trail, Type::BYTEA),
    ];
    transaction.execute_typed(put, &values).await?;
    Ok(())
}

/// Reads a channel and locks it until the end of the transaction. If there is none and this transaction
/// `makes` it, no other can add it meanwhile; other readers need not wait.
pub(super) async fn lock(
    transaction: &Tx<'_>,
    receiver: Address,
    key: ChannelKey,
    makes: bool,
) -> Result<Option<Channel>, StoreError> {
    let found = find(transaction, receiver, key, "FOR UPDATE").await?;
    if found.is_some() || !makes {
        return Ok(found);
    }
    // A row that is not there can't be locked.
    lock_making(transaction).await?;
    find(transaction, receiver, key, "FOR UPDATE").await
}

async fn find(
    client: &impl GenericClient,
    receiver: Address,
    key: ChannelKey,
    end: &str,
) -> Result<Option<Channel>, StoreError> {
    let query = format!(
        "SELECT {COLUMNS} FROM microraiden_channels WHERE sender = $1 AND open_block = $2 {end}"
    );
    let (sender, block) = (&key.sender.0[..], i64::from(key.open_block));
    let values: [Value<'_>; 2] = [(&sender, Type::BYTEA), (&block, Type::INT8)];
    let found = client.query_typed_opt(&query, &values).await?;
    found.map(|found| read(&found, receiver)).transpose()
}

/// A channel as it is stored.
pub(super) struct Seen {
    pub(super) channel: Channel,
    /// The transaction that wrote it: another one shows that it has changed.
    version: i64,
    /// When it was changed, in microseconds since 1970. After a failover that lost transactions another one may have
    /// a number again.
    modified: i64,
}

/// Reads these channels, settled or not, those that are there. What can't be read is an error of its own.
pub(super) async fn find_all(
    client: &Client,
    receiver: Address,
    keys: &BTreeSet<ChannelKey>,
) -> Result<BTreeMap<ChannelKey, Result<Seen, StoreError>>, StoreError> {
    let senders: Vec<&[u8]> = keys.iter().map(|key| &key.sender.0[..]).collect();
    let blocks: Vec<_> = keys.iter().map(|key| i64::from(key.open_block)).collect();
    let values: [Value<'_>; 2] = [(&senders, Type::BYTEA_ARRAY), (&blocks, Type::INT8_ARRAY)];
    let rows = client.query_typed(&FIND_ALL, &values).await?;
    let mut found = BTreeMap::new();
    for row in &rows {
        let key = key(row)?;
        let version = row.try_get(COUNT)?;
        let modified = row.try_get(MODIFIED)?;
        let seen = read(row, receiver).map(|channel| Seen {
            channel,
            version,
            modified,
        });
        found.insert(key, seen);
    }
    Ok(found)
}

/// Which transaction wrote a row.
const VERSION: &str = "c.xmin::text::bigint";
/// Makes the commit of its statement wait for the disk, whatever the database's default is.
const DURABLE: &str = "set_config('synchronous_commit', 'on', true)";
/// The place of the column `modified`.
const MODIFIED: usize = 13;

static FIND_ALL: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> = COLUMNS
        .split(", ")
        .map(|name| format!("c.{name}"))
        .collect();
    format!(
        "SELECT {}, {VERSION} FROM unnest($1::bytea[], $2::bigint[]) AS wanted (sender, open_block) \
         JOIN microraiden_channels AS c USING (sender, open_block)",
        columns.join(", ")
    )
});

/// After the columns come two more parameters: the versions and times of change as they were read.
static REPLACE_ALL: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH fresh AS ( \
             SELECT wanted.* FROM unnest({}) AS wanted ({COLUMNS}, version, before) \
             JOIN microraiden_channels AS c USING (sender, open_block) \
             WHERE {VERSION} = wanted.version AND c.modified = wanted.before \
             FOR UPDATE OF c SKIP LOCKED) \
         UPDATE microraiden_channels AS c SET {} FROM fresh \
         WHERE c.sender = fresh.sender AND c.open_block = fresh.open_block \
         RETURNING c.sender, c.open_block, {DURABLE}",
        row::parameters(COUNT + 2),
        row::changes("fresh")
    )
});

static PUT_ALL: LazyLock<String> = LazyLock::new(|| {
    let values = format!("SELECT * FROM unnest({})", row::parameters(COUNT));
    row::upsert("microraiden_channels", &values)
});

/// Writes those of the channels whose rows nobody has written or locked since they were read. Returns which.
pub(super) async fn replace_all(
    client: &Client,
    channels: &[Seen],
) -> Result<Vec<ChannelKey>, StoreError> {
    let versions: Vec<_> = channels.iter().map(|seen| seen.version).collect();
    let times: Vec<_> = channels.iter().map(|seen| seen.modified).collect();
    let more: [Value<'_>; 2] = [(&versions, Type::INT8_ARRAY), (&times, Type::INT8_ARRAY)];
    let channels = channels.iter().map(|seen| &seen.channel);
    let written = run_over(client, &REPLACE_ALL, channels, &more).await?;
    written.iter().map(key).collect()
}

/// Writes channels, whether they are there or not.
pub(super) async fn put_all(
    transaction: &Tx<'_>,
    channels: impl IntoIterator<Item = &Channel>,
) -> Result<(), StoreError> {
    run_over(transaction, &PUT_ALL, channels, &[]).await?;
    Ok(())
}

/// Runs a statement whose parameters are the columns of these channels, each an array, and then some more.
async fn run_over(
    client: &impl GenericClient,
    statement: &str,
    channels: impl IntoIterator<Item = &Channel>,
    more: &[Value<'_>],
) -> Result<Vec<tokio_postgres::Row>, StoreError> {
    let rows: Vec<_> = channels.into_iter().map(Row::write).collect();
    macro_rules! columns {
        ($($name:ident: $type:ident,)*) => {[
            $((
                &rows.iter().map(|row| &row.$name).collect::<Vec<_>>() as &(dyn ToSql + Sync),
                Type::$type,
            ),)*
        ]};
    }
    // In the order of `COLUMNS`.
    let columns: [Value<'_>; COUNT] = columns! {
        sender: BYTEA_ARRAY,
        open_block: INT8_ARRAY,
        deposit: BYTEA_ARRAY,
        status: INT2_ARRAY,
        settle_block: INT8_ARRAY,
        top_ups: BYTEA_ARRAY,
        balance: BYTEA_ARRAY,
        balance_signature: BYTEA_ARRAY,
        charged: BYTEA_ARRAY,
        withdrawn: BYTEA_ARRAY,
        payout: TEXT_ARRAY,
        closing_signature: BYTEA_ARRAY,
        created: INT8_ARRAY,
        modified: INT8_ARRAY,
        levels: BYTEA_ARRAY,
        ceiling: BYTEA_ARRAY,
        settled: INT8_ARRAY,
        withdrawal: TEXT_ARRAY,
        covering: BYTEA_ARRAY,
        earned: BYTEA_ARRAY,
        numbers: BYTEA_ARRAY,
    };
    let values = [&columns[..], more].concat();
    Ok(client.query_typed(statement, &values).await?)
}

/// The first two columns.
fn key(row: &tokio_postgres::Row) -> Result<ChannelKey, StoreError> {
    row::key(row.try_get(0)?, row.try_get(1)?)
}

pub(super) async fn list(
    client: &impl GenericClient,
    receiver: Address,
    select: Select,
    after: Option<ChannelKey>,
    limit: usize,
) -> Result<Vec<Channel>, StoreError> {
    // The conditions of the partial indexes, word for word.
    let condition = match select {
        Select::All => "settled IS NULL",
        Select::Of(_) => "sender = $4 AND settled IS NULL",
        Select::Waiting => "(status = 0 OR top_ups <> '') AND settled IS NULL",
        Select::Payouts => "(payout IS NOT NULL OR withdrawal IS NOT NULL) AND settled IS NULL",
        Select::Reversible => "(settled IS NOT NULL OR levels <> '')",
    };
    let query = format!(
        "SELECT {COLUMNS} FROM microraiden_channels \
         WHERE {condition} AND (sender, open_block) > ($1, $2) \
         ORDER BY sender, open_block LIMIT $3"
    );
    // Before all keys: an empty text of bytes sorts before any sender's 20 bytes.
    let (first, block) = match &after {
        Some(key) => (&key.sender.0[..], i64::from(key.open_block)),
        None => (&[][..], 0),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let of = match &select {
        Select::Of(sender) => Some(&sender.0[..]),
        Select::All | Select::Waiting | Select::Payouts | Select::Reversible => None,
    };
    let mut values: Vec<Value<'_>> = vec![
        (&first, Type::BYTEA),
        (&block, Type::INT8),
        (&limit, Type::INT8),
    ];
    values.extend(
        of.as_ref()
            .map(|sender| (sender as &(dyn ToSql + Sync), Type::BYTEA)),
    );
    let rows = client.query_typed(&query, &values).await?;
    rows.iter().map(|found| read(found, receiver)).collect()
}

pub(super) async fn remove(transaction: &Tx<'_>, key: ChannelKey) -> Result<(), StoreError> {
    let delete = "DELETE FROM microraiden_channels WHERE sender = $1 AND open_block = $2";
    let (sender, block) = (&key.sender.0[..], i64::from(key.open_block));
    let values: [Value<'_>; 2] = [(&sender, Type::BYTEA), (&block, Type::INT8)];
    transaction.execute_typed(delete, &values).await?;
    Ok(())
}

fn read(found: &tokio_postgres::Row, receiver: Address) -> Result<Channel, StoreError> {
    Row {
        sender: found.try_get(0)?,
        open_block: found.try_get(1)?,
        deposit: found.try_get(2)?,
        status: found.try_get(3)?,
        settle_block: found.try_get(4)?,
        top_ups: found.try_get(5)?,
        balance: found.try_get(6)?,
        balance_signature: found.try_get(7)?,
        charged: found.try_get(8)?,
        withdrawn: found.try_get(9)?,
        payout: found.try_get(10)?,
        closing_signature: found.try_get(11)?,
        created: found.try_get(12)?,
        modified: found.try_get(13)?,
        levels: found.try_get(14)?,
        ceiling: found.try_get(15)?,
        settled: found.try_get(16)?,
        withdrawal: found.try_get(17)?,
        covering: found.try_get(18)?,
        earned: found.try_get(19)?,
        numbers: found.try_get(20)?,
    }
    .read(receiver)
}
