//! Whether money would be lost with what this browser stores, because no backup holds it.
//!
//! Browsers delete what a site has stored, Safari after seven days without a visit. With a local key all that the
//! account holds is lost then; with a wallet only what was paid in its channels, which their receivers know.

use super::super::record::{ChannelRecord, ChannelState};
use super::super::store::backup::BackupNote;
use super::super::world::World;
use super::Sender;

impl<W: World> Sender<W> {
    /// Remembers that the user has a backup that holds these channels.
    pub async fn note_backup(&self, held: &[ChannelRecord]) -> Result<(), W::Error> {
        let earlier = self.backup_note().await?.and_then(|note| note.newest);
        let note = BackupNote {
            at: self.world.now(),
            newest: newest(held).max(earlier),
        };
        self.world
            .write(&self.key().backup(), &note.to_json())
            .await
    }

    /// Whether there is money in a channel, or in the account itself if that is what `funded` says, that no
    /// backup holds: none was exported since the newest channel was opened.
    pub async fn lacks_backup(&self, funded: bool) -> Result<bool, W::Error> {
        let mut held = self.records().await?;
        held.retain(|record| {
            let locked = matches!(
                record.state,
                ChannelState::Open | ChannelState::Closing { .. }
            );
            locked && !record.deposit.is_zero()
        });
        let newest = newest(&held);
        Ok(match self.backup_note().await? {
            Some(note) => newest > note.newest,
            None => funded || newest.is_some(),
        })
    }

    async fn backup_note(&self) -> Result<Option<BackupNote>, W::Error> {
        let text = self.world.read(&self.key().backup()).await?;
        Ok(text.and_then(|text| BackupNote::from_json(&text)))
    }
}

/// The open block of the newest channel.
fn newest(records: &[ChannelRecord]) -> Option<u32> {
    records.iter().map(|record| record.id.open_block).max()
}
