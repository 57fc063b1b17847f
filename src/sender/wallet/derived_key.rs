//! A key that a wallet can bring back: derived from its signature of a text.
//!
//! The text is a message of EIP-4361, so that wallets that read such messages warn where another site asks for it.
//! Everything in it is fixed by site, account and scope; so the same wallet has the same key on the same site, in
//! every browser. It is signed twice, because a wallet whose signatures differ could never bring the key back; once
//! where the key is known to have been derived before, which shows the same.
//!
//! The private key is the Keccak-256 hash of `PREFIX`, r and s: 24 bytes of ASCII, then 32 and 32 bytes, big-endian,
//! with s in the lower half. v is left out, because wallets write it differently.

use core::fmt;

use zeroize::Zeroizing;

use crate::json::json;
use crate::protocol::{Address, Hash, PrivateKey, Signature, hex_text, keccak256};

use super::refusal::WalletError;
use super::typed_data::{WalletProvider, read_bytes};

/// What is hashed before r and s; the number is the version of text and derivation.
const PREFIX: &[u8] = b"microraiden:wallet-key:1";
/// The longest scope.
const MAX_SCOPE: usize = 64;

/// Which of a site's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// The key that is derived where nobody says which.
    pub const DEFAULT: &'static str = "default";

    /// 1 to 64 of the characters `a-z`, `0-9`, `-` and `.`, so that one scope has one spelling. `None`: another text.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
        let fits = (1..=MAX_SCOPE).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyText {
    origin: String,
    account: Address,
    scope: Scope,
}

impl KeyText {
    /// For a site, as in `https://shop.example`. `None`: an origin that names no host, such as that of a file.
    pub fn new(origin: &str, account: Address, scope: Scope) -> Option<Self> {
        let host = origin.split_once("://").map(|(_, host)| host)?;
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'/';
        let named = !host.is_empty() && host.bytes().all(plain);
        named.then(|| Self {
            origin: origin.to_owned(),
            account,
            scope,
        })
    }

    /// What a wallet signs of it by `personal_sign` (EIP-191).
    pub fn hash(&self) -> Hash {
        let text = self.to_string();
        let length = text.len().to_string();
        let prefix = b"\x19Ethereum Signed Message:\n";
        keccak256(&[prefix, length.as_bytes(), text.as_bytes()])
    }
}

impl fmt::Display for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            account,
            scope: Scope(scope),
        } = self;
        let domain = origin
            .split_once("://")
            .map_or(origin.as_str(), |(_, host)| host);
        write!(
            f,
            "{domain} wants you to sign in with your Ethereum account:\n\
             {account}\n\
             \n\
             This makes the key with which you pay on this site. Sign it nowhere else: whoever has this signature \
             can spend what you put into the key. Signing moves nothing and costs nothing.\n\
             \n\
             URI: {origin}\n\
             Version: 1\n\
             Chain ID: 1\n\
             Nonce: microraiden1\n\
             Issued At: 2026-01-01T00:00:00Z\n\
             Resources:\n\
             - urn:microraiden:key:1:{scope}"
        )
    }
}

/// Why no key was derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDerived {
    /// The wallet refused.
    Refused(WalletError),
    /// What it answered is not the account's signature: that of a contract, or of another account.
    OtherSigner,
    /// It signed twice, and differently.
    Differs,
    /// The hash is no private key, which is so for one signature in 2^128.
    NoKey,
}

/// Asks for the signature, and derives the key; asks again for a key that is not known, and compares.
///
/// `is_known` tells whether the key was used before: a wallet that signs differently each time would have made
/// another one now, since nobody finds two signatures that make the same key.
pub async fn derive(
    wallet: &impl WalletProvider,
    text: &KeyText,
    is_known: impl AsyncFnOnce(&PrivateKey) -> bool,
) -> Result<PrivateKey, NotDerived> {
    let first = sign(wallet, text).await?;
    let digest = Zeroizing::new(keccak256(&[PREFIX, &*first]).0);
    let key = PrivateKey::from_bytes(&digest).map_err(|_| NotDerived::NoKey)?;
    if !is_known(&key).await && *first != *sign(wallet, text).await? {
        return Err(NotDerived::Differs);
    }
    Ok(key)
}

/// r and s of the account's signature of the text.
async fn sign(
    wallet: &impl WalletProvider,
    text: &KeyText,
) -> Result<Zeroizing<[u8; 64]>, NotDerived> {
    let hex = hex_text::encode(text.to_string().as_bytes());
    let params = json!([hex, text.account.to_string()]);
    let answer = wallet.request("personal_sign", &params).await;
    let answer = answer.map_err(NotDerived::Refused)?;
    let bytes = read_bytes(&answer).map(Zeroizing::new);
    let signature =
        bytes.and_then(|bytes| Signature::of_account(&bytes, &text.hash(), text.account));
    let scalars = signature.and_then(|signature| signature.low_s());
    scalars.map(Zeroizing::new).ok_or(NotDerived::OtherSigner)
}
