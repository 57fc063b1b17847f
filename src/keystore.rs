//! Encrypted private keys in files: Web3 Secret Storage, version 3, which geth, ethers and most
//! wallets write, and this project's backups too.
//!
//! | part | what is read |
//! |---|---|
//! | key derivation | `scrypt`, with at most 1 GiB of memory and `p` at most 16 (not in the browser, whose WebCrypto lacks it); `pbkdf2` with `hmac-sha256` and at most 10,000,000 rounds; `dklen` 32 |
//! | cipher | `aes-128-ctr` |
//! | check | `mac`: Keccak-256 of the derived key's last 16 bytes and the ciphertext; and the member `address` if there is one |
//!
//! Anything else in the file is passed over. A password counts as its bytes in UTF-8: one that
//! Unicode can write in several ways has to be written as it was when the key was encrypted.
//!
//! This module reads, checks and writes the format. Deriving and decrypting is the caller's in the
//! browser (WebCrypto), and `Keystore::open`'s elsewhere.

mod kdf;
#[cfg(not(target_arch = "wasm32"))]
mod open;

use core::fmt;

use subtle::ConstantTimeEq;

use crate::json::{Value, json};
use crate::protocol::{Address, PrivateKey, keccak256};

pub use kdf::{Kdf, MAX_ROUNDS};

/// The longest file that is read, in bytes. A backup holds a history beside the key.
pub const MAX_LENGTH: usize = 8 * 1024 * 1024;

/// The version of the format.
pub const VERSION: u64 = 3;
const CIPHER: &str = "aes-128-ctr";

/// An encrypted private key, in bounds that can be opened.
pub struct Keystore {
    /// Whose key it says to be; not every file says it.
    pub address: Option<Address>,
    /// How the key of the cipher comes from the password.
    pub kdf: Kdf,
    /// The first counter block of the cipher.
    pub iv: [u8; 16],
    /// The encrypted key.
    pub ciphertext: [u8; 32],
    /// Tells a wrong password.
    pub mac: [u8; 32],
}

/// Why a text is no keystore that can be opened, or was not opened. Says nothing of its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// Longer than [`MAX_LENGTH`].
    #[error("it is longer than 8 MiB, so it is no keystore")]
    TooLong,
    /// No JSON object.
    #[error("it is no JSON object, so it is no keystore")]
    NotJson,
    /// A member has another form than version 3 gives it.
    #[error("it is no keystore, or it is damaged: `{0}` is missing or malformed")]
    Malformed(&'static str),
    /// Another version.
    #[error(
        "it is a keystore of another version; only version 3 can be read, so export the key anew"
    )]
    Version,
    /// A way of encrypting that wallets do not use in version 3.
    #[error("its `{member}` is not {known}; export the key anew with that")]
    Unsupported {
        /// Where that is said.
        member: &'static str,
        /// What can be read.
        known: &'static str,
    },
    /// Opening it would take more memory or time than any wallet asks for.
    #[error("opening it would take too much: {0}; export the key anew with the usual parameters")]
    TooCostly(&'static str),
    /// Another password, or a changed file: they can't be told apart.
    #[error("the password is wrong, or the file was changed")]
    WrongPassword,
    /// It opens, but to the key of another account.
    #[error("its key is not that of its address, so it was changed")]
    OtherAddress,
}

impl Keystore {
    /// Reads the file's text.
    pub fn read(text: &str) -> Result<Self, KeystoreError> {
        if text.len() > MAX_LENGTH {
            return Err(KeystoreError::TooLong);
        }
        let file = Value::parse(text).map_err(|_| KeystoreError::NotJson)?;
        if file.as_object().is_none() {
            return Err(KeystoreError::NotJson);
        }
        Self::from_json(&file)
    }

    /// Reads a file that was parsed.
    pub fn from_json(file: &Value) -> Result<Self, KeystoreError> {
        match &file["version"] {
            version if version.as_u64() == Some(VERSION) => {}
            // The first version wrote it as text.
            Value::Number(_) | Value::String(_) => return Err(KeystoreError::Version),
            _ => return Err(KeystoreError::Malformed("version")),
        }
        let crypto = Self::crypto(file).unwrap_or(&Value::Null);
        let text = |name| crypto[name].as_str();
        match (text("cipher"), text("kdf")) {
            (Some(CIPHER), Some(_)) => {}
            (Some(_), Some(_)) => return Err(unsupported("cipher", CIPHER)),
            _ => return Err(KeystoreError::Malformed("crypto")),
        }
        let address = match &file["address"] {
            Value::Null => None,
            _ => Some(Address(fixed(file, "address")?)),
        };
        Ok(Self {
            address,
            kdf: Kdf::read(text("kdf").unwrap_or_default(), &crypto["kdfparams"])?,
            iv: fixed(&crypto["cipherparams"], "iv")?,
            ciphertext: fixed(crypto, "ciphertext")?,
            mac: fixed(crypto, "mac")?,
        })
    }

    /// The member of a file that makes it a keystore. Older tools wrote it with a capital.
    pub fn crypto(file: &Value) -> Option<&Value> {
        file.get("crypto").or_else(|| file.get("Crypto"))
    }

    /// The member `crypto` of the file; `version`, `id` and `address` stand beside it.
    pub fn crypto_json(&self) -> Value {
        let (kdf, params) = self.kdf.to_json();
        json!({
            "cipher": CIPHER,
            "cipherparams": json!({ "iv": hex::encode(self.iv) }),
            "ciphertext": hex::encode(self.ciphertext),
            "kdf": kdf,
            "kdfparams": params,
            "mac": hex::encode(self.mac),
        })
    }

    /// The check of a ciphertext, with the last 16 bytes of the derived key.
    pub fn mac(mac_key: &[u8], ciphertext: &[u8; 32]) -> [u8; 32] {
        keccak256(&[mac_key, ciphertext]).0
    }

    /// Whether the password is the one that the key was encrypted with.
    pub fn check(&self, mac_key: &[u8]) -> Result<(), KeystoreError> {
        if bool::from(Self::mac(mac_key, &self.ciphertext).ct_eq(&self.mac)) {
            Ok(())
        } else {
            Err(KeystoreError::WrongPassword)
        }
    }

    /// The decrypted key. The mac does not cover the iv: another one gives another key.
    pub fn key(&self, plain: &[u8]) -> Result<PrivateKey, KeystoreError> {
        <&[u8; 32]>::try_from(plain)
            .ok()
            .and_then(|bytes| PrivateKey::from_bytes(bytes).ok())
            .filter(|key| self.address.is_none_or(|address| address == key.address()))
            .ok_or(KeystoreError::OtherAddress)
    }
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystore")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

fn unsupported(member: &'static str, known: &'static str) -> KeystoreError {
    KeystoreError::Unsupported { member, known }
}

/// The bytes of a member in hex, with or without `0x`.
pub(crate) fn hex_member(object: &Value, member: &str) -> Option<Vec<u8>> {
    let text = object[member].as_str()?;
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

/// Just so many bytes of a member in hex.
fn fixed<const N: usize>(object: &Value, member: &'static str) -> Result<[u8; N], KeystoreError> {
    hex_member(object, member)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(KeystoreError::Malformed(member))
}
