//! Escrowing tokens: opening and topping up, by ERC223 or by approval.

use crate::chain::Seen;
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Amount, ChannelId, Hash, rules, token};

use super::super::journal::{Action, StepKey};
use super::super::record::{ChannelRecord, RecordError};
use super::super::world::{Call, World};
use super::looking::AFTER_RECEIPT;
use super::steps::Moved;
use super::{FlowError, Sender};

/// For whom tokens are escrowed.
#[derive(Clone, Copy)]
pub(super) enum Behalf<'a> {
    /// The caller does it by hand, in a page of this origin.
    Caller(&'a str),
    /// A resource of this origin has to be paid.
    Server(&'a str),
}

impl<'a> Behalf<'a> {
    pub(super) const fn origin(self) -> &'a str {
        match self {
            Self::Caller(origin) | Self::Server(origin) => origin,
        }
    }
}

/// How tokens get into the contract.
struct Way {
    action: Action,
    /// The data of the token's transfer.
    by_transfer: Vec<u8>,
    /// The call of the manager.
    by_approval: Vec<u8>,
}

impl<W: World> Sender<W> {
    /// Opens a channel, waits for it and stores its record. An opening of the same deposit that an
    /// earlier page left unfinished is finished instead.
    pub async fn open(
        &self,
        receiver: Address,
        deposit: Amount,
    ) -> Result<ChannelRecord, W::Error> {
        let _turn = self.world.turn(&self.opening_turn_name(receiver)).await?;
        let earlier = self.finish_earlier(self.step_key(receiver, None)).await?;
        if let Some((step, Some(record))) = earlier
            && step.amount == deposit
        {
            return Ok(record);
        }
        let origin = self.world.origin();
        let behalf = Behalf::Caller(&origin);
        self.open_in_turn(receiver, deposit, behalf).await
    }

    /// Opens a channel while the turn of the opening is held.
    pub(super) async fn open_in_turn(
        &self,
        receiver: Address,
        deposit: Amount,
        behalf: Behalf<'_>,
    ) -> Result<ChannelRecord, W::Error> {
        let manager = &self.contract.manager;
        rules::open(manager, self.contract.token, receiver, deposit)?;
        let policy = self.policy().await?;
        policy.allow_deposit(manager.address, receiver, deposit)?;
        let by_transfer = manager.create_by_transfer(self.account, receiver, deposit);
        let by_approval = manager.create_call(receiver, deposit);
        let key = self.step_key(receiver, None);
        let way = Way {
            action: Action::Open,
            by_transfer,
            by_approval,
        };
        let (hash, opened) = self.escrow(key, Moved::only(deposit), way, behalf).await?;
        let hash = hash.unwrap_or(Hash([0; 32]));
        Ok(opened.ok_or(FlowError::OpenedNothing { hash })?)
    }

    /// Adds to the deposit, waits for it and stores the new deposit. A top up of the same amount
    /// that an earlier page left unfinished is finished instead.
    pub async fn top_up(&self, id: ChannelId, added: Amount) -> Result<Option<Hash>, W::Error> {
        let _turn = self.channel_turn(id.receiver, id.open_block).await?;
        let key = self.step_key(id.receiver, Some(id.open_block));
        if let Some((step, _)) = self.finish_earlier(key).await?
            && (step.action, step.amount) == (Action::TopUp, added)
        {
            return Ok(step.sent.hash);
        }
        let mut record = self.record(id).await?;
        let seen = self.refresh(&mut record).await?;
        let origin = self.world.origin();
        let behalf = Behalf::Caller(&origin);
        self.top_up_in_turn(&mut record, &seen, added, behalf).await
    }

    /// Tops up for a price that the record's deposit does not cover; says whether it did. The chain may
    /// show that it is covered, and what would not cover it is not spent.
    pub(super) async fn top_up_for(
        &self,
        record: &mut ChannelRecord,
        price: Amount,
        added: Amount,
        origin: &str,
    ) -> Result<bool, W::Error> {
        let seen = self.refresh(record).await?;
        let Err(RecordError::InsufficientDeposit { deposit, required }) =
            record.next_balance(price)
        else {
            return Ok(false);
        };
        let deposit = deposit.checked_add(added).unwrap_or(Amount::MAX);
        if deposit < required {
            return Err(RecordError::InsufficientDeposit { deposit, required }.into());
        }
        let behalf = Behalf::Server(origin);
        self.top_up_in_turn(record, &seen, added, behalf).await?;
        Ok(true)
    }

    /// Tops up while the turn of the channel is held, after a look at it.
    async fn top_up_in_turn(
        &self,
        record: &mut ChannelRecord,
        seen: &Seen,
        added: Amount,
        behalf: Behalf<'_>,
    ) -> Result<Option<Hash>, W::Error> {
        let manager = &self.contract.manager;
        let id = record.id;
        let info = match seen {
            Seen::Live { info, .. } => Some(info),
            Seen::Settled { .. } | Seen::Missing => None,
        };
        rules::top_up(manager.generation, info, added)?;
        let deposit = info.map_or(Amount::ZERO, |info| info.deposit);
        let deposit = deposit.checked_add(added).unwrap_or(Amount::MAX);
        let policy = self.policy().await?;
        policy.allow_deposit(manager.address, id.receiver, deposit)?;
        let moved = Moved {
            amount: added,
            deposit: Some(deposit),
        };
        let by_transfer = manager.top_up_by_transfer(&id, added);
        let by_approval = manager.top_up_call(id.receiver, id.open_block, added);
        let key = self.step_key(id.receiver, Some(id.open_block));
        let way = Way {
            action: Action::TopUp,
            by_transfer,
            by_approval,
        };
        let (hash, _) = self.escrow(key, moved, way, behalf).await?;
        *record = self.record(id).await?;
        Ok(hash)
    }

    /// Escrows tokens, as far as the policy lets it. What was not escrowed after all does not count.
    async fn escrow(
        &self,
        key: StepKey,
        moved: Moved,
        way: Way,
        behalf: Behalf<'_>,
    ) -> Result<(Option<Hash>, Option<ChannelRecord>), W::Error> {
        let required = Uint256::from(moved.amount);
        let balance = self.tokens().await?;
        if balance < required {
            return Err(FlowError::InsufficientTokens { balance, required }.into());
        }
        let opens = way.action == Action::Open;
        let openings = self.count_escrow(behalf, opens, moved.amount).await?;
        let done = self.transfer(key, moved, way).await;
        // As long as it is in the journal it may yet happen.
        if done.is_err() && self.world.read(&key.name()).await?.is_none() {
            self.uncount_escrow(behalf, openings, moved.amount).await?;
        }
        done
    }

    /// One transfer with data where the token has it (ERC223), else approval and a call.
    async fn transfer(
        &self,
        key: StepKey,
        moved: Moved,
        way: Way,
    ) -> Result<(Option<Hash>, Option<ChannelRecord>), W::Error> {
        let (manager, token) = (self.contract.manager.address, self.contract.token);
        let required = Uint256::from(moved.amount);
        let Way {
            action,
            by_transfer,
            by_approval,
        } = way;
        if self.takes_transfer(&by_transfer).await? {
            let call = Call::new(action, token, by_transfer);
            return self.run(key, &call, moved).await;
        }
        let (step, ended) = {
            // The allowance is one for all channels: what one approves another must not take.
            let name = self.turn_name("allowance", token, "");
            let _turn = self.world.turn(&name).await?;
            self.approve(key, required).await?;
            let call = Call::new(action, manager, by_approval);
            self.carry_out(key, &call, moved).await?
        };
        let record = self.settle_step(&step, ended, AFTER_RECEIPT).await??;
        Ok((step.sent.hash, record))
    }

    /// Allows the manager to take the tokens. An old allowance that does not suffice is set to zero
    /// first, because many tokens refuse to change one that is not zero.
    async fn approve(&self, key: StepKey, required: Uint256) -> Result<(), W::Error> {
        let (manager, token) = (self.contract.manager.address, self.contract.token);
        let allowance = self.allowance().await?;
        if allowance >= required {
            return Ok(());
        }
        if allowance > Uint256::ZERO {
            let reset = token::approve(manager, Uint256::ZERO);
            let call = Call::new(Action::ApproveReset, token, reset);
            self.run(key, &call, Moved::default()).await?;
        }
        let call = Call::new(Action::Approve, token, token::approve(manager, required));
        self.run(key, &call, Moved::default()).await?;
        Ok(())
    }
}
