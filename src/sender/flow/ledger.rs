//! The list of payments.

use crate::protocol::{Address, Amount, ChannelId};

use super::super::record::ChannelRecord;
use super::super::store::ledger::{LedgerEntry, Outcome};
use super::super::world::World;
use super::Sender;
use super::records::read_named;

/// The newest payments that the ledger keeps.
const LEDGER_LENGTH: usize = 2000;

impl<W: World> Sender<W> {
    /// All payments, oldest first, including those whose outcome is not known yet.
    pub async fn ledger(&self) -> Result<Vec<LedgerEntry>, W::Error> {
        let mut entries = self.entries().await?;
        for (_, pending) in self.pending_under(&self.key().records()).await? {
            // A page may have died after it wrote the entry and before it updated the record.
            if !entries.iter().any(|known| known.is_same_payment(&pending)) {
                let place = entries.partition_point(|known| known.at <= pending.at);
                entries.insert(place, pending);
            }
        }
        Ok(entries)
    }

    /// The payments whose outcome is known, oldest first.
    async fn entries(&self) -> Result<Vec<LedgerEntry>, W::Error> {
        let mut entries = Vec::new();
        for name in self.world.names(&self.key().ledger()).await? {
            let text = self.world.read(&name).await?;
            entries.extend(text.and_then(|text| LedgerEntry::from_json(&text)));
        }
        Ok(entries)
    }

    /// The pending payments of the records with this prefix, each with its contract. Skips unreadable
    /// records, which are repaired elsewhere.
    pub(super) async fn pending_under(
        &self,
        prefix: &str,
    ) -> Result<Vec<(Address, LedgerEntry)>, W::Error> {
        let mut pending = Vec::new();
        for name in self.world.names(prefix).await? {
            let Some(text) = self.world.read(&name).await? else {
                continue;
            };
            if let Ok(record) = read_named(&name, &text)
                && record.id.sender == self.account
            {
                let entries = record.unknown_entries().into_iter();
                pending.extend(entries.map(|entry| (record.manager.address, entry)));
            }
        }
        Ok(pending)
    }

    /// The sum paid in a channel by the ledger, without the pending payment, which may be listed already.
    pub(super) async fn listed(&self, record: &ChannelRecord) -> Result<Amount, W::Error> {
        let id = record.id;
        let unknown = record.unknown_entries();
        let (mut paid, mut uncounted) = (Amount::ZERO, Amount::ZERO);
        for entry in self.entries().await? {
            let elsewhere = (entry.receiver, entry.open_block) != (id.receiver, id.open_block);
            if elsewhere || unknown.iter().any(|known| known.is_same_payment(&entry)) {
                continue;
            }
            let sum = match entry.outcome {
                Outcome::Paid | Outcome::Taken => &mut paid,
                Outcome::Uncounted => &mut uncounted,
                Outcome::Unknown | Outcome::Refused => continue,
            };
            *sum = sum.checked_add(entry.amount).unwrap_or(Amount::MAX);
        }
        Ok(paid.saturating_sub(uncounted))
    }

    pub(super) fn entry_name(&self, entry: &LedgerEntry) -> String {
        self.key()
            .payment(entry.at, entry.open_block, entry.balance)
    }

    /// Writes the outcome of a pending payment; see [`list`](Self::list).
    pub(super) async fn list_ended(&self, pending: Option<LedgerEntry>, outcome: Outcome) {
        if let Some(pending) = pending {
            self.list(&pending.ended(outcome)).await;
        }
    }

    /// Writes a ledger entry, into the reserved quota if storage is full. If that fails too, the payment goes
    /// on: the ledger only informs the user.
    pub(super) async fn list(&self, entry: &LedgerEntry) {
        let (name, text) = (self.entry_name(entry), entry.to_json());
        if self.world.write(&name, &text).await.is_ok() {
            return;
        }
        let id = ChannelId {
            sender: self.account,
            receiver: entry.receiver,
            open_block: entry.open_block,
        };
        if self.release_reserve(id).await.is_ok() {
            let _ = self.world.write(&name, &text).await;
        }
    }

    /// Writes a correction: what the receiver showed beyond the payments listed. Its name is unique for a
    /// pending proof, so a page that dies here does not write it twice.
    pub(super) async fn list_correction(&self, entry: &LedgerEntry) {
        let name = self.key().correction(entry.at, entry.open_block);
        let _ = self.world.write(&name, &entry.to_json()).await;
    }

    /// Whether the list has more entries than are kept.
    pub(super) async fn is_ledger_full(&self) -> Result<bool, W::Error> {
        let names = self.world.names(&self.key().ledger()).await?;
        Ok(names.len() > LEDGER_LENGTH)
    }

    /// Evicts the oldest entries above the number kept.
    pub(super) async fn trim_ledger(&self) -> Result<(), W::Error> {
        let names = self.world.names(&self.key().ledger()).await?;
        for name in names.iter().take(names.len().saturating_sub(LEDGER_LENGTH)) {
            self.world.remove(name).await?;
        }
        Ok(())
    }
}
