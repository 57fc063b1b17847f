//! The receiver behind the server: its contract, its store, and the chain read to its head.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use microraiden::chain::Node;
use microraiden::chain::http::{Endpoint, HttpTransport};
use microraiden::paywall::{Health, Metrics, TokenLabel};
use microraiden::protocol::PrivateKey;
use microraiden::receiver::{Identity, Receiver, Watcher, contract};
use microraiden::tls::Trust;

use super::arguments::Arguments;
use super::patience::Patience;

pub(super) struct Shop {
    pub(super) receiver: Arc<Receiver>,
    pub(super) watcher: Watcher<Endpoint>,
    pub(super) token_label: Option<TokenLabel>,
    pub(super) start_block: u64,
}

impl Shop {
    /// Ends when everything up to the head is known, however long that takes: payments are possible only once the
    /// channels are known.
    pub(super) async fn open(
        arguments: &Arguments,
        key: PrivateKey,
        trust: &Trust,
        transport: &HttpTransport,
        health: &Health,
        metrics: Option<&Arc<Metrics>>,
    ) -> Result<Self> {
        let (node, nodes) = (Node::new(transport), transport.nodes());
        let patience = Patience::new(arguments.patience(), health);
        let (contract, token_label) = patience.find_contract(&node, arguments.contract).await?;
        contract::check_chain(&nodes, &contract).await?;
        let identity = Identity::new(&contract, key.address());
        let place = arguments.store.as_deref();
        let mut store = patience.open_store(place, &identity, trust).await?;
        if let Some(metrics) = metrics {
            store = metrics.measured(store);
        }
        let start_block = arguments.start_block.unwrap_or(contract.start_block.into());
        let terms = arguments.sale.add_to(arguments.terms.terms(&contract));
        let receiver = Arc::new(Receiver::new(contract, key, store).with_terms(terms));
        health.follows(&receiver);
        let watched = Arc::clone(&receiver);
        let mut watcher = Watcher::over(nodes, watched, arguments.confirmations, start_block)
            .with_head_age(arguments.head_age(contract.chain_id));
        read_to_the_head(&mut watcher, arguments.poll_interval()).await;
        Ok(Self {
            receiver,
            watcher,
            token_label,
            start_block,
        })
    }
}

async fn read_to_the_head(watcher: &mut Watcher<Endpoint>, interval: Duration) {
    tracing::info!("reading the chain before anything is sold");
    // The watcher logs what is in the way.
    while watcher.turn().await.is_err() {
        tokio::time::sleep(interval).await;
    }
}
