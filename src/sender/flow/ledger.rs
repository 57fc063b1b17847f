//! The list of payments.

use crate::protocol::{Address, Amount, ChannelId};

use super::super::ledger::{LedgerEntry, LedgerKey, Outcome};
use super::super::record::ChannelRecord;
use super::super::stored::RecordKey;
use super::super::world::World;
use super::Sender;
use super::records::read_named;

/// The newest payments that the ledger keeps.
const LEDGER_LENGTH: usize = 2000;

impl<W: World> Sender<W> {
    fn ledger_key(&self) -> LedgerKey {
        LedgerKey {
            chain_id: self.contract.chain_id,
            contract: self.contract.manager.address,
            sender: self.account,
        }
    }

    /// The payments, oldest first, those included whose outcome is not known yet.
    pub async fn ledger(&self) -> Result<Vec<LedgerEntry>, W::Error> {
        let mut entries = self.entries().await?;
        let LedgerKey {
            chain_id,
            contract,
            sender,
        } = self.ledger_key();
        let records = RecordKey::prefix(chain_id, contract, sender);
        for (_, pending) in self.pending_under(&records).await? {
            // A page may have died between listing how it ended and storing that.
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
        for name in self.world.names(&self.ledger_key().prefix()).await? {
            let text = self.world.read(&name).await?;
            entries.extend(text.and_then(|text| LedgerEntry::from_json(&text)));
        }
        Ok(entries)
    }

    /// The payments without an outcome whose records have names that begin so, each with its contract. What
    /// can't be read is left to those who mend it.
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
                let entry = record.pending_entry();
                pending.extend(entry.map(|entry| (record.manager.address, entry)));
            }
        }
        Ok(pending)
    }

    /// What the list says was paid in a channel, without the payment that is pending: its outcome
    /// may be listed already.
    pub(super) async fn listed(&self, record: &ChannelRecord) -> Result<Amount, W::Error> {
        let id = record.id;
        let pending = record.pending().map(|proof| proof.balance);
        let pending = record.pending_since().zip(pending);
        let (mut paid, mut uncounted) = (Amount::ZERO, Amount::ZERO);
        for entry in self.entries().await? {
            let elsewhere = (entry.receiver, entry.open_block) != (id.receiver, id.open_block);
            if elsewhere || pending == Some((entry.at, entry.balance)) {
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
        let key = self.ledger_key();
        key.name(entry.at, entry.open_block, entry.balance)
    }

    /// Notes how a pending payment ended; see [`list`](Self::list).
    pub(super) async fn list_ended(&self, pending: Option<LedgerEntry>, outcome: Outcome) {
        if let Some(pending) = pending {
            self.list(&pending.ended(outcome)).await;
        }
    }

    /// Notes a payment, in the quota reserved for its channel if the storage is full. The list is for the
    /// person; a full storage does not stop a payment by it.
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

    /// Notes what the receiver showed beyond the payments listed. There is one such entry for a
    /// pending proof, so that a page that dies here does not list it twice.
    pub(super) async fn list_correction(&self, entry: &LedgerEntry) {
        let name = self.ledger_key().correction(entry.at, entry.open_block);
        let _ = self.world.write(&name, &entry.to_json()).await;
    }

    /// Whether the list has more entries than are kept.
    pub(super) async fn is_ledger_full(&self) -> Result<bool, W::Error> {
        let names = self.world.names(&self.ledger_key().prefix()).await?;
        Ok(names.len() > LEDGER_LENGTH)
    }

    /// Evicts the oldest entries above the number kept.
    pub(super) async fn trim_ledger(&self) -> Result<(), W::Error> {
        let names = self.world.names(&self.ledger_key().prefix()).await?;
        for name in names.iter().take(names.len().saturating_sub(LEDGER_LENGTH)) {
            self.world.remove(name).await?;
        }
        Ok(())
    }
}
