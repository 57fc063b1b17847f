//! A backup in one encrypted file: the private key, if there is one, and a payload.
//!
//! The file is a JSON object. With a key it is a keystore of version 3 (Web3 Secret Storage), which
//! other wallets open too; the member `microraiden` holds the payload, under the same password.

use crate::json::{Value, json};
use zeroize::Zeroizing;

use crate::keystore::{self, Kdf, Keystore, KeystoreError, MAX_LENGTH, MAX_ROUNDS, hex_member};
use crate::protocol::{Address, PrivateKey};

use super::crypto::{self, Subtle};
use super::error::Failure;

/// The OWASP recommendation for PBKDF2-HMAC-SHA256 (Password Storage Cheat Sheet, 2023).
const ROUNDS: u32 = 600_000;
/// The version of the member `microraiden`.
const VERSION: u64 = 1;
const MEMBER: &str = "microraiden";
const CIPHER: &str = "AES-GCM";

/// Encrypts the key, if there is one, and the payload. Returns the file's text.
pub(crate) async fn seal(
    password: &str,
    key: Option<&PrivateKey>,
    payload: &str,
) -> Result<String, Failure> {
    if password.is_empty() {
        return Err(Failure::argument("password", "text that is not empty"));
    }
    let subtle = Subtle::get()?;
    let mut file = Vec::new();
    if let Some(key) = key {
        let keystore = encrypt_key(&subtle, password, key).await?;
        file.push(("version".into(), keystore::VERSION.into()));
        file.push(("id".into(), uuid()?.into()));
        file.push(("address".into(), hex::encode(key.address().0).into()));
        file.push(("crypto".into(), keystore.crypto_json()));
    }
    let owner = key.map(PrivateKey::address);
    let member = lock_payload(&subtle, password, owner, payload).await?;
    file.push((MEMBER.into(), member));
    let text = Value::Object(file).to_string();
    if text.len() > MAX_LENGTH {
        return Err(Failure::argument("payload", "short enough for a backup"));
    }
    Ok(text)
}

/// Decrypts the key and the payload of a backup, or the key of another tool's keystore.
pub(crate) async fn open(
    password: &str,
    file: &str,
) -> Result<(Option<PrivateKey>, Option<String>), Failure> {
    if file.len() > MAX_LENGTH {
        return Err(corrupt("it is too long"));
    }
    let file = Value::parse(file).map_err(|_| corrupt("it is no JSON"))?;
    let keystore = match Keystore::crypto(&file) {
        Some(_) => Some(Keystore::from_json(&file).map_err(refused)?),
        None => None,
    };
    let payload = file.get(MEMBER).map(LockedPayload::read).transpose()?;
    if keystore.is_none() && payload.is_none() {
        return Err(corrupt("it holds no backup"));
    }

    let subtle = Subtle::get()?;
    let key = match keystore {
        Some(keystore) => Some(decrypt_key(&subtle, password, &keystore).await?),
        None => None,
    };
    let payload = match payload {
        Some(locked) => {
            let owner = key.as_ref().map(PrivateKey::address);
            Some(locked.open(&subtle, password, owner).await?)
        }
        None => None,
    };
    Ok((key, payload))
}

async fn encrypt_key(
    subtle: &Subtle,
    password: &str,
    key: &PrivateKey,
) -> Result<Keystore, Failure> {
    let (iv, salt) = (random()?, random::<32>()?.to_vec());
    let derived = subtle.derive(password, &salt, ROUNDS).await?;
    let (cipher_key, mac_key) = derived.split_at(16);
    let cipher_key = subtle.aes_key("AES-CTR", cipher_key).await?;
    let encrypted = subtle
        .encrypt(&crypto::ctr(&iv), &cipher_key, key.to_bytes().as_slice())
        .await?;
    let ciphertext = <[u8; 32]>::try_from(encrypted.as_slice())
        .map_err(|_| corrupt("the cipher changed its length"))?;
    Ok(Keystore {
        address: Some(key.address()),
        kdf: Kdf::Pbkdf2 {
            salt,
            rounds: ROUNDS,
        },
        iv,
        ciphertext,
        mac: Keystore::mac(mac_key, &ciphertext),
    })
}

async fn decrypt_key(
    subtle: &Subtle,
    password: &str,
    keystore: &Keystore,
) -> Result<PrivateKey, Failure> {
    let Kdf::Pbkdf2 { salt, rounds } = &keystore.kdf else {
        return Err(unsupported("a keystore that uses scrypt, not pbkdf2"));
    };
    let derived = subtle.derive(password, salt, *rounds).await?;
    let (cipher_key, mac_key) = derived.split_at(16);
    keystore.check(mac_key).map_err(refused)?;
    let cipher_key = subtle.aes_key("AES-CTR", cipher_key).await?;
    let plain = subtle
        .encrypt(
            &crypto::ctr(&keystore.iv),
            &cipher_key,
            &keystore.ciphertext,
        )
        .await?;
    keystore.key(&plain).map_err(refused)
}

fn refused(error: KeystoreError) -> Failure {
    match error {
        KeystoreError::WrongPassword => wrong_password(),
        KeystoreError::Version | KeystoreError::Unsupported { .. } => Failure::new(
            "backup-unsupported",
            format_args!("the file can't be opened: {error}"),
        ),
        _ => corrupt(&error.to_string()),
    }
}

/// Encrypts the member `microraiden`. The key's address is its additional data, so that the member can't
/// be combined with another key.
async fn lock_payload(
    subtle: &Subtle,
    password: &str,
    owner: Option<Address>,
    payload: &str,
) -> Result<Value, Failure> {
    let (iv, salt) = (random::<12>()?, random::<32>()?);
    let derived = subtle.derive(password, &salt, ROUNDS).await?;
    let key = subtle.aes_key(CIPHER, derived.as_slice()).await?;
    let algorithm = crypto::gcm(&iv, additional_data(owner.as_ref()));
    let ciphertext = subtle.encrypt(&algorithm, &key, payload.as_bytes()).await?;
    Ok(json!({
        "version": VERSION,
        "cipher": CIPHER,
        "iv": hex::encode(iv),
        "salt": hex::encode(salt),
        "c": ROUNDS,
        "ciphertext": hex::encode(&*ciphertext),
    }))
}

fn additional_data(owner: Option<&Address>) -> &[u8] {
    owner.map_or(&[], |address| &address.0)
}

/// The encrypted payload, not authenticated yet.
struct LockedPayload {
    iv: [u8; 12],
    salt: Vec<u8>,
    rounds: u32,
    ciphertext: Vec<u8>,
}

impl LockedPayload {
    fn read(member: &Value) -> Result<Self, Failure> {
        match member["version"].as_u64() {
            Some(VERSION) => {}
            Some(_) => return Err(unsupported("a backup of a later version")),
            None => return Err(corrupt("microraiden.version is missing or malformed")),
        }
        if member["cipher"].as_str() != Some(CIPHER) {
            return Err(corrupt("microraiden.cipher is missing or malformed"));
        }
        Ok(Self {
            iv: bytes(member, "iv")?
                .try_into()
                .map_err(|_| malformed("iv"))?,
            salt: bytes(member, "salt")?,
            rounds: rounds(member)?,
            ciphertext: bytes(member, "ciphertext")?,
        })
    }

    async fn open(
        &self,
        subtle: &Subtle,
        password: &str,
        owner: Option<Address>,
    ) -> Result<String, Failure> {
        let derived = subtle.derive(password, &self.salt, self.rounds).await?;
        let key = subtle.aes_key(CIPHER, derived.as_slice()).await?;
        let algorithm = crypto::gcm(&self.iv, additional_data(owner.as_ref()));
        let plain = subtle.decrypt(&algorithm, &key, &self.ciphertext).await;
        let plain: Zeroizing<Vec<u8>> = plain.ok_or_else(|| match owner {
            // The keystore decrypted, so the password is right.
            Some(_) => corrupt("microraiden.ciphertext does not decrypt"),
            None => wrong_password(),
        })?;
        str::from_utf8(&plain)
            .map(str::to_owned)
            .map_err(|_| corrupt("microraiden.ciphertext is no text"))
    }
}

fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    crypto::random(&mut bytes)?;
    Ok(bytes)
}

/// A random UUID (version 4).
fn uuid() -> Result<String, Failure> {
    let number = u128::from_be_bytes(random()?);
    let number = number & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let mut text = format!("{number:032x}");
    for place in [20, 16, 12, 8] {
        text.insert(place, '-');
    }
    Ok(text)
}

fn bytes(object: &Value, name: &str) -> Result<Vec<u8>, Failure> {
    hex_member(object, name).ok_or_else(|| malformed(name))
}

fn rounds(object: &Value) -> Result<u32, Failure> {
    let number = object["c"].as_u64().ok_or_else(|| malformed("c"))?;
    u32::try_from(number)
        .ok()
        .filter(|rounds| (1..=MAX_ROUNDS).contains(rounds))
        .ok_or_else(|| corrupt("c is not from 1 to 10000000"))
}

fn malformed(name: &str) -> Failure {
    corrupt(&format!("{name} is missing or malformed"))
}

fn corrupt(why: &str) -> Failure {
    Failure::new(
        "corrupt-backup",
        format_args!("the file is no backup, or it is damaged: {why}"),
    )
}

fn unsupported(what: &str) -> Failure {
    Failure::new(
        "backup-unsupported",
        format_args!("the file is {what}, which can't be opened here"),
    )
}

fn wrong_password() -> Failure {
    let message = "the password is wrong, or the file was changed";
    Failure::new("wrong-password", message)
}

#[cfg(test)]
mod tests;
