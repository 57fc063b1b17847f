//! Two versions of the program over one database.

use microraiden::receiver::{OpenError, StoreExt};

use crate::basics::units;
use crate::stores::Place;
use crate::stores::postgres::Database;
use crate::stores::subject::{channel, channel_key, identity, payment, receiver};

/// The version before goes on where a later one has only added something to the tables, and is refused when it starts.
#[tokio::test]
async fn what_a_later_version_adds_disturbs_nobody_who_runs() {
    let database = Database::default();
    let receiver = receiver(database.open().await);
    let stored = receiver.store().insert(channel(3, 100)).await;
    stored.expect("stored");
    let add = "ALTER TABLE microraiden_channels ADD COLUMN colour text, \
            ADD COLUMN weight bigint NOT NULL DEFAULT 0; \
        CREATE TABLE microraiden_cats (name text PRIMARY KEY); \
        INSERT INTO microraiden_migrations VALUES (99, 'cats', '2027-01-01T00:00:00Z', '1')";
    let client = database.client(database.name()).await;
    client.batch_execute(add).await.expect("added");
    let paid = receiver.accept(&payment(3, 5), units(5)).await;
    assert!(paid.is_ok(), "{paid:?}");
    let inserted = receiver.store().insert(channel(4, 100)).await;
    inserted.expect("stored");
    let kept = receiver.store().get(channel_key(3)).await.expect("read");
    assert_eq!(kept.expect("the channel").balance(), units(5));
    let refused = database.try_open(&identity()).await.err();
    assert!(
        matches!(&refused, Some(OpenError::OtherVersion { stored, .. }) if stored == "99"),
        "{refused:?}"
    );
}
