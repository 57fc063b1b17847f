//! Sells the files of a folder, or what another server answers, over µRaiden channels.

#[path = "microraiden-paywall/arguments.rs"]
mod arguments;
#[cfg(test)]
#[path = "../../tests/support/documented.rs"]
mod documented;
#[cfg(test)]
#[allow(clippy::panic)] // Tests.
#[path = "microraiden-paywall/documented_settings.rs"]
mod documented_settings;
#[path = "microraiden-paywall/patience.rs"]
mod patience;
#[path = "microraiden-paywall/shop.rs"]
mod shop;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use arguments::{Arguments, SiteArguments, SiteNames};
use axum::Router;
use microraiden::chain::Node;
use microraiden::chain::http::HttpTransport;
use microraiden::paywall::{
    Access, ConnectionLimits, Goods, Health, HostName, Metrics, Page, PageFiles, ServerOptions,
    Site, connections, logs, metrics, router, router_by_host,
};
use microraiden::receiver::Receiver;
use microraiden::receiver::store::StoreOpener;
use microraiden::tls::Trust;
use shop::Opening;
use tokio::net::TcpListener;
use tracing::info;

/// How long after its start the server compresses what nobody has asked for yet.
const START: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<()> {
    logs::start()?;
    let sites = Arguments::read()?;
    let Some(server) = sites.first().map(|site| &site.arguments) else {
        bail!("there is no site");
    };
    let trust = Trust::new(server.ca_file.as_deref())?;
    let public_rpc_url = server.public_rpc_url()?;
    let mut keys = Vec::new();
    let mut offers = Vec::new();
    let mut files = HashMap::new();
    for site in &sites {
        keys.push(site.context(site.arguments.key.read().map_err(Into::into))?);
        offers.push(site.context(Offer::of(&site.arguments, &trust, &mut files))?);
    }
    compress_later(offers.iter().map(|offer| offer.page.clone()).collect());
    let transport = HttpTransport::several(&server.rpc_url, &trust)?;

    let names = sites.iter().map(|site| site.name().map(str::to_owned));
    let health = Health::of_sites(server.longest_silence(), names);
    let (metrics, metrics_url) = start_metrics(server.metrics, &sites, &health).await?;
    let mut stopped = Box::pin(stopped());
    let opening = Opening {
        stores: StoreOpener::new(trust),
        transport: &transport,
        health: &health,
    };
    let opened = opening.open(&sites, keys, &metrics);
    let (shops, watchers) = tokio::select! {
        opened = opened => opened?,
        () = &mut stopped => return Ok(()),
    };
    let following = watchers.follow(server.poll_interval());

    let connection_limits = server.connection_limits()?;
    let addresses = shops.iter().map(|shop| shop.receiver.address().to_string());
    let addresses = addresses.collect::<Vec<_>>().join(",");
    let listen_at = server.listen;
    let mut metrics = metrics.into_iter();
    let mut sold = Vec::new();
    for ((site, shop), offer) in sites.into_iter().zip(shops).zip(offers) {
        let arguments = site.arguments;
        let options = ServerOptions {
            goods: offer.goods,
            page: offer.page,
            access: offer.access,
            answers: arguments.answers(),
            credential_origins: arguments.credential_origins(),
            limits: arguments.request_limits()?,
            trusted_proxies: arguments.trusted_proxies.clone(),
            metrics: metrics.next(),
            token_label: shop.token_label,
            public_rpc_url: public_rpc_url.clone(),
            faucet: arguments.faucet,
            start_block: shop.start_block,
            node: Node::new(transport.clone()),
        };
        sold.push((site.named, shop.receiver, options));
    }
    let socket = listen(listen_at).await?;
    let url = format!("http://{}", socket.local_addr()?);
    println!("listening on {url} receiver {addresses}{metrics_url}");
    connections::serve(socket, app(sold), connection_limits, stopped).await;
    following.leave().await;
    logs::end();
    Ok(())
}

/// What a site sells, and to whom it tells what.
struct Offer {
    goods: Goods,
    page: Page,
    access: Access,
}

impl Offer {
    fn of(
        arguments: &Arguments,
        trust: &Trust,
        files: &mut HashMap<PathBuf, PageFiles>,
    ) -> Result<Self> {
        Ok(Self {
            goods: arguments.goods(trust)?,
            page: arguments.page(files)?,
            access: arguments.access()?,
        })
    }
}

/// The only site, whatever host is asked for, or several by their hosts.
fn app(mut sold: Vec<(Option<SiteNames>, Arc<Receiver>, ServerOptions)>) -> Router {
    if let [(None, ..)] = &sold[..]
        && let Some((_, receiver, options)) = sold.pop()
    {
        return router(receiver, options);
    }
    let sites = sold.into_iter().filter_map(|(named, receiver, options)| {
        let named = named?;
        let hosts = named.hosts.iter().map(HostName::as_str).collect::<Vec<_>>();
        info!(
            site = named.name, hosts = hosts.join(","), is_default = named.is_default,
            receiver = %receiver.address(), contract = %receiver.contract().manager.address,
            "a site is served"
        );
        Some(Site {
            name: named.name,
            hosts: named.hosts,
            is_default: named.is_default,
            receiver,
            options,
        })
    });
    router_by_host(sites.collect())
}

/// After the start, which needs the cores itself. A visitor who comes earlier waits for the files asked for.
fn compress_later(pages: Vec<Page>) {
    tokio::spawn(async move {
        tokio::time::sleep(START).await;
        let compress = move || pages.iter().for_each(Page::compress);
        tokio::task::spawn_blocking(compress).await
    });
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} can't be listened on"))
}

/// What is counted of each site, and where it is told, if anywhere.
async fn start_metrics(
    at: Option<SocketAddr>,
    sites: &[SiteArguments],
    health: &Health,
) -> Result<(Vec<Arc<Metrics>>, String)> {
    let Some(address) = at else {
        return Ok((Vec::new(), String::new()));
    };
    let of_site = |site: &SiteArguments| site.name().map_or_else(Metrics::new, Metrics::of_site);
    let metrics: Vec<_> = sites.iter().map(of_site).map(Arc::new).collect();
    let served = metrics::router_of_sites(metrics.clone(), health.clone());
    let url = serve_metrics(address, served).await?;
    Ok((metrics, format!(" metrics {url}")))
}

/// Serves the metrics for as long as the program runs, and tells where.
async fn serve_metrics(at: SocketAddr, router: Router) -> Result<String> {
    let socket = listen(at).await?;
    let url = format!("http://{}/metrics", socket.local_addr()?);
    let limits = ConnectionLimits {
        max: 100,
        ..ConnectionLimits::default()
    };
    tokio::spawn(connections::serve(
        socket,
        router,
        limits,
        std::future::pending(),
    ));
    Ok(url)
}

/// Waits for Ctrl-C or SIGTERM.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
