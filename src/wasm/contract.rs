//! Looks up a client's contract: in the cache, or else at the node.

use core::future::Future;
use core::pin::Pin;
use std::cell::RefCell;
use std::rc::Rc;

use crate::chain::{ContractError, Failover, ManagerContract, Node, Retrying, TransportError};
use crate::protocol::Address;
use crate::sender::store::contract_cache::{self, Unconfirmed};
use crate::sender::store::keys;

use super::account::wrong_network;
use super::call_options::Watch;
use super::endpoint::Endpoint;
use super::error::Failure;
use super::store::Store;
use super::transport::{Link, WebTransport};

/// The contract at an address, from the cache, or else from the node and then cached. `chain` is the one
/// that the wallet is on.
pub(crate) async fn find(
    address: Address,
    link: &Link,
    chain: Option<u64>,
    expected: Option<u64>,
    store: &Store,
    watch: &Watch,
) -> Result<ManagerContract, Failure> {
    let nodes = match link {
        Link::Nodes { nodes, .. } => Endpoint::name_of(nodes),
        Link::Wallet(_) => None,
    };
    let name = match nodes {
        Some(nodes) => Some(keys::contract_of_node(address, &nodes)),
        None => chain
            .or(expected)
            .map(|chain| keys::contract_of_chain(address, chain)),
    };
    if let Some(name) = &name {
        // Ignore storage errors here: a miss only costs requests to the node.
        let text = store.read(name, watch).await.ok().flatten();
        let contract = text.and_then(|text| contract_cache::from_json(address, &text));
        let contract = contract.filter(|known| expected.is_none_or(|id| id == known.chain_id));
        if let Some(contract) = contract {
            if let Link::Nodes { unchecked, .. } = link {
                unchecked.raise(contract, name, store);
            }
            return Ok(contract);
        }
    }
    let transport = WebTransport {
        link: link.clone(),
        watch: watch.clone(),
    };
    let node = Node::new(Retrying::new(transport));
    if let Some(expected) = expected {
        let actual = node.chain_id().await?;
        if actual != expected {
            return Err(wrong_network(expected, actual));
        }
    }
    let contract = ManagerContract::discover(&node, address).await?;
    if let Some(name) = name {
        // If it fails, the next page asks the node again.
        let _ = store
            .write(&name, &contract_cache::to_json(&contract))
            .await;
    }
    Ok(contract)
}

/// A cached contract that its node has not confirmed in this page yet. It is checked before the first
/// other request to that node.
#[derive(Clone, Default)]
pub(crate) struct UncheckedContract(Rc<RefCell<Option<CachedContract>>>);

#[derive(Clone)]
struct CachedContract {
    contract: ManagerContract,
    /// Its cache key, and where that is.
    name: String,
    store: Store,
}

impl UncheckedContract {
    fn raise(&self, contract: ManagerContract, name: &str, store: &Store) {
        let (name, store) = (name.to_owned(), store.clone());
        *self.0.borrow_mut() = Some(CachedContract {
            contract,
            name,
            store,
        });
    }

    /// Checks the contract at the node. Fails, and evicts the cache entry, if the node has another one or
    /// none.
    pub(crate) async fn clear(
        &self,
        nodes: &Failover<Endpoint>,
        watch: &Watch,
    ) -> Result<(), TransportError> {
        let Some(cached) = self.0.borrow().clone() else {
            return Ok(());
        };
        let found = discover_again(nodes, watch, cached.contract.manager.address).await;
        match contract_cache::confirm(&cached.contract, found) {
            Ok(()) => {
                *self.0.borrow_mut() = None;
                Ok(())
            }
            Err(Unconfirmed::Unknown(error)) => Err(error),
            Err(Unconfirmed::Changed(error)) => {
                let _ = cached.store.remove(&cached.name).await;
                Err(error)
            }
        }
    }
}

/// Boxed because it is recursive: the transport calls [`UncheckedContract::clear`].
fn discover_again<'a>(
    nodes: &'a Failover<Endpoint>,
    watch: &'a Watch,
    address: Address,
) -> Pin<Box<dyn Future<Output = Result<ManagerContract, ContractError>> + 'a>> {
    let transport = WebTransport {
        link: Link::nodes(nodes.clone()),
        watch: watch.clone(),
    };
    Box::pin(async move {
        ManagerContract::discover(&Node::new(Retrying::once(transport)), address).await
    })
}
