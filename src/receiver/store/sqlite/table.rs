//! Reading and writing rows.

use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension, params};

use crate::protocol::Address;
use crate::receiver::channel::Channel;
use crate::receiver::store::row::{self, COLUMNS, Row};
use crate::receiver::store::totals::RunningTotals;
use crate::receiver::store::{ChannelKey, Select, StoreError, Synced, Totals, Trail};

static RECORD: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM channels WHERE sender = ? AND open_block = ?"));

static PUT: LazyLock<String> = LazyLock::new(|| {
    let values = format!("VALUES ({})", row::parameters(row::COUNT));
    row::upsert("channels", &values)
});

/// A channel, unless it is settled.
pub(super) fn get(
    connection: &Connection,
    receiver: Address,
    key: ChannelKey,
) -> Result<Option<Channel>, StoreError> {
    let channel = record(connection, receiver, key)?;
    Ok(channel.filter(|channel| channel.settled.is_none()))
}

/// A channel, settled or not.
pub(super) fn record(
    connection: &Connection,
    receiver: Address,
    key: ChannelKey,
) -> Result<Option<Channel>, StoreError> {
    connection
        .prepare_cached(&RECORD)?
        .query_row(params![key.sender.0, key.open_block], read_row)
        .optional()?
        .map(|row| row.read(receiver))
        .transpose()
}

pub(super) fn list(
    connection: &Connection,
    receiver: Address,
    select: Select,
    after: Option<ChannelKey>,
    limit: usize,
) -> Result<Vec<Channel>, StoreError> {
    // The conditions of the partial indexes, word for word.
    let (condition, sender) = match select {
        Select::All => ("settled IS NULL", None),
        Select::Of(sender) => ("sender = ?4 AND settled IS NULL", Some(sender.0)),
        Select::Waiting => ("(status = 0 OR top_ups <> x'') AND settled IS NULL", None),
        Select::Payouts => (
            "(payout IS NOT NULL OR withdrawal IS NOT NULL) AND settled IS NULL",
            None,
        ),
        Select::Reversible => ("(settled IS NOT NULL OR levels <> x'')", None),
    };
    let query = format!(
        "SELECT {COLUMNS} FROM channels \
         WHERE {condition} AND (sender, open_block) > (?1, ?2) AND ?4 IS ?4 \
         ORDER BY sender, open_block LIMIT ?3"
    );
    // Before all keys: an empty blob sorts before any sender's 20 bytes.
    let (first, block) = match &after {
        Some(key) => (&key.sender.0[..], key.open_block),
        None => (&[][..], 0),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(&query)?;
    let rows = statement.query_map(params![first, block, limit, sender], read_row)?;
    rows.map(|row| row?.read(receiver)).collect()
}

/// Reads only the columns that count.
pub(super) fn totals(connection: &Connection) -> Result<Totals, StoreError> {
    let query = "SELECT sender, status, balance, deposit FROM channels WHERE status <> 0 \
        AND settled IS NULL ORDER BY sender, open_block";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([])?;
    let mut sum = RunningTotals::default();
    while let Some(found) = rows.next()? {
        let bytes = |column| Ok::<_, rusqlite::Error>(found.get_ref(column)?.as_blob_or_null()?);
        let sender = row::sender(bytes(0)?.unwrap_or_default())?;
        let balance = row::addend("balance", bytes(2)?)?;
        let deposit = row::addend("deposit", bytes(3)?)?;
        sum.add(sender, row::is_open(found.get(1)?), balance, deposit);
    }
    Ok(sum.totals)
}

pub(super) fn put(connection: &Connection, channel: &Channel) -> Result<(), StoreError> {
    let row = Row::write(channel);
    connection.prepare_cached(&PUT)?.execute(params![
        row.sender,
        row.open_block,
        row.deposit,
        row.status,
        row.settle_block,
        row.top_ups,
        row.balance,
        row.balance_signature,
        row.charged,
        row.withdrawn,
        row.payout,
        row.closing_signature,
        row.created,
        row.modified,
        row.levels,
        row.ceiling,
        row.settled,
        row.withdrawal,
        row.covering,
        row.earned,
        row.numbers,
    ])?;
    Ok(())
}

pub(super) fn remove(connection: &Connection, key: ChannelKey) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM channels WHERE sender = ? AND open_block = ?")?
        .execute(params![key.sender.0, key.open_block])?;
    Ok(())
}

pub(super) fn trail(connection: &Connection) -> Result<Trail, StoreError> {
    let read = |row: &rusqlite::Row<'_>| {
        let (block, hash) = (row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?);
        Ok((block, hash, row.get::<_, Vec<u8>>(2)?))
    };
    let stored = connection
        .prepare_cached("SELECT block, hash, trail FROM synced")?
        .query_row([], read)
        .optional()?;
    let Some((block, hash, trail)) = stored else {
        return Ok(Trail::default());
    };
    Trail::from_bytes(row::synced(block, &hash)?, &trail)
}

pub(super) fn set_trail(connection: &Connection, trail: &Trail) -> Result<(), StoreError> {
    let Some(Synced { block, hash }) = trail.newest() else {
        connection.execute("DELETE FROM synced", [])?;
        return Ok(());
    };
    let block = i64::try_from(block)
        .map_err(|_| StoreError::Unavailable(format!("block {block} is out of range")))?;
    let put = "INSERT OR REPLACE INTO synced (one, block, hash, trail) VALUES (1, ?, ?, ?)";
    connection
        .prepare_cached(put)?
        .execute(params![block, hash.0, trail.to_bytes()])?;
    Ok(())
}

/// The number is an entry about the store, because it is one for all channels.
pub(super) fn transactions(connection: &Connection) -> Result<u64, StoreError> {
    let query = "SELECT value FROM meta WHERE name = 'transactions'";
    let mut statement = connection.prepare_cached(query)?;
    let stored: Option<String> = statement.query_row([], |row| row.get(0)).optional()?;
    row::transactions(stored.as_deref())
}

pub(super) fn set_transactions(connection: &Connection, number: u64) -> Result<(), StoreError> {
    let put = "INSERT OR REPLACE INTO meta (name, value) VALUES ('transactions', ?)";
    connection
        .prepare_cached(put)?
        .execute(params![number.to_string()])?;
    Ok(())
}

fn read_row(row: &rusqlite::Row<'_>) -> Result<Row, rusqlite::Error> {
    Ok(Row {
        sender: row.get(0)?,
        open_block: row.get(1)?,
        deposit: row.get(2)?,
        status: row.get(3)?,
        settle_block: row.get(4)?,
        top_ups: row.get(5)?,
        balance: row.get(6)?,
        balance_signature: row.get(7)?,
        charged: row.get(8)?,
        withdrawn: row.get(9)?,
        payout: row.get(10)?,
        closing_signature: row.get(11)?,
        created: row.get(12)?,
        modified: row.get(13)?,
        levels: row.get(14)?,
        ceiling: row.get(15)?,
        settled: row.get(16)?,
        withdrawal: row.get(17)?,
        covering: row.get(18)?,
        earned: row.get(19)?,
        numbers: row.get(20)?,
    })
}
