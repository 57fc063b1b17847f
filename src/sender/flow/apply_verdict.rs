//! Doing what an answer means.

use crate::chain::Seen;
use crate::protocol::Amount;

use super::super::ledger::Outcome;
use super::super::payment::{PaymentError, Sent, Verdict, Wait};
use super::super::price::{KnownPrice, Place};
use super::super::record::{ChannelRecord, ChannelState, RecordError};
use super::super::world::{Progress, World};
use super::Sender;
use super::patience::Patience;

/// Times that a waiting receiver is asked again, a second apart.
const MAX_WAITS: u32 = 60;
const WAIT_MILLISECONDS: u32 = 1000;

/// What a call has done so far.
pub(super) struct Course {
    pub(super) place: Place,
    pub(super) patience: Patience,
    /// The price last paid here, for the price-rise guard.
    pub(super) before: Option<Amount>,
    /// The price that was remembered here.
    pub(super) known: Option<KnownPrice>,
    /// Whether this call has opened a channel.
    pub(super) opened: bool,
    /// Whether this call has topped up.
    pub(super) topped_up: bool,
    pub(super) signed: u32,
    pub(super) resent: u32,
    pub(super) waited: u32,
}

impl Course {
    pub(super) fn new(place: Place, known: Option<KnownPrice>, timeout: u32) -> Self {
        Self {
            place,
            patience: Patience::new(timeout),
            before: known.as_ref().map(|known| known.price),
            known,
            opened: false,
            topped_up: false,
            signed: 0,
            resent: 0,
            waited: 0,
        }
    }
}

/// What to do after an answer.
pub(super) enum Next {
    /// Hand the response on.
    Done,
    /// Send again, or sign anew.
    Again,
    /// The channel is gone and the payment in it was not counted: choose again.
    Elsewhere,
}

impl<W: World> Sender<W> {
    /// Does what the verdict says, and stores it.
    pub(super) async fn follow_verdict(
        &self,
        record: &mut ChannelRecord,
        sent: &Sent,
        verdict: Verdict,
        course: &mut Course,
    ) -> Result<Next, W::Error> {
        let proof = &sent.proof;
        match verdict {
            // It asked for the balance, and the resource costs nothing now.
            Verdict::Accepted { shown } if proof.balance == record.balance() => {
                record.rollback(proof)?;
                shown.iter().for_each(|shown| record.acknowledge(shown));
                let _ = self.save(record).await;
                Ok(Next::Done)
            }
            Verdict::Accepted { shown } => {
                let mut entry = record.pending_entry();
                if let Some(entry) = &mut entry {
                    // Another request than the one it was signed for may have been served.
                    course.place.url.clone_into(&mut entry.url);
                }
                record.deliver(proof)?;
                shown.iter().for_each(|shown| record.acknowledge(shown));
                self.list_ended(entry, Outcome::Paid).await;
                // The answer is there: what can't be stored now is told by the receiver later.
                let _ = self.save(record).await;
                Ok(Next::Done)
            }
            Verdict::Taken => {
                let entry = record.pending_entry();
                record.confirm(proof)?;
                self.list_ended(entry, Outcome::Taken).await;
                self.save(record).await?;
                let balance = proof.balance;
                Err(PaymentError::Taken { balance }.into())
            }
            Verdict::Wait(wait) => {
                Box::pin(self.wait(record, course, wait)).await?;
                Ok(Next::Again)
            }
            Verdict::Look => Box::pin(self.look_for(record, sent, course)).await,
            Verdict::Adopt(shown) => {
                self.adopt(record, Some(shown)).await?;
                Ok(Next::Again)
            }
            Verdict::StartOver => {
                self.adopt(record, None).await?;
                Ok(Next::Again)
            }
            Verdict::Unknown => Ok(Next::Done),
            Verdict::Fail(error) => Err(error.into()),
        }
    }

    /// The receiver waits for something: so do we, for a while.
    pub(super) async fn wait(
        &self,
        record: &mut ChannelRecord,
        course: &mut Course,
        wait: Wait,
    ) -> Result<(), W::Error> {
        course.waited += 1;
        if course.waited > MAX_WAITS {
            self.refresh(record).await?;
            if record.state != ChannelState::Open {
                return Err(RecordError::NotOpen(record.state).into());
            }
            return Err(wait.given_up(record).into());
        }
        self.world.tell(Progress::WaitingForReceiver {
            wait,
            attempt: course.waited,
            attempts: MAX_WAITS,
        });
        self.world.pause(WAIT_MILLISECONDS).await
    }

    /// The receiver knows no such channel. If the chain knows it, the receiver lags. If it was paid
    /// out, what it was paid out with tells whether this payment counted.
    pub(super) async fn look_for(
        &self,
        record: &mut ChannelRecord,
        sent: &Sent,
        course: &mut Course,
    ) -> Result<Next, W::Error> {
        match self.refresh(record).await? {
            Seen::Live { info, .. } if !info.is_closing() => {
                self.wait(record, course, Wait::Channel).await?;
                return Ok(Next::Again);
            }
            Seen::Live { .. } => return Err(RecordError::NotOpen(record.state).into()),
            Seen::Settled { .. } | Seen::Missing => {}
        }
        let balance = sent.proof.balance;
        if record.balance() >= balance && !sent.earlier {
            return Err(PaymentError::Taken { balance }.into());
        }
        Ok(Next::Elsewhere)
    }
}
