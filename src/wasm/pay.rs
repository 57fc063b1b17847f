//! Paying what a 402 demands, under the turn of the channel.

use web_sys::Response;

use crate::protocol::Amount;
use crate::protocol::header::{Demand, Payment};
use crate::sender::{
    ChannelRecord, ChannelState, Choice, Limits, RecordError, Sent, Verdict, choose, judge,
};

use super::client::Client;
use super::error::Failure;
use super::fetch::{Template, read_demand};
use super::gateway;
use super::storage;
use super::watch::{Watch, sleep};

/// Proofs signed for one request: a second or third only after the receiver proved which balance
/// it holds.
const MAX_SIGNED: u32 = 3;
/// Looks at a receiver that is waiting for confirmations, a second apart.
const MAX_WAITS: u32 = 60;
const WAIT_MILLISECONDS: i32 = 1000;

impl Client {
    /// Pays within the limits and returns the answer to the paid request.
    pub(crate) async fn pay(
        &self,
        template: &Template,
        limits: &Limits,
        mut demand: Demand,
        watch: &Watch,
    ) -> Result<Response, Failure> {
        limits.check(&self.contract.manager, &demand)?;
        let _turn = self.turn(demand.receiver).await?;
        let mut record = self.channel_for(&demand, limits, watch).await?;
        note_gateway(&mut record, &demand, &template.url);
        let mut resent = record.pending().is_some();
        let mut signed = 0;
        let mut waited = 0;
        loop {
            watch.check()?;
            let proof = match record.pending() {
                Some(pending) => *pending,
                None => {
                    signed += 1;
                    if signed > MAX_SIGNED {
                        let message = "the receiver keeps changing what it asks for";
                        return Err(
                            Failure::new("payment-refused", message).with("reason", "changing")
                        );
                    }
                    resent = false;
                    self.sign_next(&mut record, limits, &demand, watch).await?
                }
            };
            let sent = Sent { proof, resent };
            watch.paying(
                demand.price,
                proof.balance,
                record.id.receiver,
                record.id.open_block,
            );
            let payment = Payment {
                sender: record.id.sender,
                open_block: record.id.open_block,
                proof,
                contract: Some(record.manager.address),
                receiver: Some(record.id.receiver),
            };
            let response = template.send(&payment.headers(), true).await.map_err(|cause| {
                let message = "the paid request was not answered; what became of the payment is \
                               not known. The same balance proof is sent again with the next one";
                Failure::new("payment-unknown", message)
                    .with_amount("balance", proof.balance)
                    .caused_by(cause)
            })?;
            let answer = read_demand(&response)?;
            match judge(&record, &sent, response.status(), answer.as_ref()) {
                Verdict::Accepted => {
                    record.confirm(&proof)?;
                    storage::save(&record)?;
                    return Ok(response);
                }
                Verdict::Unknown => return Ok(response),
                Verdict::Wait(wait) => {
                    waited += 1;
                    if waited > MAX_WAITS {
                        self.look(&mut record, watch).await?;
                        storage::save(&record)?;
                        if record.state != ChannelState::Open {
                            return Err(RecordError::NotOpen(record.state).into());
                        }
                        return Err(wait.given_up(&record).into());
                    }
                    watch.waiting_for_receiver(waited, MAX_WAITS);
                    sleep(WAIT_MILLISECONDS).await;
                }
                Verdict::Adopt(shown) => {
                    record.adopt(shown)?;
                    storage::save(&record)?;
                }
                Verdict::StartOver => {
                    record.start_over(&proof)?;
                    storage::save(&record)?;
                }
                Verdict::Fail(error) => return Err(error.into()),
            }
            if let Some(answer) = answer {
                limits.check(&self.contract.manager, &answer)?;
                if answer.receiver != record.id.receiver {
                    let message = "the server changed the receiver while it was being paid";
                    return Err(Failure::new("wrong-receiver", message)
                        .with("asked", answer.receiver.to_string())
                        .with("expected", record.id.receiver.to_string()));
                }
                demand = answer;
            }
        }
    }

    /// Signs the price on top of what was paid, topping up where the limits allow it. The proof is
    /// stored before it is returned.
    async fn sign_next(
        &self,
        record: &mut ChannelRecord,
        limits: &Limits,
        demand: &Demand,
        watch: &Watch,
    ) -> Result<crate::protocol::BalanceProof, Failure> {
        // Of a channel found on the chain, a proof of the balance 0 asks what was paid before.
        let price = if record.is_balance_known() {
            demand.price
        } else {
            Amount::ZERO
        };
        if let (Err(RecordError::InsufficientDeposit { .. }), Some(added)) =
            (record.next_balance(price), limits.top_up)
        {
            self.top_up(record, added, watch).await?;
        }
        let balance = record.next_balance(price)?;
        storage::save(record)?;
        let proof = self
            .account
            .sign_balance(&self.contract, &record.id, balance, watch)
            .await?;
        record.begin(proof)?;
        storage::save(record)?;
        Ok(proof)
    }

    /// The channel to pay in, opened if there is none and the limits allow it.
    async fn channel_for(
        &self,
        demand: &Demand,
        limits: &Limits,
        watch: &Watch,
    ) -> Result<ChannelRecord, Failure> {
        let records = self.records()?;
        match choose(&records, demand.receiver, demand.price) {
            Choice::Use(record) | Choice::TopUp(record) => Ok(record.clone()),
            Choice::Open => {
                let deposit = limits.deposit.ok_or_else(|| {
                    let message = "there is no open channel to the receiver, and no deposit was \
                                   allowed for opening one";
                    Failure::new("no-channel", message)
                        .with("receiver", demand.receiver.to_string())
                })?;
                if deposit < demand.price {
                    let required = demand.price;
                    return Err(RecordError::InsufficientDeposit { deposit, required }.into());
                }
                self.open(demand.receiver, deposit, watch).await
            }
        }
    }
}

fn note_gateway(record: &mut ChannelRecord, demand: &Demand, url: &str) {
    if let Some(gateway) = demand
        .gateway
        .as_deref()
        .and_then(|path| gateway::resolve(path, url))
    {
        record.gateway = Some(gateway);
    }
}
