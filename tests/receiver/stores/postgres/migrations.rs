//! Tables of other versions: those of before are taken over, those of later ones refused.

use microraiden::receiver::OpenError;

use super::Database;
use crate::stores::Place;
use crate::stores::subject::identity;
use crate::stores::suite::{self, layouts};

/// From the tables of now to those of before there was a list of migrations, with one receiver.
const BACK_TO_LAYOUT_4: &str = "
    INSERT INTO microraiden_meta SELECT 'chain', chain FROM microraiden_receivers;
    INSERT INTO microraiden_meta SELECT 'contract', contract FROM microraiden_receivers;
    INSERT INTO microraiden_meta SELECT 'receiver', receiver FROM microraiden_receivers;
    INSERT INTO microraiden_meta SELECT 'transactions', transactions::text FROM microraiden_receivers
        WHERE transactions > 0;
    UPDATE microraiden_meta SET value = '4' WHERE name = 'schema';
    ALTER TABLE microraiden_synced DROP COLUMN receiver,
        ADD COLUMN one integer DEFAULT 1 PRIMARY KEY CHECK (one = 1);
    ALTER TABLE microraiden_channels DROP COLUMN receiver, ADD PRIMARY KEY (sender, open_block);
    ALTER TABLE microraiden_channels RENAME COLUMN payment_numbers TO numbers;
    CREATE INDEX microraiden_waiting ON microraiden_channels (sender, open_block)
        WHERE status = 0 OR top_ups <> '';
    CREATE INDEX microraiden_payouts ON microraiden_channels (sender, open_block)
        WHERE payout IS NOT NULL OR withdrawal IS NOT NULL;
    CREATE INDEX microraiden_reversible ON microraiden_channels (sender, open_block)
        WHERE settled IS NOT NULL OR levels <> '';
    DROP TABLE microraiden_receivers;
    DROP TABLE microraiden_migrations;
";

impl Database {
    async fn go_back_to_layout_4(&self) {
        let client = self.client(&self.name).await;
        let went = client.batch_execute(BACK_TO_LAYOUT_4).await;
        went.expect("as it was");
    }
}

/// The list of migrations tells what wrote the tables.
#[tokio::test]
async fn tables_of_another_version_are_refused() {
    let database = Database::default();
    drop(database.open().await);
    let client = database.client(&database.name).await;
    let refused = async |change: &str, number: &str| {
        client.batch_execute(change).await.expect("changed");
        let refused = database.try_open(&identity()).await.err().expect("refused");
        assert!(
            matches!(&refused, OpenError::OtherVersion { stored, .. } if stored == number),
            "{refused:?}"
        );
    };
    let newest = "6";
    let list = "microraiden_migrations";
    let later =
        format!("INSERT INTO {list} SELECT 99, 'later', applied_on, checksum FROM {list} LIMIT 1");
    refused(&later, "99").await;
    let other = format!(
        "DELETE FROM {list} WHERE version = 99; UPDATE {list} SET checksum = 'x' WHERE version = 2"
    );
    refused(&other, newest).await;
    let mut whole = format!("DROP TABLE {list};");
    for layout in ["99", "0", "x"] {
        let layout_is = "UPDATE microraiden_meta SET value";
        let change = format!("{whole} {layout_is} = '{layout}' WHERE name = 'schema'");
        refused(&change, layout).await;
        // What is refused is left as it is.
        whole.clear();
        assert!(client.query(&format!("TABLE {list}"), &[]).await.is_err());
    }
}

/// What was one receiver's stays that one's, and others may join it.
#[tokio::test]
async fn tables_of_one_receiver_are_taken_over() {
    let database = Database::default();
    layouts::fill_for_layout_4(&database).await;
    database.go_back_to_layout_4().await;
    let old = database.client(&database.name).await;
    let columns = "SELECT sender, numbers FROM microraiden_channels";
    assert!(!old.query(columns, &[]).await.expect("asked").is_empty());
    layouts::check_after_layout_4(&database).await;
    // A program of before that still runs stops.
    assert!(old.query(columns, &[]).await.is_err());
}

#[tokio::test]
async fn tables_without_payment_numbers_are_taken_over() {
    let database = Database::default();
    suite::fill(&*database.open().await).await;
    database.go_back_to_layout_4().await;
    let earlier = "ALTER TABLE microraiden_channels \
            DROP COLUMN covering, DROP COLUMN earned, DROP COLUMN numbers; \
        UPDATE microraiden_channels SET charged = decode(repeat('00', 24), 'hex'); \
        UPDATE microraiden_meta SET value = '3' WHERE name = 'schema'";
    let client = database.client(&database.name).await;
    client.batch_execute(earlier).await.expect("as it was");
    layouts::check_after_layout_3(&database.open().await).await;
}

/// Layout 2 knew no withdrawals.
#[tokio::test]
async fn tables_without_withdrawals_are_taken_over() {
    let database = Database::default();
    layouts::fill_for_layout_2(&*database.open().await).await;
    database.go_back_to_layout_4().await;
    let earlier = "DROP INDEX microraiden_payouts; \
        ALTER TABLE microraiden_channels DROP COLUMN withdrawal, DROP COLUMN covering, \
            DROP COLUMN earned, DROP COLUMN numbers; \
        CREATE INDEX microraiden_payouts ON microraiden_channels (sender, open_block) \
            WHERE payout IS NOT NULL; \
        UPDATE microraiden_meta SET value = '2' WHERE name = 'schema'";
    let client = database.client(&database.name).await;
    client.batch_execute(earlier).await.expect("as it was");
    layouts::check_after_layout_2(&*database.open().await).await;
}

/// What an agreement was given for in layout 1 binds from then on.
#[tokio::test]
async fn tables_of_the_version_before_are_taken_over() {
    let database = Database::default();
    layouts::fill_for_layout_1(&*database.open().await).await;
    database.go_back_to_layout_4().await;
    let earlier = "DROP INDEX microraiden_reversible; ALTER TABLE microraiden_channels \
        DROP COLUMN levels, DROP COLUMN ceiling, DROP COLUMN settled, DROP COLUMN withdrawal, \
        DROP COLUMN covering, DROP COLUMN earned, DROP COLUMN numbers; \
        ALTER TABLE microraiden_synced DROP COLUMN trail; \
        UPDATE microraiden_meta SET value = '1' WHERE name = 'schema'";
    let client = database.client(&database.name).await;
    client.batch_execute(earlier).await.expect("as it was");
    let levels = "SELECT levels FROM microraiden_channels";
    for _ in 0..2 {
        layouts::check_after_layout_1(&*database.open().await).await;
    }
    assert!(client.query(levels, &[]).await.is_ok());
}
