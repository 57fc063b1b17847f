//! Reading a channel from the chain.
//!
//! One answer of a node may be older than what it said before, because it lags, or because another one
//! answers at the same address. So:
//!
//! - what a record knows is taken back (a deposit, a close request, the channel itself) only when several
//!   looks in a row agree that it is gone;
//! - a receipt is stronger than a read: after a transaction the chain is looked at until it shows what was
//!   done, a bounded number of times, and then the receipt is believed;
//! - a channel is known by the number that its *contract* saw as its block's. Where the contracts of a chain
//!   count by the blocks of another one, the node says which (`l1BlockNumber`), and the channel is looked for
//!   there. One that is not found after its opening was mined is [`FlowError::Unseen`]: its journal entry
//!   stays, and nothing more is opened to its receiver until it is found.
//!
//! [`FlowError::Unseen`]: super::FlowError::Unseen

use crate::chain::{Receipt, Seen};
use crate::protocol::{Address, Amount, ChannelId, ManagerEvent};

use super::super::journal::{Action, Step};
use super::super::ledger::Outcome;
use super::super::record::{ChannelRecord, ChannelState};
use super::super::world::World;
use super::Sender;
use super::locked::{ChannelEntry, LockedChannel};

/// Looks for what a receipt says was done: eight seconds.
pub(super) const AFTER_RECEIPT: u32 = 20;
/// Looks that have to agree before anything known is taken back: three seconds.
pub(super) const AGAINST: u32 = 8;
/// Between two looks.
pub(super) const PAUSE_MILLISECONDS: u32 = 400;
/// How far from the blocks that are named a channel is looked for at last.
const NEARBY: u64 = 2;

/// A channel that was announced in a block.
#[derive(Clone, Copy)]
pub(super) struct AnnouncedChannel {
    pub(super) receiver: Address,
    pub(super) deposit: Amount,
    /// The block as the chain counts.
    pub(super) block: u64,
    /// The block as its contracts count, where that is known to be another number.
    pub(super) contract_block: Option<u64>,
}

impl AnnouncedChannel {
    /// What an event says: its block is the chain's, and the channel's deposit may be another one by now.
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

    /// The newest block by the number that the contract counts challenge periods in.
    pub(super) async fn newest_for_contract(&self) -> Result<u64, W::Error> {
        let newest = self.newest_block().await?;
        let told = self.contract_block(newest).await?;
        Ok(told.unwrap_or(newest))
    }

    /// Looks until it is enough, a number of times at most; the last look counts.
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

    /// Looks for an announced channel by the numbers that its contract may know its block by, so many times;
    /// `None`: the chain does not show it.
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

    /// One look around the blocks, for a channel of just that deposit that has no record.
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

    /// Stores the record of a channel that was just opened, unless there is one: another page may have
    /// found it, and paid in it, before this one got here.
    pub(super) async fn take_in(
        &self,
        record: ChannelRecord,
        seen: Seen,
    ) -> Result<ChannelRecord, W::Error> {
        let channel = match self.entry(record.id).await? {
            ChannelEntry::Stored(mut known) => {
                known.refresh().await?;
                known
            }
            ChannelEntry::Vacant(turn) => {
                let mut channel = turn.insert(record).await?;
                channel.take_note(seen).await?;
                channel
            }
        };
        Ok(channel.into_record())
    }
}

impl<W: World> LockedChannel<'_, W> {
    /// Reads the chain into the record and stores it. Of a channel that is gone, what it was paid out
    /// with tells whether the pending proof was counted.
    pub(super) async fn refresh(&mut self) -> Result<Seen, W::Error> {
        let seen = self
            .sender
            .look_until(&self.id, AGAINST, |seen| !self.loses_by(seen))
            .await?;
        self.take_note(seen).await?;
        Ok(seen)
    }

    /// Takes what the chain says into the record and stores it.
    async fn take_note(&mut self, seen: Seen) -> Result<(), W::Error> {
        self.see(&seen);
        let paid_out = match seen {
            Seen::Live { .. } => None,
            Seen::Settled { balance } => Some(balance),
            // The proofs are of a channel that does not exist.
            Seen::Missing => Some(Amount::ZERO),
        };
        if let (Some(paid_out), Some(proof)) = (paid_out, self.pending().copied()) {
            let entry = self.pending_entry();
            let outcome = if paid_out >= proof.balance {
                self.confirm(&proof)?;
                Outcome::Taken
            } else {
                self.rollback(&proof)?;
                Outcome::Refused
            };
            self.sender.list_ended(entry, outcome).await;
        }
        self.save().await
    }

    /// Reads the chain into the record after a transaction of the channel; whether it did what it was for.
    /// `mined` is its receipt, if it was mined and took effect.
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

    /// The chain did not show what a mined transaction did, so its receipt alone says it.
    async fn believe(&mut self, step: &Step, receipt: &Receipt) -> Result<(), W::Error> {
        match step.action {
            Action::TopUp => {
                self.deposit = self.deposit.max(step.deposit.unwrap_or(Amount::ZERO));
                self.save().await
            }
            Action::Close => {
                let block = receipt.contract_block.unwrap_or(receipt.block);
                let period = self.sender.contract.challenge_period;
                let end = block.saturating_add(period.into());
                self.state = ChannelState::Closing {
                    settle_block: u32::try_from(end).unwrap_or(u32::MAX),
                };
                self.save().await
            }
            Action::CooperativeClose | Action::Settle => {
                let balance = step.amount;
                self.take_note(Seen::Settled { balance }).await
            }
            _ => Ok(()),
        }
    }
}

/// Whether the chain shows what a step was for.
fn shows(step: &Step, seen: &Seen, known: &ChannelRecord, mined: bool) -> bool {
    match (step.action, seen) {
        (Action::TopUp, Seen::Live { confirmed, .. }) => match step.deposit {
            Some(deposit) => *confirmed >= deposit,
            // What it was before is not known.
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
