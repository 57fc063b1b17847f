//! Follows the chain.
//!
//! Events with enough confirmations are applied once, in the order of the chain, in one write
//! together with the block up to which they reach. Newer ones make up a view that is thrown away
//! and read anew at every look, so that a reorganisation among them needs no care. If the last
//! confirmed block itself was replaced, everything is read again; the proofs are kept.
//!
//! What a node does wrong is temporary: errors, silence, lagging behind, jumping back, answers for
//! other ranges. Logs are asked for in pieces whose size follows what the node puts up with.

mod events;
mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use tracing::{info, warn};

use crate::chain::{ChainError, LogFilter, Node, PlacedLog, Transport, TransportError};
use crate::protocol::amount::Uint256;
use crate::protocol::{Amount, Hash, ManagerEvent, event};

use super::cashier;
use super::channel::{Channel, Status};
use super::store::typed::{self, StoreExt};
use super::store::{Advance, Batch, ChannelKey, Edit, Select, StoreError, Synced};
use super::{ChainStatus, MIN_ETHER, Progress, Receiver};

/// The most blocks asked for at once.
const MAX_CHUNK: u64 = 100_000;

/// Brings one receiver's channels in line with the chain.
pub struct Watcher<T> {
    node: Node<T>,
    receiver: Arc<Receiver>,
    confirmations: u64,
    start_block: u64,
    /// Blocks to ask for at once.
    chunk: u64,
    /// At which block it was last forgotten what can't be taken back any more.
    pruned: Option<u64>,
}

/// Why a look at the chain was not completed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WatchError {
    /// The node does not answer, or not as it should.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// What was seen can't be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<T: Transport> Watcher<T> {
    /// Reads from `start_block` on, or from where the store says that it was read. `confirmations`
    /// counts the event's own block, so 1 is the least: an event counts as soon as it is mined.
    pub fn new(
        node: Node<T>,
        receiver: Arc<Receiver>,
        confirmations: u64,
        start_block: u64,
    ) -> Self {
        Self {
            node,
            receiver,
            confirmations: confirmations.max(1),
            start_block,
            chunk: MAX_CHUNK,
            pruned: None,
        }
    }

    /// One look at the chain, and what it calls for: close requests below the accepted balance are
    /// answered. Whatever goes wrong is temporary: the receiver is marked offline and the next look
    /// tries again.
    pub async fn poll(&mut self) -> Result<(), WatchError> {
        let result = self.look().await;
        // What is known to be due is tried even where the look failed.
        cashier::work(&self.node, &self.receiver).await;
        match &result {
            Ok(status) => self.receiver.set_status(*status),
            // What it has written is what this look would have written.
            Err(WatchError::Store(StoreError::Overtaken)) => return Ok(()),
            Err(error) => {
                warn!(%error, "the chain can't be followed for now");
                self.receiver.set_status(ChainStatus::Offline);
            }
        }
        result.map(|_| ())
    }

    async fn look(&mut self) -> Result<ChainStatus, WatchError> {
        let newest = self.node.block_number().await?;
        let synced = self.receiver.store().synced().await?;
        let mut synced = self.check_confirmed(synced, newest).await?;
        let head = newest.checked_sub(self.confirmations - 1);
        let mut next = synced.map_or(self.start_block, |synced| synced.block + 1);
        self.show_progress(newest, synced);
        while let Some(head) = head.filter(|head| next <= *head) {
            let Some((logs, to)) = self.piece(next, head).await? else {
                break;
            };
            let edits = events::edits(self.receiver.contract(), &logs);
            self.write(edits, synced, Some(to)).await?;
            synced = Some(to);
            next = to.block + 1;
            self.show_progress(newest, synced);
        }
        // A node that stopped short is asked again before newer blocks are looked at.
        if head.is_none_or(|head| next > head) {
            self.look_at_unconfirmed(synced, next, newest).await?;
            self.prune(synced).await?;
        }
        let ether = self.node.ether_balance(self.receiver.address()).await?;
        let enough = ether >= Uint256::from(MIN_ETHER);
        Ok(if enough {
            ChainStatus::Ready
        } else {
            ChainStatus::EtherTooLow
        })
    }

    /// Starts over if the last confirmed block is no longer part of the chain.
    async fn check_confirmed(
        &self,
        synced: Option<Synced>,
        newest: u64,
    ) -> Result<Option<Synced>, WatchError> {
        let Some(Synced { block, hash }) = synced.filter(|synced| synced.block <= newest) else {
            // A node that lags behind is not a reorganisation.
            return Ok(synced);
        };
        if self.node.block_hash(block).await? == Some(hash) {
            return Ok(synced);
        }
        warn!(
            block,
            "a confirmed block was replaced: reading the chain again"
        );
        // Until the chain is read again, a closing channel may look open.
        self.receiver.set_status(ChainStatus::Offline);
        let edits = memory::unread(self.receiver.store()).await?;
        self.write(edits, synced, None).await?;
        Ok(None)
    }

    /// The logs from `next` on of as many blocks as the node puts up with, and the last of these
    /// blocks. `None`: the node does not know that block yet, or it was replaced meanwhile.
    async fn piece(
        &mut self,
        next: u64,
        head: u64,
    ) -> Result<Option<(Vec<PlacedLog>, Synced)>, ChainError> {
        loop {
            let block = head.min(next.saturating_add(self.chunk - 1));
            let Some(hash) = self.node.block_hash(block).await? else {
                return Ok(None);
            };
            match self.logs(next, block).await {
                Ok(logs) => {
                    self.chunk = self.chunk.saturating_mul(2).min(MAX_CHUNK);
                    // Logs and hash have to be of one chain.
                    let same = self.node.block_hash(block).await? == Some(hash);
                    return Ok(same.then_some((logs, Synced { block, hash })));
                }
                Err(error) => {
                    let blocks = block - next + 1;
                    self.chunk = (blocks / 2).max(1);
                    if blocks == 1 || !is_refusal(&error) {
                        return Err(error);
                    }
                    info!(%error, blocks, "asking for the events of fewer blocks");
                }
            }
        }
    }

    fn show_progress(&self, newest: u64, synced: Option<Synced>) {
        self.receiver.set_progress(Progress {
            newest,
            synced: synced.map(|synced| synced.block),
            seen: SystemTime::now(),
        });
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

    /// Replaces what is known of blocks without enough confirmations.
    async fn look_at_unconfirmed(
        &self,
        synced: Option<Synced>,
        from: u64,
        newest: u64,
    ) -> Result<(), WatchError> {
        let logs = if from <= newest {
            self.logs(from, newest).await?
        } else {
            Vec::new()
        };
        let contract = self.receiver.contract();
        let mut created = BTreeMap::new();
        let mut leaving = BTreeSet::new();
        let mut top_ups: BTreeMap<ChannelKey, BTreeMap<Hash, Amount>> = BTreeMap::new();
        for placed in &logs {
            match events::read(contract, placed) {
                Some(ManagerEvent::Created { .. }) => {
                    if let Some((id, deposit)) = contract.created_by(placed) {
                        let channel = Channel::new(id, deposit, Status::Unconfirmed);
                        created.insert(ChannelKey::from(&id), channel);
                    }
                }
                Some(ManagerEvent::ToppedUp { channel, added }) => {
                    let of_channel = top_ups.entry(ChannelKey::from(&channel)).or_default();
                    // A contract may top up several times in one transaction.
                    let sum = of_channel.entry(placed.transaction).or_default();
                    *sum = sum.checked_add(added).unwrap_or(*sum);
                }
                Some(
                    ManagerEvent::CloseRequested { channel, .. }
                    | ManagerEvent::Settled { channel, .. },
                ) => {
                    leaving.insert(ChannelKey::from(&channel));
                }
                _ => {}
            }
        }
        self.receiver.set_leaving(leaving);
        let mut edits = Vec::new();
        for channel in self.receiver.store().all(Select::Waiting).await? {
            let key = ChannelKey::from(&channel.id);
            if channel.status == Status::Unconfirmed {
                if !created.contains_key(&key) && channel.is_bare() {
                    edits.push((key, typed::remove()));
                }
                created.remove(&key);
                top_ups.remove(&key);
                continue;
            }
            let pending = top_ups.remove(&key).unwrap_or_default();
            if pending != channel.unconfirmed_top_ups {
                edits.push((key, show_top_ups(pending)));
            }
        }
        edits.extend(
            top_ups
                .into_iter()
                .map(|(key, new)| (key, show_top_ups(new))),
        );
        let new = created.into_iter();
        edits.extend(new.map(|(key, channel)| (key, typed::insert(channel))));
        if edits.is_empty() {
            return Ok(());
        }
        Ok(self.write(edits, synced, synced).await?)
    }

    async fn write(
        &self,
        edits: Vec<(ChannelKey, Edit)>,
        from: Option<Synced>,
        to: Option<Synced>,
    ) -> Result<(), StoreError> {
        let advance = Some(Advance { from, to });
        self.receiver.store().write(Batch { edits, advance }).await
    }
}

/// Whether the node answered and may answer a smaller question.
fn is_refusal(error: &ChainError) -> bool {
    matches!(
        error,
        ChainError::Transport {
            source: TransportError::Answer { .. } | TransportError::NotJsonRpc,
            ..
        }
    )
}

fn show_top_ups(pending: BTreeMap<Hash, Amount>) -> Edit {
    typed::change(move |channel| {
        if channel.status != Status::Unconfirmed {
            channel.unconfirmed_top_ups = pending;
        }
    })
}
