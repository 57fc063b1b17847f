//! Several nodes of one chain, of which one is asked at a time.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use super::node_error::Meaning;
use super::rpc::{Transport, TransportError};
use crate::json::Value;

/// Nodes of one chain, at least one. A request goes to the preferred one; where that does not answer,
/// the next one is asked, and preferred from then on. Signed transactions are handed in at all of them, so that no node can keep
/// one back.
#[derive(Debug)]
pub struct Failover<T> {
    nodes: Arc<[Arc<T>]>,
    preferred: Arc<AtomicUsize>,
}

impl<T> Failover<T> {
    /// These nodes, the first one preferred.
    pub fn new(first: T, others: impl IntoIterator<Item = T>) -> Self {
        let nodes = core::iter::once(first).chain(others).map(Arc::new);
        Self {
            nodes: nodes.collect(),
            preferred: Arc::default(),
        }
    }

    /// The same nodes, reached otherwise; what one of both learns of the preferred node, the other one knows.
    pub fn map<U>(&self, reach: impl Fn(&T) -> U) -> Failover<U> {
        Failover {
            nodes: self
                .nodes
                .iter()
                .map(|node| Arc::new(reach(node)))
                .collect(),
            preferred: Arc::clone(&self.preferred),
        }
    }

    /// Each node by itself.
    pub fn nodes(&self) -> &[Arc<T>] {
        &self.nodes
    }

    /// Prefers one of the nodes from now on.
    pub fn prefer(&self, index: usize) {
        self.preferred.store(index, Ordering::Relaxed);
    }

    /// The nodes and their places, the preferred one first.
    fn in_order(&self) -> impl Iterator<Item = (usize, &Arc<T>)> {
        let nodes = self.nodes.iter().enumerate();
        let preferred = self.preferred.load(Ordering::Relaxed);
        nodes.clone().skip(preferred).chain(nodes.take(preferred))
    }
}

impl<T> Clone for Failover<T> {
    fn clone(&self) -> Self {
        Self {
            nodes: Arc::clone(&self.nodes),
            preferred: Arc::clone(&self.preferred),
        }
    }
}

impl<T> From<T> for Failover<T> {
    fn from(node: T) -> Self {
        Self::new(node, [])
    }
}

impl<T: Transport> Transport for Failover<T> {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let to_all = method == "eth_sendRawTransaction";
        let mut answer = None;
        for (index, node) in self.in_order() {
            let next = node.request(method, params.clone()).await;
            let stands = !next.as_ref().is_err_and(is_of_the_node);
            // A node's refusal counts only where no node took it.
            let better = match &answer {
                None => true,
                Some(Err(before)) => next.is_ok() || (stands && is_of_the_node(before)),
                Some(Ok(_)) => false,
            };
            if better {
                answer = Some(next);
            }
            if stands && !to_all {
                // The next request need not wait for the others.
                self.prefer(index);
                break;
            }
        }
        let none = || Err(TransportError::Unreachable("there is no node".to_owned()));
        answer.unwrap_or_else(none)
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        match self.in_order().next() {
            Some((_, node)) => node.pause(time).await,
            None => Ok(()),
        }
    }
}

/// Whether another node may answer where this one does not: it can't be reached, talks nonsense, lags, or
/// has had enough of us.
fn is_of_the_node(error: &TransportError) -> bool {
    match error {
        TransportError::Unreachable(_)
        | TransportError::TimedOut { .. }
        | TransportError::Status { .. }
        | TransportError::NotJsonRpc => true,
        TransportError::OtherChain { .. } | TransportError::Aborted => false,
        TransportError::Answer { .. } => Meaning::of(error).is_some_and(Meaning::is_of_the_node),
    }
}
