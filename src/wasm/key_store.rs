//! Private keys in `localStorage`, encrypted by the origin's wrapping key.

use zeroize::Zeroizing;

use crate::json::{Value, json};
use crate::protocol::{Address, PrivateKey, hex_text};
use crate::sender::store::keys;

use super::call_options::Watch;
use super::error::Failure;
use super::lock::{self, Turn};
use super::storage;
use super::wrapping_key::{Wrapped, WrappingKey};

/// The format version written. Version 1 was the key's plain hex.
const VERSION: u64 = 2;
const CIPHER: &str = "AES-GCM";
/// The longest text accepted as a stored key, in bytes.
const MAX_LENGTH: usize = 1024;

/// The place of one stored key, locked against other tabs.
pub(crate) struct Slot {
    name: String,
    _turn: Turn,
}

enum Stored {
    Plain(PrivateKey),
    Wrapped(Address, Wrapped),
}

impl Stored {
    fn address(&self) -> Address {
        match self {
            Self::Plain(key) => key.address(),
            Self::Wrapped(address, _) => *address,
        }
    }
}

impl Slot {
    /// Waits for the lock of this key.
    pub(crate) async fn take(name: Option<&str>) -> Result<Self, Failure> {
        let name = name.unwrap_or("default");
        Ok(Self {
            name: keys::local_key(name),
            _turn: lock::take(&keys::local_key_lock(name), &Watch::default()).await?,
        })
    }

    async fn read(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        Ok(storage::read(&self.name, &Watch::default())
            .await?
            .map(Zeroizing::new))
    }

    /// Reads the key. Encrypts a key that an older version stored in plain text.
    pub(crate) async fn load(&self) -> Result<Option<PrivateKey>, Failure> {
        let Some(text) = self.read().await? else {
            return Ok(None);
        };
        match parse(&text).ok_or_else(|| self.corrupt())? {
            Stored::Plain(key) => {
                // A key that can't be encrypted can be used all the same.
                let _ = self.write(&key).await;
                Ok(Some(key))
            }
            Stored::Wrapped(address, wrapped) => self.unwrap(address, &wrapped).await.map(Some),
        }
    }

    async fn unwrap(&self, address: Address, wrapped: &Wrapped) -> Result<PrivateKey, Failure> {
        let wrapping_key = WrappingKey::open().await?.ok_or_else(|| {
            Failure::new(
                "key-lost",
                "the stored key can't be decrypted any more: this browser's IndexedDB was \
                 cleared; only a backup of the private key brings the account back",
            )
            .with("key", self.name.as_str())
        })?;
        let bytes = wrapping_key.unwrap(wrapped, &address.0).await;
        bytes
            .as_deref()
            .and_then(|bytes| <&[u8; 32]>::try_from(bytes.as_slice()).ok())
            .and_then(|bytes| PrivateKey::from_bytes(bytes).ok())
            .filter(|key| key.address() == address)
            .ok_or_else(|| self.corrupt())
    }

    fn corrupt(&self) -> Failure {
        let message = "the stored key can't be read: its text, or what decrypts it, was changed";
        Failure::new("corrupt-record", message).with("key", self.name.as_str())
    }

    /// Stores the key, in place of whatever is there.
    pub(crate) async fn replace(&self, key: &PrivateKey) -> Result<(), Failure> {
        self.write(key).await
    }

    /// Stores the key. Fails if another key, or an unreadable text, is stored already.
    pub(crate) async fn save(&self, key: &PrivateKey) -> Result<(), Failure> {
        if let Some(text) = self.read().await? {
            let stored = parse(&text).map(|stored| stored.address());
            if stored != Some(key.address()) {
                let message = "another key is stored under this name; forget it first";
                return Err(Failure::new("key-exists", message));
            }
        }
        // Write even if it is stored already: that text may be damaged, or its wrapping key lost.
        self.write(key).await
    }

    async fn write(&self, key: &PrivateKey) -> Result<(), Failure> {
        let wrapping_key = WrappingKey::open_or_create().await?;
        let address = key.address();
        let wrapped = wrapping_key
            .wrap(key.to_bytes().as_slice(), &address.0)
            .await?;
        let wrapped = json!({
            "cipher": CIPHER,
            "iv": hex_text::encode(&wrapped.iv),
            "ciphertext": hex_text::encode(&wrapped.ciphertext),
        });
        let text = json!({
            "version": VERSION,
            "address": address.to_string(),
            "wrapped": wrapped,
        });
        storage::write(&self.name, &text.to_string()).await
    }

    pub(crate) async fn forget(&self) -> Result<(), Failure> {
        storage::remove(&self.name).await
    }
}

/// The accounts of all stored keys, as far as they can be read.
pub(crate) async fn addresses() -> Vec<Address> {
    let mut found = Vec::new();
    let watch = Watch::default();
    for name in storage::names(keys::LOCAL_KEY, &watch)
        .await
        .unwrap_or_default()
    {
        let text = storage::read(&name, &watch).await.ok().flatten();
        let text = text.map(Zeroizing::new);
        found.extend(text.and_then(|text| Some(parse(&text)?.address())));
    }
    found
}

fn parse(text: &str) -> Option<Stored> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    if let Ok(key) = PrivateKey::from_hex(text) {
        return Some(Stored::Plain(key));
    }
    let value = Value::parse(text).ok()?;
    let wrapped = &value["wrapped"];
    if value["version"].as_u64() != Some(VERSION) || wrapped["cipher"].as_str() != Some(CIPHER) {
        return None;
    }
    let address = value["address"].as_str()?.parse().ok()?;
    let wrapped = Wrapped {
        iv: hex_text::decode_fixed(wrapped["iv"].as_str()?).ok()?,
        ciphertext: hex_text::decode(wrapped["ciphertext"].as_str()?).ok()?,
    };
    Some(Stored::Wrapped(address, wrapped))
}
