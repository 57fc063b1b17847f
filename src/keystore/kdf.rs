//! From a password to a key.

use pbkdf2::pbkdf2_hmac;
use pbkdf2::sha2::Sha256;
use scrypt::Params;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::KeystoreError;

/// The most memory for scrypt, in bytes. The usual parameters take 128 or 256 MiB.
const MAX_MEMORY: u64 = 1 << 30;
/// How often scrypt fills that memory. The usual parameters say 1, 6 or 8.
const MAX_TIMES: u32 = 16;
/// More rounds would take minutes. The usual parameters say 262,144 to 600,000.
const MAX_ROUNDS: u32 = 10_000_000;
const LENGTH: u64 = 32;

/// How the key comes from the password, in bounds.
pub(super) enum Kdf {
    Scrypt { salt: Vec<u8>, params: Params },
    Pbkdf2 { salt: Vec<u8>, rounds: u32 },
}

/// The key of the cipher, and that of the check.
pub(super) type Derived = Zeroizing<[[u8; 16]; 2]>;

impl Kdf {
    pub(super) fn read(name: &str, params: &Value) -> Result<Self, KeystoreError> {
        match name {
            "scrypt" => read_scrypt(params),
            "pbkdf2" => read_pbkdf2(params),
            _ => Err(unsupported("kdf", "scrypt or pbkdf2")),
        }
    }

    pub(super) fn derive(&self, password: &[u8]) -> Result<Derived, KeystoreError> {
        let mut keys = Derived::new([[0; 16]; 2]);
        let bytes = keys.as_flattened_mut();
        match self {
            Self::Scrypt { salt, params } => {
                scrypt::scrypt(password, salt, params, bytes)
                    .map_err(|_| unsupported("dklen", "32"))?;
            }
            Self::Pbkdf2 { salt, rounds } => {
                pbkdf2_hmac::<Sha256>(password, salt, *rounds, bytes);
            }
        }
        Ok(keys)
    }
}

#[derive(Deserialize)]
struct ScryptParams {
    dklen: u64,
    n: u64,
    r: u32,
    p: u32,
    salt: String,
}

fn read_scrypt(params: &Value) -> Result<Kdf, KeystoreError> {
    let params: ScryptParams = members(params)?;
    check_length(params.dklen)?;
    if params.n < 2 || !params.n.is_power_of_two() {
        return Err(KeystoreError::Malformed("n"));
    }
    if params.p > MAX_TIMES {
        return Err(KeystoreError::TooCostly("scrypt's `p` is above 16"));
    }
    let blocks = params.n.checked_add(params.p.into());
    let memory = blocks.and_then(|blocks| blocks.checked_mul(128 * u64::from(params.r)));
    if memory.is_none_or(|memory| memory > MAX_MEMORY) {
        return Err(KeystoreError::TooCostly(
            "scrypt asks for more than 1 GiB of memory",
        ));
    }
    let log_n = params.n.trailing_zeros();
    let checked = u8::try_from(log_n)
        .ok()
        .and_then(|log_n| Params::new(log_n, params.r, params.p).ok());
    Ok(Kdf::Scrypt {
        salt: salt(&params.salt)?,
        params: checked.ok_or(KeystoreError::Malformed("kdfparams"))?,
    })
}

#[derive(Deserialize)]
struct Pbkdf2Params {
    dklen: u64,
    c: u64,
    prf: String,
    salt: String,
}

fn read_pbkdf2(params: &Value) -> Result<Kdf, KeystoreError> {
    let params: Pbkdf2Params = members(params)?;
    check_length(params.dklen)?;
    if params.prf != "hmac-sha256" {
        return Err(unsupported("prf", "hmac-sha256"));
    }
    if params.c == 0 {
        return Err(KeystoreError::Malformed("c"));
    }
    let rounds = u32::try_from(params.c).ok();
    Ok(Kdf::Pbkdf2 {
        salt: salt(&params.salt)?,
        rounds: rounds
            .filter(|rounds| *rounds <= MAX_ROUNDS)
            .ok_or(KeystoreError::TooCostly(
                "pbkdf2 asks for more than 10,000,000 rounds",
            ))?,
    })
}

fn members<'a, T: Deserialize<'a>>(params: &'a Value) -> Result<T, KeystoreError> {
    T::deserialize(params).map_err(|_| KeystoreError::Malformed("kdfparams"))
}

fn check_length(dklen: u64) -> Result<(), KeystoreError> {
    match dklen {
        LENGTH => Ok(()),
        _ => Err(unsupported("dklen", "32")),
    }
}

fn salt(text: &str) -> Result<Vec<u8>, KeystoreError> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode(digits).map_err(|_| KeystoreError::Malformed("salt"))
}

fn unsupported(member: &'static str, known: &'static str) -> KeystoreError {
    KeystoreError::Unsupported { member, known }
}
