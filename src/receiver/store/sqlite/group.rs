//! Group commit: many writes in one transaction.

use rusqlite::{Connection, TransactionBehavior};

use crate::protocol::Address;
use crate::receiver::store::overlay::Overlay;
use crate::receiver::store::{Batch, ChannelKey, StoreError, Trail};

use super::table;

/// Writes all batches in one transaction, in their order. A refused batch does not affect the others; if the
/// disk fails, all fail.
pub(super) fn write(
    connection: &mut Connection,
    receiver: Address,
    batches: Vec<Batch>,
) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    // Takes the write lock before the first read.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut group = Group {
        connection: &transaction,
        receiver,
        overlay: Overlay::default(),
        trail: None,
        transactions: None,
    };
    let answers = batches.into_iter().map(|batch| group.add(batch)).collect();
    group.store()?;
    transaction.commit()?;
    Ok(answers)
}

/// What the transaction will store.
struct Group<'a> {
    connection: &'a Connection,
    receiver: Address,
    overlay: Overlay,
    /// If it moves.
    trail: Option<Trail>,
    /// If one is written down.
    transactions: Option<u64>,
}

impl Group<'_> {
    fn add(&mut self, batch: Batch) -> Result<(), StoreError> {
        // Whatever can fail comes before the first edit.
        for (key, _) in &batch.edits {
            self.see(*key)?;
        }
        let mut transactions = self.transactions;
        if let Some(known) = batch.transactions {
            let stored = match transactions {
                Some(stored) => stored,
                None => table::transactions(self.connection)?,
            };
            if stored != known {
                return Err(StoreError::OtherTransaction);
            }
            transactions = Some(known + 1);
        }
        if let Some(advance) = batch.advance {
            let mut trail = match &self.trail {
                Some(trail) => trail.clone(),
                None => table::trail(self.connection)?,
            };
            if trail.newest() != advance.from {
                return Err(StoreError::Overtaken);
            }
            trail.advance(advance.to, advance.events);
            self.trail = Some(trail);
        }
        self.transactions = transactions;
        self.overlay.apply(batch.edits);
        Ok(())
    }

    fn see(&mut self, key: ChannelKey) -> Result<(), StoreError> {
        if !self.overlay.knows(key) {
            let channel = table::record(self.connection, self.receiver, key)?;
            self.overlay.learn(key, channel);
        }
        Ok(())
    }

    fn store(self) -> Result<(), StoreError> {
        for (key, channel) in self.overlay.changed() {
            match channel {
                Some(channel) => table::put(self.connection, &channel)?,
                None => table::remove(self.connection, key)?,
            }
        }
        if let Some(number) = self.transactions {
            table::set_transactions(self.connection, number)?;
        }
        match &self.trail {
            Some(trail) => table::set_trail(self.connection, trail),
            None => Ok(()),
        }
    }
}
