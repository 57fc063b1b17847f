//! Finding the contract through which the receiver is paid.

use crate::chain::contract::ContractError;
use tracing::warn;

use crate::chain::{Failover, ManagerContract, Node, Transport};
use crate::protocol::{Address, Generation, manager, network, token};

/// Why a receiver does not start with a contract.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// It could not be read, or is no channel manager.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// Its version is not known, so neither are its messages: it might not take the proofs.
    #[error("the contract {address} is of version `{version}`; 0.1 and 0.2 are known")]
    Version {
        /// The contract.
        address: Address,
        /// What it says.
        version: String,
    },
    /// One of several nodes is on another chain.
    #[error("node {number} is on chain {actual}, and the contract on chain {expected}")]
    OtherChain {
        /// Which node, counted from 1 in the order in which they were named.
        number: usize,
        /// The contract's chain.
        expected: u64,
        /// The node's chain.
        actual: u64,
    },
}

/// Checks that each of several nodes is on the contract's chain. A node that does not answer is checked by
/// the [`Watcher`](super::Watcher) later, by the hashes of its blocks.
pub async fn check_chain<T: Transport>(
    nodes: &Failover<T>,
    contract: &ManagerContract,
) -> Result<(), FindError> {
    for (number, node) in (1..).zip(nodes.nodes()) {
        let expected = contract.chain_id;
        match Node::new(node).chain_id().await {
            Ok(actual) if actual != expected => {
                return Err(FindError::OtherChain {
                    number,
                    expected,
                    actual,
                });
            }
            Ok(_) => {}
            Err(error) => warn!(node = number, %error, "a node does not answer"),
        }
    }
    Ok(())
}

/// The contract at `address`, as [`ManagerContract::discover`] finds it. Unless it is a published one, its
/// `version()` must be known: 0.1 or 0.2, or 0.1 with the interface of 0.2, as transitional contracts say.
pub async fn find<T: Transport>(
    node: &Node<T>,
    address: Address,
) -> Result<ManagerContract, FindError> {
    let contract = ManagerContract::discover(node, address).await?;
    if network::by_contract(contract.chain_id, address).is_some() {
        return Ok(contract);
    }
    let answer = node.call(address, &manager::version_call()).await;
    let answer = answer.map_err(ContractError::from)?;
    let version = token::text(&answer).map_err(|source| ContractError::Answer {
        address,
        function: "version()",
        source,
    })?;
    let is_new = contract.manager.generation == Generation::V02;
    if version.starts_with("0.1.") || (is_new && version.starts_with("0.2.")) {
        return Ok(contract);
    }
    Err(FindError::Version { address, version })
}
