//! Reading and writing rows. All statements are unnamed and have typed parameters, so that each is one exchange which a
//! pooler in transaction mode carries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, GenericClient, Transaction as Tx};

use crate::receiver::channel::Channel;
use crate::receiver::store::identity::Owner;
use crate::receiver::store::row::{self, COLUMNS, COUNT, Row};
use crate::receiver::store::{ChannelKey, Select, StoreError, Synced, Trail};

/// A parameter of a statement.
pub(super) type Value<'a> = (&'a (dyn ToSql + Sync), Type);

/// The advisory lock for making the tables, and half of the one for adding a channel of a receiver.
const LOCK: (i64, i32) = (0x6d69_6372_6f72_6169, 0x6d69_6372);

/// Locks out others that make tables, until the transaction ends.
pub(super) async fn lock_making(transaction: &Tx<'_>) -> Result<(), Error> {
    let lock = "SELECT pg_advisory_xact_lock($1)";
    transaction
        .execute_typed(lock, &[(&LOCK.0, Type::INT8)])
        .await?;
    Ok(())
}

/// Locks out others that add a channel of this receiver, until the transaction ends.
async fn lock_adding(transaction: &Tx<'_>, owner: Owner) -> Result<(), Error> {
    let lock = "SELECT pg_advisory_xact_lock($1, $2)";
    let values: [Value<'_>; 2] = [(&LOCK.1, Type::INT4), (&owner.id, Type::INT4)];
    transaction.execute_typed(lock, &values).await?;
    Ok(())
}

/// How many transactions the receiver has written down.
pub(super) async fn transactions(
    client: &impl GenericClient,
    owner: Owner,
) -> Result<u64, StoreError> {
    read_transactions(client, owner, "").await
}

/// The same. Until the transaction ends, no other process moves the receiver's trail or writes down a transaction of it.
/// Others may still add channels, which refer to the row.
pub(super) async fn lock_owner(transaction: &Tx<'_>, owner: Owner) -> Result<u64, StoreError> {
    read_transactions(transaction, owner, "FOR NO KEY UPDATE").await
}

async fn read_transactions(
    client: &impl GenericClient,
    owner: Owner,
    end: &str,
) -> Result<u64, StoreError> {
    let query = format!("SELECT transactions FROM microraiden_receivers WHERE id = $1 {end}");
    let values: [Value<'_>; 1] = [(&owner.id, Type::INT4)];
    let found = client.query_typed_one(&query, &values).await?;
    row::transactions(found.try_get(0)?)
}

pub(super) async fn set_transactions(
    transaction: &Tx<'_>,
    owner: Owner,
    number: u64,
) -> Result<(), StoreError> {
    let put = "UPDATE microraiden_receivers SET transactions = $2 WHERE id = $1";
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let values: [Value<'_>; 2] = [(&owner.id, Type::INT4), (&number, Type::INT8)];
    transaction.execute_typed(put, &values).await?;
    Ok(())
}

pub(super) async fn trail(client: &impl GenericClient, owner: Owner) -> Result<Trail, StoreError> {
    let query = "SELECT block, hash, trail FROM microraiden_synced WHERE receiver = $1";
    let values: [Value<'_>; 1] = [(&owner.id, Type::INT4)];
    let Some(found) = client.query_typed_opt(query, &values).await? else {
        return Ok(Trail::default());
    };
    let newest = row::synced(found.try_get(0)?, found.try_get(1)?)?;
    Trail::from_bytes(newest, found.try_get(2)?)
}

pub(super) async fn set_trail(
    transaction: &Tx<'_>,
    owner: Owner,
    trail: &Trail,
) -> Result<(), StoreError> {
    let Some(Synced { block, hash }) = trail.newest() else {
        let delete = "DELETE FROM microraiden_synced WHERE receiver = $1";
        let values: [Value<'_>; 1] = [(&owner.id, Type::INT4)];
        transaction.execute_typed(delete, &values).await?;
        return Ok(());
    };
    let block = i64::try_from(block)
        .map_err(|_| StoreError::Unavailable(format!("block {block} is out of range")))?;
    let put = "INSERT INTO microraiden_synced (receiver, block, hash, trail) VALUES ($4, $1, $2, $3) \
        ON CONFLICT (receiver) DO UPDATE SET block = excluded.block, hash = excluded.hash, \
        trail = excluded.trail";
    let (hash, trail) = (&hash.0[..], trail.to_bytes());
    let values: [Value<'_>; 4] = [
        (&block, Type::INT8),
        (&hash, Type::BYTEA),
        (&trail, Type::BYTEA),
        (&owner.id, Type::INT4),
    ];
    transaction.execute_typed(put, &values).await?;
    Ok(())
}

/// Reads a channel and locks it until the end of the transaction. If there is none and this transaction
/// `makes` it, no other can add it meanwhile; other readers need not wait.
pub(super) async fn lock(
    transaction: &Tx<'_>,
    key: RowKey,
    makes: bool,
) -> Result<Option<Channel>, StoreError> {
    let found = find_locked(transaction, key).await?;
    if found.is_some() || !makes {
        return Ok(found);
    }
    // A row that is not there can't be locked.
    lock_adding(transaction, key.owner).await?;
    find_locked(transaction, key).await
}

async fn find_locked(transaction: &Tx<'_>, key: RowKey) -> Result<Option<Channel>, StoreError> {
    let query = format!(
        "SELECT {COLUMNS} FROM microraiden_channels \
         WHERE receiver = $1 AND sender = $2 AND open_block = $3 FOR UPDATE"
    );
    let (sender, block) = key.columns();
    let values: [Value<'_>; 3] = [
        (&key.owner.id, Type::INT4),
        (&sender, Type::BYTEA),
        (&block, Type::INT8),
    ];
    let found = transaction.query_typed_opt(&query, &values).await?;
    found.map(|found| read(&found, key.owner)).transpose()
}

/// The key of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowKey {
    pub(super) owner: Owner,
    pub(super) key: ChannelKey,
}

impl RowKey {
    /// After the receiver's.
    fn columns(&self) -> (&[u8], i64) {
        (&self.key.sender.0[..], i64::from(self.key.open_block))
    }
}

/// A channel as it is stored.
pub(super) struct Seen {
    owner: Owner,
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
    keys: &BTreeSet<RowKey>,
) -> Result<BTreeMap<RowKey, Result<Seen, StoreError>>, StoreError> {
    let owners: Vec<_> = keys.iter().map(|key| key.owner.id).collect();
    let (senders, blocks): (Vec<_>, Vec<_>) = keys.iter().map(RowKey::columns).unzip();
    let values: [Value<'_>; 3] = [
        (&owners, Type::INT4_ARRAY),
        (&senders, Type::BYTEA_ARRAY),
        (&blocks, Type::INT8_ARRAY),
    ];
    let rows = client.query_typed(&FIND_ALL, &values).await?;
    let owners = by_id(keys.iter().map(|key| key.owner));
    let mut found = BTreeMap::new();
    for row in &rows {
        let key = key(row, &owners)?;
        let version = row.try_get(COUNT)?;
        let modified = row.try_get(MODIFIED)?;
        let seen = read(row, key.owner).map(|channel| Seen {
            owner: key.owner,
            channel,
            version,
            modified,
        });
        found.insert(key, seen);
    }
    Ok(found)
}

fn by_id(owners: impl Iterator<Item = Owner>) -> BTreeMap<i32, Owner> {
    owners.map(|owner| (owner.id, owner)).collect()
}

/// Which transaction wrote a row.
const VERSION: &str = "c.xmin::text::bigint";
/// Makes the commit of its statement wait for the disk, whatever the database's default is.
pub(super) const DURABLE: &str = "set_config('synchronous_commit', 'on', true)";
/// The place of the column `modified`.
const MODIFIED: usize = 14;

static FIND_ALL: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> = COLUMNS
        .split(", ")
        .map(|name| format!("c.{name}"))
        .collect();
    format!(
        "SELECT {}, {VERSION} FROM unnest($1::integer[], $2::bytea[], $3::bigint[]) \
         AS wanted (receiver, sender, open_block) \
         JOIN microraiden_channels AS c USING (receiver, sender, open_block)",
        columns.join(", ")
    )
});

/// After the columns come two more parameters: the versions and times of change as they were read.
static REPLACE_ALL: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH fresh AS ( \
             SELECT wanted.* FROM unnest({}) AS wanted ({COLUMNS}, version, before) \
             JOIN microraiden_channels AS c USING (receiver, sender, open_block) \
             WHERE {VERSION} = wanted.version AND c.modified = wanted.before \
             FOR UPDATE OF c SKIP LOCKED) \
         UPDATE microraiden_channels AS c SET {} FROM fresh \
         WHERE c.receiver = fresh.receiver AND c.sender = fresh.sender \
             AND c.open_block = fresh.open_block \
         RETURNING c.receiver, c.sender, c.open_block, {DURABLE}",
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
) -> Result<Vec<RowKey>, StoreError> {
    let versions: Vec<_> = channels.iter().map(|seen| seen.version).collect();
    let times: Vec<_> = channels.iter().map(|seen| seen.modified).collect();
    let more: [Value<'_>; 2] = [(&versions, Type::INT8_ARRAY), (&times, Type::INT8_ARRAY)];
    let owners = by_id(channels.iter().map(|seen| seen.owner));
    let rows = channels
        .iter()
        .map(|seen| Row::write(seen.owner, &seen.channel));
    let written = run_over(client, &REPLACE_ALL, rows, &more).await?;
    written.iter().map(|row| key(row, &owners)).collect()
}

/// Writes channels, whether they are there or not.
pub(super) async fn put_all(
    transaction: &Tx<'_>,
    owner: Owner,
    channels: &[&Channel],
) -> Result<(), StoreError> {
    let rows = channels.iter();
    let rows = rows.map(|channel| Row::write(owner, channel));
    run_over(transaction, &PUT_ALL, rows, &[]).await?;
    Ok(())
}

/// Runs a statement whose parameters are the columns of these rows, each an array, and then some more.
async fn run_over(
    client: &impl GenericClient,
    statement: &str,
    rows: impl Iterator<Item = Row>,
    more: &[Value<'_>],
) -> Result<Vec<tokio_postgres::Row>, StoreError> {
    let rows: Vec<_> = rows.collect();
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
        receiver: INT4_ARRAY,
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
        payment_numbers: BYTEA_ARRAY,
    };
    let values = [&columns[..], more].concat();
    Ok(client.query_typed(statement, &values).await?)
}

/// The first three columns, the receiver as one of these.
fn key(row: &tokio_postgres::Row, owners: &BTreeMap<i32, Owner>) -> Result<RowKey, StoreError> {
    let owner = owners.get(&row.try_get(0)?);
    Ok(RowKey {
        owner: *owner.ok_or_else(|| row::broken("receiver"))?,
        key: row::key(row.try_get(1)?, row.try_get(2)?)?,
    })
}

pub(super) async fn list(
    client: &impl GenericClient,
    owner: Owner,
    select: Select,
    after: Option<ChannelKey>,
    limit: usize,
) -> Result<Vec<Channel>, StoreError> {
    // The conditions of the partial indexes, word for word.
    let condition = match select {
        Select::All => "settled IS NULL",
        Select::Of(_) => "sender = $5 AND settled IS NULL",
        Select::Waiting => "(status = 0 OR top_ups <> '') AND settled IS NULL",
        Select::Payouts => "(payout IS NOT NULL OR withdrawal IS NOT NULL) AND settled IS NULL",
        Select::Reversible => "(settled IS NOT NULL OR levels <> '')",
    };
    let query = format!(
        "SELECT {COLUMNS} FROM microraiden_channels \
         WHERE receiver = $4 AND {condition} AND (sender, open_block) > ($1, $2) \
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
        (&owner.id, Type::INT4),
    ];
    values.extend(
        of.as_ref()
            .map(|sender| (sender as &(dyn ToSql + Sync), Type::BYTEA)),
    );
    let rows = client.query_typed(&query, &values).await?;
    rows.iter().map(|found| read(found, owner)).collect()
}

pub(super) async fn remove(transaction: &Tx<'_>, key: RowKey) -> Result<(), StoreError> {
    let delete = "DELETE FROM microraiden_channels \
        WHERE receiver = $1 AND sender = $2 AND open_block = $3";
    let (sender, block) = key.columns();
    let values: [Value<'_>; 3] = [
        (&key.owner.id, Type::INT4),
        (&sender, Type::BYTEA),
        (&block, Type::INT8),
    ];
    transaction.execute_typed(delete, &values).await?;
    Ok(())
}

fn read(found: &tokio_postgres::Row, owner: Owner) -> Result<Channel, StoreError> {
    Row {
        receiver: found.try_get(0)?,
        sender: found.try_get(1)?,
        open_block: found.try_get(2)?,
        deposit: found.try_get(3)?,
        status: found.try_get(4)?,
        settle_block: found.try_get(5)?,
        top_ups: found.try_get(6)?,
        balance: found.try_get(7)?,
        balance_signature: found.try_get(8)?,
        charged: found.try_get(9)?,
        withdrawn: found.try_get(10)?,
        payout: found.try_get(11)?,
        closing_signature: found.try_get(12)?,
        created: found.try_get(13)?,
        modified: found.try_get(14)?,
        levels: found.try_get(15)?,
        ceiling: found.try_get(16)?,
        settled: found.try_get(17)?,
        withdrawal: found.try_get(18)?,
        covering: found.try_get(19)?,
        earned: found.try_get(20)?,
        payment_numbers: found.try_get(21)?,
    }
    .read(owner)
}
