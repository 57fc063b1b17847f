//! Who acts for the receiver, as a database says.

use std::sync::Arc;
use std::time::Duration;

use microraiden::receiver::Store;
use microraiden::receiver::store::{LeaseAnswer, LeaseClaim};
use tokio::task::yield_now;

use crate::stores::postgres::{Database, Pooled};
use crate::stores::{Memory, Place};

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(300);

fn claim(holder: &str, time: Duration, report: Option<&str>) -> LeaseClaim {
    LeaseClaim {
        holder: holder.to_owned(),
        takes: true,
        time,
        report: report.map(|text| (text.to_owned(), Duration::from_millis(1500))),
    }
}

async fn ask(store: &dyn Store, claim: LeaseClaim) -> LeaseAnswer {
    store.lease(claim).await.expect("an answer")
}

/// What somebody else is told: the report, and whether it is as old as it was said to be.
async fn told(store: &dyn Store, holder: &str) -> Option<String> {
    match ask(store, claim(holder, LONG, None)).await {
        LeaseAnswer::NotHeld { report, age } => {
            assert!(report.is_none() || age >= Duration::from_millis(1500));
            report
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_has_the_lease_until_it_ends_or_is_given_back() {
    let (direct, pooled) = (Database::default(), Pooled::default());
    let both: [Arc<dyn Store>; 2] = [direct.open().await, pooled.open().await];
    for store in &both {
        let held = |takeovers| LeaseAnswer::Held { takeovers };
        // Who only looks does not get it.
        let looks = LeaseClaim {
            takes: false,
            ..claim("one", LONG, None)
        };
        assert!(matches!(
            ask(&**store, looks).await,
            LeaseAnswer::NotHeld { .. }
        ));
        assert_eq!(ask(&**store, claim("one", LONG, None)).await, held(0));
        assert_eq!(told(&**store, "two").await, None);
        assert_eq!(ask(&**store, claim("one", LONG, Some("a"))).await, held(0));
        assert_eq!(told(&**store, "two").await.as_deref(), Some("a"));
        // A renewal that tells nothing new.
        assert_eq!(ask(&**store, claim("one", SHORT, None)).await, held(0));
        let taken = async {
            loop {
                match ask(&**store, claim("two", LONG, None)).await {
                    LeaseAnswer::NotHeld { report, .. } => assert_eq!(report.as_deref(), Some("a")),
                    answer => return answer,
                }
                yield_now().await;
            }
        };
        assert_eq!(tokio::time::timeout(LONG, taken).await, Ok(held(1)));
        // Until the new one tells something, what the old one told counts.
        assert_eq!(told(&**store, "one").await.as_deref(), Some("a"));
        assert_eq!(
            ask(&**store, claim("two", Duration::ZERO, None)).await,
            held(1)
        );
        assert_eq!(ask(&**store, claim("one", LONG, None)).await, held(2));
    }
}

/// Of many that ask at once one gets it.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_one_gets_the_lease() {
    let database = Database::default();
    let store = database.open().await;
    for time in [SHORT, LONG] {
        tokio::time::sleep(2 * SHORT).await;
        let asked: Vec<_> = (0..20)
            .map(|number| {
                let store = Arc::clone(&store);
                let holder = format!("{number} {time:?}");
                tokio::spawn(async move { ask(&*store, claim(&holder, time, None)).await })
            })
            .collect();
        let mut held = 0;
        for answer in asked {
            let answer = answer.await.expect("no panic");
            held += u32::from(matches!(answer, LeaseAnswer::Held { .. }));
        }
        assert_eq!(held, 1);
    }
}

#[tokio::test]
async fn a_store_of_one_process_needs_no_lease() {
    let store = Memory::default().open().await;
    for holder in ["one", "two"] {
        let answer = ask(&*store, claim(holder, LONG, None)).await;
        assert_eq!(answer, LeaseAnswer::Alone);
    }
}
