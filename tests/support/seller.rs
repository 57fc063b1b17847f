//! A receiver with one channel, and payments in it.
#![allow(dead_code)] // Each test crate uses a part of it.

use std::sync::Arc;

use microraiden::chain::ManagerContract;
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Address, Amount, ChannelId, Generation, Manager, PrivateKey};
use microraiden::receiver::{
    ChainStatus, Channel, ChannelKey, MemoryStore, Receiver, Status, Store, StoreExt,
};

pub(crate) const MANAGER: Manager = Manager {
    address: Address([7; 20]),
    generation: Generation::V02,
};

pub(crate) const OPEN_BLOCK: u32 = 3;

pub(crate) fn key(byte: u8) -> PrivateKey {
    PrivateKey::from_bytes(&[byte; 32]).expect("a key")
}

pub(crate) fn units(amount: u64) -> Amount {
    Amount::from_u64(amount)
}

/// The channel of key 1 to key 2.
pub(crate) fn id() -> ChannelId {
    ChannelId {
        sender: key(1).address(),
        receiver: key(2).address(),
        open_block: OPEN_BLOCK,
    }
}

/// Over a store in memory that holds the channel, open and with a deposit of 100.
pub(crate) async fn receiver() -> Arc<Receiver> {
    let store = MemoryStore::default();
    let channel = Channel::new(id(), units(100), Status::Open);
    store.insert(channel).await.expect("memory");
    receiver_over(Arc::new(store))
}

pub(crate) fn receiver_over(store: Arc<dyn Store>) -> Arc<Receiver> {
    let contract = ManagerContract {
        manager: MANAGER,
        chain_id: 1,
        token: Address([6; 20]),
        challenge_period: 500,
        start_block: 0,
    };
    let receiver = Receiver::new(contract, key(2), store);
    receiver.set_status(ChainStatus::Ready);
    Arc::new(receiver)
}

pub(crate) async fn stored(receiver: &Receiver) -> Channel {
    let channel = receiver.store().get(ChannelKey::from(&id())).await;
    channel.expect("memory").expect("the channel")
}

/// The channel's sender pays up to this balance.
pub(crate) fn payment(balance: u64) -> Payment {
    Payment {
        sender: id().sender,
        open_block: OPEN_BLOCK,
        proof: MANAGER.sign_balance(&key(1), &id(), units(balance)),
        contract: None,
        receiver: None,
    }
}
