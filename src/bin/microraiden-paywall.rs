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

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use arguments::Arguments;
use axum::Router;
use microraiden::chain::Node;
use microraiden::chain::http::HttpTransport;
use microraiden::paywall::{
    ConnectionLimits, Health, Metrics, Page, ServerOptions, connections, logs, metrics, router,
};
use microraiden::tls::Trust;
use shop::Shop;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long after its start the server compresses what nobody has asked for yet.
const START: Duration = Duration::from_secs(5);
/// What the program waits for the store when it ends.
const LONGEST_FAREWELL: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<()> {
    logs::start()?;
    let arguments = Arguments::read()?;
    let key = arguments.key.read()?;
    let trust = Trust::new(arguments.ca_file.as_deref())?;
    let public_rpc_url = arguments.public_rpc_url()?;
    let goods = arguments.goods(&trust)?;
    let page = arguments.page()?;
    compress_later(page.clone());
    let transport = HttpTransport::several(&arguments.rpc_url, &trust)?;

    let health = Health::new(arguments.longest_silence());
    let (metrics, metrics_url) = start_metrics(arguments.metrics, &health).await?;
    let mut stopped = Box::pin(stopped());
    let shop = Shop::open(
        &arguments,
        key,
        &trust,
        &transport,
        &health,
        metrics.as_ref(),
    );
    let shop = tokio::select! {
        shop = shop => shop?,
        () = &mut stopped => return Ok(()),
    };
    let (end, ended) = oneshot::channel::<()>();
    let ended = async { drop(ended.await) };
    let following = shop.watcher.follow_until(arguments.poll_interval(), ended);
    let following = tokio::spawn(following);

    let address = shop.receiver.address();
    let options = ServerOptions {
        goods,
        page,
        access: arguments.access()?,
        answers: arguments.answers(),
        credential_origins: arguments.credential_origins(),
        limits: arguments.request_limits()?,
        trusted_proxies: arguments.trusted_proxies.clone(),
        metrics,
        token_label: shop.token_label,
        public_rpc_url,
        faucet: arguments.faucet,
        start_block: shop.start_block,
        node: Node::new(transport),
    };
    let app = router(shop.receiver, options);
    let socket = listen(arguments.listen).await?;
    let url = format!("http://{}", socket.local_addr()?);
    println!("listening on {url} receiver {address}{metrics_url}");
    connections::serve(socket, app, arguments.connection_limits()?, stopped).await;
    drop(end);
    // Another process follows the chain at once if it is told, and soon if not.
    let _ = timeout(LONGEST_FAREWELL, following).await;
    logs::end();
    Ok(())
}

/// After the start, which needs the cores itself. A visitor who comes earlier waits for the files asked for.
fn compress_later(page: Page) {
    tokio::spawn(async move {
        tokio::time::sleep(START).await;
        let compress = move || page.compress();
        tokio::task::spawn_blocking(compress).await
    });
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} can't be listened on"))
}

/// What is counted, and where it is told, if anywhere.
async fn start_metrics(
    at: Option<SocketAddr>,
    health: &Health,
) -> Result<(Option<Arc<Metrics>>, String)> {
    let Some(address) = at else {
        return Ok((None, String::new()));
    };
    let metrics = Arc::new(Metrics::new());
    let served = metrics::router(Arc::clone(&metrics), health.clone());
    let url = serve_metrics(address, served).await?;
    Ok((Some(metrics), format!(" metrics {url}")))
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
