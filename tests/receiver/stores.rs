//! What every store of channels promises, over each of them, and what each promises besides.

mod disk;
#[cfg(feature = "postgres")]
mod lease;
#[cfg(feature = "postgres")]
mod postgres;
mod receivers;
mod sqlite;
mod subject;
mod suite;
#[cfg(feature = "postgres")]
mod upgrade;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use microraiden::receiver::store::StoreOpener;
use microraiden::receiver::{Identity, MemoryStore, Store};
use microraiden::tls::Trust;

use subject::identity;

/// Runs the suite over one kind of store, by one receiver or by two at once.
macro_rules! over {
    ($module:ident, $by:ident, $place:path) => {
        mod $module {
            over!(@tests $by $place:
                channels_are_kept_to_the_unit,
                lists_are_in_order_and_complete,
                settled_channels_are_kept_but_not_shown,
                of_many_requests_with_one_proof_one_is_served,
                of_many_copies_of_a_numbered_request_one_is_charged,
                numbers_are_kept_to_the_unit,
                marks_of_a_restored_store_are_kept,
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
    (@tests $by:ident $place:path: $($test:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let place = <$place>::default();
                over!(@$by $test place);
            }
        )*
    };
    (@one $test:ident $place:ident) => {
        crate::stores::suite::$test(&$place).await
    };
    (@two $test:ident $place:ident) => {
        let other = crate::stores::Neighbour::of(&$place).await;
        tokio::join!(
            crate::stores::suite::$test(&$place),
            crate::stores::suite::$test(&other),
        )
    };
}

over!(memory, one, crate::stores::Memory);
over!(sqlite_file, one, crate::stores::sqlite::Folder);
over!(sqlite_of_two, two, crate::stores::sqlite::Folder);
over!(
    sqlite_of_two_in_one_process,
    two,
    crate::stores::Shared<crate::stores::sqlite::Folder>
);
#[cfg(feature = "postgres")]
over!(postgres_database, one, crate::stores::postgres::Database);
#[cfg(feature = "postgres")]
over!(postgres_of_two, two, crate::stores::postgres::Database);
#[cfg(feature = "postgres")]
over!(
    postgres_of_two_in_one_process,
    two,
    crate::stores::Shared<crate::stores::postgres::Database>
);
#[cfg(feature = "postgres")]
over!(postgres_by_pgbouncer, one, crate::stores::postgres::Pooled);
#[cfg(feature = "postgres")]
over!(
    pgbouncer_of_two_in_one_process,
    two,
    crate::stores::Shared<crate::stores::postgres::Pooled>
);

/// Runs what is promised of several receivers over one kind of store.
macro_rules! apart {
    ($module:ident, $place:path) => {
        mod $module {
            apart!(@tests $place:
                each_receiver_sees_its_own_channels,
                receivers_are_kept_apart_in_any_schedule,
            );
        }
    };
    (@tests $place:path: $($test:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                crate::stores::receivers::$test(&<$place>::default()).await;
            }
        )*
    };
}

apart!(receivers_in_memory, crate::stores::Memory);
apart!(receivers_in_sqlite, crate::stores::sqlite::Folder);
apart!(
    receivers_in_sqlite_of_one_process,
    crate::stores::Shared<crate::stores::sqlite::Folder>
);
#[cfg(feature = "postgres")]
apart!(receivers_in_postgres, crate::stores::postgres::Database);
#[cfg(feature = "postgres")]
apart!(
    receivers_in_postgres_of_one_process,
    crate::stores::Shared<crate::stores::postgres::Database>
);
#[cfg(feature = "postgres")]
apart!(
    receivers_by_pgbouncer,
    crate::stores::Shared<crate::stores::postgres::Pooled>
);

/// Where a store is kept. What is opened twice is the same store, as two processes would see it.
trait Place {
    /// Opens the store for a receiver.
    async fn open_for(&self, identity: &Identity) -> Arc<dyn Store>;

    /// Its file or URL.
    fn name(&self) -> String;

    /// Opens the store, for the usual chain, contract and receiver.
    async fn open(&self) -> Arc<dyn Store> {
        self.open_for(&identity()).await
    }
}

/// The same receiver on another chain: all keys of channels are the same.
fn neighbour(identity: &Identity, distance: u64) -> Identity {
    let chain_id = identity.chain_id + distance;
    Identity {
        chain_id,
        ..*identity
    }
}

/// Another receiver's view of a place.
struct Neighbour<'a, P>(&'a P);

impl<'a, P: Place> Neighbour<'a, P> {
    async fn of(place: &'a P) -> Self {
        // Two can't make one database at once.
        drop(place.open().await);
        Self(place)
    }
}

impl<P: Place> Place for Neighbour<'_, P> {
    async fn open_for(&self, identity: &Identity) -> Arc<dyn Store> {
        self.0.open_for(&neighbour(identity, 1)).await
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

/// A place whose stores share what those of one process can.
struct Shared<P> {
    place: P,
    opener: StoreOpener,
}

impl<P: Default> Default for Shared<P> {
    fn default() -> Self {
        let trust = Trust::system().expect("TLS works");
        Self {
            place: P::default(),
            opener: StoreOpener::new(trust),
        }
    }
}

impl<P: Place> Place for Shared<P> {
    async fn open_for(&self, identity: &Identity) -> Arc<dyn Store> {
        // Makes the database where it is missing.
        drop(self.place.open().await);
        let opened = self.opener.open(Some(&self.name()), identity).await;
        opened.expect("opened")
    }

    fn name(&self) -> String {
        self.place.name()
    }
}

#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, Arc<MemoryStore>>>);

impl Place for Memory {
    async fn open_for(&self, identity: &Identity) -> Arc<dyn Store> {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let store = stores.entry(format!("{identity:?}")).or_default();
        Arc::<MemoryStore>::clone(store)
    }

    fn name(&self) -> String {
        "memory".to_owned()
    }
}
