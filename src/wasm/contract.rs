//! Which contract a client is for: as it was met before, or as the node says.

use core::future::Future;
use core::pin::Pin;
use std::cell::RefCell;
use std::rc::Rc;

use crate::chain::{ManagerContract, Node, TransportError};
use crate::json::json;
use crate::protocol::{Address, hex_text};
use crate::sender::known::{self, Asked};

use super::account::wrong_network;
use super::error::Failure;
use super::parts;
use super::storage;
use super::transport::{Link, WebTransport, over_http};
use super::watch::Watch;

/// What is asked of a node that was not asked before.
pub(crate) struct Question {
    address: Address,
    /// The chain that the caller demands.
    expected: Option<u64>,
    /// Under which name the answer is kept.
    name: Option<String>,
    transport: WebTransport,
}

/// The answer, once it is there.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<ManagerContract, Failure>>>>;

/// The contract at an address. `chain` is the one that the wallet is on.
pub(crate) async fn find(
    address: Address,
    link: &Link,
    chain: Option<u64>,
    expected: Option<u64>,
    watch: &Watch,
) -> Result<ManagerContract, Failure> {
    let asked = match link {
        Link::Http { url, .. } => Some(Asked::Node(url)),
        Link::Provider(_) => chain.map(Asked::Wallet),
    };
    let name = asked.map(|asked| known::name(address, asked));
    if let Some(name) = &name {
        // Storage that can't be read fails where something depends on it.
        let text = storage::read(name).await.ok().flatten();
        let contract = text.and_then(|text| known::from_json(address, &text));
        let contract = contract.filter(|known| expected.is_none_or(|id| id == known.chain_id));
        if let Some(contract) = contract {
            if let Link::Http { doubt, .. } = link {
                doubt.raise(contract.chain_id, name);
            }
            return Ok(contract);
        }
    }
    let transport = WebTransport {
        link: link.clone(),
        watch: watch.clone(),
    };
    let question = Question {
        address,
        expected,
        name,
        transport,
    };
    (parts::managing_part().await?.discover)(question).await
}

/// Asks the node, and keeps what it says.
pub(crate) fn discover(question: Question) -> Answer {
    Box::pin(async move {
        let node = Node::new(question.transport);
        if let Some(expected) = question.expected {
            let actual = node.chain_id().await?;
            if actual != expected {
                return Err(wrong_network(expected, actual));
            }
        }
        let contract = ManagerContract::discover(&node, question.address).await?;
        if let Some(name) = question.name {
            // Without it the next page asks again.
            let _ = storage::write(&name, &known::to_json(&contract)).await;
        }
        Ok(contract)
    })
}

/// Whether a node is still on the chain that it was on when the contract was met. It is asked before
/// anything else is asked of it.
#[derive(Clone, Default)]
pub(crate) struct Doubt(Rc<RefCell<Option<Known>>>);

#[derive(Clone)]
struct Known {
    chain_id: u64,
    /// Where it is kept.
    name: String,
}

impl Doubt {
    fn raise(&self, chain_id: u64, name: &str) {
        let name = name.to_owned();
        *self.0.borrow_mut() = Some(Known { chain_id, name });
    }

    /// Fails if the node is elsewhere; what was kept is forgotten then.
    pub(crate) async fn settle(&self, url: &str) -> Result<(), TransportError> {
        let Some(known) = self.0.borrow().clone() else {
            return Ok(());
        };
        let answer = over_http(url, "eth_chainId", json!([])).await?;
        let actual = answer
            .as_str()
            .and_then(|text| hex_text::decode_u64(text).ok())
            .ok_or(TransportError::NotJsonRpc)?;
        if actual == known.chain_id {
            *self.0.borrow_mut() = None;
            return Ok(());
        }
        let _ = storage::remove(&known.name).await;
        Err(TransportError::OtherChain {
            expected: known.chain_id,
            actual,
        })
    }
}
