//! Closing and settling.

use js_sys::Object;
use wasm_bindgen::JsValue;

use crate::protocol::{BalanceProof, Hash, Signature, rules};
use crate::sender::ChannelRecord;

use super::client::Client;
use super::error::{Failure, big_int, set};
use super::gateway;
use super::storage;
use super::transact::Plan;
use super::watch::{Action, Watch};

/// How a channel was closed.
pub(crate) struct Closed {
    cooperative: bool,
    hash: Hash,
    proof: BalanceProof,
    settle_block: Option<u32>,
}

impl From<Closed> for JsValue {
    fn from(closed: Closed) -> Self {
        let object = Object::new();
        set(&object, "cooperative", &closed.cooperative.into());
        set(&object, "hash", &closed.hash.to_string().into());
        set(&object, "balance", &big_int(closed.proof.balance));
        if let Some(block) = closed.settle_block {
            set(&object, "settleBlock", &block.into());
        }
        object.into()
    }
}

impl Client {
    /// Closes at once where the receiver agrees, else requests closing with the true balance, which
    /// starts the challenge period.
    pub(crate) async fn close(
        &self,
        record: &mut ChannelRecord,
        cooperative: bool,
        watch: &Watch,
    ) -> Result<Closed, Failure> {
        self.look(record, watch).await?;
        storage::save(record)?;
        if cooperative && let Some((proof, closing)) = self.agreement(record).await? {
            return self.close_at_once(record, proof, &closing, watch).await;
        }
        self.request_close(record, watch).await
    }

    /// The receiver's verified agreement, from the record or asked for now.
    async fn agreement(
        &self,
        record: &mut ChannelRecord,
    ) -> Result<Option<(BalanceProof, Signature)>, Failure> {
        if record.closing.is_some() {
            return Ok(record.closing);
        }
        let Some(gateway) = record.gateway.clone() else {
            return Ok(None);
        };
        // The receiver agrees to its own newest balance only; an answer that was lost may have
        // left it at either of the two.
        let proofs = [record.proof().copied(), record.pending().copied()];
        for proof in proofs.into_iter().flatten() {
            let answer = gateway::closing_signature(&gateway, &record.id, &proof).await;
            let Ok(Some(closing)) = answer else { continue };
            if record
                .manager
                .verify_closing(&record.id, &proof, &closing)
                .is_ok()
            {
                record.closing = Some((proof, closing));
                storage::save(record)?;
                return Ok(record.closing);
            }
        }
        Ok(None)
    }

    async fn close_at_once(
        &self,
        record: &mut ChannelRecord,
        proof: BalanceProof,
        closing: &Signature,
        watch: &Watch,
    ) -> Result<Closed, Failure> {
        let info = self.contract.info(&self.node(watch), &record.id).await?;
        rules::close(info.as_ref(), proof.balance)?;
        let manager = &self.contract.manager;
        let data = manager.cooperative_close_call(&record.id, &proof, closing);
        let plan = Plan::call(Action::CooperativeClose, manager.address, data);
        let receipt = self.transact(plan, watch).await?;
        self.look(record, watch).await?;
        storage::save(record)?;
        Ok(Closed {
            cooperative: true,
            hash: receipt.transaction,
            proof,
            settle_block: None,
        })
    }

    async fn request_close(
        &self,
        record: &mut ChannelRecord,
        watch: &Watch,
    ) -> Result<Closed, Failure> {
        let node = self.node(watch);
        let manager = &self.contract.manager;
        let balance = record.closing_balance();
        let info = self.contract.info(&node, &record.id).await?;
        let newest = node.block_number().await?;
        let period = self.contract.challenge_period;
        rules::request_close(manager.generation, info.as_ref(), balance, newest, period)?;
        let known = [record.pending(), record.proof()].into_iter().flatten();
        let proof = match known.copied().find(|proof| proof.balance == balance) {
            Some(proof) => proof,
            // Nothing was ever paid: generation 0.1 wants a signature for that, too.
            None => {
                self.account
                    .sign_balance(&self.contract, &record.id, balance, watch)
                    .await?
            }
        };
        let data = manager.close_request_call(&record.id, &proof);
        let receipt = self
            .transact(Plan::call(Action::Close, manager.address, data), watch)
            .await?;
        let info = self.look(record, watch).await?;
        storage::save(record)?;
        let settle_block = info.map(|info| info.settle_block);
        Ok(Closed {
            cooperative: false,
            hash: receipt.transaction,
            proof,
            settle_block,
        })
    }

    /// Pays out after the challenge period.
    pub(crate) async fn settle(
        &self,
        record: &mut ChannelRecord,
        watch: &Watch,
    ) -> Result<Hash, Failure> {
        let node = self.node(watch);
        let info = self.contract.info(&node, &record.id).await?;
        rules::settle(info.as_ref(), node.block_number().await?)?;
        let manager = &self.contract.manager;
        let data = manager.settle_call(record.id.receiver, record.id.open_block);
        let receipt = self
            .transact(Plan::call(Action::Settle, manager.address, data), watch)
            .await?;
        self.look(record, watch).await?;
        storage::save(record)?;
        Ok(receipt.transaction)
    }
}
