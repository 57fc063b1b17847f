//! Making and migrating the tables.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Transaction};

use crate::receiver::store::identity::{Identity, OpenError, Owner};
use crate::receiver::store::migrations::{Made, Migrations, with_statements};

use super::database::{self, Database};
use super::refusal::DatabaseRefusal;
use super::table::{self, Value};

const MIGRATIONS: Migrations = Migrations {
    list: "microraiden_migrations",
    all: with_statements![
        "V1__channels",
        "V2__levels",
        "V3__withdrawals",
        "V4__payment_numbers",
        "V5__receivers",
        "V6__leases",
    ],
};

/// Many channels take longer than any other statement may.
const PATIENCE: &str = "SET LOCAL statement_timeout = '10min'";

/// Makes or migrates the tables in one transaction, unless they are somebody else's.
pub(super) async fn prepare(
    database: &Database,
    place: &str,
) -> Result<Result<(), OpenError>, DatabaseRefusal> {
    let mut client = database.pool.get().await?;
    let transaction = database::begin(&mut client).await?;
    // Another process may be making the tables at this moment.
    table::lock_making(&transaction).await?;
    let mut layout: Option<String> = None;
    let has_list = has(&transaction, MIGRATIONS.list).await?;
    if !has_list && has(&transaction, "microraiden_meta").await? {
        let query = "SELECT value FROM microraiden_meta WHERE name = 'schema'";
        let found = transaction.query_typed_opt(query, &[]).await?;
        layout = found.map(|found| found.try_get(0)).transpose()?;
        if layout.is_none() {
            let place = place.to_owned();
            return Ok(Err(OpenError::NotAStore { place }));
        }
    }
    transaction.batch_execute(&MIGRATIONS.make_list()).await?;
    let made = made(&transaction).await?;
    match MIGRATIONS.plan(&made, layout.as_deref()) {
        Ok(statements) => {
            transaction.batch_execute(PATIENCE).await?;
            transaction.batch_execute(&statements).await?;
        }
        Err(stored) => {
            let place = place.to_owned();
            return Ok(Err(OpenError::OtherVersion { place, stored }));
        }
    }
    transaction.commit().await?;
    Ok(Ok(()))
}

/// Whether the schema in which tables are made has this one.
async fn has(transaction: &Transaction<'_>, table: &str) -> Result<bool, Error> {
    let query = "SELECT EXISTS (SELECT FROM pg_tables \
        WHERE schemaname = current_schema() AND tablename = $1)";
    let values: [Value<'_>; 1] = [(&table, Type::TEXT)];
    let found = transaction.query_typed_one(query, &values).await?;
    found.try_get(0)
}

/// The receiver in its table, which gets it unless it is there.
pub(super) async fn owner(
    database: &Database,
    identity: &Identity,
) -> Result<Owner, DatabaseRefusal> {
    let client = database.pool.get().await?;
    let texts = identity.texts();
    let values: Vec<Value<'_>> = texts
        .iter()
        .map(|text| (text as &(dyn ToSql + Sync), Type::TEXT))
        .collect();
    let find = "SELECT id FROM microraiden_receivers \
        WHERE chain = $1 AND contract = $2 AND receiver = $3";
    let id = match client.query_typed_opt(find, &values).await? {
        Some(found) => found.try_get(0)?,
        None => {
            // Another process may be faster.
            let add = "INSERT INTO microraiden_receivers (chain, contract, receiver) \
                VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            client.execute_typed(add, &values).await?;
            client.query_typed_one(find, &values).await?.try_get(0)?
        }
    };
    Ok(Owner {
        id,
        receiver: identity.receiver,
    })
}

async fn made(transaction: &Transaction<'_>) -> Result<Vec<Made>, Error> {
    let rows = transaction
        .query_typed(&MIGRATIONS.read_list(), &[])
        .await?;
    let made = rows.iter().map(|row| {
        Ok(Made {
            number: row.try_get(0)?,
            name: row.try_get(1)?,
            checksum: row.try_get(2)?,
        })
    });
    made.collect()
}
