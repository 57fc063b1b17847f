//! Finds channels on the chain, and in the records of other software in storage.

use crate::chain::Seen;
use crate::protocol::{Address, Amount, ChannelId};

use super::super::record::{ChannelRecord, ChannelState};
use super::super::store::journal::Step;
use super::super::store::keys;
use super::super::store::legacy::LegacyRecord;
use super::super::world::{Progress, World};
use super::Sender;
use super::chain_reads::{AGAINST, AnnouncedChannel, PAUSE_MILLISECONDS};
use super::locked::ChannelEntry;
use super::records::read_record;

/// Blocks per request; fewer if the node refuses so many.
const CHUNK: u64 = 100_000;
/// The newest blocks, which are scanned again: they may be replaced, and a lagging node may not know them
/// yet.
const AGAIN: u64 = 128;
/// No node refuses a range this short.
const MIN_CHUNK: u64 = 100;

impl<W: World> Sender<W> {
    /// Searches the chain for channels of the sender that have no record, from `from_block` or the
    /// contract's first. A found channel's balance is unknown until its receiver shows it. Returns
    /// what was found, settled channels left out.
    pub async fn scan(&self, from_block: Option<u64>) -> Result<Vec<ChannelRecord>, W::Error> {
        let first = from_block.unwrap_or(self.contract.start_block.into());
        let newest = self.newest_block().await?;
        let found = self.take_opened(first, newest).await?;
        if from_block.is_none() {
            self.note_scanned(newest, first).await;
        }
        Ok(found)
    }

    /// Scans the blocks after the last scan. Skips accounts that never sent a transaction: they have no
    /// channels.
    pub async fn scan_further(&self) -> Result<Vec<ChannelRecord>, W::Error> {
        let scanned = self.world.read(&self.key().scanned()).await?;
        match scanned.and_then(|text| text.parse::<u64>().ok()) {
            Some(block) => {
                let newest = self.newest_block().await?;
                let found = self.take_opened(block, newest).await?;
                self.note_scanned(newest, block).await;
                Ok(found)
            }
            None if self.has_history().await? => self.scan(None).await,
            None => Ok(Vec::new()),
        }
    }

    /// Stores the checkpoint of the scan; without it the next scan is longer.
    async fn note_scanned(&self, newest: u64, from: u64) {
        let safe = newest.saturating_sub(self.confirmations.max(AGAIN));
        let text = safe.max(from).to_string();
        let _ = self.world.write(&self.key().scanned(), &text).await;
    }

    async fn take_opened(&self, first: u64, last: u64) -> Result<Vec<ChannelRecord>, W::Error> {
        let mut found = Vec::new();
        for (id, deposit) in self.opened_between(first, last).await? {
            found.extend(self.take_found(id, deposit).await?);
        }
        Ok(found)
    }

    async fn opened_between(
        &self,
        first: u64,
        last: u64,
    ) -> Result<Vec<(ChannelId, Amount)>, W::Error> {
        let mut opened = Vec::new();
        let mut chunk = CHUNK;
        let mut from = first;
        while from <= last {
            self.world.check()?;
            self.world.tell(Progress::Scanning {
                block: from,
                from: first,
                to: last,
            });
            let to = last.min(from.saturating_add(chunk - 1));
            match self.opened(from..=to).await? {
                Some(channels) => {
                    opened.extend(channels);
                    from = to + 1;
                }
                None => chunk = (chunk / 4).max(MIN_CHUNK),
            }
        }
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
        for look in 0..looks.min(AGAINST) {
            if look > 0 {
                self.world.pause(PAUSE_MILLISECONDS).await?;
            }
            let newest = self.newest_block().await?;
            for (id, deposit) in self.opened_between(step.from_block, newest).await? {
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
                channel.merge(copy);
                channel.save().await?;
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
