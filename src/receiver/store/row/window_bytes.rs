//! A window of payment numbers as bytes. It is part of every payment's write, so what is usual takes one bit: the
//! next number, the same price, and that price more.
//!
//! | bytes | what |
//! |---|---|
//! | 24 | the floor |
//! | of each charge: 1 | how it differs from the one before: bits 0, 1 and 2 |
//! | 16, 4 | resource, time |
//! | 8, if bit 0 is set | its number, which is not the next one |
//! | 24, if bit 1 is set | its price, which is not the same |
//! | 24, if bit 2 is set | its balance, which is not its price above the one before |

use crate::protocol::{Amount, PaymentNumber};
use crate::receiver::channel::{Charge, PaymentWindow, ResourceHash};

/// The bytes of a usual charge.
const USUAL: usize = 1 + 16 + 4;

const NUMBER: u8 = 1;
const PRICE: u8 = 2;
const BALANCE: u8 = 4;

/// `None`: no number was charged.
pub(super) fn write(window: &PaymentWindow) -> Option<Vec<u8>> {
    if window.charges().is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(24 + window.charges().len() * USUAL + 24);
    bytes.extend_from_slice(&window.floor().to_be_bytes());
    let mut before = Before::new(window.floor());
    for charge in window.charges() {
        let usual = before.usual(charge.price);
        let number = (usual.0 != Some(charge.number)).then_some(charge.number);
        let price = (before.price != charge.price).then_some(charge.price);
        let balance = (usual.1 != Some(charge.balance)).then_some(charge.balance);
        let bit = |is_there, bit| if is_there { bit } else { 0 };
        bytes.push(
            bit(number.is_some(), NUMBER)
                | bit(price.is_some(), PRICE)
                | bit(balance.is_some(), BALANCE),
        );
        bytes.extend_from_slice(&charge.resource.0);
        bytes.extend_from_slice(&charge.at.to_be_bytes());
        bytes.extend(number.into_iter().flat_map(|n| n.get().to_be_bytes()));
        bytes.extend(price.into_iter().flat_map(Amount::to_be_bytes));
        bytes.extend(balance.into_iter().flat_map(Amount::to_be_bytes));
        before = Before::of(charge);
    }
    Some(bytes)
}

/// `None`: [`write`] did not make it.
pub(super) fn read(bytes: Option<&[u8]>) -> Option<PaymentWindow> {
    let Some(bytes) = bytes else {
        return Some(PaymentWindow::default());
    };
    let mut rest = Rest(bytes);
    let floor = rest.amount()?;
    let mut before = Before::new(floor);
    // One more will be added.
    let mut charges = Vec::with_capacity(rest.0.len() / USUAL + 1);
    while !rest.0.is_empty() {
        let [bits] = rest.take()?;
        let resource = ResourceHash(rest.take()?);
        let at = u32::from_be_bytes(rest.take()?);
        let number = match bits & NUMBER {
            0 => None,
            _ => Some(PaymentNumber::new(u64::from_be_bytes(rest.take()?))?),
        };
        let price = match bits & PRICE {
            0 => before.price,
            _ => rest.amount()?,
        };
        let usual = before.usual(price);
        let charge = Charge {
            number: number.or(usual.0)?,
            resource,
            price,
            balance: match bits & BALANCE {
                0 => usual.1?,
                _ => rest.amount()?,
            },
            at,
        };
        before = Before::of(&charge);
        charges.push(charge);
    }
    PaymentWindow::restore(charges, floor)
}

/// What a charge is compared with.
struct Before {
    number: u64,
    price: Amount,
    balance: Amount,
}

impl Before {
    fn new(floor: Amount) -> Self {
        Self {
            number: 0,
            price: Amount::ZERO,
            balance: floor,
        }
    }

    fn of(charge: &Charge) -> Self {
        Self {
            number: charge.number.get(),
            price: charge.price,
            balance: charge.balance,
        }
    }

    /// The number and the balance that usually follow.
    fn usual(&self, price: Amount) -> (Option<PaymentNumber>, Option<Amount>) {
        let number = PaymentNumber::new(self.number.saturating_add(1));
        (number, self.balance.checked_add(price))
    }
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn amount(&mut self) -> Option<Amount> {
        self.take().map(Amount::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn charge(number: u64, price: u64, balance: Amount) -> Charge {
        Charge {
            number: PaymentNumber::new(number).expect("a number"),
            resource: ResourceHash([9; 16]),
            price: Amount::from_u64(price),
            balance,
            at: u32::MAX,
        }
    }

    fn window(charges: Vec<Charge>, floor: u64) -> PaymentWindow {
        PaymentWindow::restore(charges, Amount::from_u64(floor)).expect("a window")
    }

    #[test]
    fn nothing_takes_no_bytes() {
        assert_eq!(write(&PaymentWindow::default()), None);
        assert_eq!(read(None), Some(PaymentWindow::default()));
    }

    #[test]
    fn a_full_window_of_like_payments_takes_little() {
        let charges = (101..=164).map(|n| charge(n, 7, Amount::from_u64(n * 7)));
        let window = window(charges.collect(), 700);
        let bytes = write(&window).expect("bytes");
        assert_eq!(bytes.len(), 24 + 64 * 21 + 8 + 24);
        assert_eq!(read(Some(&bytes)), Some(window));
    }

    #[test]
    fn what_is_damaged_is_not_read() {
        let charges = vec![
            charge(5, 7, Amount::from_u64(70)),
            charge(6, 8, Amount::MAX),
        ];
        let bytes = write(&window(charges, 3)).expect("bytes");
        assert!(read(Some(&bytes)).is_some());
        for length in 0..bytes.len() {
            let is_whole = length == 24 || length == 24 + 21 + 8 + 24 + 24;
            assert_eq!(read(Some(&bytes[..length])).is_some(), is_whole, "{length}");
        }
        let mut more = bytes.clone();
        more.push(0);
        assert_eq!(read(Some(&more)), None);
        let mut zero = bytes;
        zero[24 + 21 + 7] = 0;
        assert_eq!(read(Some(&zero)), None, "0 is no number");
    }

    proptest! {
        #[test]
        fn any_window_is_read_as_it_was_written(
            steps in prop::collection::vec((1..3u64, 0..3u64, 1..9u64), 1..30),
            first in prop_oneof![Just(1u64), 1..(1u64 << 53) - 100],
            floor in 0..50u64,
        ) {
            let (mut number, mut balance) = (first - 1, Amount::from_u64(floor));
            let mut charges = Vec::new();
            for (step, price, more) in steps {
                number += step;
                let rise = if more > 4 { Amount::from_u64(price.max(1)) } else { Amount::from_u64(more) };
                balance = balance.checked_add(rise).expect("small");
                charges.push(charge(number, price, balance));
            }
            let window = window(charges, floor);
            prop_assert_eq!(read(write(&window).as_deref()), Some(window));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let window = read(Some(&bytes));
            if let Some(window) = window.filter(|window| !window.charges().is_empty()) {
                let again = write(&window);
                prop_assert_eq!(read(again.as_deref()), Some(window));
            }
        }
    }
}
