//! WebCrypto and randomness, in pages and workers.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::error::{Failure, set};

fn crypto() -> Result<Crypto, Failure> {
    Reflect::get(&js_sys::global(), &"crypto".into())
        .ok()
        .filter(JsValue::is_object)
        .map(JsCast::unchecked_into)
        .ok_or_else(|| {
            Failure::new(
                "wallet-unsupported",
                "this browser has no secure randomness",
            )
        })
}

fn refused(error: JsValue) -> Failure {
    Failure::new(
        "wallet-unsupported",
        "this browser's WebCrypto refused to work",
    )
    .caused_by(error)
}

/// Fills with secure random bytes.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), Failure> {
    crypto()?
        .get_random_values_with_u8_array(bytes)
        .map_err(refused)?;
    Ok(())
}

/// AES-GCM with these parameters.
pub(crate) fn gcm(iv: &[u8; 12], additional_data: &[u8]) -> Object {
    let algorithm = named("AES-GCM");
    set(&algorithm, "iv", &Uint8Array::from(iv.as_slice()));
    set(
        &algorithm,
        "additionalData",
        &Uint8Array::from(additional_data),
    );
    algorithm
}

/// AES-CTR with a counter of the whole block (128 bits). Encrypting again decrypts.
pub(crate) fn ctr(iv: &[u8; 16]) -> Object {
    let algorithm = named("AES-CTR");
    set(&algorithm, "counter", &Uint8Array::from(iv.as_slice()));
    set(&algorithm, "length", &128.into());
    algorithm
}

fn named(name: &str) -> Object {
    let algorithm = Object::new();
    set(&algorithm, "name", &name.into());
    algorithm
}

/// `crypto.subtle`.
pub(crate) struct Subtle(SubtleCrypto);

impl Subtle {
    /// Fails with `insecure-context` if the browser offers none.
    pub(crate) fn get() -> Result<Self, Failure> {
        let subtle = crypto()?.subtle();
        if subtle.is_undefined() {
            return Err(Failure::new(
                "insecure-context",
                "the browser offers no encryption to this page because its connection is not \
                 secure (crypto.subtle is missing); open the page over https:// or on localhost",
            ));
        }
        Ok(Self(subtle))
    }

    /// A new AES-256-GCM key that can't be exported to scripts.
    pub(crate) async fn generate(&self) -> Result<CryptoKey, Failure> {
        let algorithm = named("AES-GCM");
        set(&algorithm, "length", &256.into());
        let promise =
            self.0
                .generate_key_with_object(&algorithm, false, &usages(&["encrypt", "decrypt"]));
        settled(promise).await.map(JsCast::unchecked_into)
    }

    /// An AES key for this algorithm from its bytes.
    pub(crate) async fn aes_key(
        &self,
        algorithm: &str,
        bytes: &[u8],
    ) -> Result<CryptoKey, Failure> {
        self.import(algorithm, bytes, &["encrypt", "decrypt"]).await
    }

    async fn import(
        &self,
        algorithm: &str,
        bytes: &[u8],
        names: &[&str],
    ) -> Result<CryptoKey, Failure> {
        let array = Uint8Array::from(bytes);
        let promise = self
            .0
            .import_key_with_str("raw", &array, algorithm, false, &usages(names));
        // The browser has copied the bytes by now; wipe ours.
        array.fill(0, 0, array.length());
        settled(promise).await.map(JsCast::unchecked_into)
    }

    /// 32 bytes from a password by PBKDF2-HMAC-SHA256.
    pub(crate) async fn derive(
        &self,
        password: &str,
        salt: &[u8],
        rounds: u32,
    ) -> Result<Zeroizing<[u8; 32]>, Failure> {
        let password = self
            .import("PBKDF2", password.as_bytes(), &["deriveBits"])
            .await?;
        let algorithm = named("PBKDF2");
        set(&algorithm, "hash", &"SHA-256".into());
        set(&algorithm, "salt", &Uint8Array::from(salt));
        set(&algorithm, "iterations", &rounds.into());
        let promise = self.0.derive_bits_with_object(&algorithm, &password, 256);
        let bits = settled(promise).await.map(|buffer| take(&buffer))?;
        <[u8; 32]>::try_from(bits.as_slice())
            .map(Zeroizing::new)
            .map_err(|_| refused(JsValue::UNDEFINED))
    }

    /// Decrypts; `None` if the key, the parameters or the ciphertext don't match.
    pub(crate) async fn decrypt(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        ciphertext: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let promise = self
            .0
            .decrypt_with_object_and_u8_array(algorithm, key, ciphertext);
        settled(promise).await.ok().map(|buffer| take(&buffer))
    }

    /// Encrypts; for AES-GCM the tag is appended.
    pub(crate) async fn encrypt(
        &self,
        algorithm: &Object,
        key: &CryptoKey,
        plain: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let promise = self
            .0
            .encrypt_with_object_and_u8_array(algorithm, key, plain);
        settled(promise).await.map(|buffer| take(&buffer))
    }
}

fn usages(names: &[&str]) -> JsValue {
    let list = Array::new();
    for name in names {
        list.push(&(*name).into());
    }
    list.into()
}

async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue, Failure> {
    JsFuture::from(promise.map_err(refused)?)
        .await
        .map_err(refused)
}

/// Copies the bytes out of an `ArrayBuffer` and wipes it, because they may be a key.
fn take(buffer: &JsValue) -> Zeroizing<Vec<u8>> {
    let array = Uint8Array::new(buffer);
    let bytes = Zeroizing::new(array.to_vec());
    array.fill(0, 0, array.length());
    bytes
}
