//! Sells the files of a folder, or what another server answers, over µRaiden channels.

#[path = "microraiden-paywall/arguments.rs"]
mod arguments;
#[path = "microraiden-paywall/patience.rs"]
mod patience;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use arguments::Arguments;
use axum::Router;
use microraiden::chain::Node;
use microraiden::chain::http::{Endpoint, HttpTransport};
use microraiden::paywall::{
    ConnectionLimits, Health, Metrics, Page, ServerOptions, connections, logs, metrics, router,
};
use microraiden::receiver::{Identity, Receiver, Watcher, contract};
use microraiden::tls::Trust;
use patience::Patience;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<()> {
    logs::start()?;
    let arguments = Arguments::read()?;
    let key = arguments.key.read()?;
    let trust = Trust::new(arguments.ca_file.as_deref())?;
    let public_rpc_url = arguments.public_rpc_url()?;
    let goods = arguments.goods(&trust)?;
    let page = Page::read(&arguments.page)
        .with_context(|| format!("the page in {} can't be used", arguments.page.display()))?;

    let transport = HttpTransport::several(&arguments.rpc_url, &trust)?;
    let nodes = transport.nodes();
    let node = Node::new(transport);
    let interval = Duration::from_millis(arguments.poll_interval_ms);
    let health = Health::new(Duration::from_secs(60).max(interval.saturating_mul(3)));
    let metrics = arguments.metrics.map(|_| Arc::new(Metrics::new()));
    let mut metrics_url = String::new();
    if let (Some(address), Some(metrics)) = (arguments.metrics, &metrics) {
        let served = metrics::router(Arc::clone(metrics), health.clone());
        metrics_url = format!(" metrics {}", serve_metrics(address, served).await?);
    }
    let mut stopped = Box::pin(stopped());
    let patience = Patience::new(arguments.wait, &health);
    let begun = async {
        let (contract, token_label) = patience.find_contract(&node, arguments.contract).await?;
        contract::check_chain(&nodes, &contract).await?;
        let identity = Identity::new(&contract, key.address());
        let place = arguments.store.as_deref();
        let store = patience.open_store(place, &identity, &trust).await?;
        anyhow::Ok((contract, token_label, store))
    };
    let (contract, token_label, store) = tokio::select! {
        begun = begun => begun?,
        () = &mut stopped => return Ok(()),
    };
    let start_block = arguments.start_block.unwrap_or(contract.start_block.into());
    let store = match &metrics {
        Some(metrics) => metrics.measured(store),
        None => store,
    };
    let terms = arguments.sale.add_to(arguments.terms.terms(&contract));
    let receiver = Arc::new(Receiver::new(contract, key, store).with_terms(terms));
    health.follows(&receiver);
    let watched = Arc::clone(&receiver);
    let mut watcher = Watcher::over(nodes, watched, arguments.confirmations, start_block)
        .with_head_age(arguments.head_age(contract.chain_id));
    // Payments are possible only once the channels are known.
    tokio::select! {
        () = first_poll(&mut watcher, interval) => {}
        () = &mut stopped => return Ok(()),
    }
    tokio::spawn(watcher.follow(interval));

    let address = receiver.address();
    let options = ServerOptions {
        goods,
        page,
        access: arguments.access()?,
        answers: arguments.answers(),
        credential_origins: arguments.credential_origins(),
        limits: arguments.request_limits()?,
        trusted_proxies: arguments.trusted_proxies.clone(),
        metrics,
        token_label,
        public_rpc_url,
        faucet: arguments.faucet,
        start_block,
        node,
    };
    let app = router(receiver, options, &arguments.page, &arguments.package);
    let socket = listen(arguments.listen).await?;
    println!(
        "listening on http://{} receiver {address}{metrics_url}",
        socket.local_addr()?
    );
    connections::serve(socket, app, arguments.connection_limits()?, stopped).await;
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} can't be listened on"))
}

/// Polls the chain until everything up to its head is known, however long that takes.
async fn first_poll(watcher: &mut Watcher<Endpoint>, interval: Duration) {
    tracing::info!("reading the chain before anything is sold");
    // The watcher logs what is in the way.
    while watcher.poll().await.is_err() {
        tokio::time::sleep(interval).await;
    }
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
