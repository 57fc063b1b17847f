//! What every store of channels promises, over each of them, and what each promises besides.

mod disk;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
mod subject;
mod suite;

use std::sync::Arc;

use microraiden::receiver::{MemoryStore, Store};

/// Runs the suite over one kind of store.
macro_rules! over {
    ($module:ident, $place:path) => {
        mod $module {
            over!(@tests $place:
                channels_are_kept_to_the_unit,
                lists_are_in_order_and_complete,
                settled_channels_are_kept_but_not_shown,
                of_many_requests_with_one_proof_one_is_served,
                of_many_copies_of_a_numbered_request_one_is_charged,
                numbers_are_kept_to_the_unit,
                no_change_is_lost_among_many,
                a_refused_decision_changes_nothing,
                a_batch_is_made_whole_and_once,
                channels_come_and_go,
                totals_are_exact,
                the_way_back_is_kept,
                a_transaction_is_written_down_by_one,
            );
        }
    };
    (@tests $place:path: $($test:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                crate::stores::suite::$test(&<$place>::default()).await;
            }
        )*
    };
}

over!(memory, crate::stores::Memory);
over!(sqlite_file, crate::stores::sqlite::Folder);
#[cfg(feature = "postgres")]
over!(postgres_database, crate::stores::postgres::Database);
#[cfg(feature = "postgres")]
over!(postgres_by_pgbouncer, crate::stores::postgres::Pooled);

/// Where a store is kept. What is opened twice is the same store, as two processes would see it.
trait Place: Default {
    /// Opens the store, for the usual chain, contract and receiver.
    async fn open(&self) -> Arc<dyn Store>;
}

#[derive(Default)]
struct Memory(Arc<MemoryStore>);

impl Place for Memory {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::<MemoryStore>::clone(&self.0) as Arc<dyn Store>
    }
}
