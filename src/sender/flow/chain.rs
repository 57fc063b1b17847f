//! What the chain says.

use core::ops::RangeInclusive;

use crate::chain::{Seen, Sent, Status};
use crate::protocol::amount::Uint256;
use crate::protocol::{Amount, ChannelId};

use super::super::world::World;
use super::Sender;

impl<W: World> Sender<W> {
    /// The newest block.
    pub(super) async fn newest_block(&self) -> Result<u64, W::Error> {
        self.world.newest_block().await
    }

    /// What the contract holds of a channel, with the deposit as of the confirmations asked for.
    pub(super) async fn look(&self, channel: &ChannelId) -> Result<Seen, W::Error> {
        self.world.look(channel).await
    }

    /// The number by which the contracts know a block, where they count by another chain's blocks.
    pub(super) async fn contract_block(&self, block: u64) -> Result<Option<u64>, W::Error> {
        self.world.contract_block(block).await
    }

    /// The channels that the sender opened in these blocks; `None`: too many blocks for the node.
    pub(super) async fn opened(
        &self,
        blocks: RangeInclusive<u64>,
    ) -> Result<Option<Vec<(ChannelId, Amount)>>, W::Error> {
        self.world.opened(blocks).await
    }

    /// Whether the sender ever sent a transaction, without which it can have no channel.
    pub(super) async fn has_history(&self) -> Result<bool, W::Error> {
        self.world.has_history().await
    }

    /// The sender's tokens, in base units.
    pub async fn tokens(&self) -> Result<Uint256, W::Error> {
        self.world.tokens().await
    }

    /// What the manager may take of the sender's tokens, in base units.
    pub(super) async fn allowance(&self) -> Result<Uint256, W::Error> {
        self.world.allowance().await
    }

    /// Whether the token takes this transfer with data (ERC223).
    pub(super) async fn takes_transfer(&self, data: &[u8]) -> Result<bool, W::Error> {
        self.world.takes_transfer(data).await
    }

    /// Where a transaction is.
    pub(super) async fn status(&self, sent: &Sent) -> Result<Status, W::Error> {
        self.world.status(sent).await
    }
}
