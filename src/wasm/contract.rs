//! Which contract a client is for: as it was met before, or as the node says.

use core::future::Future;
use core::pin::Pin;
use std::cell::RefCell;
use std::rc::Rc;

use crate::chain::{ChainError, ContractError, ManagerContract, Node, TransportError};
use crate::protocol::Address;
use crate::sender::contract_cache::{self, Source};

use super::account::wrong_network;
use super::call_options::Watch;
use super::error::Failure;
use super::storage;
use super::transport::{Link, WebTransport};

/// The contract at an address: as it was met before, or as the node says, which is kept. `chain` is the one
/// that the wallet is on.
pub(crate) async fn find(
    address: Address,
    link: &Link,
    chain: Option<u64>,
    expected: Option<u64>,
    watch: &Watch,
) -> Result<ManagerContract, Failure> {
    let asked = match link {
        Link::Http { url, .. } => Some(Source::Node(url)),
        Link::Provider(_) => chain.map(Source::Wallet),
    };
    let name = asked.map(|asked| contract_cache::name(address, asked));
    if let Some(name) = &name {
        // Storage that can't be read fails where something depends on it.
        let text = storage::read(name).await.ok().flatten();
        let contract = text.and_then(|text| contract_cache::from_json(address, &text));
        let contract = contract.filter(|known| expected.is_none_or(|id| id == known.chain_id));
        if let Some(contract) = contract {
            if let Link::Http { doubt, .. } = link {
                doubt.raise(contract, name);
            }
            return Ok(contract);
        }
    }
    let transport = WebTransport {
        link: link.clone(),
        watch: watch.clone(),
    };
    let node = Node::new(transport);
    if let Some(expected) = expected {
        let actual = node.chain_id().await?;
        if actual != expected {
            return Err(wrong_network(expected, actual));
        }
    }
    let contract = ManagerContract::discover(&node, address).await?;
    if let Some(name) = name {
        // Without it the next page asks again.
        let _ = storage::write(&name, &contract_cache::to_json(&contract)).await;
    }
    Ok(contract)
}

/// Whether a node still has the contract that was met there. It is asked for it before anything else
/// is asked of it.
#[derive(Clone, Default)]
pub(crate) struct Doubt(Rc<RefCell<Option<Met>>>);

#[derive(Clone)]
struct Met {
    contract: ManagerContract,
    /// Where it is kept.
    name: String,
}

impl Doubt {
    fn raise(&self, contract: ManagerContract, name: &str) {
        let name = name.to_owned();
        *self.0.borrow_mut() = Some(Met { contract, name });
    }

    /// Fails if the contract is not there; what was kept is forgotten then.
    pub(crate) async fn clear(&self, url: &str, watch: &Watch) -> Result<(), TransportError> {
        let Some(met) = self.0.borrow().clone() else {
            return Ok(());
        };
        let expected = met.contract.chain_id;
        let actual = match discover_again(url, watch, met.contract.manager.address).await {
            Ok(contract) if contract == met.contract => {
                *self.0.borrow_mut() = None;
                return Ok(());
            }
            Ok(contract) => contract.chain_id,
            Err(ContractError::NotAManager { chain_id, .. }) => chain_id,
            Err(ContractError::Chain(ChainError::Transport { source, .. })) => return Err(source),
            Err(ContractError::Chain(ChainError::Malformed { .. })) => {
                return Err(TransportError::NotJsonRpc);
            }
            Err(ContractError::Answer { .. }) => expected,
        };
        let _ = storage::remove(&met.name).await;
        Err(TransportError::OtherChain { expected, actual })
    }
}

/// Boxed, since the transport is what doubts.
fn discover_again<'a>(
    url: &'a str,
    watch: &'a Watch,
    address: Address,
) -> Pin<Box<dyn Future<Output = Result<ManagerContract, ContractError>> + 'a>> {
    let transport = WebTransport {
        link: Link::node(url.to_owned()),
        watch: watch.clone(),
    };
    Box::pin(async move { ManagerContract::discover(&Node::new(transport), address).await })
}
