//! Closing and settling.
//!
//! Nothing is signed that the contract does not take: a close request of generation 0.2 is made by its
//! balance alone, and a wallet that can't sign typed data of version 1 does not keep anybody in a channel.

use crate::chain::Seen;
use crate::protocol::{
    Amount, BalanceProof, ChannelId, ChannelInfo, CloseRequest, Hash, Signature, rules,
};

use super::super::journal::Action;
use super::super::limits::DEFAULT_TIMEOUT;
use super::super::record::{ChannelRecord, ChannelState};
use super::super::world::{Agreement, Call, Failing, World};
use super::patience::Patience;
use super::steps::Moved;
use super::{CloseRisk, FlowError, Sender};

/// What the receiver's agreement means to a closing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// It is asked for; without it the channel is closed alone.
    #[default]
    Wanted,
    /// It is asked for; without it nothing is sent, so that no challenge period begins that nobody asked
    /// for.
    Required,
    /// It is not asked for.
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

fn live(seen: &Seen) -> Option<&ChannelInfo> {
    match seen {
        Seen::Live { info, .. } => Some(info),
        Seen::Settled { .. } | Seen::Missing => None,
    }
}

impl<W: World> Sender<W> {
    /// Closes at once where the receiver agrees, else requests closing with the true balance, which
    /// starts the challenge period: unless its consent is required, which fails with
    /// [`FlowError::NotAgreed`] before anything is sent.
    pub async fn close(&self, id: ChannelId, wish: CloseWish) -> Result<Closed, W::Error> {
        let _turn = self.channel_turn(id.receiver, id.open_block).await?;
        self.finish_earlier(self.step_key(id.receiver, Some(id.open_block)))
            .await?;
        let mut record = self.record(id).await?;
        record.gateway = wish.gateway.or(record.gateway);
        let seen = self.refresh(&mut record).await?;
        if wish.consent != Consent::Waived
            && let Some((proof, closing)) = self.agreement(&mut record).await?
        {
            rules::close(live(&seen), proof.balance)?;
            return self.close_at_once(&record, proof, &closing).await;
        }
        if wish.consent == Consent::Required {
            self.world.check()?;
            return Err(FlowError::NotAgreed.into());
        }
        self.request_close(&mut record, &seen, wish.force).await
    }

    /// The receiver's verified agreement, from the record or asked for now.
    async fn agreement(
        &self,
        record: &mut ChannelRecord,
    ) -> Result<Option<(BalanceProof, Signature)>, W::Error> {
        if record.closing.is_some() {
            return Ok(record.closing);
        }
        let Some(gateway) = record.gateway.clone() else {
            return Ok(None);
        };
        // The receiver agrees to its own newest balance only; an answer that was lost may have
        // left it at either of the two.
        let proofs = [record.proof().copied(), record.pending().copied()];
        let mut patience = Patience::new(DEFAULT_TIMEOUT);
        for proof in proofs.into_iter().flatten() {
            let balance = proof.balance;
            let closing = self.ask_closing(&gateway, record, balance, &mut patience);
            let Some(closing) = closing.await? else {
                continue;
            };
            let valid = record.manager.verify_closing(&record.id, &proof, &closing);
            if valid.is_ok() {
                record.closing = Some((proof, closing));
                // It signs its own balance only: so it has counted what is pending, or has not.
                self.adopt(record, Some(proof)).await?;
                return Ok(record.closing);
            }
        }
        Ok(None)
    }

    /// What the receiver claims to agree to. The sender signs the request only where it is asked to:
    /// a wallet asks its person each time, and servers of others may not let the header through.
    async fn ask_closing(
        &self,
        gateway: &str,
        record: &ChannelRecord,
        balance: Amount,
        patience: &mut Patience,
    ) -> Result<Option<Signature>, W::Error> {
        let (id, world) = (record.id, &self.world);
        let answer = world.ask_closing(gateway, &id, balance, None);
        let answer = self.answer_in_time(patience, answer).await;
        // Whoever does not answer does not agree.
        let mut answer = answer.unwrap_or(Agreement::Denied);
        if answer == Agreement::SenderUnproven {
            let request = CloseRequest {
                channel: id,
                balance,
                contract: record.manager.address,
                chain_id: record.chain_id,
            };
            let signed = match world.sign_request(&request).await {
                Ok(signed) => signed,
                // Such a wallet leaves alone.
                Err(error) if error.means_unable_to_sign() => return Ok(None),
                Err(error) => return Err(error),
            };
            let signed = world.ask_closing(gateway, &id, balance, Some(&signed));
            let signed = self.answer_in_time(patience, signed).await;
            answer = signed.unwrap_or(Agreement::Denied);
        }
        Ok(match answer {
            Agreement::Signed(closing) => Some(closing),
            Agreement::SenderUnproven | Agreement::Denied => None,
        })
    }

    async fn close_at_once(
        &self,
        record: &ChannelRecord,
        proof: BalanceProof,
        closing: &Signature,
    ) -> Result<Closed, W::Error> {
        let (id, manager) = (record.id, record.manager);
        let data = manager.cooperative_close_call(&id, &proof, closing);
        let call = Call::new(Action::CooperativeClose, manager.address, data);
        let key = self.step_key(id.receiver, Some(id.open_block));
        let (hash, _) = self.run(key, &call, Moved::only(proof.balance)).await?;
        Ok(Closed {
            cooperative: true,
            hash,
            balance: proof.balance,
            proof: Some(proof),
            settle_block: None,
        })
    }

    async fn request_close(
        &self,
        record: &mut ChannelRecord,
        seen: &Seen,
        force: bool,
    ) -> Result<Closed, W::Error> {
        let (id, manager) = (record.id, record.manager);
        let balance = record.closing_balance();
        let newest = self.newest_block().await?;
        let period = self.contract.challenge_period;
        rules::request_close(manager.generation, live(seen), balance, newest, period)?;
        if !force {
            if record.pending().is_some() {
                return Err(FlowError::CloseRefused(CloseRisk::PendingProof).into());
            }
            if !record.is_balance_known() {
                return Err(FlowError::CloseRefused(CloseRisk::UnknownBalance).into());
            }
        }
        let known = [record.pending(), record.proof()].into_iter().flatten();
        let mut proof = known.copied().find(|proof| proof.balance == balance);
        let data = match manager.close_request_by_balance(&id, balance) {
            Some(data) => data,
            None => {
                let signed = match proof {
                    Some(proof) => proof,
                    // Nothing was ever paid, or the chain alone proves it: generation 0.1 wants a
                    // signature for that, too.
                    None => self.world.sign(&id, balance).await?,
                };
                proof = Some(signed);
                manager.close_request_call(&id, &signed)
            }
        };
        let call = Call::new(Action::Close, manager.address, data);
        let key = self.step_key(id.receiver, Some(id.open_block));
        let (hash, _) = self.run(key, &call, Moved::only(balance)).await?;
        *record = self.record(id).await?;
        let settle_block = match record.state {
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

    /// Pays out after the challenge period.
    pub async fn settle(&self, id: ChannelId) -> Result<Option<Hash>, W::Error> {
        let _turn = self.channel_turn(id.receiver, id.open_block).await?;
        let key = self.step_key(id.receiver, Some(id.open_block));
        if let Some((step, _)) = self.finish_earlier(key).await?
            && step.action == Action::Settle
        {
            return Ok(step.sent.hash);
        }
        let mut record = self.record(id).await?;
        self.settle_in_turn(&mut record).await
    }

    pub(super) async fn settle_in_turn(
        &self,
        record: &mut ChannelRecord,
    ) -> Result<Option<Hash>, W::Error> {
        let id = record.id;
        let seen = self.refresh(record).await?;
        rules::settle(live(&seen), self.newest_for_contract().await?)?;
        let manager = &self.contract.manager;
        let data = manager.settle_call(id.receiver, id.open_block);
        let call = Call::new(Action::Settle, manager.address, data);
        let key = self.step_key(id.receiver, Some(id.open_block));
        let (hash, _) = self
            .run(key, &call, Moved::only(record.closing_balance()))
            .await?;
        *record = self.record(id).await?;
        Ok(hash)
    }
}
