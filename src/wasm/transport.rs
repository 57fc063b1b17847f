//! The way to the chain: through the nodes that the caller names, or else through the injected wallet.

use core::time::Duration;

use wasm_bindgen::JsValue;

use crate::chain::{Failover, Transport, TransportError};
use crate::json::Value;

use super::call_options::Watch;
use super::contract::UncheckedContract;
use super::endpoint::{Endpoint, Watched};
use super::injected;

/// Where requests go.
#[derive(Clone)]
pub(crate) enum Link {
    /// Nodes that stand in for each other.
    Nodes {
        /// Where they are.
        nodes: Failover<Endpoint>,
        /// What they are still to be asked for.
        unchecked: UncheckedContract,
    },
    /// The provider of the wallet that pays.
    Wallet(JsValue),
}

impl Link {
    /// Nodes whose contract needs no check.
    pub(crate) fn nodes(nodes: Failover<Endpoint>) -> Self {
        let unchecked = UncheckedContract::default();
        Self::Nodes { nodes, unchecked }
    }
}

/// A link and the call on whose behalf it is used.
#[derive(Clone)]
pub(crate) struct WebTransport {
    pub(crate) link: Link,
    pub(crate) watch: Watch,
}

impl Transport for WebTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let answer = self.watch.unless_aborted(self.ask(method, params));
        answer.await.unwrap_or(Err(TransportError::Aborted))
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        self.watch.pause(time).await
    }
}

impl WebTransport {
    async fn ask(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        match &self.link {
            Link::Nodes { nodes, unchecked } => {
                unchecked.clear(nodes, &self.watch).await?;
                let watch = &self.watch;
                let nodes = nodes.map(|node| Watched {
                    node: node.clone(),
                    watch: watch.clone(),
                });
                nodes.request(method, params).await
            }
            Link::Wallet(provider) => injected::ask(provider, method, &params).await,
        }
    }
}
