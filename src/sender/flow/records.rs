//! Stored records and journal entries.

use std::cell::RefCell;

use crate::protocol::{Address, ChannelId};

use super::super::record::ChannelRecord;
use super::super::store::journal::Step;
use super::super::store::keys::{self, RecordKey, StepKey};
use super::super::store::records::StoredError;
use super::super::world::{Progress, World};
use super::Sender;
use super::locked::LockedChannel;

/// Characters of the storage quota reserved for each channel that is paid in: more than a proof adds to its
/// record, and the list to its payments, but for the URL.
const RESERVE: usize = 1024;
/// The URL is in both, and JSON writes some of its characters as two.
const RESERVE_FOR_URL: usize = 4;
/// Characters of the storage quota reserved for leaving a channel or topping it up: more than its journal
/// entry, and what the record and the policy's counts grow by.
const RESERVE_TO_LEAVE: usize = 3072;
/// Entries of the cache of verified records: reading one of them again verifies no signature.
const REMEMBERED: usize = 8;

thread_local! {
    static VERIFIED: RefCell<Vec<(String, ChannelRecord)>> = const { RefCell::new(Vec::new()) };
}

/// Reads a record and verifies its signatures, unless this text is in the cache of verified records.
pub fn read_record(text: &str) -> Result<ChannelRecord, StoredError> {
    let known = VERIFIED.with_borrow(|list| {
        let found = list.iter().find(|(known, _)| known == text);
        found.map(|(_, record)| record.clone())
    });
    if let Some(record) = known {
        return Ok(record);
    }
    let record = ChannelRecord::from_json(text)?;
    remember(text.to_owned(), &record);
    Ok(record)
}

/// Reads the record stored under a name.
pub(super) fn read_named(name: &str, text: &str) -> Result<ChannelRecord, StoredError> {
    let record = read_record(text)?;
    if record.key().name() == name {
        Ok(record)
    } else {
        Err(StoredError::Misplaced)
    }
}

pub(super) fn remember(text: String, record: &ChannelRecord) {
    VERIFIED.with_borrow_mut(|list| {
        list.retain(|(_, known)| known.id != record.id || known.manager != record.manager);
        if list.len() >= REMEMBERED {
            list.remove(0);
        }
        list.push((text, record.clone()));
    });
}

impl<W: World> Sender<W> {
    /// The name under which a channel's record is stored.
    pub fn record_key(&self, id: ChannelId) -> RecordKey {
        RecordKey {
            chain_id: self.contract.chain_id,
            contract: self.contract.manager.address,
            id,
        }
    }

    /// Reserves quota for the proof that is signed next and for what the list says of it: where the
    /// storage is full, the reserve is released for them.
    pub(super) async fn reserve(&self, id: ChannelId, url: &str) -> Result<(), W::Error> {
        let name = self.record_key(id).reserve();
        // In steps, so that a URL that is a little longer does not write it anew.
        let wanted = (RESERVE + RESERVE_FOR_URL * url.len()).next_multiple_of(RESERVE);
        let kept = self.world.read(&name).await?;
        if kept.is_none_or(|kept| kept.len() < wanted) {
            self.world.write(&name, &" ".repeat(wanted)).await?;
        }
        Ok(())
    }

    /// Releases the quota reserved for a channel for what must be stored now.
    pub(super) async fn release_reserve(&self, id: ChannelId) -> Result<(), W::Error> {
        self.world.remove(&self.record_key(id).reserve()).await
    }

    /// Reserves quota for leaving the channel.
    pub(super) async fn reserve_to_leave(&self, id: ChannelId) -> Result<(), W::Error> {
        let name = self.record_key(id).reserve_to_leave();
        if self.world.read(&name).await?.is_none() {
            let text = " ".repeat(RESERVE_TO_LEAVE);
            self.world.write(&name, &text).await?;
        }
        Ok(())
    }

    /// Releases that quota, for what a closing or a top up has to store.
    pub(super) async fn release_to_leave(&self, id: ChannelId) -> Result<(), W::Error> {
        let name = self.record_key(id).reserve_to_leave();
        self.world.remove(&name).await
    }

    /// All records of the sender, oldest channel first. The caller must hold no channel's lock: repairing a
    /// record takes it.
    pub async fn records(&self) -> Result<Vec<ChannelRecord>, W::Error> {
        let mut records: Vec<ChannelRecord> = Vec::new();
        let mut put = |record: ChannelRecord| {
            let before = |known: &ChannelRecord| known.id.open_block <= record.id.open_block;
            records.insert(records.partition_point(before), record);
        };
        for name in self.world.names(&self.key().records()).await? {
            let Some(text) = self.world.read(&name).await? else {
                continue;
            };
            if let Ok(record) = read_named(&name, &text) {
                put(record);
            } else if let Some(record) = Box::pin(self.mend_named(&name)).await? {
                put(record);
            }
        }
        Ok(records)
    }

    /// Repairs the record under a name; sets a text aside whose name is no record's.
    pub(super) async fn mend_named(&self, name: &str) -> Result<Option<ChannelRecord>, W::Error> {
        let Some(key) = RecordKey::from_name(name) else {
            self.move_aside(name).await?;
            return Ok(None);
        };
        // Only the holder of the lock may repair a record.
        let channel = self.lock_stored(key.id).await?;
        Ok(channel.map(LockedChannel::into_record))
    }

    /// Moves a text to another name, under which nothing reads it and nothing is lost.
    pub(super) async fn move_aside(&self, name: &str) -> Result<(), W::Error> {
        if let Some(text) = self.world.read(name).await? {
            self.keep_aside(name, &text).await?;
            self.world.remove(name).await?;
        }
        Ok(())
    }

    pub(super) async fn keep_aside(&self, name: &str, text: &str) -> Result<(), W::Error> {
        let aside = keys::aside(self.world.now(), name);
        self.world.write(&aside, text).await?;
        self.world.tell(Progress::SetAside { name: &aside });
        Ok(())
    }

    pub(super) fn step_key(&self, receiver: Address, open_block: Option<u32>) -> StepKey {
        StepKey {
            of: self.key(),
            receiver,
            open_block,
        }
    }

    /// The journal's entry of this name.
    pub(super) async fn step(&self, name: &str) -> Result<Option<Step>, W::Error> {
        let Some(text) = self.world.read(name).await? else {
            return Ok(None);
        };
        let step = Step::from_json(&text, self.key()).filter(|step| step.key.name() == name);
        if step.is_none() {
            self.move_aside(name).await?;
        }
        Ok(step)
    }

    pub(super) async fn step_names(&self) -> Result<Vec<String>, W::Error> {
        self.world.names(&self.key().journal()).await
    }

    /// All entries of the journal.
    pub(super) async fn steps(&self) -> Result<Vec<Step>, W::Error> {
        let mut steps = Vec::new();
        for name in self.step_names().await? {
            steps.extend(self.step(&name).await?);
        }
        Ok(steps)
    }

    pub(super) async fn write_step(&self, step: &Step) -> Result<(), W::Error> {
        self.world.write(&step.key.name(), &step.to_json()).await
    }

    pub(super) async fn remove_step(&self, step: &Step) -> Result<(), W::Error> {
        self.world.remove(&step.key.name()).await
    }
}
