//! Applies the verdict on a server's response to the channel.

use crate::chain::Seen;
use crate::protocol::header::Refusal;
use crate::protocol::{Amount, BalanceProof};

use super::super::payment::{PaymentError, SentProof, Verdict, Wait};
use super::super::record::{ChannelState, RecordError};
use super::super::store::ledger::Outcome;
use super::super::store::prices::{KnownPrice, Place};
use super::super::world::{Progress, World};
use super::locked::LockedChannel;
use super::quote::Quote;
use super::time_budget::TimeBudget;

/// Retries while the receiver waits, one second apart.
const MAX_WAITS: u32 = 60;
pub(super) const WAIT_MILLISECONDS: u32 = 1000;

/// The state of one call.
pub(super) struct Attempt {
    pub(super) place: Place,
    pub(super) budget: TimeBudget,
    /// The price last paid here, for the price-rise guard.
    pub(super) before: Option<Amount>,
    /// The cached price of this place.
    pub(super) known: Option<KnownPrice>,
    /// What the caller agreed to.
    pub(super) agreed: Option<Quote>,
    /// What the server said in this call of a payment, when there was none; `None`: it was not asked.
    pub(super) unpaid: Option<(Option<Refusal>, Option<Amount>)>,
    /// Whether this call has opened a channel.
    pub(super) opened: bool,
    /// Whether this call has topped up.
    pub(super) topped_up: bool,
    pub(super) signed: u32,
    pub(super) resent: u32,
    pub(super) waited: u32,
}

impl Attempt {
    pub(super) fn new(place: Place, known: Option<KnownPrice>, timeout: u32) -> Self {
        Self {
            place,
            budget: TimeBudget::new(timeout),
            before: known.as_ref().map(|known| known.price),
            known,
            agreed: None,
            unpaid: None,
            opened: false,
            topped_up: false,
            signed: 0,
            resent: 0,
            waited: 0,
        }
    }
}

/// What follows a verdict.
pub(super) enum Next {
    /// Return the response to the caller.
    Done,
    /// Retry: send the pending proof again, or sign a new one.
    Again,
    /// The channel is gone and the payment in it was not counted: select another channel.
    Elsewhere,
}

impl<W: World> LockedChannel<'_, W> {
    /// Applies the verdict and stores the result.
    pub(super) async fn apply(
        &mut self,
        verdict: Verdict,
        sent: &SentProof,
        attempt: &mut Attempt,
    ) -> Result<Next, W::Error> {
        match verdict {
            Verdict::Accepted { shown } => {
                self.served(&sent.proof, shown, attempt).await?;
                Ok(Next::Done)
            }
            Verdict::Taken => {
                let entry = self.pending_entry();
                let changed = self.try_with(|record| record.confirm(&sent.proof))?;
                self.sender.list_ended(entry, Outcome::Taken).await;
                self.store(changed).await?;
                let balance = sent.proof.balance;
                Err(PaymentError::Taken { balance }.into())
            }
            Verdict::Wait(wait) => {
                Box::pin(self.wait(attempt, wait)).await?;
                Ok(Next::Again)
            }
            Verdict::Look => Box::pin(self.look_for(sent, attempt)).await,
            Verdict::Adopt(shown) => {
                self.adopt_shown(Some(shown)).await?;
                Ok(Next::Again)
            }
            Verdict::StartOver => {
                self.adopt_shown(None).await?;
                Ok(Next::Again)
            }
            Verdict::Unknown => Ok(Next::Done),
            Verdict::Fail(error) => Err(error.into()),
        }
    }

    /// The request was served. If the record can't be stored now, the receiver's next response tells the
    /// balance.
    async fn served(
        &mut self,
        proof: &BalanceProof,
        shown: Option<BalanceProof>,
        attempt: &Attempt,
    ) -> Result<(), W::Error> {
        // Such a proof only asked for the balance, and the resource is free now.
        let free = proof.balance == self.balance();
        let changed = self.try_with(|record| {
            if free {
                record.rollback(proof)?;
            } else {
                record.deliver(proof)?;
            }
            if let Some(shown) = &shown {
                record.acknowledge(shown);
            }
            Ok(())
        })?;
        if !free {
            let mut entry = self.pending_entry();
            if let Some(entry) = &mut entry {
                // The request that was served may not be the one that the proof was signed for.
                attempt.place.url.clone_into(&mut entry.url);
            }
            self.sender.list_ended(entry, Outcome::Paid).await;
        }
        let _ = self.store(changed).await;
        Ok(())
    }

    /// Waits a second for the receiver; fails after the last retry.
    pub(super) async fn wait(&mut self, attempt: &mut Attempt, wait: Wait) -> Result<(), W::Error> {
        self.count_wait(attempt, wait).await?;
        self.sender.world.pause(WAIT_MILLISECONDS).await
    }

    /// Tells that the request is retried in a second; fails after the last retry.
    pub(super) async fn count_wait(
        &mut self,
        attempt: &mut Attempt,
        wait: Wait,
    ) -> Result<(), W::Error> {
        attempt.waited += 1;
        if attempt.waited > MAX_WAITS {
            self.refresh().await?;
            if self.state != ChannelState::Open {
                return Err(RecordError::NotOpen(self.state).into());
            }
            return Err(wait.last_error(self).into());
        }
        self.sender.world.tell(Progress::WaitingForReceiver {
            wait,
            attempt: attempt.waited,
            attempts: MAX_WAITS,
        });
        Ok(())
    }

    /// The receiver does not know the channel. If the chain does, the receiver lags: retry. If the channel
    /// was settled, the settled balance tells whether this payment was counted.
    pub(super) async fn look_for(
        &mut self,
        sent: &SentProof,
        attempt: &mut Attempt,
    ) -> Result<Next, W::Error> {
        match self.refresh().await? {
            Seen::Live { info, .. } if !info.is_closing() => {
                self.wait(attempt, Wait::Channel).await?;
                return Ok(Next::Again);
            }
            Seen::Live { .. } => return Err(RecordError::NotOpen(self.state).into()),
            Seen::Settled { .. } | Seen::Missing => {}
        }
        let balance = sent.proof.balance;
        if self.balance() >= balance && !sent.earlier {
            return Err(PaymentError::Taken { balance }.into());
        }
        Ok(Next::Elsewhere)
    }
}
