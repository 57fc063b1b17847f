//! Many writes in one transaction.

use std::collections::BTreeMap;

use rusqlite::{Connection, TransactionBehavior};

use crate::protocol::Address;
use crate::receiver::channel::Channel;
use crate::receiver::store::{Batch, ChannelKey, Keep, StoreError, Synced};

use super::table;

/// Makes all batches one transaction, in their order. A batch that is refused spoils none of the
/// others; a disk that fails spoils all of them.
pub(super) fn write(
    connection: &mut Connection,
    receiver: Address,
    batches: Vec<Batch>,
) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    // The write lock comes before the first look, so that nobody writes between look and write.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut group = Group {
        connection: &transaction,
        receiver,
        seen: BTreeMap::new(),
        synced: None,
    };
    let answers = batches.into_iter().map(|batch| group.add(batch)).collect();
    group.store()?;
    transaction.commit()?;
    Ok(answers)
}

/// What the transaction will leave.
struct Group<'a> {
    connection: &'a Connection,
    receiver: Address,
    seen: BTreeMap<ChannelKey, Seen>,
    synced: Option<Option<Synced>>,
}

/// A channel as the batches so far leave it, or as the file has it.
struct Seen {
    channel: Option<Channel>,
    changed: bool,
}

impl Group<'_> {
    fn add(&mut self, batch: Batch) -> Result<(), StoreError> {
        // All that can be refused comes before the first edit.
        for (key, _) in &batch.edits {
            self.see(*key)?;
        }
        if let Some(advance) = batch.advance {
            let synced = match self.synced {
                Some(synced) => synced,
                None => table::synced(self.connection)?,
            };
            if synced != advance.from {
                return Err(StoreError::Overtaken);
            }
            self.synced = Some(advance.to);
        }
        for (key, edit) in batch.edits {
            let Some(seen) = self.seen.get_mut(&key) else {
                continue;
            };
            let mut channel = seen.channel.clone();
            if edit.apply(&mut channel) == Keep::Changed {
                *seen = Seen {
                    channel,
                    changed: true,
                };
            }
        }
        Ok(())
    }

    fn see(&mut self, key: ChannelKey) -> Result<(), StoreError> {
        if !self.seen.contains_key(&key) {
            let seen = Seen {
                channel: table::get(self.connection, self.receiver, key)?,
                changed: false,
            };
            self.seen.insert(key, seen);
        }
        Ok(())
    }

    fn store(self) -> Result<(), StoreError> {
        for (key, seen) in self.seen {
            match seen.channel {
                _ if !seen.changed => {}
                Some(channel) => table::put(self.connection, &channel)?,
                None => table::remove(self.connection, key)?,
            }
        }
        match self.synced {
            Some(synced) => table::set_synced(self.connection, synced),
            None => Ok(()),
        }
    }
}
