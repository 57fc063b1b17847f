//! The programs' secrets: from files that only their owner may read, or from the environment; never from the
//! command line, which all users of the machine see.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::keystore::{Keystore, KeystoreError, MAX_LENGTH};
use crate::protocol::PrivateKey;
use crate::protocol::key::KeyError;

const KEY: &str = "MICRORAIDEN_RECEIVER_KEY";
const PASSWORD: &str = "MICRORAIDEN_KEY_PASSWORD";

/// Where the receiver's private key is.
#[derive(Args, Clone, Debug)]
pub struct KeyOptions {
    /// A file with the receiver's private key: 64 hex digits, or a keystore of version 3 as wallets
    /// write it. Default: the environment variable MICRORAIDEN_RECEIVER_KEY, in hex
    #[arg(long)]
    pub key_file: Option<PathBuf>,
    /// A file with the password of the keystore; default: the environment variable
    /// MICRORAIDEN_KEY_PASSWORD
    #[arg(long)]
    pub password_file: Option<PathBuf>,
}

/// Why a secret can't be read. The messages say what to do, and never contain the secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file can't be read as text.
    #[error("{} can't be read: {error}", file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Others may read or change the file.
    #[error("{place} can be read or changed by others; run: chmod o-rwx {place}", place = .0.display())]
    Exposed(PathBuf),
    /// No key is named.
    #[error("set {KEY} or --key-file to the receiver's private key")]
    NoKey,
    /// The text is not a key.
    #[error("{place} holds no private key: {error}")]
    Key {
        /// The file or the environment variable.
        place: String,
        /// Why.
        error: KeyError,
    },
    /// The keystore has a password, and none is named.
    #[error("{} is encrypted; give its password by --password-file or {PASSWORD}", .0.display())]
    NoPassword(PathBuf),
    /// The keystore can't be opened.
    #[error("{} can't be opened: {error}", file.display())]
    Keystore {
        /// Which file.
        file: PathBuf,
        /// Why.
        error: KeystoreError,
    },
}

impl KeyOptions {
    /// Reads the key. A keystore takes a second or so, and up to 1 GiB of memory.
    pub fn read(&self) -> Result<PrivateKey, SecretError> {
        let Some(file) = &self.key_file else {
            let text = Zeroizing::new(std::env::var(KEY).map_err(|_| SecretError::NoKey)?);
            return parse(&text, || KEY.to_owned());
        };
        let text = read_private(file)?;
        if !text.trim_start().starts_with('{') {
            return parse(&text, || file.display().to_string());
        }
        let opened = |error| SecretError::Keystore {
            file: file.clone(),
            error,
        };
        let keystore = Keystore::read(&text).map_err(opened)?;
        let password = self.password()?;
        let password = password.ok_or_else(|| SecretError::NoPassword(file.clone()))?;
        keystore.open(&password).map_err(opened)
    }

    /// The password, without the file's last end of line.
    fn password(&self) -> Result<Option<Zeroizing<String>>, SecretError> {
        let Some(file) = &self.password_file else {
            return Ok(std::env::var(PASSWORD).ok().map(Zeroizing::new));
        };
        let text = read_private(file)?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        Ok(Some(Zeroizing::new(line.to_owned())))
    }
}

fn parse(text: &str, place: impl Fn() -> String) -> Result<PrivateKey, SecretError> {
    PrivateKey::from_hex(text.trim()).map_err(|error| SecretError::Key {
        place: place(),
        error,
    })
}

/// The text of a file that others may not read or change (on Unix by its mode; the file's group may, as
/// containers mount secrets so), 8 MiB of it at most. A bare name that is no file here is one of
/// `$CREDENTIALS_DIRECTORY`, where systemd puts credentials.
pub fn read_private(file: &Path) -> Result<Zeroizing<String>, SecretError> {
    let credential = std::env::var_os("CREDENTIALS_DIRECTORY")
        .filter(|_| file.components().count() == 1 && !file.exists())
        .map(|folder| Path::new(&folder).join(file));
    let file = credential.as_deref().unwrap_or(file);
    let unreadable = |error| SecretError::Unreadable {
        file: file.to_owned(),
        error,
    };
    let opened = File::open(file).map_err(unreadable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = opened.metadata().map_err(unreadable)?;
        if metadata.permissions().mode() & 0o007 != 0 {
            return Err(SecretError::Exposed(file.to_owned()));
        }
    }
    let mut text = Zeroizing::new(String::new());
    // One byte more, so that a longer one is seen to be too long.
    let longest = u64::try_from(MAX_LENGTH).map_or(u64::MAX, |length| length + 1);
    opened
        .take(longest)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    Ok(text)
}
