//! Several calls in one confirmation of a wallet, as one entry of the journal: the wallet makes all of them or none.

use crate::chain::Sent;
use crate::chain::track::Ended;
use crate::protocol::Hash;

use super::super::store::journal::{Action, Step};
use super::super::store::keys::StepKey;
use super::super::wallet::batch::{BatchCall, BatchStatus};
use super::super::world::{Progress, World};
use super::chain_reads::AGAINST;
use super::time_budget::TimeBudget;
use super::transaction::Moved;
use super::{FlowError, Sender};

/// The timeout for a wallet to say whether it sends calls together: it asks nobody for that.
const ABILITY_MILLISECONDS: u32 = 3000;

/// How often a wallet is asked what became of a batch, and the pause after each: ten minutes.
const BATCH_POLLS: u32 = 600;
const BATCH_MILLISECONDS: u32 = 1000;

impl<W: World> Sender<W> {
    /// Journals calls that a wallet makes in one confirmation, lets it, and waits for their end. Returns their
    /// transactions, too, of which there is one by the standard. `None`: it can't, and nothing was sent.
    pub(super) async fn carry_out_together(
        &self,
        key: StepKey,
        action: Action,
        moved: Moved,
        calls: &[BatchCall<'_>],
    ) -> Result<Option<(Step, Ended, Vec<Hash>)>, W::Error> {
        if !self.may_send_together().await {
            return Ok(None);
        }
        self.world.check()?;
        self.world.ready().await?;
        let from_block = self.newest_block().await?;
        let mut step = Step {
            key,
            action,
            amount: moved.amount,
            deposit: moved.deposit,
            from_block,
            sent: Sent {
                sender: self.account,
                hash: None,
                nonce: Some(self.free_nonce().await?),
                raw: None,
            },
            batch: None,
            refused: false,
        };
        self.write_step(&step).await?;
        match self.world.send_together(action, calls).await {
            Ok(Some(id)) => step.batch = Some(id),
            Ok(None) => {
                self.remove_step(&step).await?;
                return Ok(None);
            }
            Err(not_sent) => {
                if not_sent.certain {
                    self.remove_step(&step).await?;
                }
                return Err(self.world.explain(not_sent.error));
            }
        }
        // The wallet chose the nonce, or lets somebody else send it.
        step.sent.nonce = None;
        // The entry written before suffices where the storage is full.
        let _ = self.write_step(&step).await;
        let hashes = self.learn_hash(&mut step, true).await?;
        let ended = self.follow(&step).await?;
        Ok(Some((step, ended, hashes)))
    }

    /// Whether the account's wallet says in time that it sends calls together.
    pub(super) async fn may_send_together(&self) -> bool {
        let mut budget = TimeBudget::new(ABILITY_MILLISECONDS);
        let able = self.answer_in_time(&mut budget, self.world.can_send_together());
        matches!(able.await, Ok(true))
    }

    /// Asks the wallet for the transaction of a batch, once or until it tells, and journals it. Of several the last one
    /// counts, which is made after the others. An entry of which it will never tell is one of a transaction that no
    /// node knows.
    pub(super) async fn learn_hash(
        &self,
        step: &mut Step,
        wait: bool,
    ) -> Result<Vec<Hash>, W::Error> {
        let (Some(id), None) = (&step.batch, step.sent.hash) else {
            return Ok(Vec::new());
        };
        let action = step.action;
        let mut unknown = 0;
        for _ in 0..BATCH_POLLS {
            match self.world.batch_status(id).await {
                BatchStatus::Mined(hashes) if !hashes.is_empty() => {
                    step.sent.hash = hashes.last().copied();
                    let _ = self.write_step(step).await;
                    for hash in &hashes {
                        self.world.tell(Progress::Sent { action, hash });
                    }
                    return Ok(hashes);
                }
                BatchStatus::Failed => return Ok(Vec::new()),
                BatchStatus::Unknown if unknown >= AGAINST => return Ok(Vec::new()),
                BatchStatus::Unknown => unknown += 1,
                BatchStatus::Mined(_) | BatchStatus::Pending => unknown = 0,
            }
            if !wait {
                return Ok(Vec::new());
            }
            self.world.pause(BATCH_MILLISECONDS).await?;
        }
        let hash = None;
        Err(FlowError::NotMined { action, hash }.into())
    }
}
