//! Reading a channel from the chain.
//!
//! One answer of a node may be older than an earlier one: the node lags, or a load balancer asks another
//! node. So:
//!
//! - a record loses what it knows (a deposit, a close request, the channel itself) only when several consecutive
//!   polls agree that it is gone;
//! - a receipt is stronger than a read: after a transaction the chain is polled until it shows the effect, a
//!   bounded number of times, and then the receipt decides;
//! - a channel's open block is `block.number` as its *contract* saw it. On chains whose contracts see another
//!   chain's block numbers, the node tells that number (`l1BlockNumber`), and the channel is looked up by it. If
//!   it is not found after its opening was mined, the flow fails with [`FlowError::Unseen`]: the journal entry
//!   stays, and no other channel is opened to its receiver until it is found.
//!
//! [`FlowError::Unseen`]: super::FlowError::Unseen

use crate::chain::{Receipt, Seen};
use crate::protocol::{Address, Amount, ChannelId, ManagerEvent};

use super::super::record::{ChannelRecord, ChannelState};
use super::super::store::journal::{Action, Step};
use super::super::store::ledger::Outcome;
use super::super::world::World;
use super::Sender;
use super::locked::{ChannelEntry, LockedChannel};

/// Polls for the effect of a mined transaction: eight seconds.
pub(super) const AFTER_RECEIPT: u32 = 20;
/// Consecutive polls that must agree before a record loses what it knows: three seconds.
pub(super) const AGAINST: u32 = 8;
/// The pause between two polls.
pub(super) const PAUSE_MILLISECONDS: u32 = 400;
/// The last lookup covers so many blocks on both sides of those that were announced.
const NEARBY: u64 = 2;

/// A channel announced by an event.
#[derive(Clone, Copy)]
pub(super) struct AnnouncedChannel {
    pub(super) receiver: Address,
    pub(super) deposit: Amount,
    /// The chain's number of the block.
    pub(super) block: u64,
    /// The contracts' number of the block, if it is known to differ.
    pub(super) contract_block: Option<u64>,
}

impl AnnouncedChannel {
    /// From an event: the block number is the chain's, and the deposit may have changed since.
    pub(super) fn by_event(id: &ChannelId) -> Self {
        Self {
            receiver: id.receiver,
            deposit: Amount::ZERO,
            block: id.open_block.into(),
            contract_block: None,
        }
    }
}

impl<W: World> Sender<W> {
    /// Reads the chain into the record of a channel.
    pub async fn refresh(&self, id: ChannelId) -> Result<(), W::Error> {
        self.lock(id).await?.refresh().await.map(drop)
    }

    /// The number of the newest block by which the contract counts challenge periods.
    pub(super) async fn newest_for_contract(&self) -> Result<u64, W::Error> {
        let newest = self.newest_block().await?;
        let told = self.contract_block(newest).await?;
        Ok(told.unwrap_or(newest))
    }

    /// Polls until `enough`, at most `looks` times; returns the last answer.
    pub(super) async fn look_until(
        &self,
        id: &ChannelId,
        looks: u32,
        enough: impl Fn(&Seen) -> bool,
    ) -> Result<Seen, W::Error> {
        let mut seen = self.look(id).await?;
        for _ in 1..looks {
            if enough(&seen) {
                break;
            }
            self.world.pause(PAUSE_MILLISECONDS).await?;
            seen = self.look(id).await?;
        }
        Ok(seen)
    }

    /// The deposit of the channel that a mined opening announced.
    pub(super) fn opened_by(&self, step: &Step, receipt: &Receipt) -> Option<Amount> {
        let manager = self.contract.manager;
        receipt.logs.iter().find_map(|log| {
            match ManagerEvent::read(manager.generation, log).ok()? {
                ManagerEvent::Created {
                    sender,
                    receiver,
                    deposit,
                } if log.address == manager.address
                    && sender == self.account
                    && receiver == step.key.receiver =>
                {
                    Some(deposit)
                }
                _ => None,
            }
        })
    }

    /// Polls for an announced channel under each number that its contract may know the block by; `None`: the
    /// chain does not show it.
    pub(super) async fn find_announced(
        &self,
        announced: AnnouncedChannel,
        looks: u32,
    ) -> Result<Option<(ChannelId, Seen)>, W::Error> {
        let mut blocks = vec![announced.block];
        blocks.extend(announced.contract_block);
        let mut unconfirmed = None;
        for look in 0..looks {
            if look > 0 {
                self.world.pause(PAUSE_MILLISECONDS).await?;
            }
            for block in &blocks {
                let Some(id) = self.at_block(announced.receiver, *block) else {
                    continue;
                };
                match self.look(&id).await? {
                    Seen::Missing => {}
                    seen @ Seen::Live { confirmed, .. } if confirmed < announced.deposit => {
                        unconfirmed = Some((id, seen));
                    }
                    seen => return Ok(Some((id, seen))),
                }
            }
            if look == 0 && unconfirmed.is_none() && blocks.len() == 1 {
                let told = self.contract_block(announced.block).await?;
                if let Some(told) = told.filter(|told| *told != announced.block) {
                    blocks.push(told);
                }
            }
        }
        if unconfirmed.is_some() {
            return Ok(unconfirmed);
        }
        self.find_nearby(announced, &blocks).await
    }

    /// One lookup in the neighbouring blocks, for a channel with exactly that deposit and without a record.
    async fn find_nearby(
        &self,
        announced: AnnouncedChannel,
        blocks: &[u64],
    ) -> Result<Option<(ChannelId, Seen)>, W::Error> {
        for block in blocks {
            let around = block.saturating_sub(NEARBY)..=block.saturating_add(NEARBY);
            for near in around.filter(|near| !blocks.contains(near)) {
                let Some(id) = self.at_block(announced.receiver, near) else {
                    continue;
                };
                let name = self.record_key(id).name();
                if self.world.read(&name).await?.is_some() {
                    continue;
                }
                match self.look(&id).await? {
                    seen @ Seen::Live { info, .. } if info.deposit == announced.deposit => {
                        return Ok(Some((id, seen)));
                    }
                    _ => {}
                }
            }
        }
        Ok(None)
    }

    fn at_block(&self, receiver: Address, block: u64) -> Option<ChannelId> {
        Some(ChannelId {
            sender: self.account,
            receiver,
            open_block: u32::try_from(block).ok()?,
        })
    }

    /// Stores the record of a channel that was just opened, unless there is one: another page may have found
    /// the channel, and paid in it, first.
    pub(super) async fn take_in(
        &self,
        id: ChannelId,
        deposit: Amount,
        seen: Seen,
    ) -> Result<ChannelRecord, W::Error> {
        let channel = match self.entry(id).await? {
            ChannelEntry::Stored(mut known) => {
                known.refresh().await?;
                known
            }
            ChannelEntry::Vacant(turn) => {
                let (chain_id, manager) = (self.contract.chain_id, self.contract.manager);
                let mut record = ChannelRecord::new(chain_id, manager, id, deposit);
                // Before it is stored: the deposit may not be confirmed yet.
                record.see(&seen);
                turn.insert(record).await?
            }
        };
        Ok(channel.into_record())
    }
}

impl<W: World> LockedChannel<'_, W> {
    /// Updates the record from the chain and stores it. The balance of a settled channel tells whether the
    /// pending proof was counted.
    pub(super) async fn refresh(&mut self) -> Result<Seen, W::Error> {
        let seen = self
            .sender
            .look_until(&self.id, AGAINST, |seen| !self.loses_by(seen))
            .await?;
        self.take_note(seen).await?;
        Ok(seen)
    }

    /// Updates the record by what was read and stores it.
    async fn take_note(&mut self, seen: Seen) -> Result<(), W::Error> {
        let paid_out = match seen {
            Seen::Live { .. } => None,
            Seen::Settled { balance } => Some(balance),
            // The channel does not exist, so no proof of it counts.
            Seen::Missing => Some(Amount::ZERO),
        };
        let mut ended = Vec::new();
        let changed = self.try_with(|record| {
            record.see(&seen);
            let Some(paid_out) = paid_out else {
                return Ok(());
            };
            for payment in record.in_flight().to_vec() {
                let entry = record.entry_of(&payment);
                let with = record.charged().checked_add(payment.price);
                let outcome = if with.is_some_and(|with| with <= paid_out) {
                    record.charge_number(payment.number, payment.price, None)?;
                    Outcome::Taken
                } else {
                    record.drop_number(payment.number)?;
                    Outcome::Refused
                };
                ended.push(entry.ended(outcome));
            }
            let Some(proof) = record.pending().copied() else {
                return Ok(());
            };
            let entry = record.pending_entry();
            let outcome = if paid_out >= proof.balance {
                record.confirm(&proof)?;
                Outcome::Taken
            } else {
                record.rollback(&proof)?;
                Outcome::Refused
            };
            ended.extend(entry.map(|entry| entry.ended(outcome)));
            Ok(())
        })?;
        for entry in ended {
            self.sender.list(&entry).await;
        }
        self.store(changed).await
    }

    /// Updates the record from the chain after a transaction of the channel; returns whether the transaction
    /// took effect. `mined` is the receipt of a successful one.
    pub(super) async fn changed_by(
        &mut self,
        step: &Step,
        mined: Option<&Receipt>,
        looks: u32,
    ) -> Result<bool, W::Error> {
        let enough = |seen: &Seen| shows(step, seen, self, mined.is_some());
        let seen = self.sender.look_until(&self.id, looks, enough).await?;
        if enough(&seen) {
            self.take_note(seen).await?;
            return Ok(true);
        }
        if let Some(receipt) = mined {
            self.believe(step, receipt).await?;
            return Ok(true);
        }
        if looks >= AGAINST || !self.loses_by(&seen) {
            self.take_note(seen).await?;
        }
        Ok(false)
    }

    /// Updates the record by the receipt alone: the chain did not show the effect in time.
    async fn believe(&mut self, step: &Step, receipt: &Receipt) -> Result<(), W::Error> {
        match step.action {
            Action::TopUp => {
                let deposit = self.deposit.max(step.deposit.unwrap_or(Amount::ZERO));
                let changed = self.with(|record| record.deposit = deposit);
                self.store(changed).await
            }
            Action::Close => {
                let block = receipt.contract_block.unwrap_or(receipt.block);
                let period = self.sender.contract.challenge_period;
                let end = block.saturating_add(period.into());
                let settle_block = u32::try_from(end).unwrap_or(u32::MAX);
                let state = ChannelState::Closing { settle_block };
                let changed = self.with(|record| record.state = state);
                self.store(changed).await
            }
            Action::CooperativeClose | Action::Settle => {
                let balance = step.amount;
                self.take_note(Seen::Settled { balance }).await
            }
            _ => Ok(()),
        }
    }
}

/// Whether the chain shows the effect of a step.
fn shows(step: &Step, seen: &Seen, known: &ChannelRecord, mined: bool) -> bool {
    match (step.action, seen) {
        (Action::TopUp, Seen::Live { confirmed, .. }) => match step.deposit {
            Some(deposit) => *confirmed >= deposit,
            // The deposit before is not known.
            None => *confirmed > known.deposit || (mined && *confirmed == known.deposit),
        },
        (Action::TopUp | Action::Close, Seen::Settled { .. }) => {
            mined || step.action == Action::Close
        }
        (Action::Close, Seen::Live { info, .. }) => info.is_closing(),
        (Action::CooperativeClose | Action::Settle, Seen::Settled { .. }) => true,
        _ => false,
    }
}
