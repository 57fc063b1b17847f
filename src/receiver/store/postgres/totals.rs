//! Sums computed by the database.

use tokio_postgres::types::Type;
use tokio_postgres::{GenericClient, Row};

use crate::protocol::amount::Uint256;
use crate::receiver::store::identity::Owner;
use crate::receiver::store::row::broken;
use crate::receiver::store::{StoreError, Totals};

/// An amount's 24 bytes are summed in this many parts, each as a number.
const PARTS: usize = 4;
const BYTES: usize = 24 / PARTS;

pub(super) async fn read(client: &impl GenericClient, owner: Owner) -> Result<Totals, StoreError> {
    let query = format!(
        "SELECT count(*) FILTER (WHERE status = 1), count(*) FILTER (WHERE status <> 1), \
         count(DISTINCT sender), \
         coalesce(bool_or(octet_length(deposit) <> 24 OR octet_length(balance) <> 24), FALSE), \
         {}, {} FROM microraiden_channels WHERE receiver = $1 AND status <> 0 AND settled IS NULL",
        sums("balance"),
        sums("deposit")
    );
    let found = client
        .query_typed_one(&query, &[(&owner.id, Type::INT4)])
        .await?;
    if found.try_get(3)? {
        return Err(broken("amount"));
    }
    let count = |column| {
        let count: i64 = found.try_get(column)?;
        u64::try_from(count).map_err(|_| broken("count"))
    };
    Ok(Totals {
        open: count(0)?,
        closing: count(1)?,
        senders: count(2)?,
        balance: sum(&found, 4)?,
        deposit: sum(&found, 4 + PARTS)?,
    })
}

/// The sums of a column's parts, the most significant first, as text.
fn sums(column: &str) -> String {
    let part = |part| {
        let from = part * BYTES + 1;
        format!(
            "sum(('x' || encode(substring({column} FROM {from} FOR {BYTES}), 'hex'))\
             ::bit({bits})::bigint)::text",
            bits = BYTES * 8
        )
    };
    (0..PARTS).map(part).collect::<Vec<_>>().join(", ")
}

fn sum(found: &Row, first: usize) -> Result<Uint256, StoreError> {
    (first..first + PARTS).try_fold(Uint256::ZERO, |sum, column| {
        // Without rows the sum is null.
        let text: Option<&str> = found.try_get(column)?;
        let part = text.unwrap_or("0").parse().map_err(|_| broken("sum"))?;
        let shifted = sum.saturating_mul(Uint256::new(1 << (BYTES * 8)));
        Ok(shifted.saturating_add(part))
    })
}
