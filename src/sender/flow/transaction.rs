//! One transaction: journalled, submitted, followed to its end.

use core::time::Duration;

use crate::chain::track::{self, Ended};
use crate::chain::{ChainError, Receipt, Sent, Status};
use crate::protocol::{Address, Amount, Hash};

use super::super::record::ChannelRecord;
use super::super::store::journal::{Action, Step};
use super::super::store::keys::StepKey;
use super::super::world::{Call, Progress, World};
use super::chain_reads::{AFTER_RECEIPT, AGAINST, AnnouncedChannel};
use super::locked::LockedChannel;
use super::{FlowError, Sender};

/// The pause between two polls.
const POLL: Duration = Duration::from_millis(400);

/// The tokens that a transaction moves into the contract.
#[derive(Clone, Copy, Default)]
pub(super) struct Moved {
    pub(super) amount: Amount,
    /// Of a top up: the deposit with them.
    pub(super) deposit: Option<Amount>,
}

impl Moved {
    /// No top up.
    pub(super) const fn only(amount: Amount) -> Self {
        let deposit = None;
        Self { amount, deposit }
    }
}

impl<W: World> Sender<W> {
    /// Sends one transaction and waits for its end. The entry stays in the journal until its effect is
    /// stored.
    pub(super) async fn carry_out(
        &self,
        key: StepKey,
        call: &Call,
        moved: Moved,
    ) -> Result<(Step, Ended), W::Error> {
        let step = self.send(key, call, moved).await?;
        let ended = self.follow(&step).await?;
        Ok((step, ended))
    }

    /// Sends one transaction that belongs to no channel and waits for its end.
    pub async fn transact(&self, call: &Call) -> Result<Option<Hash>, W::Error> {
        // No record depends on such a transaction, so it is not journalled.
        let prepared = self.prepare(call, None).await?;
        let sent = self.hand_in(prepared).await;
        let sent = sent.map_err(|not_sent| not_sent.error)?;
        self.follow_unjournalled(call.action, call.to, sent).await
    }

    /// Waits for a transaction that a wallet has named, and makes sure that it took effect.
    pub(super) async fn check_mined(
        &self,
        action: Action,
        to: Address,
        hash: Hash,
    ) -> Result<(), W::Error> {
        let sent = Sent {
            sender: self.account,
            hash: Some(hash),
            nonce: None,
            raw: None,
        };
        let step = self.unjournalled(action, to, sent);
        self.end_unjournalled(&step).await.map(drop)
    }

    /// Waits for the end of a transaction that no record depends on; returns its hash.
    async fn follow_unjournalled(
        &self,
        action: Action,
        to: Address,
        sent: Sent,
    ) -> Result<Option<Hash>, W::Error> {
        if let Some(hash) = &sent.hash {
            self.world.tell(Progress::Sent { action, hash });
        }
        self.end_unjournalled(&self.unjournalled(action, to, sent))
            .await
    }

    fn unjournalled(&self, action: Action, to: Address, sent: Sent) -> Step {
        Step {
            key: self.step_key(to, None),
            action,
            amount: Amount::ZERO,
            deposit: None,
            from_block: 0,
            sent,
            batch: None,
            refused: false,
        }
    }

    async fn end_unjournalled(&self, step: &Step) -> Result<Option<Hash>, W::Error> {
        match self.follow(step).await? {
            Ended::Mined(_) => Ok(step.sent.hash),
            Ended::Refused(error) => self.told(Err(error)),
            ended => Err(without_effect(step.action, ended).into()),
        }
    }

    /// Journals a transaction and submits it.
    async fn send(&self, key: StepKey, call: &Call, moved: Moved) -> Result<Step, W::Error> {
        self.world.check()?;
        // What is still in the journal now was refused, or this call would not have come so far: only one of
        // both may be mined.
        let earlier = self.step(&key.name()).await?;
        let in_place_of = earlier.and_then(|earlier| earlier.sent.raw.and(earlier.sent.nonce));
        let from_block = self.newest_block().await?;
        let prepared = self.prepare(call, in_place_of).await?;
        let mut step = Step {
            key,
            action: call.action,
            amount: moved.amount,
            deposit: moved.deposit,
            from_block,
            sent: prepared.sent.clone(),
            batch: None,
            refused: false,
        };
        let written = self.write_step(&step).await;
        // Leaving must be possible even where nothing can be stored: the chain shows whether it happened,
        // and a second attempt is refused by the contract, or finds nothing to sweep.
        let sweeps = call.action.moves() && self.world.signs_alone();
        if !call.action.leaves() && !sweeps {
            written?;
        }
        match self.hand_in(prepared).await {
            Ok(sent) => step.sent = sent,
            Err(not_sent) => {
                if not_sent.certain {
                    self.remove_step(&step).await?;
                }
                return Err(not_sent.error);
            }
        }
        // Follow the transaction even if storage is full: the entry written before suffices.
        let _ = self.write_step(&step).await;
        if let Some(hash) = &step.sent.hash {
            let action = step.action;
            self.world.tell(Progress::Sent { action, hash });
        }
        Ok(step)
    }

    /// Finishes an opening to this receiver that an earlier page left; the caller holds the lock of openings
    /// to it. Returns the entry, and the channel if it took effect.
    pub(super) async fn finish_opening(
        &self,
        receiver: Address,
    ) -> Result<Option<(Step, Option<ChannelRecord>)>, W::Error> {
        let name = self.step_key(receiver, None).name();
        let Some(mut step) = self.step(&name).await? else {
            return Ok(None);
        };
        self.learn_hash(&mut step, true).await?;
        let Some(ended) = self.follow_earlier(&step).await? else {
            return Ok(None);
        };
        match self.settle_opening(&step, ended, AFTER_RECEIPT).await? {
            Ok(record) => Ok(Some((step, record))),
            // Its deposit is in the contract: open no other instead.
            Err(unseen @ FlowError::Unseen { .. }) => Err(unseen.into()),
            Err(_) => Ok(None),
        }
    }

    /// Removes a transaction without effect from the journal; returns the reason.
    pub(super) async fn conclude(&self, step: &Step, ended: Ended) -> Result<FlowError, W::Error> {
        self.remove_step(step).await?;
        Ok(without_effect(step.action, ended))
    }

    /// Waits for the end of a transaction.
    pub(super) async fn follow(&self, step: &Step) -> Result<Ended, W::Error> {
        let (action, hash) = (step.action, step.sent.hash);
        let tell = |confirmations: u64| {
            self.world.tell(Progress::Confirming {
                action,
                hash: hash.as_ref(),
                confirmations: confirmations.min(self.confirmations),
                required: self.confirmations,
            });
        };
        let node = self.polled_node();
        let ended = track::follow(&node, &step.sent, self.confirmations, POLL, tell).await;
        Ok(self
            .told(ended)?
            .ok_or(FlowError::NotMined { action, hash })?)
    }

    /// Waits for the end of a transaction that an earlier call left; `None`: no node takes it, and another
    /// may take its place.
    async fn follow_earlier(&self, step: &Step) -> Result<Option<Ended>, W::Error> {
        // What was refused for a while before is not waited for again.
        if step.refused && matches!(self.status(&step.sent).await?, Status::Refused(_)) {
            return Ok(None);
        }
        match self.follow(step).await? {
            Ended::Refused(_) => {
                self.note_refused(step).await;
                Ok(None)
            }
            ended => Ok(Some(ended)),
        }
    }

    /// The end of a transaction, if one poll suffices to tell it.
    pub(super) fn ended(&self, status: Status) -> Option<Ended> {
        track::ended(status, self.confirmations)
    }

    /// Keeps a refused transaction in the journal. Returns the node's error.
    async fn keep_refused(&self, step: &Step, error: ChainError) -> W::Error {
        self.note_refused(step).await;
        self.world.explain(error.into())
    }

    async fn note_refused(&self, step: &Step) {
        let refused = Step {
            refused: true,
            ..step.clone()
        };
        // Without the note it is followed for longer the next time.
        let _ = self.write_step(&refused).await;
    }

    /// Concludes a transaction that changes no channel: an approval.
    pub(super) async fn settle_plain(
        &self,
        step: &Step,
        ended: Ended,
    ) -> Result<Result<(), FlowError>, W::Error> {
        match ended {
            Ended::Mined(_) => self.remove_step(step).await.map(Ok),
            Ended::Refused(error) => Err(self.keep_refused(step, error).await),
            ended => self.conclude(step, ended).await.map(Err),
        }
    }

    /// Stores the effect of an opening's transaction, however it ended, and removes it from the journal,
    /// unless it was mined and its channel is not seen within `looks` polls. Returns the channel.
    pub(super) async fn settle_opening(
        &self,
        step: &Step,
        ended: Ended,
        looks: u32,
    ) -> Result<Result<Option<ChannelRecord>, FlowError>, W::Error> {
        if step.action != Action::Open {
            let settled = self.settle_plain(step, ended).await?;
            return Ok(settled.map(|()| None));
        }
        let opened = match &ended {
            Ended::Mined(receipt) => match self.opened_by(step, receipt) {
                None => None,
                Some(deposit) => {
                    self.note_arrival(step, receipt).await;
                    let Some(record) = self.take_announced(step, receipt, deposit, looks).await?
                    else {
                        return Ok(Err(FlowError::Unseen {
                            hash: receipt.transaction,
                            receiver: step.key.receiver,
                        }));
                    };
                    Some(record)
                }
            },
            Ended::Reverted(_) => None,
            Ended::Refused(error) => return Err(self.keep_refused(step, error.clone()).await),
            // The channel may exist all the same: wallets replace a transaction to speed it up, and a node
            // may not know a mined one.
            Ended::Replaced | Ended::Dropped => self.opened_otherwise(step, looks).await?,
        };
        if opened.is_none() {
            return self.conclude(step, ended).await.map(Err);
        }
        self.world.deposited();
        self.remove_step(step).await?;
        Ok(Ok(opened))
    }

    /// Stores the record of the channel that a mined opening announced; `None`: the chain does not show it.
    async fn take_announced(
        &self,
        step: &Step,
        receipt: &Receipt,
        deposit: Amount,
        looks: u32,
    ) -> Result<Option<ChannelRecord>, W::Error> {
        let announced = AnnouncedChannel {
            receiver: step.key.receiver,
            deposit,
            block: receipt.block,
            contract_block: receipt.contract_block,
        };
        let Some((id, seen)) = self.find_announced(announced, looks).await? else {
            return Ok(None);
        };
        let seen = seen.with_confirmed(deposit);
        self.take_in(id, deposit, seen).await.map(Some)
    }
}

impl<W: World> LockedChannel<'_, W> {
    pub(super) fn step_key(&self) -> StepKey {
        self.sender
            .step_key(self.id.receiver, Some(self.id.open_block))
    }

    /// Sends one transaction of the channel, waits for its end and stores its effect.
    pub(super) async fn run(
        &mut self,
        call: &Call,
        moved: Moved,
    ) -> Result<Option<Hash>, W::Error> {
        let (step, ended) = self.sender.carry_out(self.step_key(), call, moved).await?;
        self.settle_step(&step, ended, AFTER_RECEIPT).await??;
        Ok(step.sent.hash)
    }

    /// Finishes a transaction of this channel that an earlier page left. Returns the entry if it took effect.
    pub(super) async fn finish_earlier(&mut self) -> Result<Option<Step>, W::Error> {
        let Some(mut step) = self.sender.step(&self.step_key().name()).await? else {
            return Ok(None);
        };
        self.sender.learn_hash(&mut step, true).await?;
        let Some(ended) = self.sender.follow_earlier(&step).await? else {
            return Ok(None);
        };
        let settled = self.settle_step(&step, ended, AFTER_RECEIPT).await?;
        Ok(settled.is_ok().then_some(step))
    }

    /// Stores the effect of a transaction of the channel, however it ended, and removes it from the journal.
    /// The effect is read from the chain, or taken from the receipt after `looks` polls.
    pub(super) async fn settle_step(
        &mut self,
        step: &Step,
        ended: Ended,
        looks: u32,
    ) -> Result<Result<(), FlowError>, W::Error> {
        if matches!(step.action, Action::Approve | Action::ApproveReset) {
            return self.sender.settle_plain(step, ended).await;
        }
        let happened = match &ended {
            Ended::Mined(receipt) => {
                self.sender.note_arrival(step, receipt).await;
                self.changed_by(step, Some(receipt), looks).await?
            }
            Ended::Reverted(_) => {
                self.changed_by(step, None, 1).await?;
                false
            }
            Ended::Refused(error) => {
                return Err(self.sender.keep_refused(step, error.clone()).await);
            }
            // It may have taken effect all the same.
            Ended::Replaced | Ended::Dropped => {
                self.changed_by(step, None, looks.min(AGAINST)).await?
            }
        };
        if happened {
            return self.sender.remove_step(step).await.map(Ok);
        }
        self.sender.conclude(step, ended).await.map(Err)
    }
}

/// Why a transaction that ended so had no effect.
fn without_effect(action: Action, ended: Ended) -> FlowError {
    match ended {
        Ended::Mined(receipt) => FlowError::OpenedNothing {
            hash: receipt.transaction,
        },
        Ended::Reverted(receipt) => FlowError::Reverted {
            hash: receipt.transaction,
        },
        Ended::Replaced => FlowError::Replaced(action),
        // What was refused stays in the journal, and its caller gets the node's error.
        Ended::Dropped | Ended::Refused(_) => FlowError::Dropped(action),
    }
}
