//! Sells the files of a folder, or what another server answers, over µRaiden channels.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use clap::{CommandFactory, Parser};
use microraiden::chain::Node;
use microraiden::chain::http::{Endpoint, HttpTransport};
use microraiden::paywall::config;
use microraiden::paywall::secrets::read_private;
use microraiden::paywall::{
    Access, AdminSecret, AnswerFormat, ConnectionLimits, Content, Goods, KeyOptions, Metrics, Page,
    Prices, RateLimit, RequestLimits, SaleOptions, ServerOptions, TermOptions, Timeouts,
    TokenLabel, TrustedProxies, Upstream, UpstreamUrl, connections, logs, metrics, router,
};
use microraiden::protocol::{Address, Amount, network};
use microraiden::receiver::{HeadAge, Identity, Receiver, Watcher, contract, store};
use microraiden::tls::Trust;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

/// Sells the files of a folder, or what another server answers, over µRaiden channels.
#[derive(Parser)]
#[command(version, about, args_override_self = true)]
struct Arguments {
    /// A TOML file with these settings, named like the options without --; options given here count
    /// instead of those in the file
    #[arg(long)]
    config: Option<PathBuf>,
    /// The Ethereum node: http:// or https://. Several, with commas between them or each with this
    /// option, are held against each other, and stand in for one that fails. In the file: a list
    #[arg(long, required = true, value_delimiter = ',')]
    rpc_url: Vec<String>,
    /// A PEM file with certificate authorities that are believed besides those of the system: for the
    /// node, the upstream and the database
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// The channel manager contract: an address, or a published one by its name, as in mainnet-0.2
    #[arg(long, value_parser = parse_contract)]
    contract: Address,
    /// The folder of files to be sold
    #[arg(
        long,
        required_unless_present = "upstream",
        overrides_with = "upstream"
    )]
    files: Option<PathBuf>,
    /// The server to be sold instead of files, as in http://127.0.0.1:8080; https:// as well
    #[arg(long, overrides_with = "files")]
    upstream: Option<UpstreamUrl>,
    /// Seconds to wait for a connection to that server; then the answer is 502
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    upstream_connect_timeout: u64,
    /// Seconds to wait for the head of its answer; then the answer is 504
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    upstream_response_timeout: u64,
    /// Seconds to keep an idle connection to it for the next request; less than it keeps them
    #[arg(long, default_value_t = 4)]
    upstream_keep_alive: u64,
    /// Seconds that server may be silent within an answer, and both sides of a WebSocket; then the
    /// answer breaks off
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    upstream_idle_timeout: u64,
    /// What each request costs, in token base units
    #[arg(long)]
    price: Amount,
    /// The price of the paths of a pattern, as in /doggo.jpg=3 or /free/{*rest}=0; 0 gives away
    #[arg(long, value_name = "PATH=PRICE", value_parser = parse_price)]
    price_for: Vec<(String, Amount)>,
    /// Where to listen; port 0 takes any free one
    #[arg(long, default_value = "127.0.0.1:5000")]
    listen: SocketAddr,
    /// The folder of the page
    #[arg(long, default_value = "www")]
    page: PathBuf,
    /// The folder of the npm package
    #[arg(long, default_value = "pkg")]
    package: PathBuf,
    /// Requests a second, and at once, from one address; an IPv6 client is known by its first 64
    /// bits. More are answered 429. 0: no limit
    #[arg(long, default_value_t = 5000)]
    requests_per_address: u32,
    /// Payments a second, and at once, of one sender. More are answered 429, and nothing is taken
    /// for them. 0: no limit
    #[arg(long, default_value_t = 1000)]
    payments_per_sender: u32,
    /// Reverse proxies whose X-Forwarded-For says where requests come from, as in
    /// 127.0.0.1,10.0.0.0/8; of others it is not believed
    #[arg(long, default_value = "", hide_default_value = true, value_parser = parse_proxies)]
    trusted_proxies: TrustedProxies,
    /// Bytes of a request's body that the paywall itself reads; a longer one is answered 413. Bodies
    /// for an upstream may be of any length
    #[arg(long, default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1024..))]
    max_body_bytes: u32,
    /// Connections at a time, WebSockets included; further ones wait until one ends
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,
    /// Connections at a time from one address, of which an IPv6 client is known by its first 64 bits;
    /// further ones are closed. Those of --trusted-proxies are not counted. 0: no limit
    #[arg(long, default_value_t = 1000)]
    connections_per_address: u32,
    /// Seconds for the head of a request to arrive, and for a connection to be idle; then it is closed
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    head_timeout: u64,
    /// Seconds for the next piece of a request's body, and for all of one that the paywall itself reads;
    /// then the answer is 408 and the connection is closed
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    body_timeout: u64,
    /// Seconds for a client to read on once the system holds as much of its answer as it can; then the
    /// connection is closed
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    write_timeout: u64,
    /// Bytes of a request's head; a longer one is answered 431
    #[arg(long, default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1024..))]
    max_head_bytes: u32,
    /// Headers of a request; more are answered 431
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(20..))]
    max_headers: u16,
    /// Where to serve metrics for Prometheus, at /metrics, as in 127.0.0.1:9100; they are for the
    /// owner alone
    #[arg(long)]
    metrics: Option<SocketAddr>,
    /// How many blocks, its own included, confirm a channel or top up
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    confirmations: u64,
    #[command(flatten)]
    terms: TermOptions,
    #[command(flatten)]
    sale: SaleOptions,
    /// The block from which the chain is searched for channels; default: as published, else 0
    #[arg(long)]
    start_block: Option<u64>,
    /// Milliseconds between two looks at the chain
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(10..))]
    poll_interval_ms: u64,
    /// Seconds since the newest block was made, after which nothing is sold, because the node seems to
    /// stand still; 0: never. Default: what 25 blocks take, and two minutes at least; on development
    /// chains (1337, 31337) 0
    #[arg(long, value_name = "SECONDS")]
    max_head_age: Option<u64>,
    /// The node that the page uses with a local key; default: the first --rpc-url, if that is a host
    /// and port and nothing that could be a secret
    #[arg(long)]
    public_rpc_url: Option<String>,
    /// An account of a development node that gives test money away
    #[arg(long)]
    faucet: Option<Address>,
    /// The file that keeps the channels, and with them what was earned; made if it is missing. Or
    /// the URL of a PostgreSQL database, if built with the feature `postgres`; with sslmode=require
    /// the connection is encrypted. Default: a file for
    /// chain, contract and receiver in $XDG_STATE_HOME/microraiden or ~/.local/state/microraiden
    #[arg(long, env = "MICRORAIDEN_STORE", hide_env_values = true)]
    store: Option<String>,
    /// Answer programs like the original server: an empty body with a 402, other reasons as JSON
    /// strings, instead of application/problem+json
    #[arg(long)]
    original_answers: bool,
    /// Show channels to anybody, and agree to closing one for anybody who knows its balance, like the
    /// original server. Without it senders are asked for a signature, which older clients can't
    /// give: they pay as ever, but are not shown their channels and close on the chain alone
    #[arg(long)]
    original_access: bool,
    /// A file with the secret (16 characters or more) by which the administrator is known; default:
    /// the environment variable MICRORAIDEN_ADMIN_SECRET, else nobody is
    #[arg(long)]
    admin_secret_file: Option<PathBuf>,
    #[command(flatten)]
    key: KeyOptions,
}

fn parse_price(text: &str) -> Result<(String, Amount)> {
    let (path, price) = text.rsplit_once('=').context("expected PATH=PRICE")?;
    Ok((path.to_owned(), price.parse()?))
}

fn parse_proxies(text: &str) -> Result<TrustedProxies> {
    if text.is_empty() {
        return Ok(TrustedProxies::default());
    }
    Ok(text.parse()?)
}

fn parse_contract(text: &str) -> Result<Address> {
    match network::by_name(text) {
        Some(preset) => Ok(preset.manager.address),
        None => Ok(text.parse()?),
    }
}

/// The command line, after the settings of the file that it names.
fn read_arguments() -> Result<Arguments> {
    let mut line = std::env::args_os();
    let program = line.next().unwrap_or_default();
    let line: Vec<OsString> = line.collect();
    // What is wrong with the line is said below, once the file is known too.
    let named = Arguments::command()
        .ignore_errors(true)
        .try_get_matches_from(std::env::args_os());
    let file = named
        .ok()
        .and_then(|named| named.get_one::<PathBuf>("config").cloned());
    let mut settings = Vec::new();
    if let Some(file) = file {
        let name = file.display();
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("{name} can't be read"))?;
        let command = Arguments::command();
        let is_known = |key: &str| {
            let mut options = command.get_arguments();
            key != "config" && options.any(|option| option.get_long() == Some(key))
        };
        settings =
            config::arguments(&text, is_known).with_context(|| format!("{name} can't be used"))?;
    }
    // Nodes that are named here are not added to those of the file.
    let is_node = |text: &OsString| text.to_string_lossy().starts_with("--rpc-url");
    if line.iter().any(is_node) {
        settings.retain(|setting| !setting.starts_with("--rpc-url="));
    }
    let settings = settings.into_iter().map(OsString::from);
    let all = std::iter::once(program).chain(settings).chain(line);
    Ok(Arguments::parse_from(all))
}

#[tokio::main]
async fn main() -> Result<()> {
    logs::start()?;
    let arguments = read_arguments()?;
    let key = arguments.key.read()?;
    let trust = Trust::new(arguments.ca_file.as_deref())?;
    let public_rpc_url = arguments.public_rpc_url()?;
    let goods = arguments.goods(&trust)?;
    let page = Page::read(&arguments.page)
        .with_context(|| format!("the page in {} can't be used", arguments.page.display()))?;

    let transport = HttpTransport::several(&arguments.rpc_url, &trust)?;
    let nodes = transport.nodes();
    let node = Node::new(transport);
    let contract = contract::find(&node, arguments.contract).await?;
    contract::check_chain(&nodes, &contract).await?;
    let token_label = TokenLabel::read(&node, contract.token)
        .await
        .context("the token could not be asked what it is called")?;
    let start_block = arguments.start_block.unwrap_or(contract.start_block.into());
    let identity = Identity::new(&contract, key.address());
    let store = store::open_at(arguments.store.as_deref(), &identity, &trust).await?;
    let metrics = arguments.metrics.map(|_| Arc::new(Metrics::new()));
    let store = match &metrics {
        Some(metrics) => metrics.measured(store),
        None => store,
    };
    let terms = arguments.sale.add_to(arguments.terms.terms(&contract));
    let receiver = Arc::new(Receiver::new(contract, key, store).with_terms(terms));
    let watched = Arc::clone(&receiver);
    let mut watcher = Watcher::over(nodes, watched, arguments.confirmations, start_block)
        .with_head_age(arguments.head_age(contract.chain_id));
    let mut metrics_url = String::new();
    if let (Some(address), Some(metrics)) = (arguments.metrics, &metrics) {
        let served = metrics::router(Arc::clone(metrics), Arc::clone(&receiver));
        metrics_url = format!(" metrics {}", serve_metrics(address, served).await?);
    }
    let interval = Duration::from_millis(arguments.poll_interval_ms);
    let mut stopped = Box::pin(stopped());
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
        access: Access {
            original: arguments.original_access,
            admin: read_admin_secret(arguments.admin_secret_file.as_deref())?,
        },
        answers: match arguments.original_answers {
            true => AnswerFormat::Original,
            false => AnswerFormat::Problem,
        },
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

impl Arguments {
    /// The node that the page is told of.
    fn public_rpc_url(&self) -> Result<String> {
        if let Some(named) = &self.public_rpc_url {
            return Ok(named.clone());
        }
        match self.rpc_url.first().filter(|url| is_public(url)) {
            Some(url) => Ok(url.clone()),
            None => bail!(
                "browsers are told which node to ask, and --rpc-url may hold a secret: name a node \
                 for them with --public-rpc-url"
            ),
        }
    }

    fn goods(&self, trust: &Trust) -> Result<Goods> {
        let mut prices = Prices::new(self.price);
        // Of two prices for one pattern the later one counts, which is the command line's.
        let by_pattern: BTreeMap<_, _> = self.price_for.iter().cloned().collect();
        for (pattern, price) in &by_pattern {
            prices = prices.with(pattern, *price)?;
        }
        match (&self.files, &self.upstream) {
            (Some(folder), None) => {
                let content = Content::new(folder, prices)
                    .with_context(|| format!("the folder {} can't be read", folder.display()))?;
                Ok(Goods::Files(content))
            }
            (None, Some(url)) => {
                let timeouts = Timeouts {
                    connect: Duration::from_secs(self.upstream_connect_timeout),
                    response: Duration::from_secs(self.upstream_response_timeout),
                    keep_alive: Duration::from_secs(self.upstream_keep_alive),
                };
                let idle = Duration::from_secs(self.upstream_idle_timeout);
                let upstream = Upstream::new(url.clone(), timeouts, trust).idle_timeout(idle);
                Ok(Goods::Server { upstream, prices })
            }
            _ => bail!("say with either --files or --upstream what is sold"),
        }
    }

    fn head_age(&self, chain_id: u64) -> HeadAge {
        match self.max_head_age {
            None => HeadAge::of_chain(chain_id),
            Some(0) => HeadAge::Any,
            Some(seconds) => HeadAge::AtMost(Duration::from_secs(seconds)),
        }
    }

    fn connection_limits(&self) -> Result<ConnectionLimits> {
        Ok(ConnectionLimits {
            max: usize::try_from(self.max_connections)?,
            per_address: usize::try_from(self.connections_per_address)?,
            trusted_proxies: self.trusted_proxies.clone(),
            head_timeout: Duration::from_secs(self.head_timeout),
            body_timeout: Duration::from_secs(self.body_timeout),
            write_timeout: Duration::from_secs(self.write_timeout),
            head_bytes: usize::try_from(self.max_head_bytes)?,
            headers: self.max_headers.into(),
        })
    }

    fn request_limits(&self) -> Result<RequestLimits> {
        Ok(RequestLimits {
            per_address: rate(self.requests_per_address),
            per_sender: rate(self.payments_per_sender),
            body: usize::try_from(self.max_body_bytes)?,
            body_time: Duration::from_secs(self.body_timeout),
        })
    }
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

fn rate(per_second: u32) -> Option<RateLimit> {
    NonZeroU32::new(per_second).map(RateLimit::per_second)
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

fn read_admin_secret(file: Option<&Path>) -> Result<Option<AdminSecret>> {
    let text = match file {
        Some(file) => Some(read_private(file)?),
        None => std::env::var("MICRORAIDEN_ADMIN_SECRET")
            .ok()
            .map(Zeroizing::new),
    };
    let secret = text.map(|text| AdminSecret::new(text.trim()));
    Ok(secret.transpose()?)
}

/// Whether a URL is nothing but a host and a port: access tokens are in the rest.
fn is_public(url: &str) -> bool {
    let Ok(url) = url.parse::<axum::http::Uri>() else {
        return false;
    };
    let bare = url
        .authority()
        .is_some_and(|host| !host.as_str().contains('@'));
    bare && url.path() == "/" && url.query().is_none()
}
