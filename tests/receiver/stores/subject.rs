//! Channels and payments to be stored.

use crate::basics::{CONTRACT, MANAGER, key, units};
use std::sync::Arc;

use microraiden::protocol::ChannelId;
use microraiden::protocol::header::Payment;
use microraiden::receiver::{Channel, ChannelKey, ChannelStatus, Identity, Receiver, Store};

pub(crate) fn identity() -> Identity {
    Identity::new(&CONTRACT, key(2).address())
}

pub(crate) fn receiver(store: Arc<dyn Store>) -> Receiver {
    Receiver::new(CONTRACT, key(2), store)
}

/// The channel of the first key that was opened in this block.
pub(crate) fn id(open_block: u32) -> ChannelId {
    ChannelId {
        sender: key(1).address(),
        receiver: key(2).address(),
        open_block,
    }
}

pub(crate) fn channel_key(open_block: u32) -> ChannelKey {
    ChannelKey::from(&id(open_block))
}

/// An open channel of this deposit.
pub(crate) fn channel(open_block: u32, deposit: u64) -> Channel {
    Channel::new(id(open_block), units(deposit), ChannelStatus::Open)
}

pub(crate) fn payment(open_block: u32, balance: u64) -> Payment {
    Payment {
        sender: key(1).address(),
        open_block,
        proof: MANAGER.sign_balance(&key(1), &id(open_block), units(balance)),
        contract: None,
        receiver: None,
    }
}
