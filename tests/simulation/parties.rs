//! Who takes part.

use std::sync::LazyLock;

use microraiden::chain::ManagerContract;
use microraiden::protocol::{Address, Generation, Manager, PrivateKey};

pub const MANAGER: Manager = Manager {
    address: Address([7; 20]),
    generation: Generation::V02,
};

pub const TOKEN: Address = Address([8; 20]);

/// Blocks; the model's own number, so that settling is reached.
pub const CHALLENGE: u32 = 5;

pub const CONTRACT: ManagerContract = ManagerContract {
    manager: MANAGER,
    chain_id: 1,
    token: TOKEN,
    challenge_period: CHALLENGE,
    start_block: 0,
};

static SENDER: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::from_bytes(&[9; 32]).expect("a key"));
static RECEIVERS: LazyLock<[PrivateKey; 2]> =
    LazyLock::new(|| [5, 6].map(|byte| PrivateKey::from_bytes(&[byte; 32]).expect("a key")));

pub fn sender() -> &'static PrivateKey {
    &SENDER
}

pub fn receiver(index: usize) -> &'static PrivateKey {
    &RECEIVERS[index]
}

pub fn receiver_of(address: Address) -> Option<&'static PrivateKey> {
    RECEIVERS.iter().find(|key| key.address() == address)
}

/// Where a receiver sells.
pub fn shop(index: usize) -> String {
    format!("https://shop-{index}.example")
}

/// Where it sells, too.
pub fn cdn(index: usize) -> String {
    format!("https://cdn-{index}.example")
}

/// Where others sell in the receivers' names.
pub const IMPOSTOR: &str = "https://impostor.example";
