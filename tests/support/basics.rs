//! The contract, keys and amounts that most tests use.
#![allow(dead_code)] // Each test program uses a part of it.

use microraiden::chain::ManagerContract;
use microraiden::protocol::{Address, Amount, Generation, Manager, PrivateKey};

pub(crate) const MANAGER: Manager = Manager {
    address: Address([7; 20]),
    generation: Generation::V02,
};

pub(crate) const TOKEN: Address = Address([6; 20]);

pub(crate) const CONTRACT: ManagerContract = ManagerContract {
    manager: MANAGER,
    chain_id: 1,
    token: TOKEN,
    challenge_period: 500,
    start_block: 0,
};

pub(crate) fn key(byte: u8) -> PrivateKey {
    PrivateKey::from_bytes(&[byte; 32]).expect("a key")
}

pub(crate) fn units(amount: u64) -> Amount {
    Amount::from_u64(amount)
}
