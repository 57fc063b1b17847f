//! The payment numbers that were charged in a channel, and what for.
//!
//! | a request's number is | then |
//! |---|---|
//! | above all that were charged, or between them and not charged | it is new, if its balance lies between the balances of the numbers before and after it |
//! | charged, for this resource, with this balance, at this price or a higher one | the request is served again, for some time after it was charged |
//! | charged, for this resource, with this balance, at a lower price | it is refused as charged |
//! | charged, otherwise | it is refused as used |
//! | [`WIDTH`] or more below the highest one | it is refused as stale: whether it was charged is not known any more |
//!
//! Numbers are not signed. What ties a number to its sender is that numbers and balances rise together: a proof
//! that has paid, or that is published by a withdrawal, is worth nothing with another number, whoever holds it.

use std::time::Duration;

use crate::protocol::{Amount, PaymentNumber};

/// How many numbers a window has.
pub const WIDTH: usize = 64;

/// The payment numbers that were charged in a channel: the newest [`WIDTH`] of them that there can be. Empty in
/// channels whose requests have no numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentWindow {
    /// The lowest number first.
    charges: Vec<Charge>,
    /// No new number is paid for with a balance up to this.
    floor: Amount,
}

/// What a number was charged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The number.
    pub number: PaymentNumber,
    /// What was served.
    pub resource: ResourceHash,
    /// What was charged, in token base units.
    pub price: Amount,
    /// The balance of the proof that came with it.
    pub balance: Amount,
    /// When, in seconds since 1970.
    pub at: u32,
}

/// What identifies a resource: the first half of a Keccak-256 hash of what has to be the same when a request is
/// repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResourceHash(pub [u8; 16]);

/// A request that wants to be charged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::receiver) struct ChargeRequest {
    pub(in crate::receiver) number: PaymentNumber,
    pub(in crate::receiver) resource: ResourceHash,
    pub(in crate::receiver) price: Amount,
    pub(in crate::receiver) balance: Amount,
    /// In seconds since 1970.
    pub(in crate::receiver) now: u32,
    /// For how long what was charged is served again.
    pub(in crate::receiver) repeat: Duration,
}

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::receiver) enum Found {
    /// Not charged yet.
    New,
    /// Charged, and to be served again.
    Again(Charge),
    /// Charged for this, and not to be served again.
    Over,
    /// Charged for something else.
    Used,
    /// Too low for the window.
    Stale,
    /// Not charged, but its balance is not between those of the numbers before and after it.
    OutOfOrder,
}

impl PaymentWindow {
    /// The highest number that was charged.
    pub fn newest(&self) -> Option<PaymentNumber> {
        self.charges.last().map(|charge| charge.number)
    }

    /// The charges that are remembered, the lowest number first.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// As it was stored. `None`: no window is like that.
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres", test)),
        expect(dead_code, reason = "for stores")
    )]
    pub(in crate::receiver) fn restore(charges: Vec<Charge>, floor: Amount) -> Option<Self> {
        let rises = |pair: &[Charge]| match pair {
            [before, after] => before.number < after.number && before.balance < after.balance,
            _ => true,
        };
        let window = Self { charges, floor };
        let lowest = window.charges.first();
        let is_possible = window.charges.windows(2).all(rises)
            && lowest.is_none_or(|charge| !window.is_stale(charge.number));
        is_possible.then_some(window)
    }

    /// See [`Self::retire`].
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres", test)),
        expect(dead_code, reason = "for stores")
    )]
    pub(in crate::receiver) fn floor(&self) -> Amount {
        self.floor
    }

    /// What the number of a request is. `accepted`: of the channel, which counts for the first number.
    pub(in crate::receiver) fn find(&self, asked: &ChargeRequest, accepted: Amount) -> Found {
        if self.is_stale(asked.number) {
            return Found::Stale;
        }
        let place = self
            .charges
            .binary_search_by_key(&asked.number, |charge| charge.number);
        let place = match place {
            Ok(place) => {
                let charge = self.charges.get(place);
                return charge.map_or(Found::Stale, |charge| charge.again(asked));
            }
            Err(place) => place,
        };
        let (before, after) = self.charges.split_at(place);
        // Proofs of the time before the first number have all paid.
        let floor = if self.charges.is_empty() {
            accepted
        } else {
            self.floor
        };
        let least = before
            .last()
            .map_or(floor, |charge| charge.balance.max(floor));
        let is_between = least < asked.balance
            && after
                .first()
                .is_none_or(|charge| asked.balance < charge.balance);
        if is_between {
            Found::New
        } else {
            Found::OutOfOrder
        }
    }

    /// Remembers a charge for a number that [is new](Found::New).
    pub(in crate::receiver) fn add(&mut self, charge: Charge, accepted: Amount) {
        if self.charges.is_empty() {
            self.floor = accepted;
        }
        let place = self
            .charges
            .partition_point(|known| known.number < charge.number);
        self.charges.insert(place, charge);
        let stale = self
            .charges
            .partition_point(|charge| self.is_stale(charge.number));
        for gone in self.charges.drain(..stale) {
            self.floor = self.floor.max(gone.balance);
        }
    }

    /// From now on no proof up to this balance pays for a new number: it has paid without one, or others may
    /// hold it.
    pub(in crate::receiver) fn retire(&mut self, balance: Amount) {
        // Before the first number this is said by what is accepted.
        if !self.charges.is_empty() {
            self.floor = self.floor.max(balance);
        }
    }

    fn is_stale(&self, number: PaymentNumber) -> bool {
        let newest = self.newest().map_or(0, PaymentNumber::get);
        newest.saturating_sub(number.get()) >= WIDTH as u64
    }
}

impl Charge {
    /// Whether a request with its number is served again.
    fn again(&self, asked: &ChargeRequest) -> Found {
        let is_same = self.resource == asked.resource && self.balance == asked.balance;
        let is_covered = asked.price <= self.price;
        // A clock that was set back makes no charge older.
        let age = asked.now.saturating_sub(self.at);
        let is_recent = Duration::from_secs(age.into()) < asked.repeat;
        match (is_same, is_covered && is_recent) {
            (false, _) => Found::Used,
            (true, true) => Found::Again(*self),
            (true, false) => Found::Over,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const REPEAT: u64 = 600;

    fn number(number: u64) -> PaymentNumber {
        PaymentNumber::new(number).expect("a number")
    }

    fn units(amount: u64) -> Amount {
        Amount::from_u64(amount)
    }

    /// For resource 1 at price 10, as all numbers of these tests.
    fn asked(of: u64, balance: u64) -> ChargeRequest {
        ChargeRequest {
            number: number(of),
            resource: ResourceHash([1; 16]),
            price: units(10),
            balance: units(balance),
            now: 1000,
            repeat: Duration::from_secs(REPEAT),
        }
    }

    fn charge(asked: &ChargeRequest) -> Charge {
        Charge {
            number: asked.number,
            resource: asked.resource,
            price: asked.price,
            balance: asked.balance,
            at: asked.now,
        }
    }

    /// With these numbers, each with ten times its balance.
    fn window(numbers: impl IntoIterator<Item = u64>) -> PaymentWindow {
        let mut window = PaymentWindow::default();
        for number in numbers {
            let asked = asked(number, number * 10);
            assert_eq!(window.find(&asked, Amount::ZERO), Found::New, "{number}");
            window.add(charge(&asked), Amount::ZERO);
        }
        window
    }

    fn find(window: &PaymentWindow, asked: ChargeRequest) -> Found {
        window.find(&asked, units(1_000_000))
    }

    #[test]
    fn numbers_come_in_any_order() {
        let window = window([5, 2, 4, 1, 3]);
        assert_eq!(window.newest(), Some(number(5)));
        let numbers: Vec<_> = window.charges().iter().map(|c| c.number.get()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        assert_eq!(find(&window, asked(6, 60)), Found::New);
    }

    #[test]
    fn the_same_request_is_served_again_and_no_other() {
        let window = window([1, 3]);
        let same = asked(3, 30);
        assert_eq!(find(&window, same), Found::Again(charge(&same)));
        let cheaper = ChargeRequest {
            price: units(9),
            ..same
        };
        assert_eq!(find(&window, cheaper), Found::Again(charge(&same)));
        let resource = ResourceHash([2; 16]);
        for other in [
            ChargeRequest { resource, ..same },
            ChargeRequest {
                balance: units(29),
                ..same
            },
            ChargeRequest {
                balance: units(31),
                ..same
            },
        ] {
            assert_eq!(find(&window, other), Found::Used, "{other:?}");
            let late = ChargeRequest { now: 9000, ..other };
            assert_eq!(find(&window, late), Found::Used, "{late:?}");
        }
        let dearer = ChargeRequest {
            price: units(11),
            ..same
        };
        assert_eq!(find(&window, dearer), Found::Over);
    }

    #[test]
    fn it_is_served_again_for_some_time() {
        let window = window([1]);
        let at = |now| {
            find(
                &window,
                ChargeRequest {
                    now,
                    ..asked(1, 10)
                },
            )
        };
        let known = Found::Again(charge(&asked(1, 10)));
        // A clock that was set back among them.
        for now in [0, 999, 1000, 1599] {
            assert_eq!(at(now), known, "{now}");
        }
        for now in [1600, u32::MAX] {
            assert_eq!(at(now), Found::Over, "{now}");
        }
        let never = ChargeRequest {
            repeat: Duration::ZERO,
            ..asked(1, 10)
        };
        assert_eq!(find(&window, never), Found::Over);
    }

    #[test]
    fn the_window_has_room_for_64_numbers_and_slides() {
        let mut window = window(1..=64);
        assert_eq!(window.charges().len(), WIDTH);
        assert!(matches!(find(&window, asked(1, 10)), Found::Again(_)));
        let next = asked(65, 650);
        window.add(charge(&next), Amount::ZERO);
        assert_eq!(window.charges().len(), WIDTH);
        assert_eq!(find(&window, asked(1, 10)), Found::Stale);
        assert!(matches!(find(&window, asked(2, 20)), Found::Again(_)));
        // A jump leaves only what is near.
        let far = asked(1000, 10_000);
        window.add(charge(&far), Amount::ZERO);
        assert_eq!(window.charges(), [charge(&far)]);
        assert_eq!(find(&window, asked(936, 9360)), Found::Stale);
        assert_eq!(find(&window, asked(937, 9370)), Found::New);
        let last = ChargeRequest {
            number: PaymentNumber::MAX,
            ..asked(1, 20_000)
        };
        window.add(charge(&last), Amount::ZERO);
        assert_eq!(find(&window, asked(1000, 30_000)), Found::Stale);
    }

    #[test]
    fn a_proof_that_has_paid_is_worth_nothing_with_another_number() {
        let window = window([10, 11, 13]);
        for (number, balance) in [
            (12, 100),
            (12, 110),
            (12, 130),
            (14, 130),
            (14, 110),
            (9, 100),
        ] {
            assert_eq!(find(&window, asked(number, balance)), Found::OutOfOrder);
        }
        for (number, balance) in [(12, 111), (12, 129), (14, 131), (9, 99)] {
            assert_eq!(find(&window, asked(number, balance)), Found::New);
        }
    }

    #[test]
    fn nor_is_one_that_was_forgotten_published_or_older_than_the_first_number() {
        let mut window = window([1, 2]);
        window.add(charge(&asked(66, 660)), Amount::ZERO);
        // 1 and 2 are forgotten.
        assert_eq!(find(&window, asked(5, 20)), Found::OutOfOrder);
        assert_eq!(find(&window, asked(5, 21)), Found::New);
        window.retire(units(50));
        window.retire(units(40));
        assert_eq!(find(&window, asked(5, 50)), Found::OutOfOrder);
        assert_eq!(find(&window, asked(5, 51)), Found::New);
        window.retire(units(700));
        assert_eq!(find(&window, asked(67, 700)), Found::OutOfOrder);
        assert_eq!(find(&window, asked(67, 701)), Found::New);
        let mut first = PaymentWindow::default();
        first.retire(units(700));
        assert_eq!(first, PaymentWindow::default(), "others keep nothing");
        assert_eq!(first.find(&asked(1, 30), units(30)), Found::OutOfOrder);
        assert_eq!(first.find(&asked(1, 31), units(30)), Found::New);
        first.add(charge(&asked(9, 90)), units(30));
        assert_eq!(first.find(&asked(8, 30), units(90)), Found::OutOfOrder);
        assert_eq!(first.find(&asked(8, 31), units(90)), Found::New);
    }

    #[test]
    fn what_no_window_is_like_is_not_restored() {
        let of = |numbers: &[(u64, u64)]| {
            let charge = |(number, balance): &(u64, u64)| charge(&asked(*number, *balance));
            PaymentWindow::restore(numbers.iter().map(charge).collect(), units(5))
        };
        assert!(of(&[]).is_some() && of(&[(1, 10), (64, 11)]).is_some());
        for broken in [
            &[(1, 10), (65, 11)][..],
            &[(2, 10), (1, 11)],
            &[(1, 10), (1, 11)],
            &[(1, 10), (2, 10)],
        ] {
            assert_eq!(of(broken), None, "{broken:?}");
        }
    }

    /// A step of a schedule: a request, which may be a repeated or a wrong one.
    fn step() -> impl Strategy<Value = (u64, u64, u8, u64, u32)> {
        let numbers = prop_oneof![8 => 1..90u64, 1 => 1..300u64];
        (numbers, 0..3000u64, 0..3u8, 9..12u64, 0..400u32)
    }

    proptest! {
        /// In whatever order requests come, repeated, late, for other resources: each number is charged once,
        /// each balance pays once, the room is bounded, and what is served again was charged for.
        #[test]
        fn each_number_and_each_proof_pays_once(steps in prop::collection::vec(step(), 0..150)) {
            let mut window = PaymentWindow::default();
            let (mut charged, mut highest) = (BTreeMap::new(), 0);
            let mut now = 1_000_000;
            for (of, jitter, resource, price, passed) in steps {
                now += passed;
                // Mostly in the order of the numbers.
                let balance = if jitter < 2400 { of * 10 } else { jitter };
                let asked = ChargeRequest {
                    resource: ResourceHash([resource; 16]),
                    price: units(price),
                    now,
                    ..asked(of, balance)
                };
                let before = window.clone();
                match window.find(&asked, Amount::ZERO) {
                    Found::New => {
                        prop_assert!(of + 64 > highest);
                        let once = charged.insert(of, charge(&asked)).is_none();
                        prop_assert!(once, "{} was charged twice", of);
                        let same = |other: &&Charge| other.balance == units(balance);
                        prop_assert_eq!(charged.values().filter(same).count(), 1);
                        window.add(charge(&asked), Amount::ZERO);
                        highest = highest.max(of);
                    }
                    Found::Again(known) => {
                        prop_assert_eq!(charged.get(&of), Some(&known));
                        prop_assert_eq!(known.resource, asked.resource);
                        prop_assert!(asked.price <= known.price);
                        prop_assert!(u64::from(now - known.at) < REPEAT);
                    }
                    Found::Over => {
                        let known = charged.get(&of).expect("charged");
                        let late = u64::from(now - known.at) >= REPEAT;
                        prop_assert!(late || asked.price > known.price);
                    }
                    Found::Used => {
                        let known = charged.get(&of).expect("charged");
                        let other = known.resource != asked.resource
                            || known.balance != asked.balance;
                        prop_assert!(other);
                    }
                    Found::Stale => prop_assert!(of + 64 <= highest),
                    Found::OutOfOrder => prop_assert!(!charged.contains_key(&of)),
                }
                if before != window {
                    prop_assert!(window.floor() >= before.floor());
                }
                prop_assert!(window.charges().len() <= WIDTH);
                let (charges, floor) = (window.charges.clone(), window.floor);
                prop_assert_eq!(PaymentWindow::restore(charges, floor), Some(window.clone()));
                prop_assert_eq!(window.newest().map_or(0, PaymentNumber::get), highest);
            }
        }

        /// Numbers and balances that rise together are all charged, in any order within the window.
        #[test]
        fn an_honest_sender_is_charged_for_all(shuffled in Just((1..=64u64).collect::<Vec<_>>()).prop_shuffle()) {
            prop_assert_eq!(window(shuffled).charges().len(), 64);
        }
    }
}
