//! Follows the chain.
//!
//! Events with enough confirmations are applied once, in the order of the chain. Newer ones make
//! up a view that is thrown away and read anew at every look, so that a reorganisation among them
//! needs no care. If the last confirmed block itself was replaced, everything is read again; the
//! proofs are kept.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use tracing::{info, warn};

use crate::chain::{ChainError, LogFilter, Node, PlacedLog, Transport};
use crate::protocol::amount::Uint256;
use crate::protocol::{Amount, ChannelId, Hash, ManagerEvent, event, rules};

use super::channel::{Channel, Status};
use super::store::{ChannelKey, Store};
use super::{ChainStatus, MIN_ETHER, Receiver};

/// Blocks asked for at once.
const CHUNK: u64 = 100_000;

/// Brings one receiver's channels in line with the chain.
pub struct Watcher<T, S> {
    node: Node<T>,
    receiver: Arc<Receiver<S>>,
    confirmations: u64,
    start_block: u64,
    /// The last block whose events were applied, and its hash.
    confirmed: Option<(u64, Hash)>,
}

impl<T: Transport, S: Store> Watcher<T, S> {
    /// Reads from `start_block` on. `confirmations` counts the event's own block, so 1 is the
    /// least: an event counts as soon as it is mined.
    pub fn new(
        node: Node<T>,
        receiver: Arc<Receiver<S>>,
        confirmations: u64,
        start_block: u64,
    ) -> Self {
        Self {
            node,
            receiver,
            confirmations: confirmations.max(1),
            start_block,
            confirmed: None,
        }
    }

    /// The last block whose events were applied.
    pub fn synced_block(&self) -> Option<u64> {
        self.confirmed.map(|(block, _)| block)
    }

    /// One look at the chain. Whatever goes wrong is temporary: the receiver is marked offline and
    /// the next look tries again.
    pub async fn poll(&mut self) -> Result<(), ChainError> {
        let result = self.look().await;
        match &result {
            Ok(status) => self.receiver.set_status(*status),
            Err(error) => {
                warn!(%error, "the chain can't be followed for now");
                self.receiver.set_status(ChainStatus::Offline);
            }
        }
        result.map(|_| ())
    }

    async fn look(&mut self) -> Result<ChainStatus, ChainError> {
        let newest = self.node.block_number().await?;
        self.check_confirmed(newest).await?;
        let head = (newest + 1).checked_sub(self.confirmations);
        let mut next = self
            .confirmed
            .map_or(self.start_block, |(block, _)| block + 1);
        while let Some(head) = head.filter(|head| next <= *head) {
            let end = head.min(next + CHUNK - 1);
            for placed in self.logs(next, end).await? {
                self.apply(&placed);
            }
            let Some(hash) = self.node.block_hash(end).await? else {
                break;
            };
            self.confirmed = Some((end, hash));
            next = end + 1;
        }
        self.look_at_unconfirmed(next, newest).await?;
        let ether = self.node.ether_balance(self.receiver.address()).await?;
        let enough = ether >= Uint256::from(MIN_ETHER);
        Ok(if enough {
            ChainStatus::Ready
        } else {
            ChainStatus::EtherTooLow
        })
    }

    /// Starts over if the last confirmed block is no longer part of the chain.
    async fn check_confirmed(&mut self, newest: u64) -> Result<(), ChainError> {
        let Some((block, hash)) = self.confirmed.filter(|(block, _)| *block <= newest) else {
            // A node that lags behind is not a reorganisation.
            return Ok(());
        };
        if self.node.block_hash(block).await? == Some(hash) {
            return Ok(());
        }
        warn!(
            block,
            "a confirmed block was replaced: reading the chain again"
        );
        for channel in self.receiver.store().all() {
            self.change(&channel.id, |channel| {
                channel.status = Status::Unconfirmed;
                channel.deposit = Amount::ZERO;
                channel.unconfirmed_top_ups.clear();
            });
        }
        self.confirmed = None;
        Ok(())
    }

    async fn logs(&self, from_block: u64, to_block: u64) -> Result<Vec<PlacedLog>, ChainError> {
        let address = self.receiver.contract().manager.address;
        // The receiver is the second indexed argument of all events that matter here.
        let receiver = event::address_topic(self.receiver.address());
        let topics = vec![None, None, Some(receiver)];
        self.node
            .logs(&LogFilter {
                address,
                topics,
                from_block,
                to_block,
            })
            .await
    }

    fn read(&self, placed: &PlacedLog) -> Option<ManagerEvent> {
        let generation = self.receiver.contract().manager.generation;
        let read = ManagerEvent::read(generation, &placed.log);
        read.inspect_err(|error| warn!(%error, block = placed.block, "an event was skipped"))
            .ok()
    }

    fn apply(&self, placed: &PlacedLog) {
        match self.read(placed) {
            Some(ManagerEvent::Created { .. }) => {
                let Some((id, deposit)) = self.receiver.contract().created_by(placed) else {
                    return;
                };
                info!(sender = %id.sender, block = id.open_block, %deposit, "channel confirmed");
                self.receiver
                    .store()
                    .insert(Channel::new(id, deposit, Status::Open));
                self.change(&id, |channel| {
                    channel.deposit = deposit;
                    channel.status = match channel.closing_signature {
                        Some(_) => Status::Agreed,
                        None => Status::Open,
                    };
                });
            }
            Some(ManagerEvent::ToppedUp { channel, added }) => self.change(&channel, |channel| {
                channel.unconfirmed_top_ups.remove(&placed.transaction);
                // The contract's limit keeps this far below overflow.
                channel.deposit = channel
                    .deposit
                    .checked_add(added)
                    .unwrap_or(channel.deposit);
            }),
            Some(ManagerEvent::CloseRequested { channel, balance }) => {
                self.close_requested(&channel, balance, placed.block);
            }
            Some(ManagerEvent::Settled { channel, .. }) => {
                info!(sender = %channel.sender, block = channel.open_block, "channel settled");
                self.receiver.store().remove(key(&channel));
            }
            Some(ManagerEvent::Withdrawn { .. } | ManagerEvent::TrustedContract { .. }) | None => {}
        }
    }

    fn close_requested(&self, id: &ChannelId, balance: Amount, block: u64) {
        let period = self.receiver.contract().challenge_period;
        let Some(settle_block) = rules::settle_block(block, period) else {
            return;
        };
        self.change(id, |channel| {
            if balance < channel.balance() {
                warn!(
                    sender = %id.sender, block = id.open_block, requested = %balance,
                    accepted = %channel.balance(),
                    "the sender requests closing with less than it paid: answer with the proof \
                     within the challenge period"
                );
            }
            channel.status = Status::Closing { settle_block };
        });
    }

    /// Replaces what is known of blocks without enough confirmations.
    async fn look_at_unconfirmed(&self, from: u64, newest: u64) -> Result<(), ChainError> {
        let logs = if from <= newest {
            self.logs(from, newest).await?
        } else {
            Vec::new()
        };
        let mut created = BTreeMap::new();
        let mut top_ups: BTreeMap<ChannelKey, BTreeMap<Hash, Amount>> = BTreeMap::new();
        for placed in &logs {
            match self.read(placed) {
                Some(ManagerEvent::Created { .. }) => {
                    if let Some((id, deposit)) = self.receiver.contract().created_by(placed) {
                        created.insert(key(&id), Channel::new(id, deposit, Status::Unconfirmed));
                    }
                }
                Some(ManagerEvent::ToppedUp { channel, added }) => {
                    top_ups
                        .entry(key(&channel))
                        .or_default()
                        .insert(placed.transaction, added);
                }
                _ => {}
            }
        }
        for channel in self.receiver.store().all() {
            let key = key(&channel.id);
            let vanished = channel.status == Status::Unconfirmed && !created.contains_key(&key);
            if vanished && channel.proof.is_none() {
                self.receiver.store().remove(key);
                continue;
            }
            let pending = top_ups.remove(&key).unwrap_or_default();
            if pending != channel.unconfirmed_top_ups && channel.status != Status::Unconfirmed {
                self.change(&channel.id, |channel| channel.unconfirmed_top_ups = pending);
            }
        }
        for channel in created.into_values() {
            self.receiver.store().insert(channel);
        }
        Ok(())
    }

    fn change(&self, id: &ChannelId, change: impl FnOnce(&mut Channel)) {
        self.receiver.store().update(key(id), |channel| {
            change(channel);
            Ok::<_, Infallible>(())
        });
    }
}

fn key(id: &ChannelId) -> ChannelKey {
    ChannelKey {
        sender: id.sender,
        open_block: id.open_block,
    }
}
