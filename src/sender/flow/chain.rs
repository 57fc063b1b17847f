//! Reads of the chain through the [`World`]'s node.

use crate::chain::{Node, Retrying, Seen, Sent, Status, TokenContract, status};
use crate::protocol::ChannelId;
use crate::protocol::abi::Words;
use crate::protocol::amount::Uint256;

use super::super::world::World;
use super::Sender;

impl<W: World> Sender<W> {
    /// The node, asked again where a fault may pass.
    pub(super) fn node(&self) -> Node<Retrying<W::Transport>> {
        Node::new(Retrying::new(self.world.node().into_transport()))
    }

    /// The node, asked once, for polls and transactions.
    pub(super) fn polled_node(&self) -> Node<Retrying<W::Transport>> {
        Node::new(Retrying::once(self.world.node().into_transport()))
    }

    /// The newest block.
    pub(super) async fn newest_block(&self) -> Result<u64, W::Error> {
        self.told(self.node().block_number().await)
    }

    /// What the contract holds of a channel, with the deposit as of the confirmations asked for.
    pub(super) async fn look(&self, channel: &ChannelId) -> Result<Seen, W::Error> {
        let node = self.node();
        let seen = self.contract.see(&node, channel, self.confirmations);
        self.told(seen.await)
    }

    /// The number by which the contracts know a block, where they count by another chain's blocks.
    pub(super) async fn contract_block(&self, block: u64) -> Result<Option<u64>, W::Error> {
        self.told(self.node().contract_block(block).await)
    }

    /// Whether the sender ever sent a transaction, without which it can have no channel.
    pub(super) async fn has_history(&self) -> Result<bool, W::Error> {
        let nonce = self.node().next_nonce(self.account).await;
        Ok(self.told(nonce)? > 0)
    }

    /// The sender's tokens, in base units.
    pub async fn tokens(&self) -> Result<Uint256, W::Error> {
        let node = self.node();
        self.told(self.token().balance(&node, self.account).await)
    }

    /// What the manager may take of the sender's tokens, in base units.
    pub(super) async fn allowance(&self) -> Result<Uint256, W::Error> {
        let (node, token) = (self.node(), self.token());
        let manager = self.contract.manager.address;
        let allowance = token.allowance(&node, self.account, manager).await;
        self.told(allowance)
    }

    /// Whether the token takes this transfer with data (ERC223). A token without the function reverts,
    /// or answers nothing where a fallback function swallows the call.
    pub(super) async fn takes_transfer(&self, data: &[u8]) -> Result<bool, W::Error> {
        let (node, token) = (self.node(), self.contract.token);
        match node.call_from(self.account, token, data).await {
            Err(error) if error.is_revert() => Ok(false),
            answer => Ok(Words::new(&self.told(answer)?).boolean() == Ok(true)),
        }
    }

    /// The status of a transaction.
    pub(super) async fn status(&self, sent: &Sent) -> Result<Status, W::Error> {
        self.told(status(&self.polled_node(), sent).await)
    }

    const fn token(&self) -> TokenContract {
        TokenContract(self.contract.token)
    }

    /// The node's answer, or the error; the caller's abort explains an aborted one.
    pub(super) fn told<T, E: Into<W::Error>>(&self, answer: Result<T, E>) -> Result<T, W::Error> {
        answer.map_err(|error| self.world.explain(error.into()))
    }
}
