//! Prepares and submits a transaction, signed here or by the wallet that sends it.

use crate::chain::Sent;
use crate::chain::submit::{self, Draft};

use super::super::store::journal::Step;
use super::super::store::keys;
use super::super::world::{Call, NotSent, World};
use super::Sender;
use super::chain_reads::{AGAINST, PAUSE_MILLISECONDS};

/// A transaction that is ready to be submitted.
pub(super) struct Prepared<'a, W: World> {
    call: &'a Call,
    gas_limit: u64,
    /// What is known of it before it is submitted.
    pub(super) sent: Sent,
    /// The lock of the key's next nonce, across all pages.
    _nonce: Option<W::Turn>,
}

impl<W: World> Sender<W> {
    /// Estimates a transaction, and signs it if the account does that here: with this nonce, if it takes the place
    /// of an earlier one.
    pub(super) async fn prepare<'a>(
        &self,
        call: &'a Call,
        in_place_of: Option<u64>,
    ) -> Result<Prepared<'a, W>, W::Error> {
        self.world.check()?;
        self.world.ready().await?;
        let node = self.node();
        let draft = self.draft(call);
        let (gas, offer) = self.told(submit::price(&node, &draft, &self.fees).await)?;
        let signs_alone = self.world.signs_alone();
        let mut turn = None;
        if signs_alone {
            // A wallet shows the fee and has limits of its own.
            self.told(submit::check_offer(&gas, &offer, &self.fees))?;
            let lock = keys::nonce_lock(self.contract.chain_id, self.account);
            turn = Some(self.world.turn(&lock).await?);
        }
        let nonce = match in_place_of {
            Some(nonce) => nonce,
            None => self.free_nonce().await?,
        };
        let signed = if signs_alone {
            let transaction = submit::transaction(&draft, nonce, &gas);
            let hash = transaction.signing_hash();
            let signature = self.world.sign_transaction(&hash).await?;
            Some(transaction.signed_by(&signature))
        } else {
            None
        };
        let hash = signed.as_ref().map(|signed| signed.hash);
        Ok(Prepared {
            call,
            gas_limit: gas.limit,
            sent: Sent {
                sender: self.account,
                hash,
                nonce: Some(nonce),
                raw: signed.map(|signed| signed.raw),
            },
            _nonce: turn,
        })
    }

    /// The next nonce. A transaction of another channel that a node refused a moment ago, or did not answer, may
    /// not be counted yet. It is handed in again until it is counted, or noted as refused: its nonce is left to
    /// it for so long, as only one of two with the same nonce is mined.
    pub(super) async fn free_nonce(&self) -> Result<u64, W::Error> {
        let mut looks = 0;
        loop {
            let nonce = self.told(self.node().next_nonce(self.account).await)?;
            looks += 1;
            let has_it = |step: &Step| step.sent.raw.is_some() && step.sent.nonce == Some(nonce);
            let steps = self.steps().await?;
            if looks > AGAINST || !steps.iter().any(|step| !step.refused && has_it(step)) {
                return Ok(nonce);
            }
            self.world.pause(PAUSE_MILLISECONDS).await?;
        }
    }

    /// Submits it. What was signed here counts as sent, whatever the node answers: its bytes have left, and
    /// following it submits it again if no node knows it.
    pub(super) async fn hand_in(
        &self,
        prepared: Prepared<'_, W>,
    ) -> Result<Sent, NotSent<W::Error>> {
        let mut sent = prepared.sent;
        let node = self.polled_node();
        if let Some(raw) = &sent.raw {
            submit::hand_in(&node, raw).await;
            return Ok(sent);
        }
        let (call, draft) = (prepared.call, self.draft(prepared.call));
        let hash = self.world.send(call.action, &draft, prepared.gas_limit);
        let hash = hash.await.map_err(|not_sent| NotSent {
            certain: not_sent.certain,
            error: self.world.explain(not_sent.error),
        })?;
        sent.hash = Some(hash);
        // The wallet chose the nonce, or let somebody else send it. The guess must not speak against it.
        sent.nonce = None;
        if let Ok(Some(known)) = node.transaction(&hash).await {
            sent.learn(&known);
        }
        Ok(sent)
    }

    fn draft<'a>(&self, call: &'a Call) -> Draft<'a> {
        Draft {
            chain_id: self.contract.chain_id,
            from: self.account,
            to: call.to,
            value: call.value,
            data: &call.data,
        }
    }
}
