//! Encrypted private keys in files: Web3 Secret Storage, version 3, which geth, ethers and most
//! wallets write, and this project's backups too.
//!
//! | part | what is read |
//! |---|---|
//! | key derivation | `scrypt`, with at most 1 GiB of memory and `p` at most 16; `pbkdf2` with `hmac-sha256` and at most 10,000,000 rounds; `dklen` 32 |
//! | cipher | `aes-128-ctr` |
//! | check | `mac`, and the member `address` if there is one |
//!
//! Anything else in the file is passed over. A password counts as its bytes in UTF-8: one that
//! Unicode can write in several ways has to be written as it was when the key was encrypted.

mod kdf;

use core::fmt;

use aes::Aes128;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::protocol::{Address, PrivateKey, keccak256};

use kdf::Kdf;

/// The longest file that is read, in bytes. A backup holds a history beside the key.
pub const MAX_LENGTH: usize = 8 * 1024 * 1024;

const VERSION: u64 = 3;
const CIPHER: &str = "aes-128-ctr";

/// An encrypted private key, in bounds that can be opened.
pub struct Keystore {
    address: Option<Address>,
    kdf: Kdf,
    iv: [u8; 16],
    ciphertext: [u8; 32],
    mac: [u8; 32],
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
        let file: Value = serde_json::from_str(text).map_err(|_| KeystoreError::NotJson)?;
        let Value::Object(file) = file else {
            return Err(KeystoreError::NotJson);
        };
        // The first version wrote it as text.
        match file.get("version") {
            Some(Value::Number(number)) if number.as_u64() == Some(VERSION) => {}
            Some(Value::Number(_) | Value::String(_)) => return Err(KeystoreError::Version),
            _ => return Err(KeystoreError::Malformed("version")),
        }
        // Older tools wrote it with a capital.
        let crypto = file.get("crypto").or_else(|| file.get("Crypto"));
        let crypto = Crypto::deserialize(crypto.unwrap_or(&Value::Null))
            .map_err(|_| KeystoreError::Malformed("crypto"))?;
        if crypto.cipher != CIPHER {
            return Err(KeystoreError::Unsupported {
                member: "cipher",
                known: CIPHER,
            });
        }
        let address = match file.get("address") {
            Some(Value::String(text)) => Some(Address(fixed(text, "address")?)),
            None | Some(Value::Null) => None,
            Some(_) => return Err(KeystoreError::Malformed("address")),
        };
        Ok(Self {
            address,
            kdf: Kdf::read(&crypto.kdf, &crypto.kdfparams)?,
            iv: fixed(&crypto.cipherparams.iv, "iv")?,
            ciphertext: fixed(&crypto.ciphertext, "ciphertext")?,
            mac: fixed(&crypto.mac, "mac")?,
        })
    }

    /// Whose key it says to be; not every file says it.
    pub fn address(&self) -> Option<Address> {
        self.address
    }

    /// Decrypts the key. That is made to take long: a second or so of work, and up to 1 GiB of
    /// memory.
    pub fn open(&self, password: &str) -> Result<PrivateKey, KeystoreError> {
        let derived = self.kdf.derive(password.as_bytes())?;
        let [cipher_key, mac_key] = &*derived;
        let mac = keccak256(&[mac_key, &self.ciphertext]).0;
        if !bool::from(mac.ct_eq(&self.mac)) {
            return Err(KeystoreError::WrongPassword);
        }
        let mut plain = Zeroizing::new(self.ciphertext);
        Ctr128BE::<Aes128>::new(cipher_key.into(), &self.iv.into())
            .apply_keystream(plain.as_mut_slice());
        // The mac does not cover the iv: another one gives another key.
        let key = PrivateKey::from_bytes(&plain).map_err(|_| KeystoreError::OtherAddress)?;
        match self.address {
            Some(address) if address != key.address() => Err(KeystoreError::OtherAddress),
            _ => Ok(key),
        }
    }
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystore")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Crypto {
    cipher: String,
    cipherparams: CipherParams,
    ciphertext: String,
    kdf: String,
    kdfparams: Value,
    mac: String,
}

#[derive(Deserialize)]
struct CipherParams {
    iv: String,
}

/// Hex, with or without `0x`, of just so many bytes.
fn fixed<const N: usize>(text: &str, member: &'static str) -> Result<[u8; N], KeystoreError> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
        .map_err(|_| KeystoreError::Malformed(member))?;
    Ok(bytes)
}
