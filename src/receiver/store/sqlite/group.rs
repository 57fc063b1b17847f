//! Group commit: many writes in one transaction, of all receivers of the file.

use std::collections::BTreeMap;

use rusqlite::{Connection, TransactionBehavior};

use crate::receiver::store::identity::Owner;
use crate::receiver::store::overlay::Overlay;
use crate::receiver::store::{Batch, ChannelKey, StoreError, Trail};

use super::table;

/// Writes all batches in one transaction, in their order. A refused batch does not affect the others; if the
/// disk fails, all fail.
pub(super) fn write(
    connection: &mut Connection,
    batches: Vec<(Owner, Batch)>,
) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    // Takes the write lock before the first read.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut group = Group {
        connection: &transaction,
        overlay: Overlay::default(),
        trails: BTreeMap::new(),
        transactions: BTreeMap::new(),
    };
    let batches = batches.into_iter();
    let answers = batches.map(|(owner, batch)| group.add(owner, batch));
    let answers = answers.collect();
    group.store()?;
    transaction.commit()?;
    Ok(answers)
}

/// What the transaction will store.
struct Group<'a> {
    connection: &'a Connection,
    overlay: Overlay<(Owner, ChannelKey)>,
    /// Those that move.
    trails: BTreeMap<Owner, Trail>,
    /// How many there are of those who write one down.
    transactions: BTreeMap<Owner, u64>,
}

impl Group<'_> {
    fn add(&mut self, owner: Owner, batch: Batch) -> Result<(), StoreError> {
        // Whatever can fail comes before the first edit.
        for (key, _) in &batch.edits {
            self.see((owner, *key))?;
        }
        if let Some(known) = batch.transactions {
            let stored = match self.transactions.get(&owner) {
                Some(stored) => *stored,
                None => table::transactions(self.connection, owner)?,
            };
            if stored != known {
                return Err(StoreError::OtherTransaction);
            }
        }
        if let Some(advance) = batch.advance {
            let mut trail = match self.trails.get(&owner) {
                Some(trail) => trail.clone(),
                None => table::trail(self.connection, owner)?,
            };
            if trail.newest() != advance.from {
                return Err(StoreError::Overtaken);
            }
            trail.advance(advance.to, advance.events);
            self.trails.insert(owner, trail);
        }
        if let Some(known) = batch.transactions {
            self.transactions.insert(owner, known + 1);
        }
        let edits = batch.edits.into_iter();
        self.overlay
            .apply(edits.map(|(key, edit)| ((owner, key), edit)));
        Ok(())
    }

    fn see(&mut self, key: (Owner, ChannelKey)) -> Result<(), StoreError> {
        if !self.overlay.knows(&key) {
            let channel = table::record(self.connection, key.0, key.1)?;
            self.overlay.learn(key, channel);
        }
        Ok(())
    }

    fn store(self) -> Result<(), StoreError> {
        for ((owner, key), channel) in self.overlay.changed() {
            match channel {
                Some(channel) => table::put(self.connection, owner, &channel)?,
                None => table::remove(self.connection, owner, key)?,
            }
        }
        for (owner, number) in self.transactions {
            table::set_transactions(self.connection, owner, number)?;
        }
        for (owner, trail) in &self.trails {
            table::set_trail(self.connection, *owner, trail)?;
        }
        Ok(())
    }
}
