//! Moving tokens into the contract: by ERC223, or by approval and a call, which some wallets make together.

use crate::chain::track::Ended;
use crate::protocol::amount::Uint256;
use crate::protocol::{Amount, token};

use super::super::store::journal::{Action, Step};
use super::super::store::keys::StepKey;
use super::super::wallet::batch::BatchCall;
use super::super::world::{Call, World};
use super::policy::CountedEscrow;
use super::transaction::Moved;
use super::{FlowError, Sender};

/// For whom tokens are escrowed.
#[derive(Clone, Copy)]
pub(super) enum Behalf<'a> {
    /// The caller, manually, in a page of this origin.
    Caller(&'a str),
    /// A server of this origin, whose resource is being paid for.
    Server(&'a str),
}

impl<'a> Behalf<'a> {
    pub(super) const fn origin(self) -> &'a str {
        match self {
            Self::Caller(origin) | Self::Server(origin) => origin,
        }
    }
}

/// The two ways to move tokens into the contract.
pub(super) struct EscrowCalls {
    pub(super) action: Action,
    /// The data of the token's transfer.
    pub(super) by_transfer: Vec<u8>,
    /// The call of the manager.
    pub(super) by_approval: Vec<u8>,
}

impl<W: World> Sender<W> {
    /// Checks that the account has the tokens and that the policy lets them be escrowed, and counts them.
    pub(super) async fn count_escrow<'b>(
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

    /// Concludes an escrow that was counted. One that is done counts, and fails all the same if too little
    /// arrived: the caller must know. One that failed is taken out of the count, unless it is still in the journal:
    /// it may yet be mined. One that every node refuses is not counted, because at most one of it and the next in
    /// its place can be mined.
    pub(super) async fn account_for<T>(
        &self,
        key: &StepKey,
        counted: CountedEscrow<'_>,
        done: Result<T, W::Error>,
    ) -> Result<T, W::Error> {
        if done.is_ok() {
            self.check_shortfall().await?;
        } else if self
            .step(&key.name())
            .await?
            .is_none_or(|step| step.refused)
        {
            self.uncount_escrow(counted).await?;
        }
        done
    }

    /// One transfer with data where the token has it (ERC223), else approval and a call.
    pub(super) async fn transfer(
        &self,
        key: StepKey,
        moved: Moved,
        calls: EscrowCalls,
    ) -> Result<(Step, Ended), W::Error> {
        let (manager, token) = (self.contract.manager.address, self.contract.token);
        let by_transfer = self.takes_transfer(&calls.by_transfer).await?;
        self.check_arrival(&calls, by_transfer, moved.amount)
            .await?;
        self.try_signer().await?;
        self.world.depositing();
        if by_transfer {
            let call = Call::new(calls.action, token, calls.by_transfer);
            return self.carry_out(key, &call, moved).await;
        }
        // All channels share one allowance: no other page may use it between approval and call.
        let lock = self.key().allowance_lock(token);
        let _turn = self.world.turn(&lock).await?;
        let approvals = self.approvals(moved.amount.into()).await?;
        if let Some(done) = Box::pin(self.transfer_together(key, moved, &calls, &approvals)).await?
        {
            return Ok(done);
        }
        self.approve(key, &approvals).await?;
        let call = Call::new(calls.action, manager, calls.by_approval);
        self.carry_out(key, &call, moved).await
    }

    /// What allows the manager to take the tokens. An old allowance that does not suffice is set to zero
    /// first, because many tokens refuse to change one that is not zero.
    async fn approvals(&self, required: Uint256) -> Result<Vec<Call>, W::Error> {
        let allowance = self.allowance().await?;
        if allowance >= required {
            return Ok(Vec::new());
        }
        let reset = (Action::ApproveReset, Uint256::ZERO);
        let reset = (allowance > Uint256::ZERO).then_some(reset);
        let amounts = reset.into_iter().chain([(Action::Approve, required)]);
        let approve = |(action, amount)| {
            let data = token::approve(self.contract.manager.address, amount);
            Call::new(action, self.contract.token, data)
        };
        Ok(amounts.map(approve).collect())
    }

    async fn approve(&self, key: StepKey, approvals: &[Call]) -> Result<(), W::Error> {
        for call in approvals {
            let (step, ended) = self.carry_out(key, call, Moved::default()).await?;
            self.settle_plain(&step, ended).await??;
        }
        Ok(())
    }

    /// Approval and call in one confirmation of a wallet, where it makes all or none. `None`: it can't, or there is
    /// nothing to approve.
    async fn transfer_together(
        &self,
        key: StepKey,
        moved: Moved,
        calls: &EscrowCalls,
        approvals: &[Call],
    ) -> Result<Option<(Step, Ended)>, W::Error> {
        if approvals.is_empty() {
            return Ok(None);
        }
        let escrow = (self.contract.manager.address, &calls.by_approval);
        let all = approvals.iter().map(|call| (call.to, &call.data));
        let all = all.chain([escrow]).map(|(to, data)| BatchCall {
            to,
            value: Uint256::ZERO,
            data,
        });
        let all: Vec<_> = all.collect();
        let done = self.carry_out_together(key, calls.action, moved, &all);
        Ok(done.await?.map(|(step, ended, _)| (step, ended)))
    }
}
