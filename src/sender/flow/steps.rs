//! One transaction: written down, handed in, followed to its end.

use crate::chain::{Receipt, Seen, Status};
use crate::protocol::{Amount, ChannelId, Hash, ManagerEvent};

use super::super::journal::{Action, Step, StepKey};
use super::super::ledger::Outcome;
use super::super::record::{ChannelRecord, ChannelState};
use super::super::world::{Call, Progress, World};
use super::{FlowError, Sender};

/// Between two looks at the chain.
const POLL_MILLISECONDS: u32 = 400;
/// Looks before giving up for now: ten minutes. The journal keeps the transaction.
const MAX_POLLS: u32 = 1500;
/// So many looks in a row at which no node knows a transaction, or knows another one with its nonce:
/// it was dropped or replaced.
const UNKNOWN_LOOKS: u32 = 8;

/// How a transaction ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// Mined, with the confirmations asked for.
    Mined(Receipt),
    /// Mined without effect.
    Reverted(Receipt),
    /// Another one took its nonce.
    Replaced,
    /// No node knows it.
    Dropped,
}

impl<W: World> Sender<W> {
    /// Sends one transaction of a channel or opening, waits for its end and makes good what it did.
    /// An opening gives its channel.
    pub(super) async fn run(
        &self,
        key: StepKey,
        call: &Call,
        amount: Amount,
    ) -> Result<(Option<Hash>, Option<ChannelRecord>), W::Error> {
        let (step, ended) = self.carry_out(key, call, amount).await?;
        let record = self.settle_step(&step, ended).await??;
        Ok((step.sent.hash, record))
    }

    /// Sends one transaction and waits for its end. The entry stays in the journal until what it did
    /// is made good.
    pub(super) async fn carry_out(
        &self,
        key: StepKey,
        call: &Call,
        amount: Amount,
    ) -> Result<(Step, Ended), W::Error> {
        let step = self.send(key, call, amount).await?;
        let ended = self.follow(&step).await?;
        Ok((step, ended))
    }

    /// Sends one transaction that belongs to no channel and waits for its end.
    pub async fn transact(&self, call: &Call) -> Result<Option<Hash>, W::Error> {
        // Such a transaction moves nothing that a record has to know of; its entry is never written
        // down, and lives only as long as this call.
        let prepared = self.world.prepare(call).await?;
        let sent = self
            .world
            .submit(prepared)
            .await
            .map_err(|not_sent| not_sent.error)?;
        let action = call.action;
        if let Some(hash) = &sent.hash {
            self.world.tell(Progress::Sent { action, hash });
        }
        let step = Step {
            key: self.step_key(call.to, None),
            action,
            amount: Amount::ZERO,
            from_block: 0,
            sent,
        };
        match self.follow(&step).await? {
            Ended::Mined(_) => Ok(step.sent.hash),
            Ended::Reverted(receipt) => Err(FlowError::Reverted {
                hash: receipt.transaction,
            }
            .into()),
            Ended::Replaced => Err(FlowError::Replaced(action).into()),
            Ended::Dropped => Err(FlowError::Dropped(action).into()),
        }
    }

    /// Writes a transaction down and hands it in.
    async fn send(&self, key: StepKey, call: &Call, amount: Amount) -> Result<Step, W::Error> {
        self.world.check()?;
        let from_block = self.world.newest_block().await?;
        let prepared = self.world.prepare(call).await?;
        let mut step = Step {
            key,
            action: call.action,
            amount,
            from_block,
            sent: self.world.prepared(&prepared),
        };
        self.write_step(&step).await?;
        match self.world.submit(prepared).await {
            Ok(sent) => step.sent = sent,
            Err(not_sent) => {
                if not_sent.certain {
                    self.remove_step(&step).await?;
                }
                return Err(not_sent.error);
            }
        }
        // A full storage must not lose sight of a transaction that is under way.
        let _ = self.write_step(&step).await;
        if let Some(hash) = &step.sent.hash {
            let action = step.action;
            self.world.tell(Progress::Sent { action, hash });
        }
        Ok(step)
    }

    /// Follows what an earlier page left unfinished at this channel or opening. Gives the entry, and
    /// the channel of an opening, if it took effect.
    pub(super) async fn finish_earlier(
        &self,
        key: StepKey,
    ) -> Result<Option<(Step, Option<ChannelRecord>)>, W::Error> {
        let Some(step) = self.step(&key.name()).await? else {
            return Ok(None);
        };
        let settled = self.finish(&step).await?;
        Ok(settled.ok().map(|record| (step, record)))
    }

    /// Waits for the end of a transaction and does what follows from it.
    pub(super) async fn finish(
        &self,
        step: &Step,
    ) -> Result<Result<Option<ChannelRecord>, FlowError>, W::Error> {
        let ended = self.follow(step).await?;
        self.settle_step(step, ended).await
    }

    /// Removes a transaction that took no effect from the journal, and says why it did not.
    pub(super) async fn conclude(&self, step: &Step, ended: Ended) -> Result<FlowError, W::Error> {
        let action = step.action;
        let error = match ended {
            Ended::Mined(receipt) => FlowError::OpenedNothing {
                hash: receipt.transaction,
            },
            Ended::Reverted(receipt) => FlowError::Reverted {
                hash: receipt.transaction,
            },
            Ended::Replaced => FlowError::Replaced(action),
            Ended::Dropped => FlowError::Dropped(action),
        };
        self.remove_step(step).await?;
        Ok(error)
    }

    /// Waits for the end of a transaction.
    pub(super) async fn follow(&self, step: &Step) -> Result<Ended, W::Error> {
        let mut told = None;
        let mut unknown = 0;
        for _ in 0..MAX_POLLS {
            let status = self.world.status(&step.sent).await?;
            let confirmations = match &status {
                Status::Mined { confirmations, .. } => *confirmations,
                _ => 0,
            };
            if told != Some(confirmations) {
                told = Some(confirmations);
                self.world.tell(Progress::Confirming {
                    action: step.action,
                    hash: step.sent.hash.as_ref(),
                    confirmations: confirmations.min(self.confirmations),
                    required: self.confirmations,
                });
            }
            unknown = match status {
                Status::Unknown | Status::Replaced => unknown + 1,
                _ => 0,
            };
            if let Some(ended) = self.ended(status, unknown) {
                return Ok(ended);
            }
            self.world.pause(POLL_MILLISECONDS).await?;
        }
        let (action, hash) = (step.action, step.sent.hash);
        Err(FlowError::NotMined { action, hash }.into())
    }

    /// Whether one look suffices to tell the end.
    pub(super) fn ended(&self, status: Status, looks: u32) -> Option<Ended> {
        match status {
            Status::Mined {
                receipt,
                confirmations,
            } if confirmations >= self.confirmations => Some(if receipt.success {
                Ended::Mined(receipt)
            } else {
                Ended::Reverted(receipt)
            }),
            Status::Unknown if looks >= UNKNOWN_LOOKS => Some(Ended::Dropped),
            // Nodes count a nonce as used a moment before they show the receipt, and a
            // reorganisation may bring it back.
            Status::Replaced if looks >= UNKNOWN_LOOKS => Some(Ended::Replaced),
            _ => None,
        }
    }

    /// The channel that a mined opening opened.
    pub(super) fn opened_by(&self, step: &Step, receipt: &Receipt) -> Option<ChannelRecord> {
        let manager = self.contract.manager;
        let deposit = receipt.logs.iter().find_map(|log| {
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
        })?;
        let id = ChannelId {
            sender: self.account,
            receiver: step.key.receiver,
            open_block: u32::try_from(receipt.block).ok()?,
        };
        Some(ChannelRecord::new(
            self.contract.chain_id,
            manager,
            id,
            deposit,
        ))
    }

    /// Makes good what a step did, however it ended: the chain tells. Removes it from the journal.
    /// An opening gives its channel.
    pub(super) async fn settle_step(
        &self,
        step: &Step,
        ended: Ended,
    ) -> Result<Result<Option<ChannelRecord>, FlowError>, W::Error> {
        // Wallets replace a transaction to speed it up, and nodes forget what was mined all the
        // same: what it was for may have happened.
        let perhaps = matches!(ended, Ended::Replaced | Ended::Dropped);
        let mut opened = None;
        let happened = match (step.action, step.key.open_block, &ended) {
            (Action::Open, _, Ended::Mined(receipt)) => {
                if let Some(record) = self.opened_by(step, receipt) {
                    opened = Some(self.take_in(record).await?);
                }
                opened.is_some()
            }
            (Action::Open, ..) if perhaps => {
                opened = self.opened_otherwise(step).await?;
                opened.is_some()
            }
            (_, Some(open_block), _) => {
                let changed = self.changed_by(step, open_block).await?;
                matches!(ended, Ended::Mined(_)) || (perhaps && changed)
            }
            _ => matches!(ended, Ended::Mined(_)),
        };
        if happened {
            self.remove_step(step).await?;
            return Ok(Ok(opened));
        }
        self.conclude(step, ended).await.map(Err)
    }

    /// Reads the chain into the channel's record; whether it shows what the step was for.
    async fn changed_by(&self, step: &Step, open_block: u32) -> Result<bool, W::Error> {
        let id = ChannelId {
            sender: self.account,
            receiver: step.key.receiver,
            open_block,
        };
        let Some(mut record) = self.stored(id).await? else {
            return Ok(false);
        };
        let before = record.deposit;
        self.refresh(&mut record).await?;
        Ok(match step.action {
            Action::TopUp => record.deposit > before,
            Action::Close => record.state != ChannelState::Open,
            Action::CooperativeClose | Action::Settle => record.state == ChannelState::Settled,
            _ => false,
        })
    }

    /// Stores the record of a channel that was just opened, unless there is one: another page may
    /// have found it, and paid in it, before this one got here.
    pub(super) async fn take_in(
        &self,
        mut record: ChannelRecord,
    ) -> Result<ChannelRecord, W::Error> {
        let id = record.id;
        let _turn = self.channel_turn(id.receiver, id.open_block).await?;
        if let Some(known) = self.stored(id).await? {
            record = known;
        }
        self.refresh(&mut record).await?;
        Ok(record)
    }

    /// Reads the chain into the record and stores it. Of a channel that is gone, what it was paid out
    /// with tells whether the pending proof was counted.
    pub async fn refresh(&self, record: &mut ChannelRecord) -> Result<Seen, W::Error> {
        let seen = self.world.look(&record.id).await?;
        record.see(&seen);
        let paid_out = match seen {
            Seen::Live { .. } => None,
            Seen::Settled { balance } => Some(balance),
            // The proofs are of a channel that does not exist.
            Seen::Missing => Some(Amount::ZERO),
        };
        if let (Some(paid_out), Some(proof)) = (paid_out, record.pending().copied()) {
            let entry = record.pending_entry();
            let outcome = if paid_out >= proof.balance {
                record.confirm(&proof)?;
                Outcome::Taken
            } else {
                record.rollback(&proof)?;
                Outcome::Refused
            };
            self.list_ended(entry, outcome).await;
        }
        self.save(record).await?;
        Ok(seen)
    }
}
