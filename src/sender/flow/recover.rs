//! Finds channels on the chain, and in the records of other software in storage.

use core::ops::RangeInclusive;

use crate::chain::Seen;
use crate::chain::log_search::{LogSearch, Order};
use crate::protocol::{Address, Amount, ChannelId};

use super::super::record::{ChannelRecord, ChannelState};
use super::super::store::checkpoint::Checkpoint;
use super::super::store::journal::Step;
use super::super::store::keys;
use super::super::store::legacy::LegacyRecord;
use super::super::world::{Progress, World};
use super::Sender;
use super::chain_reads::{AGAINST, AnnouncedChannel, PAUSE_MILLISECONDS};
use super::locked::ChannelEntry;
use super::records::read_record;

/// Requests for channels to a receiver before one is opened to it. Where they don't cover all blocks, the
/// caller is not kept waiting: [`find`](Sender::find) searches them all.
const BEFORE_OPENING: u32 = 24;
/// The newest blocks, which are scanned again: they may be replaced, and a lagging node may not know them
/// yet.
const AGAIN: u64 = 128;

impl<W: World> Sender<W> {
    /// Searches the chain for channels of the sender that have no record, from `from_block` or the
    /// contract's first. A found channel's balance is unknown until its receiver shows it. Returns
    /// what was found, settled channels left out.
    pub async fn scan(&self, from_block: Option<u64>) -> Result<Vec<ChannelRecord>, W::Error> {
        let first = from_block.unwrap_or(self.contract.start_block.into());
        let newest = self.newest_block().await?;
        let mut checkpoint = self.checkpoint().await?;
        let opened = self.opened_between(first..=newest, &mut checkpoint).await?;
        let found = self.take_all_found(opened).await?;
        if from_block.is_none() {
            let safe = newest.saturating_sub(self.confirmations.max(AGAIN));
            checkpoint.block = Some(safe.max(first));
        }
        self.write_checkpoint(checkpoint).await;
        Ok(found)
    }

    /// Looks for channels to a receiver before one is opened to it, in the blocks after the last scan, newest
    /// blocks first, and no longer than a caller should wait. Accounts that never sent a transaction have
    /// no channels.
    pub(super) async fn look_for_opened(&self, receiver: Address) -> Result<(), W::Error> {
        let mut checkpoint = self.checkpoint().await?;
        let first = match checkpoint.block {
            Some(block) => block,
            None if self.has_history().await? => self.contract.start_block.into(),
            None => return Ok(()),
        };
        let newest = self.newest_block().await?;
        let limit = (Order::NewestFirst, BEFORE_OPENING);
        let opened = self
            .opened_to(Some(receiver), first..=newest, limit, &mut checkpoint)
            .await?;
        self.write_checkpoint(checkpoint).await;
        self.take_all_found(opened).await.map(drop)
    }

    async fn checkpoint(&self) -> Result<Checkpoint, W::Error> {
        let text = self.world.read(&self.key().checkpoint()).await?;
        Ok(text.map_or_else(Checkpoint::default, |text| Checkpoint::from_text(&text)))
    }

    /// Stores the checkpoint; without it the next scan is longer.
    async fn write_checkpoint(&self, checkpoint: Checkpoint) {
        let (name, text) = (self.key().checkpoint(), checkpoint.to_text());
        if !text.is_empty() {
            let _ = self.world.write(&name, &text).await;
        }
    }

    async fn take_all_found(
        &self,
        opened: Vec<(ChannelId, Amount)>,
    ) -> Result<Vec<ChannelRecord>, W::Error> {
        let mut found = Vec::new();
        for (id, deposit) in opened {
            found.extend(self.take_found(id, deposit).await?);
        }
        Ok(found)
    }

    /// The channels that the sender opened in these blocks, by the number of the block that announces them.
    async fn opened_between(
        &self,
        blocks: RangeInclusive<u64>,
        checkpoint: &mut Checkpoint,
    ) -> Result<Vec<(ChannelId, Amount)>, W::Error> {
        self.opened_to(None, blocks, (Order::OldestFirst, u32::MAX), checkpoint)
            .await
    }

    /// The channels opened to a receiver, or to all, in these blocks, found with at most so many requests.
    /// Notes how many blocks the node takes at once.
    async fn opened_to(
        &self,
        receiver: Option<Address>,
        blocks: RangeInclusive<u64>,
        (order, most_requests): (Order, u32),
        checkpoint: &mut Checkpoint,
    ) -> Result<Vec<(ChannelId, Amount)>, W::Error> {
        let (from, to) = (*blocks.start(), *blocks.end());
        let filter = self
            .contract
            .created_filter(Some(self.account), receiver, blocks);
        let mut search = LogSearch::new(filter, order, checkpoint.piece());
        let mut opened = Vec::new();
        while !search.is_done() && search.requests() < most_requests {
            self.world.check()?;
            let block = to.saturating_sub(search.left()).max(from);
            self.world.tell(Progress::Scanning { block, from, to });
            let logs = self.told(search.request(&self.node()).await)?;
            let logs = logs.unwrap_or_default();
            opened.extend(logs.iter().filter_map(|log| self.contract.created_by(log)));
        }
        checkpoint.learn(search.piece());
        Ok(opened)
    }

    async fn take_found(
        &self,
        id: ChannelId,
        deposit: Amount,
    ) -> Result<Option<ChannelRecord>, W::Error> {
        if self.has_record(id).await? {
            return Ok(None);
        }
        let announced = AnnouncedChannel::by_event(&id);
        let Some((id, seen)) = self.find_announced(announced, AGAINST).await? else {
            return Ok(None);
        };
        // A payment under way writes the record while it holds the lock.
        let ChannelEntry::Vacant(turn) = self.entry(id).await? else {
            return Ok(None);
        };
        let (chain_id, manager) = (self.contract.chain_id, self.contract.manager);
        let mut record = ChannelRecord::found(chain_id, manager, id, deposit);
        record.see(&seen);
        if matches!(record.state, ChannelState::Settled | ChannelState::Removed) {
            return Ok(None);
        }
        turn.insert(record)
            .await
            .map(|channel| Some(channel.into_record()))
    }

    async fn has_record(&self, id: ChannelId) -> Result<bool, W::Error> {
        let text = self.world.read(&self.record_key(id).name()).await?;
        Ok(text.is_some())
    }

    /// The channel of an opening whose own transaction was replaced or dropped: wallets replace transactions
    /// to speed them up, and some are sent after the page has died. Polls several times, because nodes lag.
    pub(super) async fn opened_otherwise(
        &self,
        step: &Step,
        looks: u32,
    ) -> Result<Option<ChannelRecord>, W::Error> {
        let mut checkpoint = self.checkpoint().await?;
        for look in 0..looks.min(AGAINST) {
            if look > 0 {
                self.world.pause(PAUSE_MILLISECONDS).await?;
            }
            let newest = self.newest_block().await?;
            let opened = self.opened_between(step.from_block..=newest, &mut checkpoint);
            for (id, deposit) in opened.await? {
                if id.receiver != step.key.receiver || deposit != step.amount {
                    continue;
                }
                if let Some(record) = self.take_in_otherwise(id, deposit, looks).await? {
                    return Ok(Some(record));
                }
            }
        }
        Ok(None)
    }

    /// Stores an announced channel if it has no record. This sender opened it just now, so nothing was paid
    /// in it.
    async fn take_in_otherwise(
        &self,
        id: ChannelId,
        deposit: Amount,
        looks: u32,
    ) -> Result<Option<ChannelRecord>, W::Error> {
        if self.has_record(id).await? {
            return Ok(None);
        }
        let announced = AnnouncedChannel::by_event(&id);
        match self.find_announced(announced, looks).await? {
            Some((id, seen)) if !self.has_record(id).await? => {
                self.take_in(id, deposit, seen).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Takes over the records of the original JavaScript library, which stay where they are.
    pub async fn import_legacy(&self) -> Result<Vec<ChannelRecord>, W::Error> {
        let mut imported = Vec::new();
        for name in self.world.names(keys::LEGACY).await? {
            if LegacyRecord::receiver_of(&name, self.account).is_none() {
                continue;
            }
            let text = self.world.read(&name).await?.unwrap_or_default();
            let Some(legacy) = LegacyRecord::read(&name, &text, self.account) else {
                continue;
            };
            let (chain_id, manager) = (self.contract.chain_id, self.contract.manager);
            if let Some(record) = legacy.record(chain_id, manager) {
                imported.extend(self.take_over(&record).await?);
            }
        }
        Ok(imported)
    }

    /// Merges another copy of a record, which lowers nothing; `None`: the copy has nothing new.
    pub async fn take_over(&self, copy: &ChannelRecord) -> Result<Option<ChannelRecord>, W::Error> {
        let name = self.record_key(copy.id).name();
        if let Some(text) = self.world.read(&name).await?
            && let Ok(known) = read_record(&text)
            && brings_nothing(copy, &known)
        {
            // The usual case: don't wait for the lock, which a payment may hold.
            return Ok(None);
        }
        let channel = match self.entry(copy.id).await? {
            ChannelEntry::Stored(mut channel) => {
                if brings_nothing(copy, &channel) {
                    return Ok(None);
                }
                let merged = channel.with(|record| record.merge(copy));
                channel.store(merged).await?;
                channel
            }
            ChannelEntry::Vacant(turn) => {
                let mut record = copy.clone();
                let there = |seen: &Seen| !matches!(seen, Seen::Missing);
                record.see(&self.look_until(&copy.id, AGAINST, there).await?);
                if record.state == ChannelState::Removed {
                    return Ok(None);
                }
                turn.insert(record).await?
            }
        };
        Ok(Some(channel.into_record()))
    }

    /// The open channel to a receiver with most left: from storage, else from the chain.
    pub async fn find(&self, receiver: Address) -> Result<Option<ChannelRecord>, W::Error> {
        let mut known = self.records().await?;
        known.retain(|r| r.id.receiver == receiver && r.state != ChannelState::Settled);
        while let Some(known) = take_fullest(&mut known) {
            let Some(mut channel) = self.lock_stored(known.id).await? else {
                continue;
            };
            channel.refresh().await?;
            if channel.state == ChannelState::Open {
                return Ok(Some(channel.into_record()));
            }
        }
        self.import_legacy().await?;
        self.scan(None).await?;
        let mut open = self.records().await?;
        open.retain(|r| r.id.receiver == receiver && r.state == ChannelState::Open);
        Ok(take_fullest(&mut open))
    }
}

fn brings_nothing(copy: &ChannelRecord, known: &ChannelRecord) -> bool {
    let mut merged = known.clone();
    merged.merge(copy);
    merged == *known
}

/// Removes and returns the record with most left.
fn take_fullest(records: &mut Vec<ChannelRecord>) -> Option<ChannelRecord> {
    let indexed = records.iter().enumerate();
    let fullest = indexed.max_by_key(|(_, record)| record.remaining())?.0;
    Some(records.swap_remove(fullest))
}
