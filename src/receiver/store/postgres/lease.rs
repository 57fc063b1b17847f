//! The lease of a receiver: a row that ends by the database's clock.
//!
//! An advisory lock would belong to a session, which a pooler shares between all its clients.

use std::time::Duration;

use tokio_postgres::GenericClient;
use tokio_postgres::types::Type;

use crate::receiver::store::identity::Identity;
use crate::receiver::store::{LeaseAnswer, LeaseClaim, StoreError};

use super::table::{DURABLE, Value};

/// What a lease is called.
pub(super) fn name(identity: &Identity) -> String {
    let Identity {
        chain_id,
        contract,
        receiver,
    } = identity;
    format!("{chain_id}/{contract}/{receiver}")
}

/// Takes or renews the lease, if the claim says so and nobody else has it.
pub(super) async fn claim(
    client: &impl GenericClient,
    name: &str,
    claim: &LeaseClaim,
) -> Result<LeaseAnswer, StoreError> {
    // Reading first: whoever finds the lease with somebody else, as most do, has nothing written.
    let seen = look(client, name, &claim.holder).await?;
    let free = seen.as_ref().is_none_or(|seen| seen.is_free);
    if (claim.takes && free)
        && let Some(takeovers) = take(client, name, claim).await?
    {
        return Ok(LeaseAnswer::Held { takeovers });
    }
    Ok(match seen {
        Some(seen) => LeaseAnswer::NotHeld {
            report: seen.report,
            age: seen.age,
        },
        None => LeaseAnswer::NotHeld {
            report: None,
            age: Duration::ZERO,
        },
    })
}

struct Seen {
    /// Who looks has it, or nobody.
    is_free: bool,
    report: Option<String>,
    age: Duration,
}

async fn look(
    client: &impl GenericClient,
    name: &str,
    holder: &str,
) -> Result<Option<Seen>, StoreError> {
    let query = "SELECT holder = $2 OR expires <= clock_timestamp(), report, \
        (extract(epoch FROM clock_timestamp() - reported) * 1000)::bigint \
        FROM microraiden_leases WHERE name = $1";
    let values: [Value<'_>; 2] = [(&name, Type::TEXT), (&holder, Type::TEXT)];
    let Some(found) = client.query_typed_opt(query, &values).await? else {
        return Ok(None);
    };
    let age: i64 = found.try_get(2)?;
    Ok(Some(Seen {
        is_free: found.try_get(0)?,
        report: found.try_get(1)?,
        // After a failover to a clock that is behind.
        age: Duration::from_millis(u64::try_from(age).unwrap_or_default()),
    }))
}

/// How often the lease has changed hands; `None`: somebody else was faster.
async fn take(
    client: &impl GenericClient,
    name: &str,
    claim: &LeaseClaim,
) -> Result<Option<u64>, StoreError> {
    let take = format!(
        "INSERT INTO microraiden_leases AS l (name, holder, expires, takeovers, report, reported) \
         VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond', 0, $4, \
             clock_timestamp() - coalesce($5, 0) * interval '1 millisecond') \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, \
             expires = clock_timestamp() + $3 * interval '1 millisecond', \
             takeovers = l.takeovers + (l.holder <> excluded.holder)::integer, \
             report = coalesce(excluded.report, l.report), \
             reported = CASE WHEN $5 IS NULL THEN l.reported ELSE excluded.reported END \
         WHERE l.holder = excluded.holder OR l.expires <= clock_timestamp() \
         RETURNING l.takeovers, {DURABLE}"
    );
    let milliseconds = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let time = milliseconds(claim.time);
    let report = claim.report.as_ref().map(|(report, _)| report);
    let age = claim.report.as_ref().map(|(_, age)| milliseconds(*age));
    let values: [Value<'_>; 5] = [
        (&name, Type::TEXT),
        (&claim.holder, Type::TEXT),
        (&time, Type::INT8),
        (&report, Type::TEXT),
        (&age, Type::INT8),
    ];
    let Some(taken) = client.query_typed_opt(&take, &values).await? else {
        return Ok(None);
    };
    let takeovers: i64 = taken.try_get(0)?;
    Ok(Some(u64::try_from(takeovers).unwrap_or_default()))
}
