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

use toml::{Table, Value};

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
}

/// Settings that may be a list.
const LISTS: [&str; 1] = ["rpc-url"];

/// The option, and the table, of the page.
const PAGE: &str = "page";
/// The page's folder in that table.
const FOLDER: &str = "folder";

/// The settings of a file.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// As command-line arguments, to be put before those of the command line.
    pub arguments: Vec<String>,
    /// What has no options.
    pub page: PageSettings,
}

/// Reads the settings of a file. Text and whole numbers become `--key=value`, `true` becomes `--key`, `false` nothing; a
/// table becomes `--key=name=value` for each of its entries, the list of nodes one argument for each node. Fails for a
/// key that `is_known` rejects.
pub fn read(text: &str, is_known: impl Fn(&str) -> bool) -> Result<Settings, ConfigError> {
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| ConfigError::Toml(error.message().to_owned()))?;
    let mut settings = Settings::default();
    for (key, value) in table {
        if !is_known(&key) {
            return Err(ConfigError::Unknown(key));
        }
        match value {
            Value::Table(mut page) if key == PAGE => {
                if let Some(folder) = page.remove(FOLDER) {
                    let folder = plain("page.folder", folder)?;
                    settings.arguments.push(format!("--{PAGE}={folder}"));
                }
                settings.page = PageSettings::parse(page)?;
            }
            value => add(key, value, &mut settings.arguments)?,
        }
    }
    Ok(settings)
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
