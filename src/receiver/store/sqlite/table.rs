//! Reading and writing rows.

use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension, params};

use crate::receiver::channel::Channel;
use crate::receiver::store::identity::Owner;
use crate::receiver::store::row::{self, COLUMNS, Row};
use crate::receiver::store::totals::RunningTotals;
use crate::receiver::store::{ChannelKey, Select, StoreError, Synced, Totals, Trail};

static RECORD: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM channels WHERE {KEY}"));

/// The condition for one channel.
const KEY: &str = "receiver = ? AND sender = ? AND open_block = ?";

static REMOVE: LazyLock<String> = LazyLock::new(|| format!("DELETE FROM channels WHERE {KEY}"));

static PUT: LazyLock<String> = LazyLock::new(|| {
    let values = format!("VALUES ({})", row::parameters(row::COUNT));
    row::upsert("channels", &values)
});

/// A channel, unless it is settled.
pub(super) fn get(
    connection: &Connection,
    owner: Owner,
    key: ChannelKey,
) -> Result<Option<Channel>, StoreError> {
    let channel = record(connection, owner, key)?;
    Ok(channel.filter(|channel| channel.settled.is_none()))
}

/// A channel, settled or not.
pub(super) fn record(
    connection: &Connection,
    owner: Owner,
    key: ChannelKey,
) -> Result<Option<Channel>, StoreError> {
    connection
        .prepare_cached(&RECORD)?
        .query_row(params![owner.id, key.sender.0, key.open_block], read_row)
        .optional()?
        .map(|row| row.read(owner))
        .transpose()
}

pub(super) fn list(
    connection: &Connection,
    owner: Owner,
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
         WHERE receiver = ?5 AND {condition} AND (sender, open_block) > (?1, ?2) AND ?4 IS ?4 \
         ORDER BY sender, open_block LIMIT ?3"
    );
    // Before all keys: an empty blob sorts before any sender's 20 bytes.
    let (first, block) = match &after {
        Some(key) => (&key.sender.0[..], key.open_block),
        None => (&[][..], 0),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(&query)?;
    let rows = statement.query_map(params![first, block, limit, sender, owner.id], read_row)?;
    rows.map(|row| row?.read(owner)).collect()
}

/// Reads only the columns that count.
pub(super) fn totals(connection: &Connection, owner: Owner) -> Result<Totals, StoreError> {
    let query = "SELECT sender, status, balance, deposit FROM channels WHERE receiver = ? \
        AND status <> 0 AND settled IS NULL ORDER BY sender, open_block";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([owner.id])?;
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

pub(super) fn put(
    connection: &Connection,
    owner: Owner,
    channel: &Channel,
) -> Result<(), StoreError> {
    let row = Row::write(owner, channel);
    connection.prepare_cached(&PUT)?.execute(params![
        row.receiver,
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
        row.payment_numbers,
    ])?;
    Ok(())
}

pub(super) fn remove(
    connection: &Connection,
    owner: Owner,
    key: ChannelKey,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(&REMOVE)?
        .execute(params![owner.id, key.sender.0, key.open_block])?;
    Ok(())
}

pub(super) fn trail(connection: &Connection, owner: Owner) -> Result<Trail, StoreError> {
    let read = |row: &rusqlite::Row<'_>| {
        let (block, hash) = (row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?);
        Ok((block, hash, row.get::<_, Vec<u8>>(2)?))
    };
    let stored = connection
        .prepare_cached("SELECT block, hash, trail FROM synced WHERE receiver = ?")?
        .query_row([owner.id], read)
        .optional()?;
    let Some((block, hash, trail)) = stored else {
        return Ok(Trail::default());
    };
    Trail::from_bytes(row::synced(block, &hash)?, &trail)
}

pub(super) fn set_trail(
    connection: &Connection,
    owner: Owner,
    trail: &Trail,
) -> Result<(), StoreError> {
    let Some(Synced { block, hash }) = trail.newest() else {
        connection.execute("DELETE FROM synced WHERE receiver = ?", [owner.id])?;
        return Ok(());
    };
    let block = i64::try_from(block)
        .map_err(|_| StoreError::Unavailable(format!("block {block} is out of range")))?;
    let put = "INSERT OR REPLACE INTO synced (receiver, block, hash, trail) VALUES (?, ?, ?, ?)";
    connection
        .prepare_cached(put)?
        .execute(params![owner.id, block, hash.0, trail.to_bytes()])?;
    Ok(())
}

/// How many transactions the receiver has written down.
pub(super) fn transactions(connection: &Connection, owner: Owner) -> Result<u64, StoreError> {
    let query = "SELECT transactions FROM receivers WHERE id = ?";
    let mut statement = connection.prepare_cached(query)?;
    row::transactions(statement.query_row([owner.id], |row| row.get(0))?)
}

pub(super) fn set_transactions(
    connection: &Connection,
    owner: Owner,
    number: u64,
) -> Result<(), StoreError> {
    let put = "UPDATE receivers SET transactions = ? WHERE id = ?";
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    connection
        .prepare_cached(put)?
        .execute(params![number, owner.id])?;
    Ok(())
}

fn read_row(row: &rusqlite::Row<'_>) -> Result<Row, rusqlite::Error> {
    Ok(Row {
        receiver: row.get(0)?,
        sender: row.get(1)?,
        open_block: row.get(2)?,
        deposit: row.get(3)?,
        status: row.get(4)?,
        settle_block: row.get(5)?,
        top_ups: row.get(6)?,
        balance: row.get(7)?,
        balance_signature: row.get(8)?,
        charged: row.get(9)?,
        withdrawn: row.get(10)?,
        payout: row.get(11)?,
        closing_signature: row.get(12)?,
        created: row.get(13)?,
        modified: row.get(14)?,
        levels: row.get(15)?,
        ceiling: row.get(16)?,
        settled: row.get(17)?,
        withdrawal: row.get(18)?,
        covering: row.get(19)?,
        earned: row.get(20)?,
        payment_numbers: row.get(21)?,
    })
}
