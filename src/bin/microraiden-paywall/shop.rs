//! The receivers behind the server: their contracts, their stores, and the chain read to its head.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use microraiden::chain::http::{Endpoint, HttpTransport};
use microraiden::chain::{ManagerContract, Node};
use microraiden::paywall::{Health, Metrics, TokenLabel, site_span};
use microraiden::protocol::{Address, PrivateKey};
use microraiden::receiver::store::StoreOpener;
use microraiden::receiver::{Identity, Receiver, SharedNode, SharedNodes, Watcher, contract};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{Instrument, Span};

use super::arguments::{Arguments, SiteArguments};
use super::patience::Patience;

type SiteWatcher = Watcher<SharedNode<Endpoint>>;

/// Whom one of the sites sells for.
pub(super) struct Shop {
    pub(super) receiver: Arc<Receiver>,
    pub(super) token_label: Option<TokenLabel>,
    pub(super) start_block: u64,
}

/// What all shops are opened with.
pub(super) struct Opening<'a> {
    pub(super) stores: StoreOpener,
    pub(super) transport: &'a HttpTransport,
    pub(super) health: &'a Health,
}

/// A contract, and what its token is called.
type Found = (ManagerContract, Option<TokenLabel>);

impl Opening<'_> {
    /// Opens a shop for each site and reads the chain to its head, however long that takes: payments are possible
    /// only once the channels are known.
    pub(super) async fn open(
        &self,
        sites: &[SiteArguments],
        keys: Vec<PrivateKey>,
        metrics: &[Arc<Metrics>],
    ) -> Result<(Vec<Shop>, Watchers)> {
        check_places(sites, &keys)?;
        let nodes = SharedNodes::new(&self.transport.nodes());
        let mut contracts = HashMap::new();
        let mut shops = Vec::new();
        let mut watchers = Watchers::default();
        for (index, (site, key)) in sites.iter().zip(keys).enumerate() {
            let span = site.name().map_or_else(Span::none, site_span);
            let metrics = metrics.get(index);
            let opened = self.open_one(&site.arguments, key, metrics, &mut contracts);
            let shop = site.context(opened.instrument(span.clone()).await)?;
            self.health.site_follows(index, &shop.receiver);
            let arguments = &site.arguments;
            let chain_id = shop.receiver.contract().chain_id;
            let watched = Arc::clone(&shop.receiver);
            let watcher =
                Watcher::sharing(&nodes, watched, arguments.confirmations, shop.start_block)
                    .with_head_age(arguments.head_age(chain_id));
            watchers.0.push((span, watcher));
            shops.push(shop);
        }
        let interval = sites.first().map(|site| site.arguments.poll_interval());
        watchers
            .read_to_the_head(interval.unwrap_or_default())
            .await?;
        Ok((shops, watchers))
    }

    async fn open_one(
        &self,
        arguments: &Arguments,
        key: PrivateKey,
        metrics: Option<&Arc<Metrics>>,
        contracts: &mut HashMap<Address, Found>,
    ) -> Result<Shop> {
        let patience = Patience::new(arguments.patience(), self.health);
        let (contract, token_label) = match contracts.get(&arguments.contract) {
            Some(found) => found.clone(),
            None => {
                let node = Node::new(self.transport);
                let found = patience.find_contract(&node, arguments.contract).await?;
                contract::check_chain(&self.transport.nodes(), &found.0).await?;
                contracts.insert(arguments.contract, found.clone());
                found
            }
        };
        let identity = Identity::new(&contract, key.address());
        let place = arguments.store.as_deref();
        let mut store = patience.open_store(&self.stores, place, &identity).await?;
        if let Some(metrics) = metrics {
            store = metrics.measured(store);
        }
        let start_block = arguments.start_block.unwrap_or(contract.start_block.into());
        let terms = arguments.sale.add_to(arguments.terms.terms(&contract));
        let receiver = Receiver::new(contract, key, store).with_terms(terms);
        Ok(Shop {
            receiver: Arc::new(receiver),
            token_label,
            start_block,
        })
    }
}

/// Refuses two sites that would keep the same channels twice.
fn check_places(sites: &[SiteArguments], keys: &[PrivateKey]) -> Result<()> {
    let mut known = HashMap::new();
    for (site, key) in sites.iter().zip(keys) {
        let Some(named) = &site.named else {
            continue;
        };
        let store = site.arguments.store.as_deref().map(|place| {
            let absolute = std::path::absolute(Path::new(place)).ok();
            let file = absolute.filter(|_| !place.contains("://"));
            file.map_or_else(|| place.to_owned(), |file| file.display().to_string())
        });
        let kept = (key.address(), site.arguments.contract, store);
        if let Some(other) = known.insert(kept, &named.place) {
            bail!(
                "{}, {}: it has receiver, contract and store of another site ({other}); give that one both names, \
                 or this one a key of its own",
                named.place,
                named.name
            );
        }
    }
    Ok(())
}

/// What follows the chain for the shops.
#[derive(Default)]
pub(super) struct Watchers(Vec<(Span, SiteWatcher)>);

impl Watchers {
    /// Until they are told to [leave](Following::leave).
    pub(super) fn follow(self, interval: Duration) -> Following {
        let (end, ended) = watch::channel(());
        let mut tasks = JoinSet::new();
        for (span, watcher) in self.0 {
            let mut ended = ended.clone();
            // It changes by its end only.
            let ended = async move { drop(ended.changed().await) };
            tasks.spawn(watcher.follow_until(interval, ended).instrument(span));
        }
        Following { end, tasks }
    }

    /// All at once, so that they share what the nodes answer.
    async fn read_to_the_head(&mut self, interval: Duration) -> Result<()> {
        tracing::info!("reading the chain before anything is sold");
        let mut reading = JoinSet::new();
        for (span, mut watcher) in self.0.drain(..) {
            let read = async move {
                // The watcher logs what is in the way.
                while watcher.turn().await.is_err() {
                    tokio::time::sleep(interval).await;
                }
                watcher
            };
            let read = read.instrument(span.clone());
            reading.spawn(async move { (span, read.await) });
        }
        while let Some(read) = reading.join_next().await {
            self.0.push(read.context("reading the chain ended")?);
        }
        Ok(())
    }
}

/// What the program waits for the stores when it ends.
const LONGEST_FAREWELL: Duration = Duration::from_secs(3);

/// Watchers that follow the chain.
pub(super) struct Following {
    end: watch::Sender<()>,
    tasks: JoinSet<()>,
}

impl Following {
    /// Leaves the chain to other processes: at once if the store can be told, and soon if not.
    pub(super) async fn leave(self) {
        drop(self.end);
        let _ = timeout(LONGEST_FAREWELL, self.tasks.join_all()).await;
    }
}
