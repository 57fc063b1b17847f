//! Deriving and decrypting with this machine.

use aes::Aes128;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use pbkdf2::pbkdf2_hmac;
use pbkdf2::sha2::Sha256;
use scrypt::Params;
use zeroize::Zeroizing;

use crate::protocol::PrivateKey;

use super::{Kdf, Keystore, KeystoreError};

/// The key of the cipher, and that of the check.
type Derived = Zeroizing<[[u8; 16]; 2]>;

impl Keystore {
    /// Decrypts the key. That is made to take long: a second or so of work, and up to 1 GiB of
    /// memory.
    pub fn open(&self, password: &str) -> Result<PrivateKey, KeystoreError> {
        let derived = derive(&self.kdf, password.as_bytes())?;
        let [cipher_key, mac_key] = &*derived;
        self.check(mac_key)?;
        let mut plain = Zeroizing::new(self.ciphertext);
        Ctr128BE::<Aes128>::new(cipher_key.into(), &self.iv.into())
            .apply_keystream(plain.as_mut_slice());
        self.key(plain.as_slice())
    }
}

fn derive(kdf: &Kdf, password: &[u8]) -> Result<Derived, KeystoreError> {
    let mut keys = Derived::new([[0; 16]; 2]);
    let bytes = keys.as_flattened_mut();
    match kdf {
        Kdf::Scrypt { salt, log_n, r, p } => {
            let malformed = KeystoreError::Malformed("kdfparams");
            let params = Params::new(*log_n, *r, *p).map_err(|_| malformed.clone())?;
            scrypt::scrypt(password, salt, &params, bytes).map_err(|_| malformed)?;
        }
        Kdf::Pbkdf2 { salt, rounds } => {
            pbkdf2_hmac::<Sha256>(password, salt, *rounds, bytes);
        }
    }
    Ok(keys)
}
