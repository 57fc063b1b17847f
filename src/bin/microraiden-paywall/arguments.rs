//! The server's settings: the command line and the file that it names.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{CommandFactory, Parser};
use microraiden::paywall::config::{self, ConfigError, Settings};
use microraiden::paywall::cors::CredentialOrigins;
use microraiden::paywall::secrets::read_private;
use microraiden::paywall::{
    Access, AdminSecret, AnswerFormat, ConnectionLimits, Content, Goods, HostName, KeyOptions,
    Page, PageFiles, PageSettings, Prices, RateLimit, RequestLimits, SaleOptions, TermOptions,
    Timeouts, TrustedProxies, Upstream, UpstreamUrl,
};
use microraiden::protocol::{Address, Amount, network};
use microraiden::receiver::HeadAge;
use microraiden::tls::Trust;
use zeroize::Zeroizing;

use super::patience::Limit;

/// Sells the files of a folder, or what another server answers, over µRaiden channels.
#[derive(Parser)]
#[command(version, about, args_override_self = true)]
pub(super) struct Arguments {
    /// A TOML file with these settings, named like the options without --; options given here count
    /// instead of those in the file. It may be for several sites, as docs/paywall.md says
    #[arg(long)]
    pub(super) config: Option<PathBuf>,
    /// The Ethereum node: http:// or https://. Several, with commas between them or each with this
    /// option, are held against each other, and stand in for one that fails. In the file: a list
    #[arg(long, required = true, value_delimiter = ',')]
    pub(super) rpc_url: Vec<String>,
    /// A PEM file with certificate authorities that are believed besides those of the system: for the
    /// node, the upstream and the database
    #[arg(long)]
    pub(super) ca_file: Option<PathBuf>,
    /// The channel manager contract: an address, or a published one by its name, as in mainnet-0.2
    #[arg(long, value_parser = parse_contract)]
    pub(super) contract: Address,
    /// The folder of files to be sold
    #[arg(
        long,
        required_unless_present = "upstream",
        overrides_with = "upstream"
    )]
    pub(super) files: Option<PathBuf>,
    /// The server to be sold instead of files, as in http://127.0.0.1:8080; https:// as well
    #[arg(long, overrides_with = "files")]
    pub(super) upstream: Option<UpstreamUrl>,
    /// Seconds to wait for a connection to that server; then the answer is 502
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) upstream_connect_timeout: u64,
    /// Seconds to wait for the head of its answer; then the answer is 504
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) upstream_response_timeout: u64,
    /// Seconds to keep an idle connection to it for the next request; less than it keeps them
    #[arg(long, default_value_t = 4)]
    pub(super) upstream_keep_alive: u64,
    /// Seconds that server may be silent within an answer, and both sides of a WebSocket; then the
    /// answer breaks off
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) upstream_idle_timeout: u64,
    /// Seconds for which the payment for a request that the upstream redirects covers the request that
    /// follows, once; 0: each has its own price
    #[arg(long, default_value_t = 60)]
    pub(super) redirect_ticket: u64,
    /// What each request costs, in token base units
    #[arg(long)]
    pub(super) price: Amount,
    /// The price of the paths of a pattern, as in /doggo.jpg=3 or /free/{*rest}=0; 0 gives away
    #[arg(long, value_name = "PATH=PRICE", value_parser = parse_price)]
    pub(super) price_for: Vec<(String, Amount)>,
    /// Where to listen; port 0 takes any free one
    #[arg(long, default_value = "127.0.0.1:5000")]
    pub(super) listen: SocketAddr,
    /// The folder of the page. In the file: also `folder` in the table `page`, which holds what the
    /// publisher says
    #[arg(long, default_value = "www")]
    pub(super) page: PathBuf,
    /// The folder of the npm package
    #[arg(long, default_value = "pkg")]
    pub(super) package: PathBuf,
    /// Requests a second, and at once, from one address; an IPv6 client is known by its first 64
    /// bits. More are answered 429. 0: no limit
    #[arg(long, default_value_t = 5000)]
    pub(super) requests_per_address: u32,
    /// Payments a second, and at once, of one sender. More are answered 429, and nothing is taken
    /// for them. 0: no limit
    #[arg(long, default_value_t = 1000)]
    pub(super) payments_per_sender: u32,
    /// Reverse proxies whose X-Forwarded-For says where requests come from, as in
    /// 127.0.0.1,10.0.0.0/8; of others it is not believed
    #[arg(long, default_value = "", hide_default_value = true, value_parser = parse_proxies)]
    pub(super) trusted_proxies: TrustedProxies,
    /// Bytes of a request's body that the paywall itself reads; a longer one is answered 413. Bodies
    /// for an upstream may be of any length
    #[arg(long, default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1024..))]
    pub(super) max_body_bytes: u32,
    /// Connections at a time, WebSockets included; further ones wait until one ends
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_connections: u32,
    /// Connections at a time from one address, of which an IPv6 client is known by its first 64 bits;
    /// further ones are closed. Those of --trusted-proxies are not counted. 0: no limit
    #[arg(long, default_value_t = 1000)]
    pub(super) connections_per_address: u32,
    /// Seconds for the head of a request to arrive, and for a connection to be idle; then it is closed
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) head_timeout: u64,
    /// Seconds for the next piece of a request's body, and for all of one that the paywall itself reads;
    /// then the answer is 408 and the connection is closed
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) body_timeout: u64,
    /// Seconds for a client to read on once the system holds as much of its answer as it can; then the
    /// connection is closed
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) write_timeout: u64,
    /// Bytes of a request's head; a longer one is answered 431
    #[arg(long, default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1024..))]
    pub(super) max_head_bytes: u32,
    /// Headers of a request; more are answered 431
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(20..))]
    pub(super) max_headers: u16,
    /// Where to serve metrics for Prometheus, at /metrics, as in 127.0.0.1:9100, and the program's state, at
    /// /health and /ready; they are for the owner alone
    #[arg(long)]
    pub(super) metrics: Option<SocketAddr>,
    /// Seconds for which the program waits at its start for a node or a store that does not answer yet;
    /// without a number for ever. Default: it refuses to start
    #[arg(long, value_name = "SECONDS")]
    wait: Option<Option<u64>>,
    /// How many blocks, its own included, confirm a channel or top up
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) confirmations: u64,
    #[command(flatten)]
    pub(super) terms: TermOptions,
    #[command(flatten)]
    pub(super) sale: SaleOptions,
    /// The block from which the chain is searched for channels; default: as published, else 0
    #[arg(long)]
    pub(super) start_block: Option<u64>,
    /// Milliseconds between two looks at the chain
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(10..))]
    poll_interval_ms: u64,
    /// Seconds since the newest block was made, after which nothing is sold, because the node seems to
    /// stand still; 0: never. Default: what 25 blocks take, and two minutes at least; on development
    /// chains (1337, 31337) 0
    #[arg(long, value_name = "SECONDS")]
    pub(super) max_head_age: Option<u64>,
    /// The node that the page uses with a local key; default: the first --rpc-url, if that is a host
    /// and port and nothing that could be a secret
    #[arg(long)]
    pub(super) public_rpc_url: Option<String>,
    /// An account of a development node that gives test money away
    #[arg(long)]
    pub(super) faucet: Option<Address>,
    /// The file that keeps the channels, and with them what was earned; made if it is missing. Or
    /// the URL of a PostgreSQL database, if built with the feature `postgres`; with sslmode=require
    /// the connection is encrypted. Default: a file for
    /// chain, contract and receiver in $XDG_STATE_HOME/microraiden or ~/.local/state/microraiden
    #[arg(long, env = "MICRORAIDEN_STORE", hide_env_values = true)]
    pub(super) store: Option<String>,
    /// Origins whose pages may send credentials (cookies, Authorization) with their requests; others may
    /// pay without. Answers of an --upstream keep its own policy
    #[arg(long, value_name = "https://app.example,...")]
    pub(super) credential_origins: Option<CredentialOrigins>,
    /// Answer like the original server: programs get an empty body with a 402 and other reasons as JSON
    /// strings, instead of application/problem+json; browsers get text/html without a charset. Read
    /// requests like it: empty payment headers count as missing, hex may lack 0x, numbers may begin with +
    #[arg(long)]
    pub(super) original_answers: bool,
    /// Show channels to anybody, and agree to closing one for anybody who knows its balance, like the
    /// original server. Without it senders are asked for a signature, which older clients can't
    /// give: they pay as ever, but are not shown their channels and close on the chain alone
    #[arg(long)]
    pub(super) original_access: bool,
    /// A file with the secret (16 characters or more) by which the administrator is known; default:
    /// the environment variable MICRORAIDEN_ADMIN_SECRET, else nobody is
    #[arg(long)]
    pub(super) admin_secret_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) key: KeyOptions,
    #[arg(skip)]
    publisher: PageSettings,
}

/// One of the sites, or the only one.
pub(super) struct SiteArguments {
    /// `None`: it is the only one.
    pub(super) named: Option<SiteNames>,
    pub(super) arguments: Arguments,
}

/// How clients and logs call a site.
#[derive(Clone)]
pub(super) struct SiteNames {
    pub(super) name: String,
    pub(super) hosts: Vec<HostName>,
    pub(super) is_default: bool,
    /// Where it is in the file.
    pub(super) place: String,
}

impl SiteArguments {
    pub(super) fn name(&self) -> Option<&str> {
        self.named.as_ref().map(|named| named.name.as_str())
    }

    /// An error of this site says so.
    pub(super) fn context<T>(&self, result: Result<T>) -> Result<T> {
        match &self.named {
            Some(named) => result.with_context(|| format!("{}, {}", named.place, named.name)),
            None => result,
        }
    }
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

/// The settings of a file.
pub(super) fn settings(text: &str) -> Result<Settings, ConfigError> {
    let command = Arguments::command();
    let is_known = |key: &str| {
        let mut options = command.get_arguments();
        key != "config" && options.any(|option| option.get_long() == Some(key))
    };
    config::read(text, is_known)
}

impl Arguments {
    /// The command line, after the settings of the file that it names: for each site of the file, or for one.
    pub(super) fn read() -> Result<Vec<SiteArguments>> {
        let mut line = std::env::args_os();
        let program = line.next().unwrap_or_default();
        let line: Vec<OsString> = line.collect();
        // What is wrong with the line is said below, once the file is known too.
        let named = Self::command()
            .ignore_errors(true)
            .try_get_matches_from(std::env::args_os());
        let file = named
            .ok()
            .and_then(|named| named.get_one::<PathBuf>("config").cloned());
        let mut settings = Settings::default();
        if let Some(file) = &file {
            let name = file.display();
            let text =
                std::fs::read_to_string(file).with_context(|| format!("{name} can't be read"))?;
            settings = self::settings(&text).with_context(|| format!("{name} can't be used"))?;
        }
        // Nodes that are named here are not added to those of the file.
        let is_node = |text: &OsString| text.to_string_lossy().starts_with("--rpc-url");
        let names_nodes = line.iter().any(is_node);
        let whole = |mut settings: Vec<String>| {
            if names_nodes {
                settings.retain(|setting| !setting.starts_with("--rpc-url="));
            }
            let named = settings.into_iter().map(OsString::from);
            let program = std::iter::once(program.clone());
            program.chain(named).chain(line.clone()).collect::<Vec<_>>()
        };
        if settings.sites.is_empty() {
            let arguments = Self {
                publisher: settings.page,
                ..Self::parse_from(whole(settings.arguments))
            };
            return Ok(vec![SiteArguments {
                named: None,
                arguments,
            }]);
        }
        let file = file.unwrap_or_default();
        let sites = settings.sites.into_iter().map(|site| {
            let place = format!("{}, {}", file.display(), site.place);
            let parsed = Self::try_parse_from(whole(site.arguments.clone()));
            let arguments = match parsed {
                Ok(arguments) => Self {
                    publisher: site.page.clone(),
                    ..arguments
                },
                Err(error) if !error.use_stderr() => error.exit(),
                Err(error) => bail!("{place}: {error}"),
            };
            let named = Some(SiteNames {
                name: site.name().to_owned(),
                hosts: site.hosts,
                is_default: site.is_default,
                place,
            });
            Ok(SiteArguments { named, arguments })
        });
        sites.collect()
    }

    /// The page, with what its publisher says. `read` keeps the files of folders for other sites.
    pub(super) fn page(&self, read: &mut HashMap<PathBuf, PageFiles>) -> Result<Page> {
        if let Some(warning) = self.publisher.warning() {
            tracing::warn!("{warning}");
        }
        let mut page = || {
            let files = match read.get(&self.page) {
                Some(files) => files.clone(),
                None => {
                    let files = PageFiles::read(&self.page, &self.package)?;
                    read.insert(self.page.clone(), files.clone());
                    files
                }
            };
            Page::with_files(&files, self.publisher.clone())
        };
        page().with_context(|| format!("the page in {} can't be used", self.page.display()))
    }

    /// The node that the page is told of.
    pub(super) fn public_rpc_url(&self) -> Result<String> {
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

    /// What each path costs.
    pub(super) fn prices(&self) -> Result<Prices> {
        let mut prices = Prices::new(self.price);
        // Of two prices for one pattern the later one counts, which is the command line's.
        let by_pattern: BTreeMap<_, _> = self.price_for.iter().cloned().collect();
        for (pattern, price) in &by_pattern {
            prices = prices.with(pattern, *price)?;
        }
        Ok(prices)
    }

    pub(super) fn goods(&self, trust: &Trust) -> Result<Goods> {
        let prices = self.prices()?;
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
                let upstream = Upstream::new(url.clone(), timeouts, trust)
                    .idle_timeout(idle)
                    .cover_redirects(Duration::from_secs(self.redirect_ticket));
                Ok(Goods::Server { upstream, prices })
            }
            _ => bail!("say with either --files or --upstream what is sold"),
        }
    }

    /// How long the start waits for what does not answer.
    pub(super) fn patience(&self) -> Limit {
        match self.wait {
            None => Limit::After(Duration::ZERO),
            Some(None) => Limit::Never,
            Some(Some(seconds)) => Limit::After(Duration::from_secs(seconds)),
        }
    }

    /// Between two polls of the chain.
    pub(super) fn poll_interval(&self) -> Duration {
        Duration::from_millis(self.poll_interval_ms)
    }

    /// A node that was not heard for longer counts as lost.
    pub(super) fn longest_silence(&self) -> Duration {
        let polls = self.poll_interval().saturating_mul(3);
        Duration::from_secs(60).max(polls)
    }

    pub(super) fn head_age(&self, chain_id: u64) -> HeadAge {
        match self.max_head_age {
            None => HeadAge::of_chain(chain_id),
            Some(0) => HeadAge::Any,
            Some(seconds) => HeadAge::AtMost(Duration::from_secs(seconds)),
        }
    }

    pub(super) fn connection_limits(&self) -> Result<ConnectionLimits> {
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

    pub(super) fn request_limits(&self) -> Result<RequestLimits> {
        Ok(RequestLimits {
            per_address: rate(self.requests_per_address),
            per_sender: rate(self.payments_per_sender),
            body: usize::try_from(self.max_body_bytes)?,
            body_time: Duration::from_secs(self.body_timeout),
        })
    }

    pub(super) fn access(&self) -> Result<Access> {
        Ok(Access {
            original: self.original_access,
            admin: read_admin_secret(self.admin_secret_file.as_deref())?,
        })
    }

    pub(super) fn credential_origins(&self) -> CredentialOrigins {
        self.credential_origins.clone().unwrap_or_default()
    }

    pub(super) fn answers(&self) -> AnswerFormat {
        match self.original_answers {
            true => AnswerFormat::Original,
            false => AnswerFormat::Problem,
        }
    }
}

fn rate(per_second: u32) -> Option<RateLimit> {
    NonZeroU32::new(per_second).map(RateLimit::per_second)
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
