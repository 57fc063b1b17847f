//! Closing and settling.
//!
//! Nothing is signed that the contract does not need: a close request of generation 0.2 takes the balance
//! alone, so a wallet that can't sign typed data of version 1 can still leave a channel.

use crate::chain::Seen;
use crate::protocol::{Amount, BalanceProof, ChannelId, CloseRequest, Hash, Signature, rules};

use super::super::limits::DEFAULT_TIMEOUT;
use super::super::record::ChannelState;
use super::super::store::journal::Action;
use super::super::world::{Agreement, Call, ClosingBalance, Failing, World};
use super::in_flight::Untold;
use super::locked::LockedChannel;
use super::time_budget::TimeBudget;
use super::transaction::Moved;
use super::{CloseRisk, FlowError, Sender};

/// The role of the receiver's agreement in a closing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Ask for it; without it request the closing alone.
    #[default]
    Wanted,
    /// Ask for it; without it send nothing, so that no unwanted challenge period begins.
    Required,
    /// Do not ask for it.
    Waived,
}

/// How to close.
#[derive(Clone, Debug, Default)]
pub struct CloseWish {
    /// Whether the receiver is asked.
    pub consent: Consent,
    /// Close although it may cost more than is owed.
    pub force: bool,
    /// Where to ask the receiver, if not where its server said.
    pub gateway: Option<String>,
}

/// How a channel was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Paid out at once; else the challenge period has begun.
    pub cooperative: bool,
    /// The transaction.
    pub hash: Option<Hash>,
    /// The total that the receiver gets.
    pub balance: Amount,
    /// The proof it was closed with; `None` where the contract takes none and none was there.
    pub proof: Option<BalanceProof>,
    /// The last block of the challenge period.
    pub settle_block: Option<u32>,
}

impl<W: World> Sender<W> {
    /// Closes at once where the receiver agrees, else requests closing with the true balance, which
    /// starts the challenge period: unless its consent is required, which fails with
    /// [`FlowError::NotAgreed`] before anything is sent.
    pub async fn close(&self, id: ChannelId, wish: CloseWish) -> Result<Closed, W::Error> {
        self.end_in_flight(id, Untold::Keep).await?;
        let mut channel = self.lock(id).await?;
        channel.make_room().await?;
        channel.finish_earlier().await?;
        channel.note_gateway(wish.gateway).await;
        let seen = channel.refresh().await?;
        if wish.consent != Consent::Waived
            && let Some((proof, closing)) = channel.agreement().await?
        {
            rules::close(seen.live(), proof.balance)?;
            return channel.close_at_once(proof, &closing).await;
        }
        if wish.consent == Consent::Required {
            self.world.check()?;
            return Err(FlowError::NotAgreed.into());
        }
        channel.request_close(&seen, wish.force).await
    }

    /// Pays out after the challenge period.
    pub async fn settle(&self, id: ChannelId) -> Result<Option<Hash>, W::Error> {
        let mut channel = self.lock(id).await?;
        channel.make_room().await?;
        if let Some(step) = channel.finish_earlier().await?
            && step.action == Action::Settle
        {
            return Ok(step.sent.hash);
        }
        channel.settle().await
    }
}

impl<W: World> LockedChannel<'_, W> {
    /// The receiver's verified agreement, from the record or asked for now.
    async fn agreement(&mut self) -> Result<Option<(BalanceProof, Signature)>, W::Error> {
        if self.closing.is_some() {
            return Ok(self.closing);
        }
        let Some(gateway) = self.gateway.clone() else {
            return Ok(None);
        };
        let mut budget = TimeBudget::new(DEFAULT_TIMEOUT);
        if self.charged() < self.balance() || !self.in_flight().is_empty() {
            return self.agreement_to_charged(&gateway, &mut budget).await;
        }
        // The receiver agrees to its own newest balance only; an answer that was lost may have
        // left it at either of the two.
        let proofs = [self.proof().copied(), self.pending().copied()];
        for proof in proofs.into_iter().flatten() {
            let known = ClosingBalance::Known(proof.balance);
            let closing = self.ask_closing(&gateway, known, &mut budget);
            let Some(closing) = closing.await? else {
                continue;
            };
            let valid = self.manager.verify_closing(&self.id, &proof, &closing);
            if valid.is_ok() {
                // It signs its own balance only: so it has counted what is pending, or has not. Where this
                // can't be stored, the agreement is used all the same.
                let _ = self.adopt_agreement(proof, closing).await;
                return Ok(Some((proof, closing)));
            }
        }
        Ok(None)
    }

    /// The receiver's agreement to less than it accepted: to what was charged and may have been, for which the sender
    /// signs a proof. A receiver that does not agree keeps the rest if the channel is closed with its proof; the
    /// sender's own request is for this balance, too.
    async fn agreement_to_charged(
        &mut self,
        gateway: &str,
        budget: &mut TimeBudget,
    ) -> Result<Option<(BalanceProof, Signature)>, W::Error> {
        let balance = self.closing_balance();
        let proof = self.sender.world.sign(&self.id, balance).await?;
        let signed = ClosingBalance::Signed(&proof);
        let Some(closing) = self.ask_closing(gateway, signed, budget).await? else {
            return Ok(None);
        };
        let valid = self.manager.verify_closing(&self.id, &proof, &closing);
        if valid.is_err() {
            return Ok(None);
        }
        let _ = self.agree(proof, closing).await;
        Ok(Some((proof, closing)))
    }

    /// What the receiver claims to agree to. The sender signs the request only where it is asked to:
    /// a wallet prompts the user each time, and other servers may not allow the header across origins.
    async fn ask_closing(
        &self,
        gateway: &str,
        asked: ClosingBalance<'_>,
        budget: &mut TimeBudget,
    ) -> Result<Option<Signature>, W::Error> {
        let (id, sender) = (self.id, self.sender);
        let world = &sender.world;
        let answer = world.ask_closing(gateway, &id, asked, None);
        let answer = sender.answer_in_time(budget, answer).await;
        // No answer in time counts as no agreement.
        let mut answer = answer.unwrap_or(Agreement::Denied);
        if answer == Agreement::SenderUnproven {
            let request = CloseRequest {
                channel: id,
                balance: asked.amount(),
                contract: self.manager.address,
                chain_id: self.chain_id,
            };
            let signed = match world.sign_request(&request).await {
                Ok(signed) => signed,
                // Such a wallet closes without the receiver.
                Err(error) if error.means_unable_to_sign() => return Ok(None),
                Err(error) => return Err(error),
            };
            let signed = world.ask_closing(gateway, &id, asked, Some(&signed));
            let signed = sender.answer_in_time(budget, signed).await;
            answer = signed.unwrap_or(Agreement::Denied);
        }
        Ok(match answer {
            Agreement::Signed(closing) => Some(closing),
            Agreement::SenderUnproven | Agreement::Denied => None,
        })
    }

    async fn close_at_once(
        &mut self,
        proof: BalanceProof,
        closing: &Signature,
    ) -> Result<Closed, W::Error> {
        let manager = self.manager;
        let data = manager.cooperative_close_call(&self.id, &proof, closing);
        let call = Call::new(Action::CooperativeClose, manager.address, data);
        let hash = self.run(&call, Moved::only(proof.balance)).await?;
        Ok(Closed {
            cooperative: true,
            hash,
            balance: proof.balance,
            proof: Some(proof),
            settle_block: None,
        })
    }

    async fn request_close(&mut self, seen: &Seen, force: bool) -> Result<Closed, W::Error> {
        let (id, manager) = (self.id, self.manager);
        let balance = self.closing_balance();
        let newest = self.sender.newest_block().await?;
        let period = self.sender.contract.challenge_period;
        rules::request_close(manager.generation, seen.live(), balance, newest, period)?;
        if !force {
            if self.pending().is_some() || !self.in_flight().is_empty() {
                return Err(FlowError::CloseRefused(CloseRisk::PendingProof).into());
            }
            if !self.is_balance_known() {
                return Err(FlowError::CloseRefused(CloseRisk::UnknownBalance).into());
            }
        }
        let known = [self.pending(), self.proof()].into_iter().flatten();
        let mut proof = known.copied().find(|proof| proof.balance == balance);
        let data = match manager.close_request_by_balance(&id, balance) {
            Some(data) => data,
            None => {
                let signed = match proof {
                    Some(proof) => proof,
                    // Nothing was ever paid, or the chain alone proves it: generation 0.1 wants a
                    // signature for that, too.
                    None => self.sender.world.sign(&id, balance).await?,
                };
                proof = Some(signed);
                manager.close_request_call(&id, &signed)
            }
        };
        let call = Call::new(Action::Close, manager.address, data);
        let hash = self.run(&call, Moved::only(balance)).await?;
        let settle_block = match self.state {
            ChannelState::Closing { settle_block } => Some(settle_block),
            _ => None,
        };
        Ok(Closed {
            cooperative: false,
            hash,
            balance,
            proof,
            settle_block,
        })
    }

    pub(super) async fn settle(&mut self) -> Result<Option<Hash>, W::Error> {
        let seen = self.refresh().await?;
        rules::settle(seen.live(), self.sender.newest_for_contract().await?)?;
        let manager = self.manager;
        let data = manager.settle_call(self.id.receiver, self.id.open_block);
        let call = Call::new(Action::Settle, manager.address, data);
        let moved = Moved::only(self.closing_balance());
        self.run(&call, moved).await
    }
}
