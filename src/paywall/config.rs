//! The server's settings in a file.
//!
//! The file is TOML. Its keys are the program's long options without `--`, so that each setting has
//! one name, one meaning and one check:
//!
//! ```toml
//! rpc-url = ["http://127.0.0.1:8545", "https://node.example/"]
//! contract = "mainnet-0.2"
//! upstream = "http://127.0.0.1:8080"
//! price = "100000000000000000"
//! original-answers = true
//!
//! [price-for]
//! "/free/{*rest}" = 0
//!
//! [page]
//! name = "The Daily Example"
//! ```
//!
//! The table `[page]` is what the publisher says ([`PageSettings`]). It has no options; its `folder` is
//! that of `--page`, which `page = "folder"` sets as well.
//!
//! One server sells for several sites, each a table `[[site]]` with the names by which it is asked for:
//!
//! ```toml
//! rpc-url = "http://127.0.0.1:8545"
//! contract = "mainnet-0.2"
//!
//! [[site]]
//! host = ["news.example", "www.news.example"]
//! key-file = "/etc/microraiden/news.json"
//! upstream = "http://127.0.0.1:8080"
//! price = 100
//!
//! [[site]]
//! default = true
//! key-file = "/etc/microraiden/pictures.json"
//! files = "/srv/pictures"
//! price = 5
//! ```
//!
//! What stands before the tables holds for each site that does not say it itself. What is [the server's
//! own](SERVER) can't be said by a site.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;
use toml::{Table, Value};

use super::hosts::{HostName, HostNameError};
use super::publisher::{PageSettings, PageSettingsError};

/// Why a file can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// What the publisher says.
    #[error("the table [page] can't be used: {0}")]
    Page(#[from] PageSettingsError),
    /// Not TOML.
    #[error("it is no TOML: {0}")]
    Toml(String),
    /// No setting of this name.
    #[error("there is no setting `{0}`")]
    Unknown(String),
    /// A value of another type.
    #[error("`{key}` must be {expected}")]
    Kind {
        /// The setting.
        key: String,
        /// What it can be.
        expected: &'static str,
    },
    /// An entry of a table whose value contains `=`.
    #[error("`{name}` in `{key}` must have a value without `=`")]
    Entry {
        /// The table.
        key: String,
        /// The entry.
        name: String,
    },
    /// A setting of a site that all sites share.
    #[error("`{0}` is the server's: it is said once, before the first [[site]]")]
    Server(String),
    /// Nobody can ask for the site.
    #[error("it has no `host`, and is not the `default`")]
    NoHost,
    /// A name of a host.
    #[error("`host` can't be used: {0}")]
    Host(#[from] HostNameError),
    /// Two sites have one name.
    #[error("`{host}` is {other}, too")]
    SameHost {
        /// The name.
        host: String,
        /// The other site.
        other: String,
    },
    /// Two sites are the default.
    #[error("only one site can be the `default`, and {0} is")]
    SecondDefault(String),
    /// What is wrong with a site.
    #[error("{place}: {error}")]
    Site {
        /// Where it is in the file.
        place: String,
        /// What is wrong.
        error: Box<ConfigError>,
    },
}

/// Settings that may be a list.
const LISTS: [&str; 1] = ["rpc-url"];

/// Settings of the server, which its sites share.
pub const SERVER: [&str; 19] = [
    "rpc-url",
    "ca-file",
    "listen",
    "package",
    "requests-per-address",
    "payments-per-sender",
    "trusted-proxies",
    "max-body-bytes",
    "max-connections",
    "connections-per-address",
    "head-timeout",
    "body-timeout",
    "write-timeout",
    "max-head-bytes",
    "max-headers",
    "metrics",
    "wait",
    "poll-interval-ms",
    "max-head-age",
];

/// The tables of the sites.
const SITE: &str = "site";
/// A site's names.
const HOST: &str = "host";
/// Whether a site answers for all other names.
const DEFAULT: &str = "default";
/// The option, and the table, of the page.
const PAGE: &str = "page";
/// The page's folder in that table.
const FOLDER: &str = "folder";

/// The settings of a file. Shown, it keeps the values of options to itself: the URL of a store may hold a password.
#[derive(Clone, Default)]
pub struct Settings {
    /// As command-line arguments, to be put before those of the command line. With sites: what all of them share.
    pub arguments: Vec<String>,
    /// What has no options.
    pub page: PageSettings,
    /// The sites; none: the settings are those of the only one.
    pub sites: Vec<SiteSettings>,
}

/// The settings of a site. Shown, it keeps the values of options to itself.
#[derive(Clone)]
pub struct SiteSettings {
    /// The names by which clients ask for it.
    pub hosts: Vec<HostName>,
    /// Whether it answers for all names that no site has.
    pub is_default: bool,
    /// As command-line arguments, those included that hold for each site.
    pub arguments: Vec<String>,
    /// What has no options.
    pub page: PageSettings,
    /// Where it is in the file.
    pub place: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("options", &options(&self.arguments))
            .field("page", &self.page)
            .field("sites", &self.sites)
            .finish()
    }
}

impl fmt::Debug for SiteSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteSettings")
            .field("hosts", &self.hosts)
            .field("is_default", &self.is_default)
            .field("options", &options(&self.arguments))
            .field("page", &self.page)
            .field("place", &self.place)
            .finish()
    }
}

/// The names of options.
fn options(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(|argument| option(argument)).collect()
}

fn option(argument: &str) -> &str {
    let option = argument.trim_start_matches("--");
    option.split_once('=').map_or(option, |(option, _)| option)
}

impl SiteSettings {
    /// What logs and metrics call it: its first name.
    pub fn name(&self) -> &str {
        self.hosts.first().map_or(DEFAULT, HostName::as_str)
    }
}

/// Reads the settings of a file. Text and whole numbers become `--key=value`, `true` becomes `--key`, `false` nothing; a
/// table becomes `--key=name=value` for each of its entries, the list of nodes one argument for each node. Fails for a
/// key that `is_known` rejects.
pub fn read(text: &str, is_known: impl Fn(&str) -> bool) -> Result<Settings, ConfigError> {
    let mut table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| ConfigError::Toml(error.message().to_owned()))?;
    let sites = table.remove(SITE);
    let mut settings = Settings::default();
    for (key, value) in table {
        let mut own = Own::default();
        own.read(key, value, &is_known)?;
        settings.arguments.extend(own.arguments);
        settings.page = own.page.unwrap_or(settings.page);
    }
    if let Some(sites) = sites {
        settings.sites = read_sites(text, sites, &settings, &is_known)?;
    }
    Ok(settings)
}

fn read_sites(
    text: &str,
    tables: Value,
    shared: &Settings,
    is_known: &impl Fn(&str) -> bool,
) -> Result<Vec<SiteSettings>, ConfigError> {
    let not_tables = || ConfigError::Kind {
        key: SITE.to_owned(),
        expected: "tables, each of which begins with [[site]]",
    };
    let Value::Array(tables) = tables else {
        return Err(not_tables());
    };
    let mut sites: Vec<SiteSettings> = Vec::new();
    for (index, table) in tables.into_iter().enumerate() {
        let Value::Table(table) = table else {
            return Err(not_tables());
        };
        let place = |key| place(text, index, key);
        let at = |key, error| ConfigError::Site {
            place: place(key),
            error: Box::new(error),
        };
        let mut own = Own::default();
        for (key, value) in table {
            let read = match key.as_str() {
                HOST => own.read_hosts(value),
                DEFAULT => own.read_default(value),
                key if SERVER.contains(&key) => Err(ConfigError::Server(key.to_owned())),
                _ => own.read(key.clone(), value, is_known),
            };
            if let Err(error) = read {
                return Err(at(Some(&key), error));
            }
        }
        let site = own.over(shared, place(None));
        if site.hosts.is_empty() && !site.is_default {
            return Err(at(None, ConfigError::NoHost));
        }
        let mut taken = BTreeMap::new();
        for site in &sites {
            taken.extend(site.hosts.iter().map(|host| (host, &site.place)));
        }
        for host in &site.hosts {
            if let Some(other) = taken.insert(host, &site.place) {
                let (host, other) = (host.to_string(), other.clone());
                return Err(at(Some(HOST), ConfigError::SameHost { host, other }));
            }
        }
        let other = sites
            .iter()
            .find(|other| other.is_default && site.is_default);
        if let Some(other) = other {
            let other = ConfigError::SecondDefault(other.place.clone());
            return Err(at(Some(DEFAULT), other));
        }
        sites.push(site);
    }
    Ok(sites)
}

/// Where a site, or a key of it, is in the file.
fn place(text: &str, site: usize, key: Option<&str>) -> String {
    let line = line(text, site, key).map_or_else(String::new, |line| format!(" (line {line})"));
    format!("[[site]] {}{line}", site + 1)
}

fn line(text: &str, site: usize, key: Option<&str>) -> Option<usize> {
    let file = DeTable::parse(text).ok()?;
    let sites = file.get_ref().get(SITE)?.get_ref().as_array()?;
    let site = sites.get(site)?;
    let span = match key {
        Some(key) => site.get_ref().as_table()?.get_key_value(key)?.0.span(),
        None => site.span(),
    };
    Some(1 + text.get(..span.start)?.matches('\n').count())
}

/// What one table says.
#[derive(Default)]
struct Own {
    hosts: Vec<HostName>,
    is_default: bool,
    /// The settings that it names, those that are `false` included.
    keys: BTreeSet<String>,
    arguments: Vec<String>,
    page: Option<PageSettings>,
}

impl Own {
    fn read(
        &mut self,
        key: String,
        value: Value,
        is_known: &impl Fn(&str) -> bool,
    ) -> Result<(), ConfigError> {
        if !is_known(&key) {
            return Err(ConfigError::Unknown(key));
        }
        match value {
            Value::Table(mut page) if key == PAGE => {
                if let Some(folder) = page.remove(FOLDER) {
                    let folder = plain("page.folder", folder)?;
                    self.arguments.push(format!("--{PAGE}={folder}"));
                    self.keys.insert(key);
                }
                self.page = Some(PageSettings::parse(page)?);
            }
            value => {
                self.keys.insert(key.clone());
                add(key, value, &mut self.arguments)?;
            }
        }
        Ok(())
    }

    fn read_hosts(&mut self, value: Value) -> Result<(), ConfigError> {
        let names = match value {
            Value::Array(names) => names,
            name => vec![name],
        };
        for name in names {
            let Value::String(name) = name else {
                return Err(ConfigError::Kind {
                    key: HOST.to_owned(),
                    expected: "a name, or a list of names",
                });
            };
            self.hosts.push(name.parse()?);
        }
        Ok(())
    }

    fn read_default(&mut self, value: Value) -> Result<(), ConfigError> {
        self.is_default = value.as_bool().ok_or_else(|| ConfigError::Kind {
            key: DEFAULT.to_owned(),
            expected: "true or false",
        })?;
        Ok(())
    }

    /// A site that says this, and of the rest what all of them share.
    fn over(self, shared: &Settings, place: String) -> SiteSettings {
        let is_own = |argument: &&String| self.keys.contains(option(argument));
        let inherited = shared.arguments.iter().filter(|argument| !is_own(argument));
        SiteSettings {
            arguments: inherited
                .cloned()
                .chain(self.arguments.iter().cloned())
                .collect(),
            hosts: self.hosts,
            is_default: self.is_default,
            page: self.page.unwrap_or_else(|| shared.page.clone()),
            place,
        }
    }
}

fn add(key: String, value: Value, arguments: &mut Vec<String>) -> Result<(), ConfigError> {
    match value {
        Value::Array(values) if LISTS.contains(&key.as_str()) => {
            for value in values {
                let value = plain(&key, value)?;
                arguments.push(format!("--{key}={value}"));
            }
        }
        Value::Boolean(true) => arguments.push(format!("--{key}")),
        Value::Boolean(false) => {}
        Value::Table(entries) => {
            for (name, value) in entries {
                let value = plain(&key, value)?;
                // The option is split at the last `=`.
                if value.contains('=') {
                    return Err(ConfigError::Entry { key, name });
                }
                arguments.push(format!("--{key}={name}={value}"));
            }
        }
        value => {
            let value = plain(&key, value)?;
            arguments.push(format!("--{key}={value}"));
        }
    }
    Ok(())
}

fn plain(key: &str, value: Value) -> Result<String, ConfigError> {
    match value {
        Value::String(text) => Ok(text),
        Value::Integer(number) => Ok(number.to_string()),
        _ => Err(ConfigError::Kind {
            key: key.to_owned(),
            expected: "a text, a whole number, true or false, or a table of texts and numbers",
        }),
    }
}
