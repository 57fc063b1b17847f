//! Random schedules of numbered requests.

use std::collections::BTreeMap;

use microraiden::protocol::{Amount, CreditRefusal};
use microraiden::receiver::AcceptError;
use proptest::prelude::*;

use super::{asked_for, payment, proof, receiver, stored};
use crate::basics::units;

/// What a sender does.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A new request, signed in its turn, which arrives some steps later, or never.
    Sign {
        price: u64,
        late: usize,
        copies: usize,
    },
    /// A payment without a number.
    Strict { price: u64 },
    /// Somebody who saw a proof tries it with a number of his own.
    Steal { proof: usize, number: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (1..12u64, 0..20usize, 0..4usize)
            .prop_map(|(price, late, copies)| Step::Sign { price, late, copies }),
        1 => (1..12u64).prop_map(|price| Step::Strict { price }),
        2 => (any::<usize>(), 1..80u64).prop_map(|(proof, number)| Step::Steal { proof, number }),
    ]
}

/// A request on its way.
#[derive(Clone, Copy, Debug)]
struct Sent {
    number: u64,
    balance: u64,
    price: u64,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Over any schedule of late, lost and repeated requests: charged <= accepted <= deposit, what was
    /// charged is what was served, each number pays once, and proofs that have paid are worth nothing.
    #[test]
    fn over_any_schedule_numbers_are_charged_once(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(follow(steps))?;
    }
}

async fn follow(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let receiver = receiver().await;
    let (mut number, mut signed, mut served) = (0, 0, 0);
    let mut on_the_way: Vec<Vec<Sent>> = vec![Vec::new(); steps.len() + 20];
    let mut charges: BTreeMap<u64, Sent> = BTreeMap::new();
    let mut paid = Vec::new();
    for (now, step) in steps.into_iter().enumerate() {
        match step {
            Step::Sign {
                price,
                late,
                copies,
            } => {
                (number, signed) = (number + 1, signed + price);
                let sent = Sent {
                    number,
                    balance: signed,
                    price,
                };
                for copy in 0..copies {
                    on_the_way[now + late / (copy + 1)].push(sent);
                }
            }
            Step::Strict { price } => {
                let balance = stored(&receiver).await.balance();
                let balance: u64 = balance.to_string().parse().expect("small");
                let payment = payment(proof(&receiver, balance + price));
                if receiver.accept(&payment, units(price)).await.is_ok() {
                    served += price;
                    paid.push(balance + price);
                    signed = signed.max(balance + price);
                }
            }
            Step::Steal {
                proof: place,
                number,
            } if !paid.is_empty() => {
                let stolen = payment(proof(&receiver, paid[place % paid.len()]));
                let request = asked_for(number, 2, 1000);
                let refused = receiver.charge(&stolen, &request, units(1)).await;
                prop_assert!(
                    matches!(refused, Err(AcceptError::Credit(..))),
                    "{:?}",
                    refused
                );
            }
            Step::Steal { .. } => {}
        }
        for sent in std::mem::take(&mut on_the_way[now]) {
            let request = asked_for(sent.number, 1, sent.price);
            let payment = payment(proof(&receiver, sent.balance));
            match receiver.charge(&payment, &request, units(sent.price)).await {
                Ok(charged) if charged.repeated => {
                    prop_assert!(charges.contains_key(&sent.number));
                }
                Ok(charged) => {
                    prop_assert!(charges.insert(sent.number, sent).is_none());
                    prop_assert_eq!(charged.charge.price, units(sent.price));
                    served += sent.price;
                    paid.push(sent.balance);
                }
                // Something newer that was paid without a number.
                Err(AcceptError::Credit(
                    CreditRefusal::BalanceOutOfOrder
                    | CreditRefusal::NumberStale
                    | CreditRefusal::InsufficientCredit,
                    _,
                )) => {}
                Err(AcceptError::AboveDeposit(_)) => prop_assert!(sent.balance > 1000),
                Err(other) => prop_assert!(false, "{sent:?}: {other:?}"),
            }
        }
        let channel = stored(&receiver).await;
        prop_assert_eq!(channel.charged(), units(served));
        prop_assert!(channel.charged() <= channel.balance());
        prop_assert!(channel.balance() <= channel.deposit);
        prop_assert!(channel.window.charges().len() <= microraiden::receiver::PAYMENT_WINDOW);
        let claim = channel
            .claim(channel.deposit)
            .map_or(Amount::ZERO, |proof| proof.balance);
        prop_assert!(channel.charged() <= claim && claim <= channel.balance());
        let earned = channel.withdrawable(channel.deposit);
        prop_assert!(earned.is_none_or(|proof| proof.balance <= channel.charged()));
    }
    Ok(())
}
