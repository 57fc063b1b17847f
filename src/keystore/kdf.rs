//! From a password to a key.

use crate::json::{Value, json};

use super::{KeystoreError, hex_member, unsupported};

/// The most memory for scrypt, in bytes. The usual parameters take 128 or 256 MiB.
const MAX_MEMORY: u64 = 1 << 30;
/// How often scrypt fills that memory. The usual parameters say 1, 6 or 8.
const MAX_TIMES: u32 = 16;
/// More rounds would take minutes. The usual parameters say 262,144 to 600,000.
pub const MAX_ROUNDS: u32 = 10_000_000;
const LENGTH: u32 = 32;
const PRF: &str = "hmac-sha256";

/// How the key comes from the password, in bounds.
pub enum Kdf {
    /// Hard in memory.
    Scrypt {
        /// The salt.
        salt: Vec<u8>,
        /// The logarithm of the cost `n`.
        log_n: u8,
        /// The block size.
        r: u32,
        /// The parallelism.
        p: u32,
    },
    /// PBKDF2 with HMAC-SHA256.
    Pbkdf2 {
        /// The salt.
        salt: Vec<u8>,
        /// The rounds.
        rounds: u32,
    },
}

impl Kdf {
    pub(super) fn read(name: &str, params: &Value) -> Result<Self, KeystoreError> {
        match name {
            "scrypt" => read_scrypt(params),
            "pbkdf2" => read_pbkdf2(params),
            _ => Err(unsupported("kdf", "scrypt or pbkdf2")),
        }
    }

    pub(super) fn to_json(&self) -> (&'static str, Value) {
        match self {
            Self::Scrypt { salt, log_n, r, p } => {
                let n = 1_u64 << (*log_n & 63);
                let salt = hex::encode(salt);
                let params = json!({ "n": n, "r": *r, "p": *p, "dklen": LENGTH, "salt": salt });
                ("scrypt", params)
            }
            Self::Pbkdf2 { salt, rounds } => {
                let salt = hex::encode(salt);
                let params = json!({ "c": *rounds, "dklen": LENGTH, "prf": PRF, "salt": salt });
                ("pbkdf2", params)
            }
        }
    }
}

fn read_scrypt(params: &Value) -> Result<Kdf, KeystoreError> {
    check_length(params)?;
    let n = number(params, "n")?;
    let small = |name| u32::try_from(number(params, name)?).map_err(|_| malformed());
    let (r, p) = (small("r")?, small("p")?);
    if n < 2 || !n.is_power_of_two() {
        return Err(KeystoreError::Malformed("n"));
    }
    if p > MAX_TIMES {
        return Err(KeystoreError::TooCostly("scrypt's `p` is above 16"));
    }
    let blocks = n.checked_add(p.into());
    let memory = blocks.and_then(|blocks| blocks.checked_mul(128 * u64::from(r)));
    if memory.is_none_or(|memory| memory > MAX_MEMORY) {
        return Err(KeystoreError::TooCostly(
            "scrypt asks for more than 1 GiB of memory",
        ));
    }
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| malformed())?;
    // The bounds of RFC 7914; the upper ones follow from the memory.
    if r == 0 || p == 0 || u64::from(log_n) >= 16 * u64::from(r) {
        return Err(malformed());
    }
    let salt = salt(params)?;
    Ok(Kdf::Scrypt { salt, log_n, r, p })
}

fn read_pbkdf2(params: &Value) -> Result<Kdf, KeystoreError> {
    check_length(params)?;
    if params["prf"].as_str() != Some(PRF) {
        return Err(unsupported("prf", PRF));
    }
    let rounds = params["c"].as_u64().filter(|rounds| *rounds > 0);
    let rounds = u32::try_from(rounds.ok_or(KeystoreError::Malformed("c"))?).ok();
    let rounds = rounds.filter(|rounds| *rounds <= MAX_ROUNDS);
    Ok(Kdf::Pbkdf2 {
        salt: salt(params)?,
        rounds: rounds.ok_or(KeystoreError::TooCostly(
            "pbkdf2 asks for more than 10,000,000 rounds",
        ))?,
    })
}

fn check_length(params: &Value) -> Result<(), KeystoreError> {
    if number(params, "dklen")? == u64::from(LENGTH) {
        Ok(())
    } else {
        Err(unsupported("dklen", "32"))
    }
}

fn number(params: &Value, name: &'static str) -> Result<u64, KeystoreError> {
    params[name].as_u64().ok_or_else(malformed)
}

fn malformed() -> KeystoreError {
    KeystoreError::Malformed("kdfparams")
}

fn salt(params: &Value) -> Result<Vec<u8>, KeystoreError> {
    hex_member(params, "salt").ok_or(KeystoreError::Malformed("salt"))
}
