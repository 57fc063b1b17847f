//! Payment numbers and what they were charged for.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use microraiden::protocol::{CreditRefusal, Numbered, PaymentNumber};
use microraiden::receiver::{
    AcceptError, Channel, Charge, MemoryStore, NumberedRequest, ResourceHash, StoreExt,
};

use crate::basics::units;
use crate::stores::Place;
use crate::stores::subject::{channel, channel_key, payment, receiver};

pub(crate) fn numbered_request(number: u64) -> NumberedRequest {
    NumberedRequest {
        numbered: Numbered {
            number: PaymentNumber::new(number).expect("a number"),
            agreed: units(10),
        },
        resource: ResourceHash([number as u8; 16]),
        repeat: Duration::from_secs(600),
    }
}

/// Of copies of one numbered request that come to two processes at once, one is charged, and all are served.
pub(crate) async fn of_many_copies_of_a_numbered_request_one_is_charged(place: &impl Place) {
    let stores = [place.open().await, place.open().await];
    stores[0].insert(channel(3, 1000)).await.expect("stored");
    let receivers = stores.map(|store| Arc::new(receiver(store)));
    for round in 0..4 {
        let tasks: Vec<_> = (0..24)
            .map(|place| {
                let receiver = Arc::clone(&receivers[place % 2]);
                // Six requests, four times each, the last one first.
                let number = round * 6 + 6 - (place / 4) as u64;
                let payment = payment(3, number * 10);
                let request = numbered_request(number);
                tokio::spawn(async move { receiver.charge(&payment, &request, units(10)).await })
            })
            .collect();
        let mut charged = 0;
        for task in tasks {
            let answer = task.await.expect("no panic").expect("served");
            charged += u64::from(!answer.repeated);
        }
        assert_eq!(charged, 6);
    }
    let kept = receivers[1].store().get(channel_key(3)).await;
    let kept = kept.expect("read").expect("the channel");
    assert_eq!((kept.balance(), kept.charged()), (units(240), units(240)));
}

/// Numbers, what they were charged for, and the proofs beside the newest one are what they are in memory.
pub(crate) async fn numbers_are_kept_to_the_unit(place: &impl Place) {
    let receivers = [
        receiver(place.open().await),
        receiver(Arc::new(MemoryStore::default())),
    ];
    // Late ones, lost ones, prices that differ, and more numbers than a window has.
    let mut schedule = vec![(1, 10, 10), (3, 30, 7), (2, 20, 1), (9, 500, 10)];
    schedule.extend((10..90).map(|number| (number, 500 + number, 1 + number % 3 / 2)));
    schedule.extend([(2000, 900, 10), (1999, 899, 10)]);
    for (number, balance, price) in schedule {
        for receiver in &receivers {
            if number == 1 {
                let channel = channel(3, 1000);
                receiver.store().insert(channel).await.expect("stored");
            }
            let (payment, request) = (payment(3, balance), numbered_request(number));
            let charged = receiver.charge(&payment, &request, units(price)).await;
            charged.expect("charged");
        }
        let [kept, expected] = [
            place.open().await.get(channel_key(3)).await,
            receivers[1].store().get(channel_key(3)).await,
        ]
        .map(|read| read.expect("read").expect("the channel"));
        assert_eq!(kept.account, expected.account, "{number}");
        let charges = |channel: &Channel| {
            let charges = channel.window.charges().iter();
            charges
                .map(|charge| Charge { at: 0, ..*charge })
                .collect::<Vec<_>>()
        };
        assert_eq!(charges(&kept), charges(&expected), "{number}");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("now");
        let ages = kept.window.charges().iter();
        let mut ages = ages.map(|charge| now.as_secs() - u64::from(charge.at));
        assert!(ages.all(|age| age < 600));
    }
    // The floor is kept, too: 20 has paid, and its number is forgotten.
    let reopened = receiver(place.open().await);
    let ask = async |number, balance, price| {
        let (payment, request) = (payment(3, balance), numbered_request(number));
        reopened.charge(&payment, &request, units(price)).await
    };
    let refused = ask(1998, 20, 1).await;
    let expected = CreditRefusal::BalanceOutOfOrder;
    assert!(
        matches!(refused, Err(AcceptError::Credit(refusal, _)) if refusal == expected),
        "{refused:?}"
    );
    let again = ask(1999, 899, 10).await;
    assert!(again.is_ok_and(|charged| charged.repeated));
}
