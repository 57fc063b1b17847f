//! Making and migrating the tables.

use std::collections::BTreeMap;

use tokio_postgres::types::Type;
use tokio_postgres::{Error, Transaction};

use crate::receiver::store::identity::{Identity, OpenError};
use crate::receiver::store::migrations::{Made, Migrations};

use super::database::{self, Database};
use super::refusal::Refusal;
use super::table::{self, Value};

const MIGRATIONS: Migrations = Migrations {
    list: "microraiden_migrations",
    all: &[
        ("V1__channels", include_str!("migrations/V1__channels.sql")),
        ("V2__levels", include_str!("migrations/V2__levels.sql")),
        (
            "V3__withdrawals",
            include_str!("migrations/V3__withdrawals.sql"),
        ),
        (
            "V4__payment_numbers",
            include_str!("migrations/V4__payment_numbers.sql"),
        ),
    ],
};

/// Many channels take longer than any other statement may.
const PATIENCE: &str = "SET LOCAL statement_timeout = '10min'";

/// Makes or migrates the tables in one transaction, unless they are somebody else's.
pub(super) async fn prepare(
    database: &Database,
    identity: &Identity,
    place: &str,
) -> Result<Result<(), OpenError>, Refusal> {
    let mut client = database.pool.get().await?;
    let transaction = database::begin(&mut client).await?;
    // Another process may be making the tables at this moment.
    table::lock_making(&transaction).await?;
    let is_new = !has(&transaction, "microraiden_meta").await?;
    let mut layout = None;
    if !is_new {
        let found = entries(&transaction).await?;
        if let Err(refused) = identity.check(place, |name| found.get(name).cloned()) {
            return Ok(Err(refused));
        }
        if !has(&transaction, MIGRATIONS.list).await? {
            layout = found.get("schema").cloned();
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
    if is_new {
        for (name, value) in identity.entries() {
            table::enter(&transaction, name, &value).await?;
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

/// What the store says of itself.
async fn entries(transaction: &Transaction<'_>) -> Result<BTreeMap<String, String>, Error> {
    let query = "SELECT name, value FROM microraiden_meta";
    let rows = transaction.query_typed(query, &[]).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
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
