//! A channel whose lock is held: only this type changes what is stored of a channel.
//!
//! [`Sender::lock`] waits for the channel's lock, across all pages, and then reads the record. Dropping the value
//! releases the lock.

use core::ops::Deref;

use crate::chain::Seen;
use crate::protocol::{Amount, ChannelId};

use super::super::record::{ChannelRecord, ChannelState, RecordError};
use super::super::store::ledger::Outcome;
use super::super::world::{Failing, World};
use super::chain_reads::AGAINST;
use super::records::{read_named, remember};
use super::{FlowError, Forgotten, Sender};

/// The lock of a channel whose record was not read yet, or does not exist.
pub(super) struct ChannelTurn<'a, W: World> {
    sender: &'a Sender<W>,
    id: ChannelId,
    turn: W::Turn,
}

/// The stored record of a channel whose lock is held.
pub(super) enum ChannelEntry<'a, W: World> {
    /// There is a record.
    Stored(LockedChannel<'a, W>),
    /// There is none.
    Vacant(ChannelTurn<'a, W>),
}

/// A channel whose lock is held, with its record, to which it dereferences. The record is changed by
/// [`with`](Self::with) or [`try_with`](Self::try_with), which return it changed, and [`store`](Self::store).
pub(super) struct LockedChannel<'a, W: World> {
    pub(super) sender: &'a Sender<W>,
    record: Box<ChannelRecord>,
    _turn: W::Turn,
}

/// A changed record. Nothing has changed before it is stored.
#[must_use = "store it: until then nothing has changed"]
pub(super) struct Changed(Box<ChannelRecord>);

impl<W: World> Deref for LockedChannel<'_, W> {
    type Target = ChannelRecord;

    fn deref(&self) -> &ChannelRecord {
        &self.record
    }
}

impl Deref for Changed {
    type Target = ChannelRecord;

    fn deref(&self) -> &ChannelRecord {
        &self.0
    }
}

impl<W: World> Sender<W> {
    /// Waits for the lock of a channel.
    pub(super) async fn channel_turn(&self, id: ChannelId) -> Result<ChannelTurn<'_, W>, W::Error> {
        let turn = self.world.turn(&self.key().channel_lock(&id)).await?;
        let sender = self;
        Ok(ChannelTurn { sender, id, turn })
    }

    /// Takes the lock of a channel if it is free.
    pub(super) async fn free_channel_turn(
        &self,
        id: ChannelId,
    ) -> Result<Option<ChannelTurn<'_, W>>, W::Error> {
        let turn = self.world.free_turn(&self.key().channel_lock(&id)).await?;
        let sender = self;
        Ok(turn.map(|turn| ChannelTurn { sender, id, turn }))
    }

    /// Waits for the lock of a channel and reads its record.
    pub(super) async fn entry(&self, id: ChannelId) -> Result<ChannelEntry<'_, W>, W::Error> {
        self.channel_turn(id).await?.read().await
    }

    /// Waits for the lock of a channel; fails if it has no record.
    pub(super) async fn lock(&self, id: ChannelId) -> Result<LockedChannel<'_, W>, W::Error> {
        self.channel_turn(id).await?.stored().await
    }

    /// Waits for the lock of a channel; `None`: it has no record.
    pub(super) async fn lock_stored(
        &self,
        id: ChannelId,
    ) -> Result<Option<LockedChannel<'_, W>>, W::Error> {
        Ok(match self.entry(id).await? {
            ChannelEntry::Stored(channel) => Some(channel),
            ChannelEntry::Vacant(_) => None,
        })
    }

    /// The same for what a call has to store although it was aborted.
    pub(super) async fn lock_to_tidy(
        &self,
        id: ChannelId,
    ) -> Result<Option<LockedChannel<'_, W>>, W::Error> {
        let lock = self.key().channel_lock(&id);
        let (sender, turn) = (self, self.world.turn_to_tidy(&lock).await?);
        Ok(match (ChannelTurn { sender, id, turn }).read().await? {
            ChannelEntry::Stored(channel) => Some(channel),
            ChannelEntry::Vacant(_) => None,
        })
    }

    /// Removes the record of a channel; its payments stay in the ledger. A channel that is not settled needs
    /// `force`: its deposit is still in the contract.
    pub async fn forget(&self, id: ChannelId, force: bool) -> Result<(), W::Error> {
        let mut turn = self.channel_turn(id).await?;
        if !force {
            let channel = turn.stored().await?;
            if channel.state != ChannelState::Settled {
                return Err(FlowError::NotSettled.into());
            }
            turn = channel.into_turn();
        }
        turn.forget().await
    }
}

impl<'a, W: World> ChannelTurn<'a, W> {
    /// Reads the record. Sets an unreadable text aside and makes a new record from the chain.
    pub(super) async fn read(self) -> Result<ChannelEntry<'a, W>, W::Error> {
        let name = self.sender.record_key(self.id).name();
        let Some(text) = self.sender.world.read(&name).await? else {
            return Ok(ChannelEntry::Vacant(self));
        };
        Ok(ChannelEntry::Stored(match read_named(&name, &text) {
            Ok(record) => self.locked(record),
            Err(error) => Box::pin(self.replace(&text, error.to_string())).await?,
        }))
    }

    /// Reads the record; fails if there is none.
    async fn stored(self) -> Result<LockedChannel<'a, W>, W::Error> {
        match self.read().await? {
            ChannelEntry::Stored(channel) => Ok(channel),
            ChannelEntry::Vacant(turn) => {
                let open_block = turn.id.open_block;
                Err(Forgotten { open_block }.into())
            }
        }
    }

    /// Stores the first record of the channel.
    pub(super) async fn insert(
        self,
        record: ChannelRecord,
    ) -> Result<LockedChannel<'a, W>, W::Error> {
        let channel = self.locked(record);
        channel.write().await?;
        // Tried again before each payment.
        let _ = channel.sender.reserve_to_leave(channel.id).await;
        Ok(channel)
    }

    fn locked(self, record: ChannelRecord) -> LockedChannel<'a, W> {
        LockedChannel {
            sender: self.sender,
            record: Box::new(record),
            _turn: self.turn,
        }
    }

    /// Makes the record again: the channel from its name, the rest from the chain. The balance is unknown
    /// until the receiver shows it.
    async fn replace(self, text: &str, reason: String) -> Result<LockedChannel<'a, W>, W::Error> {
        let (sender, id) = (self.sender, self.id);
        let name = sender.record_key(id).name();
        let there = |seen: &Seen| !matches!(seen, Seen::Missing);
        let seen = sender.look_until(&id, AGAINST, there).await;
        let seen = seen.map_err(|cause| {
            let name = name.clone();
            W::Error::from(FlowError::Damaged { name, reason }).caused_by(cause)
        })?;
        sender.keep_aside(&name, text).await?;
        let (chain_id, manager) = (sender.contract.chain_id, sender.contract.manager);
        let mut record = ChannelRecord::found(chain_id, manager, id, Amount::ZERO);
        record.see(&seen);
        self.insert(record).await
    }

    async fn forget(self) -> Result<(), W::Error> {
        let (sender, id) = (self.sender, self.id);
        let name = sender.record_key(id).name();
        let text = sender.world.read(&name).await?;
        let record = text.and_then(|text| read_named(&name, &text).ok());
        for entry in record.iter().flat_map(ChannelRecord::unknown_entries) {
            sender.list(&entry.ended(Outcome::Unknown)).await;
        }
        sender.release_reserve(id).await?;
        sender.release_to_leave(id).await?;
        sender.world.remove(&name).await
    }
}

impl<'a, W: World> LockedChannel<'a, W> {
    /// The record with a change.
    pub(super) fn with(&self, change: impl FnOnce(&mut ChannelRecord)) -> Changed {
        let mut record = self.record.clone();
        change(&mut record);
        Changed(record)
    }

    /// The record with a change that its rules may refuse.
    pub(super) fn try_with(
        &self,
        change: impl FnOnce(&mut ChannelRecord) -> Result<(), RecordError>,
    ) -> Result<Changed, RecordError> {
        let mut refused = Ok(());
        let changed = self.with(|record| refused = change(record));
        refused.map(|()| changed)
    }

    /// Stores a changed record. If it can't be written, this call goes on with it all the same.
    pub(super) async fn store(&mut self, changed: Changed) -> Result<(), W::Error> {
        self.record = changed.0;
        self.write().await
    }

    /// The same for a record with a new proof, in the quota reserved for it if storage is full.
    pub(super) async fn store_in_reserve(&mut self, changed: Changed) -> Result<(), W::Error> {
        if self.store(changed).await.is_ok() {
            return Ok(());
        }
        self.sender.release_reserve(self.id).await?;
        self.write().await
    }

    /// Stores where the receiver is asked for its closing signature. A failure is ignored: the next payment
    /// stores it, too.
    pub(super) async fn note_gateway(&mut self, gateway: Option<String>) {
        if gateway.is_some() && gateway != self.gateway {
            let changed = self.with(|record| record.gateway = gateway);
            let _ = self.store(changed).await;
        }
    }

    async fn write(&self) -> Result<(), W::Error> {
        let text = self.record.to_json();
        let name = self.record.key().name();
        let written = self.sender.world.write(&name, &text).await;
        if written.is_err() && self.record.state != ChannelState::Open {
            // Leaving must not fail by it: the chain shows the state again.
            return Ok(());
        }
        written?;
        remember(text, &self.record);
        Ok(())
    }

    /// Frees all quota reserved for the channel, so that it can be left although storage is full.
    pub(super) async fn make_room(&self) -> Result<(), W::Error> {
        self.sender.release_to_leave(self.id).await?;
        self.sender.release_reserve(self.id).await
    }

    /// Releases the lock; returns the record.
    pub(super) fn into_record(self) -> ChannelRecord {
        *self.record
    }

    fn into_turn(self) -> ChannelTurn<'a, W> {
        ChannelTurn {
            sender: self.sender,
            id: self.record.id,
            turn: self._turn,
        }
    }
}
