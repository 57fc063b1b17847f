//! Finding a channel again: in storage, else on the chain.

use crate::protocol::Address;
use crate::sender::{ChannelRecord, ChannelState};

use super::client::Client;
use super::error::Failure;
use super::storage;
use super::watch::Watch;

/// Blocks asked for at once when the chain is searched for channels.
const LOG_CHUNK: u64 = 100_000;

impl Client {
    /// The open channel to a receiver with most left: from storage, else from the chain.
    pub(crate) async fn find(
        &self,
        receiver: Address,
        watch: &Watch,
    ) -> Result<Option<ChannelRecord>, Failure> {
        let _turn = self.turn(receiver).await?;
        let mut known = self.records()?;
        known.retain(|r| r.id.receiver == receiver && r.state != ChannelState::Settled);
        known.sort_by_key(|record| core::cmp::Reverse(record.remaining()));
        for record in &mut known {
            self.look(record, watch).await?;
            storage::save(record)?;
            if record.state == ChannelState::Open {
                return Ok(Some(record.clone()));
            }
        }
        self.search(receiver, watch).await
    }

    /// Searches the chain, newest blocks first, and stores what it finds with balance 0; the
    /// receiver tells the true balance when it is first paid.
    async fn search(
        &self,
        receiver: Address,
        watch: &Watch,
    ) -> Result<Option<ChannelRecord>, Failure> {
        let node = self.node(watch);
        let start = u64::from(self.contract.start_block);
        let mut end = node.block_number().await?;
        loop {
            watch.check()?;
            let from = end.saturating_sub(LOG_CHUNK - 1).max(start);
            let sender = Some(self.sender());
            let created = self
                .contract
                .created(&node, sender, Some(receiver), from..=end)
                .await?;
            for (id, deposit) in created.into_iter().rev() {
                let manager = self.contract.manager;
                let mut record = ChannelRecord::found(self.contract.chain_id, manager, id, deposit);
                if storage::load(&record.key())?.is_some() {
                    continue;
                }
                self.look(&mut record, watch).await?;
                if record.state == ChannelState::Open {
                    storage::save(&record)?;
                    return Ok(Some(record));
                }
            }
            if from <= start {
                return Ok(None);
            }
            end = from - 1;
        }
    }
}
