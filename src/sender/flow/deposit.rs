//! Escrowing tokens: opening and topping up, by ERC223 or by approval.

use crate::chain::Seen;
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Amount, ChannelId, Hash, rules, token};

use super::super::journal::{Action, Step, StepKey};
use super::super::record::{ChannelRecord, RecordError};
use super::super::world::{Call, World};
use super::locked::LockedChannel;
use super::looking::AFTER_RECEIPT;
use super::policy::CountedEscrow;
use super::steps::{Ended, Moved};
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
struct EscrowCalls {
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
        let earlier = self.finish_opening(receiver).await?;
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
        let calls = EscrowCalls {
            action: Action::Open,
            by_transfer: manager.create_by_transfer(self.account, receiver, deposit),
            by_approval: manager.create_call(receiver, deposit),
        };
        let key = self.step_key(receiver, None);
        let counted = self.count_escrow(behalf, &calls, deposit).await?;
        let opened = self.open_by(key, calls, deposit).await;
        if opened.is_err() {
            self.uncount_unless_sent(&key, counted).await?;
        }
        opened
    }

    async fn open_by(
        &self,
        key: StepKey,
        calls: EscrowCalls,
        deposit: Amount,
    ) -> Result<ChannelRecord, W::Error> {
        let (step, ended) = self.transfer(key, Moved::only(deposit), calls).await?;
        let opened = self.settle_opening(&step, ended, AFTER_RECEIPT).await??;
        let hash = step.sent.hash.unwrap_or(Hash([0; 32]));
        Ok(opened.ok_or(FlowError::OpenedNothing { hash })?)
    }

    /// Adds to the deposit, waits for it and stores the new deposit. A top up of the same amount
    /// that an earlier page left unfinished is finished instead.
    pub async fn top_up(&self, id: ChannelId, added: Amount) -> Result<Option<Hash>, W::Error> {
        let mut channel = self.lock(id).await?;
        if let Some(step) = channel.finish_earlier().await?
            && (step.action, step.amount) == (Action::TopUp, added)
        {
            return Ok(step.sent.hash);
        }
        let seen = channel.refresh().await?;
        let origin = self.world.origin();
        let behalf = Behalf::Caller(&origin);
        channel.top_up(&seen, added, behalf).await
    }

    /// Checks that the account has the tokens and that the policy lets them be escrowed, and counts them.
    async fn count_escrow<'b>(
        &self,
        behalf: Behalf<'b>,
        calls: &EscrowCalls,
        amount: Amount,
    ) -> Result<CountedEscrow<'b>, W::Error> {
        let required = Uint256::from(amount);
        let balance = self.tokens().await?;
        if balance < required {
            return Err(FlowError::InsufficientTokens { balance, required }.into());
        }
        let opens = calls.action == Action::Open;
        self.allow_escrow(behalf, opens, amount).await
    }

    /// What was not escrowed after all does not count. As long as it is in the journal it may yet happen.
    async fn uncount_unless_sent(
        &self,
        key: &StepKey,
        counted: CountedEscrow<'_>,
    ) -> Result<(), W::Error> {
        if self.world.read(&key.name()).await?.is_none() {
            self.uncount_escrow(counted).await?;
        }
        Ok(())
    }

    /// One transfer with data where the token has it (ERC223), else approval and a call.
    async fn transfer(
        &self,
        key: StepKey,
        moved: Moved,
        calls: EscrowCalls,
    ) -> Result<(Step, Ended), W::Error> {
        let (manager, token) = (self.contract.manager.address, self.contract.token);
        if self.takes_transfer(&calls.by_transfer).await? {
            let call = Call::new(calls.action, token, calls.by_transfer);
            return self.carry_out(key, &call, moved).await;
        }
        // The allowance is one for all channels: what one approves another must not take.
        let name = self.turn_name("allowance", token, "");
        let _turn = self.world.turn(&name).await?;
        self.approve(key, moved.amount.into()).await?;
        let call = Call::new(calls.action, manager, calls.by_approval);
        self.carry_out(key, &call, moved).await
    }

    /// Allows the manager to take the tokens. An old allowance that does not suffice is set to zero
    /// first, because many tokens refuse to change one that is not zero.
    async fn approve(&self, key: StepKey, required: Uint256) -> Result<(), W::Error> {
        let allowance = self.allowance().await?;
        if allowance >= required {
            return Ok(());
        }
        let reset = (Action::ApproveReset, Uint256::ZERO);
        let reset = (allowance > Uint256::ZERO).then_some(reset);
        for (action, amount) in reset.into_iter().chain([(Action::Approve, required)]) {
            let data = token::approve(self.contract.manager.address, amount);
            let call = Call::new(action, self.contract.token, data);
            let (step, ended) = self.carry_out(key, &call, Moved::default()).await?;
            self.settle_plain(&step, ended).await??;
        }
        Ok(())
    }
}

impl<W: World> LockedChannel<'_, W> {
    /// Tops up for a price that the record's deposit does not cover; says whether it did. The chain may
    /// show that it is covered, and what would not cover it is not spent.
    pub(super) async fn top_up_for(
        &mut self,
        price: Amount,
        added: Amount,
        origin: &str,
    ) -> Result<bool, W::Error> {
        let seen = self.refresh().await?;
        let Err(RecordError::InsufficientDeposit { deposit, required }) = self.next_balance(price)
        else {
            return Ok(false);
        };
        let deposit = deposit.checked_add(added).unwrap_or(Amount::MAX);
        if deposit < required {
            return Err(RecordError::InsufficientDeposit { deposit, required }.into());
        }
        self.top_up(&seen, added, Behalf::Server(origin)).await?;
        Ok(true)
    }

    /// Tops up after a look at the channel.
    async fn top_up(
        &mut self,
        seen: &Seen,
        added: Amount,
        behalf: Behalf<'_>,
    ) -> Result<Option<Hash>, W::Error> {
        let (id, sender) = (self.id, self.sender);
        let manager = &sender.contract.manager;
        let info = seen.live();
        rules::top_up(manager.generation, info, added)?;
        let deposit = info.map_or(Amount::ZERO, |info| info.deposit);
        let deposit = deposit.checked_add(added).unwrap_or(Amount::MAX);
        let policy = sender.policy().await?;
        policy.allow_deposit(manager.address, id.receiver, deposit)?;
        let calls = EscrowCalls {
            action: Action::TopUp,
            by_transfer: manager.top_up_by_transfer(&id, added),
            by_approval: manager.top_up_call(id.receiver, id.open_block, added),
        };
        let moved = Moved {
            amount: added,
            deposit: Some(deposit),
        };
        let counted = sender.count_escrow(behalf, &calls, added).await?;
        let done = self.top_up_by(calls, moved).await;
        if done.is_err() {
            sender
                .uncount_unless_sent(&self.step_key(), counted)
                .await?;
        }
        done
    }

    async fn top_up_by(
        &mut self,
        calls: EscrowCalls,
        moved: Moved,
    ) -> Result<Option<Hash>, W::Error> {
        let (step, ended) = self.sender.transfer(self.step_key(), moved, calls).await?;
        self.settle_step(&step, ended, AFTER_RECEIPT).await??;
        Ok(step.sent.hash)
    }
}
