//! Unfinished payments, transactions and closings of earlier pages and of tabs that died.

use crate::chain::track::Ended;
use crate::protocol::{Address, Amount, ChannelId, Hash};

use super::super::record::{ChannelRecord, ChannelState};
use super::super::store::journal::{Action, Step};
use super::super::store::keys::{self, StepKey};
use super::super::world::World;
use super::chain_reads::AFTER_RECEIPT;
use super::in_flight::Untold;
use super::locked::ChannelEntry;
use super::{FlowError, Sender};

/// Something unfinished, or just finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenEnd {
    /// The channel's receiver.
    pub receiver: Address,
    /// The channel; `None`: one that is being opened.
    pub open_block: Option<u32>,
    /// What it is.
    pub kind: EndKind,
    /// Where it stands.
    pub state: EndState,
}

/// What an open end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// A balance proof whose outcome is not known. The next request sends it again.
    Payment {
        /// Its balance.
        balance: Amount,
    },
    /// A transaction.
    Transaction {
        /// Why it was sent.
        action: Action,
        /// Its hash, where it is known.
        hash: Option<Hash>,
    },
    /// The challenge period of a close request.
    Closing {
        /// Its last block.
        settle_block: u32,
        /// Blocks until then; 0 when settling is possible.
        blocks_left: u64,
    },
    /// The balance of a channel found on the chain, until its receiver shows it with the next payment.
    Balance,
}

/// Where an open end stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndState {
    /// Wait, or pay again.
    Waiting,
    /// Can be settled now.
    Due,
    /// Finished just now.
    Done,
    /// Ended without effect.
    Failed(FlowError),
}

impl<W: World> Sender<W> {
    /// Finishes what earlier pages left, as far as it needs neither waiting nor the user. The next page
    /// retries what fails.
    pub async fn look_after(&self) -> Result<(), W::Error> {
        if self.is_tidy().await? {
            // Reading the records repairs damaged ones.
            return self.records().await.map(drop);
        }
        let _ = self.import_legacy().await;
        let _ = self.check_ends().await;
        self.trim_ledger().await?;
        self.trim_prices().await
    }

    /// Whether earlier pages left nothing to do: no record of other software, no journalled transaction, no
    /// list above its limit. A pending payment is resolved by the next one.
    async fn is_tidy(&self) -> Result<bool, W::Error> {
        Ok(self.world.names(keys::LEGACY).await?.is_empty()
            && self.step_names().await?.is_empty()
            && !self.is_ledger_full().await?
            && !self.is_price_cache_full().await?)
    }

    /// Polls everything unfinished once, finishes what needs no waiting, no user and no new transaction, and
    /// reports all of it.
    pub async fn check_ends(&self) -> Result<Vec<OpenEnd>, W::Error> {
        self.ends(false).await
    }

    /// Waits for every journalled transaction, refreshes every channel, and settles those that are due, if
    /// the user need not be asked.
    pub async fn resume(&self) -> Result<Vec<OpenEnd>, W::Error> {
        self.ends(true).await
    }

    async fn ends(&self, wait: bool) -> Result<Vec<OpenEnd>, W::Error> {
        let mut ends = Vec::new();
        for step in self.steps().await? {
            ends.extend(self.end_of_step(step, wait).await?);
        }
        for record in self.records().await? {
            ends.extend(if wait {
                self.resume_channel(record.id).await?
            } else {
                self.end_of_record(&record).await?
            });
        }
        Ok(ends)
    }

    /// Refreshes a channel, and settles it if that is due and the user need not be asked.
    async fn resume_channel(&self, id: ChannelId) -> Result<Option<OpenEnd>, W::Error> {
        self.end_in_flight(id, Untold::Keep).await?;
        let Some(mut channel) = self.lock_stored(id).await? else {
            return Ok(None);
        };
        if channel.state != ChannelState::Settled {
            channel.refresh().await?;
        }
        let mut end = self.end_of_record(&channel).await?;
        if let Some(end) = &mut end
            && end.state == EndState::Due
            && self.world.signs_alone()
        {
            channel.settle().await?;
            end.state = EndState::Done;
        }
        Ok(end)
    }

    /// What is unfinished in a channel apart from transactions.
    pub(super) async fn end_of_record(
        &self,
        record: &ChannelRecord,
    ) -> Result<Option<OpenEnd>, W::Error> {
        let mut state = EndState::Waiting;
        let numbered = record.in_flight().first().map(|payment| &payment.proof);
        let kind = match (record.state, record.pending().or(numbered)) {
            (ChannelState::Settled, _) => return Ok(None),
            (ChannelState::Closing { settle_block }, _) => {
                let newest = self.newest_for_contract().await?;
                let blocks_left = u64::from(settle_block).saturating_sub(newest);
                if blocks_left == 0 {
                    state = EndState::Due;
                }
                EndKind::Closing {
                    settle_block,
                    blocks_left,
                }
            }
            (_, Some(proof)) => EndKind::Payment {
                balance: proof.balance,
            },
            (_, None) if !record.is_balance_known() => EndKind::Balance,
            (_, None) => return Ok(None),
        };
        Ok(Some(OpenEnd {
            receiver: record.id.receiver,
            open_block: Some(record.id.open_block),
            kind,
            state,
        }))
    }

    pub(super) async fn end_of_step(
        &self,
        step: Step,
        wait: bool,
    ) -> Result<Option<OpenEnd>, W::Error> {
        let end = |step: &Step, open_block, state| OpenEnd {
            receiver: step.key.receiver,
            open_block,
            kind: EndKind::Transaction {
                action: step.action,
                hash: step.sent.hash,
            },
            state,
        };
        let open_block = step.key.open_block;
        let Some(mut turn) = self.turn_of(&step.key, wait).await? else {
            // Another page works on it.
            return Ok(Some(end(&step, open_block, EndState::Waiting)));
        };
        // It may be finished by now, or be another one.
        let Some(mut step) = self.step(&step.key.name()).await? else {
            return Ok(None);
        };
        self.learn_hash(&mut step, wait).await?;
        let ended = if wait {
            Some(self.follow(&step).await?)
        } else {
            let status = self.status(&step.sent).await?;
            self.ended(status)
        };
        // Its bytes have left: it may be mined until its nonce is used.
        let ended = ended.filter(|ended| !matches!(ended, Ended::Refused(_)));
        let Some(ended) = ended else {
            return Ok(Some(end(&step, open_block, EndState::Waiting)));
        };
        let looks = if wait { AFTER_RECEIPT } else { 1 };
        let settled = match &mut turn {
            StepTurn::Opening(_) => {
                let opened = self.settle_opening(&step, ended, looks).await?;
                opened.map(|opened| opened.map(|record| record.id.open_block))
            }
            StepTurn::Channel(ChannelEntry::Stored(channel)) => {
                let settled = channel.settle_step(&step, ended, looks).await?;
                settled.map(|()| open_block)
            }
            // The channel was forgotten meanwhile.
            StepTurn::Channel(ChannelEntry::Vacant(_)) => {
                let settled = self.settle_plain(&step, ended).await?;
                settled.map(|()| open_block)
            }
        };
        Ok(Some(match settled {
            Ok(open_block) => end(&step, open_block, EndState::Done),
            // It is looked for again.
            Err(FlowError::Unseen { .. }) => end(&step, open_block, EndState::Waiting),
            Err(error) => end(&step, open_block, EndState::Failed(error)),
        }))
    }

    /// The lock of a transaction's channel or opening; `None`: it is taken, and `wait` is not set.
    async fn turn_of(
        &self,
        key: &StepKey,
        wait: bool,
    ) -> Result<Option<StepTurn<'_, W>>, W::Error> {
        let Some(open_block) = key.open_block else {
            let lock = self.key().opening_lock(key.receiver);
            let turn = if wait {
                Some(self.world.turn(&lock).await?)
            } else {
                self.world.free_turn(&lock).await?
            };
            return Ok(turn.map(StepTurn::Opening));
        };
        let id = ChannelId {
            sender: self.account,
            receiver: key.receiver,
            open_block,
        };
        let turn = if wait {
            Some(self.channel_turn(id).await?)
        } else {
            self.free_channel_turn(id).await?
        };
        Ok(match turn {
            Some(turn) => Some(StepTurn::Channel(turn.read().await?)),
            None => None,
        })
    }
}

/// The lock under which a transaction is concluded.
enum StepTurn<'a, W: World> {
    Opening(W::Turn),
    Channel(ChannelEntry<'a, W>),
}
