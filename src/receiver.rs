//! The receiving side: verifies and accepts payments, follows the chain, agrees to closing.
//!
//! | amount | rule |
//! |---|---|
//! | accepted balance | never decreases, never above the confirmed deposit; stored before content is served |
//! | closing balance | equals the accepted balance |
//!
//! Accepting is one atomic step of the [`Store`], so that two requests with one proof are never
//! both served.

pub mod accept;
pub mod channel;
pub mod closing;
pub mod store;
pub mod watcher;

pub use accept::{Accepted, Refused};
pub use channel::{Channel, Status};
pub use closing::CloseError;
pub use store::{ChannelKey, MemoryStore, Store};
pub use watcher::Watcher;

use std::sync::Mutex;

use crate::chain::ManagerContract;
use crate::protocol::header::Payment;
use crate::protocol::{Address, Amount, PrivateKey, Signature};

/// Below this many wei the receiver could not pay for a dispute, so nothing is served.
/// Source: the original channel manager.
pub const MIN_ETHER: u64 = 100_000_000;

/// What the watcher last saw of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainStatus {
    /// Payments can be accepted.
    Ready,
    /// The node does not answer.
    Offline,
    /// The receiver's account has less than [`MIN_ETHER`].
    EtherTooLow,
}

/// One account that is paid through one channel manager.
pub struct Receiver<S> {
    contract: ManagerContract,
    key: PrivateKey,
    store: S,
    status: Mutex<ChainStatus>,
}

impl<S: Store> Receiver<S> {
    /// A receiver that has not seen the chain yet: offline until a [`Watcher`] has.
    pub fn new(contract: ManagerContract, key: PrivateKey, store: S) -> Self {
        Self {
            contract,
            key,
            store,
            status: Mutex::new(ChainStatus::Offline),
        }
    }

    /// The contract.
    pub fn contract(&self) -> &ManagerContract {
        &self.contract
    }

    /// The account that is paid.
    pub fn address(&self) -> Address {
        self.key.address()
    }

    /// The channels.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// What the watcher last saw of the node.
    pub fn status(&self) -> ChainStatus {
        *self
            .status
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Notes what the watcher saw of the node.
    pub fn set_status(&self, status: ChainStatus) {
        *self
            .status
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner()) = status;
    }

    /// Verifies a payment of exactly `price` and stores it, in one step.
    pub fn accept(&self, payment: &Payment, price: Amount) -> Result<Accepted, Refused> {
        let key = ChannelKey {
            sender: payment.sender,
            open_block: payment.open_block,
        };
        let manager = &self.contract.manager;
        let decide = |channel: &mut Channel| accept::accept(manager, channel, payment, price);
        self.store
            .update(key, decide)
            .unwrap_or(Err(Refused::NonexistingChannel))
    }

    /// Agrees to closing with exactly the accepted balance and marks the channel closed. Asked
    /// again, it gives the same signature again.
    pub fn sign_close(&self, key: ChannelKey, balance: Amount) -> Result<Signature, CloseError> {
        let manager = &self.contract.manager;
        let decide = |channel: &mut Channel| closing::sign(manager, &self.key, channel, balance);
        self.store
            .update(key, decide)
            .unwrap_or(Err(CloseError::NoChannel))
    }
}
