//! What a person is shown: payments and prices.

use crate::protocol::{Amount, BalanceProof, ChannelId};

use super::super::ledger::{Entry, LedgerKey, Outcome};
use super::super::price::{KnownPrice, Place};
use super::super::record::ChannelRecord;
use super::super::world::World;
use super::Sender;

/// The newest payments that the ledger keeps.
const LEDGER_LENGTH: usize = 2000;
/// So many of them are looked through for entries of a page that died just before it paid.
const NEWEST: usize = 64;
/// The newest prices that are remembered.
const PRICES_LENGTH: usize = 500;

impl<W: World> Sender<W> {
    fn ledger_key(&self) -> LedgerKey {
        LedgerKey {
            chain_id: self.contract.chain_id,
            contract: self.contract.manager.address,
            sender: self.account,
        }
    }

    /// The payments, oldest first.
    pub async fn ledger(&self) -> Result<Vec<Entry>, W::Error> {
        self.entries(usize::MAX).await
    }

    /// The newest payments, oldest of them first.
    async fn entries(&self, count: usize) -> Result<Vec<Entry>, W::Error> {
        let names = self.world.names(&self.ledger_key().prefix()).await?;
        let older = names.len().saturating_sub(count);
        let mut entries = Vec::with_capacity(names.len() - older);
        for name in names.iter().skip(older) {
            let text = self.world.read(name).await?;
            entries.extend(text.and_then(|text| Entry::from_json(&text)));
        }
        Ok(entries)
    }

    /// What the list says was paid in a channel, without the payment that is pending: its outcome
    /// may be listed already.
    pub(super) async fn listed(&self, record: &ChannelRecord) -> Result<Amount, W::Error> {
        let id = record.id;
        let pending = record.pending().map(|proof| proof.balance);
        let pending = record.pending_since().zip(pending);
        let (mut paid, mut uncounted) = (Amount::ZERO, Amount::ZERO);
        for entry in self.ledger().await? {
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

    pub(super) fn entry_name(&self, entry: &Entry) -> String {
        let key = self.ledger_key();
        key.name(entry.at, entry.open_block, entry.balance)
    }

    /// Notes a payment before it is signed, or fails.
    pub(super) async fn list_first(&self, entry: &Entry) -> Result<(), W::Error> {
        let name = self.entry_name(entry);
        self.world.write(&name, &entry.to_json()).await
    }

    /// Takes an entry back whose payment was not signed.
    pub(super) async fn strike(&self, entry: &Entry) {
        let _ = self.world.remove(&self.entry_name(entry)).await;
    }

    /// Notes a payment. The list is for the person; a full storage does not stop a payment by it.
    pub(super) async fn list(&self, entry: &Entry) {
        let _ = self.list_first(entry).await;
    }

    /// Notes what the receiver showed beyond the payments listed. There is one such entry for a
    /// pending proof, so that a page that dies here does not list it twice.
    pub(super) async fn list_correction(&self, entry: &Entry) {
        let name = self.ledger_key().correction(entry.at, entry.open_block);
        let _ = self.world.write(&name, &entry.to_json()).await;
    }

    /// Drops entries of proofs that were listed and never stored, so never left the page.
    pub(super) async fn drop_unsent(&self, records: &[ChannelRecord]) -> Result<(), W::Error> {
        for entry in self.entries(NEWEST).await? {
            let sent = records.iter().any(|record| {
                record.id.open_block == entry.open_block
                    && record.id.receiver == entry.receiver
                    && record.pending_since() == Some(entry.at)
            });
            if entry.outcome != Outcome::Unknown || sent {
                continue;
            }
            let Some(open) = records.iter().find(|record| {
                record.id.open_block == entry.open_block && record.id.receiver == entry.receiver
            }) else {
                continue;
            };
            // A payment that is just being made is listed, and not stored yet.
            let turn = self.channel_turn_name(open.id.receiver, open.id.open_block);
            let Some(_turn) = self.world.free_turn(&turn).await? else {
                continue;
            };
            let stored = self.stored(open.id).await?;
            if stored.is_some_and(|record| record.pending_since() != Some(entry.at)) {
                self.world.remove(&self.entry_name(&entry)).await?;
            }
        }
        Ok(())
    }

    /// Notes how a payment ended, and for which URL if that is another one than was noted.
    pub(super) async fn close_entry(
        &self,
        id: ChannelId,
        at: u64,
        proof: &BalanceProof,
        outcome: Outcome,
        url: Option<&str>,
    ) {
        let name = self.ledger_key().name(at, id.open_block, proof.balance);
        let Ok(Some(text)) = self.world.read(&name).await else {
            return;
        };
        if let Some(mut entry) = Entry::from_json(&text) {
            entry.outcome = outcome;
            if let Some(url) = url {
                url.clone_into(&mut entry.url);
            }
            self.list(&entry).await;
        }
    }

    /// Whether one of the newest payments has no outcome yet.
    pub(super) async fn has_unsettled_entries(&self) -> Result<bool, W::Error> {
        let entries = self.entries(NEWEST).await?;
        let mut outcomes = entries.iter().map(|entry| entry.outcome);
        Ok(outcomes.any(|outcome| outcome == Outcome::Unknown))
    }

    /// Whether no list has to be shortened.
    pub(super) async fn has_short_lists(&self) -> Result<bool, W::Error> {
        let ledger = self.world.names(&self.ledger_key().prefix()).await?;
        let prices = self.world.names(&self.price_prefix()).await?;
        Ok(ledger.len() <= LEDGER_LENGTH && prices.len() <= PRICES_LENGTH)
    }

    fn price_prefix(&self) -> String {
        Place::prefix(self.contract.chain_id, self.contract.manager.address)
    }

    /// Drops the oldest entries of what grows without end.
    pub async fn trim(&self) -> Result<(), W::Error> {
        let names = self.world.names(&self.ledger_key().prefix()).await?;
        let superfluous = names.len().saturating_sub(LEDGER_LENGTH);
        for name in names.iter().take(superfluous) {
            self.world.remove(name).await?;
        }
        let names = self.world.names(&self.price_prefix()).await?;
        if names.len() <= PRICES_LENGTH {
            return Ok(());
        }
        let mut prices = Vec::with_capacity(names.len());
        for name in names {
            let text = self.world.read(&name).await?;
            let price = text.and_then(|text| KnownPrice::from_json(&text));
            prices.push((price.map_or(0, |price| price.at), name));
        }
        while prices.len() > PRICES_LENGTH {
            let oldest = prices.iter().enumerate().min_by_key(|(_, (at, _))| *at);
            let Some(index) = oldest.map(|(index, _)| index) else {
                break;
            };
            let (_, name) = prices.swap_remove(index);
            self.world.remove(&name).await?;
        }
        Ok(())
    }

    /// The price last paid at a place.
    pub(super) async fn known_price(&self, place: &Place) -> Result<Option<KnownPrice>, W::Error> {
        let name = place.name(self.contract.chain_id, self.contract.manager.address);
        let text = self.world.read(&name).await?;
        Ok(text.and_then(|text| KnownPrice::from_json(&text)))
    }

    pub(super) async fn remember_price(&self, place: &Place, price: &KnownPrice) {
        let name = place.name(self.contract.chain_id, self.contract.manager.address);
        // What is forgotten costs a round trip, no more.
        let _ = self.world.write(&name, &price.to_json()).await;
    }

    pub(super) async fn forget_price(&self, place: &Place) {
        let name = place.name(self.contract.chain_id, self.contract.manager.address);
        let _ = self.world.remove(&name).await;
    }
}
