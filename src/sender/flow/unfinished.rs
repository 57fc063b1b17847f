//! Open ends: what an earlier page, or another tab that died, left unfinished.

use crate::protocol::{Address, Amount, Hash};

use super::super::journal::{Action, Step};
use super::super::legacy::LEGACY_PREFIX;
use super::super::record::{ChannelRecord, ChannelState};
use super::super::world::World;
use super::looking::AFTER_RECEIPT;
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
    /// A balance proof whose outcome is not known. It goes again with the next request.
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
    /// What was paid in a channel found on the chain is not known; its receiver shows it when it
    /// is next paid.
    Balance,
}

/// Where an open end stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndState {
    /// Nothing to be done but to wait, or to pay again.
    Waiting,
    /// The person may settle now.
    Due,
    /// It has been finished just now.
    Done,
    /// It ended without effect.
    Failed(FlowError),
}

impl<W: World> Sender<W> {
    /// Finishes and drops what earlier pages left, as far as it needs no waiting and no person. What
    /// fails is tried again by the next page.
    pub async fn look_after(&self) -> Result<(), W::Error> {
        if self.is_tidy().await? {
            // Reading the records mends what is damaged of them.
            return self.records().await.map(drop);
        }
        let _ = self.import_legacy().await;
        let _ = self.check_ends().await;
        self.trim().await
    }

    /// Whether earlier pages left nothing to look after: no record of other software, no transaction
    /// under way, no list that grew too long. What became of a payment the next one tells.
    async fn is_tidy(&self) -> Result<bool, W::Error> {
        Ok(self.world.names(LEGACY_PREFIX).await?.is_empty()
            && self.step_names().await?.is_empty()
            && self.has_short_lists().await?)
    }

    /// Looks once at everything unfinished, finishes what needs no waiting, no person and no new
    /// transaction, and reports all of it.
    pub async fn check_ends(&self) -> Result<Vec<OpenEnd>, W::Error> {
        self.ends(false).await
    }

    /// Waits for every transaction under way, looks at every channel, and settles what is due where
    /// no person has to be asked.
    pub async fn resume(&self) -> Result<Vec<OpenEnd>, W::Error> {
        self.ends(true).await
    }

    async fn ends(&self, wait: bool) -> Result<Vec<OpenEnd>, W::Error> {
        let mut ends = Vec::new();
        for step in self.steps().await? {
            ends.extend(self.end_of_step(step, wait).await?);
        }
        let records = self.records().await?;
        let mut newest = None;
        for mut record in records {
            if wait {
                let turn = self.channel_turn(record.id.receiver, record.id.open_block);
                let _turn = turn.await?;
                record = self.record(record.id).await?;
                if !matches!(record.state, ChannelState::Settled) {
                    self.refresh(&mut record).await?;
                }
            }
            let ChannelState::Closing { settle_block } = record.state else {
                ends.extend(end_of_record(&record));
                continue;
            };
            let newest = match newest {
                Some(newest) => newest,
                None => *newest.insert(self.newest_for_contract().await?),
            };
            let blocks_left = u64::from(settle_block).saturating_sub(newest);
            let mut state = if blocks_left == 0 {
                EndState::Due
            } else {
                EndState::Waiting
            };
            if wait && state == EndState::Due && self.world.signs_alone() {
                let turn = self.channel_turn(record.id.receiver, record.id.open_block);
                let _turn = turn.await?;
                self.settle_in_turn(&mut record).await?;
                state = EndState::Done;
            }
            ends.push(OpenEnd {
                receiver: record.id.receiver,
                open_block: Some(record.id.open_block),
                kind: EndKind::Closing {
                    settle_block,
                    blocks_left,
                },
                state,
            });
        }
        Ok(ends)
    }

    async fn end_of_step(&self, step: Step, wait: bool) -> Result<Option<OpenEnd>, W::Error> {
        let name = match step.key.open_block {
            Some(block) => self.channel_turn_name(step.key.receiver, block),
            None => self.opening_turn_name(step.key.receiver),
        };
        let end = |step: &Step, open_block, state| OpenEnd {
            receiver: step.key.receiver,
            open_block,
            kind: EndKind::Transaction {
                action: step.action,
                hash: step.sent.hash,
            },
            state,
        };
        let turn = if wait {
            Some(self.world.turn(&name).await?)
        } else {
            self.world.free_turn(&name).await?
        };
        if turn.is_none() {
            // Another page is at it.
            return Ok(Some(end(&step, step.key.open_block, EndState::Waiting)));
        }
        // It may be finished by now, or be another one.
        let Some(step) = self.step(&step.key.name()).await? else {
            return Ok(None);
        };
        let ended = if wait {
            Some(self.follow(&step).await?)
        } else {
            let status = self.status(&step.sent).await?;
            self.ended(status, 1)
        };
        let Some(ended) = ended else {
            return Ok(Some(end(&step, step.key.open_block, EndState::Waiting)));
        };
        let looks = if wait { AFTER_RECEIPT } else { 1 };
        Ok(Some(match self.settle_step(&step, ended, looks).await? {
            Ok(opened) => {
                let open_block = opened.map(|record| record.id.open_block);
                end(&step, open_block.or(step.key.open_block), EndState::Done)
            }
            // It is looked for again.
            Err(FlowError::Unseen { .. }) => end(&step, step.key.open_block, EndState::Waiting),
            Err(error) => end(&step, step.key.open_block, EndState::Failed(error)),
        }))
    }
}

fn end_of_record(record: &ChannelRecord) -> Option<OpenEnd> {
    if matches!(record.state, ChannelState::Settled) {
        return None;
    }
    let kind = match record.pending() {
        Some(proof) => EndKind::Payment {
            balance: proof.balance,
        },
        None if !record.is_balance_known() => EndKind::Balance,
        None => return None,
    };
    Some(OpenEnd {
        receiver: record.id.receiver,
        open_block: Some(record.id.open_block),
        kind,
        state: EndState::Waiting,
    })
}
