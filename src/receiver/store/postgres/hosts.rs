//! Connecting to one of several hosts: the one that takes writes.
//!
//! Each gets its share of the time. A host that is dark, or accepts connections and says nothing, would otherwise use it
//! up, and no other one were ever tried.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use deadpool_postgres::Connect;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::Host;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Error, Socket};
use tracing::debug;

use super::database::WAIT;

type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

pub(super) struct Hosts<T> {
    /// The settings of each.
    each: Vec<Config>,
    tls: T,
    /// The one that was connected to last, which is tried first.
    newest: AtomicUsize,
}

impl<T> Hosts<T> {
    pub(super) fn new(config: &Config, tls: T) -> Self {
        let hosts = config.get_hosts().len().max(config.get_hostaddrs().len());
        let fits = |count: usize| count == 0 || count == hosts;
        // What does not fit together, the library refuses.
        let several = fits(config.get_hosts().len())
            && fits(config.get_hostaddrs().len())
            && (config.get_ports().len() < 2 || fits(config.get_ports().len()));
        let each = match several {
            true => (0..hosts).map(|index| only(config, index)).collect(),
            false => vec![config.clone()],
        };
        Self {
            each,
            tls,
            newest: AtomicUsize::new(0),
        }
    }
}

impl<T> Connect for Hosts<T>
where
    T: MakeTlsConnect<Socket> + Clone + Sync + Send,
    T::Stream: Sync + Send + 'static,
    T::TlsConnect: Sync + Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    fn connect(&self, _: &Config) -> Connecting<'_> {
        Box::pin(async move {
            let count = self.each.len();
            let share = WAIT / u32::try_from(count).unwrap_or(1).max(1);
            let first = self.newest.load(Ordering::Relaxed);
            let mut refused = None;
            for index in (0..count).map(|step| (first + step) % count) {
                let Some(config) = self.each.get(index) else {
                    continue;
                };
                match timeout(share, config.connect(self.tls.clone())).await {
                    Ok(Ok((client, connection))) => {
                        self.newest.store(index, Ordering::Relaxed);
                        let carry = tokio::spawn(async move {
                            if let Err(error) = connection.await {
                                debug!(%error, "a session with the database has ended");
                            }
                        });
                        return Ok((client, carry));
                    }
                    Ok(Err(error)) => refused = Some(error),
                    Err(_) => {}
                }
            }
            match refused {
                Some(error) => Err(error),
                // The pool's timeout says so.
                None => pending().await,
            }
        })
    }
}

/// The settings with only this host.
fn only(all: &Config, index: usize) -> Config {
    let mut one = Config::new();
    match all.get_hosts().get(index) {
        Some(Host::Tcp(name)) => drop(one.host(name)),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => drop(one.host_path(folder)),
        None => {}
    }
    if let Some(address) = all.get_hostaddrs().get(index) {
        one.hostaddr(*address);
    }
    let ports = all.get_ports();
    if let Some(port) = ports.get(index).or(ports.first()) {
        one.port(*port);
    }
    if let Some(user) = all.get_user() {
        one.user(user);
    }
    if let Some(password) = all.get_password() {
        one.password(password);
    }
    if let Some(name) = all.get_dbname() {
        one.dbname(name);
    }
    if let Some(options) = all.get_options() {
        one.options(options);
    }
    if let Some(name) = all.get_application_name() {
        one.application_name(name);
    }
    if let Some(timeout) = all.get_connect_timeout() {
        one.connect_timeout(*timeout);
    }
    if let Some(timeout) = all.get_tcp_user_timeout() {
        one.tcp_user_timeout(*timeout);
    }
    if let Some(interval) = all.get_keepalives_interval() {
        one.keepalives_interval(interval);
    }
    if let Some(retries) = all.get_keepalives_retries() {
        one.keepalives_retries(retries);
    }
    one.keepalives(all.get_keepalives())
        .keepalives_idle(all.get_keepalives_idle())
        .ssl_mode(all.get_ssl_mode())
        .ssl_negotiation(all.get_ssl_negotiation())
        .target_session_attrs(all.get_target_session_attrs())
        .channel_binding(all.get_channel_binding())
        .load_balance_hosts(all.get_load_balance_hosts());
    one
}
