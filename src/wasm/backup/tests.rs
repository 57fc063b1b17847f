//! In a real browser, whose WebCrypto does the work.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use serde_json::{Value, json};

use crate::protocol::keccak256;

use super::*;

wasm_bindgen_test_configure!(run_in_browser);

/// The test vector of the specification (Ethereum wiki, Web3 Secret Storage Definition).
const VECTOR_KEY: &str = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
const VECTOR_PASSWORD: &str = "testpassword";
const VECTOR: &str = r#"{
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3
}"#;

/// By ethers 6.16, which derives with scrypt.
const SCRYPT: &str = include_str!("../../../tests/keystores/ethers-scrypt.json");
const PASSWORD: &str = "correct horse, πß";
const PAYLOAD: &str = "{\"records\":[\"é 1\"]}";

type Opened = (Option<PrivateKey>, Option<String>);

fn key() -> PrivateKey {
    PrivateKey::from_hex(VECTOR_KEY).expect("a key")
}

fn parts(opened: Result<Opened, Failure>) -> (Option<String>, Option<String>) {
    let (key, payload) = opened.expect("opened");
    (key.map(|key| key.to_hex()[2..].to_owned()), payload)
}

/// The code and the message.
fn refusal(opened: Result<Opened, Failure>) -> (String, String) {
    let error = JsValue::from(opened.expect_err("refused"));
    let text = |name: &str| {
        let value = Reflect::get(&error, &name.into()).expect("readable");
        value.as_string().expect("text")
    };
    (text("code"), text("message"))
}

fn edited(file: &str, pointer: &str, value: impl Into<Value>) -> String {
    let mut file: Value = serde_json::from_str(file).expect("JSON");
    *file.pointer_mut(pointer).expect(pointer) = value.into();
    file.to_string()
}

fn without(file: &str, name: &str) -> String {
    let mut file: Value = serde_json::from_str(file).expect("JSON");
    file.as_object_mut().expect("object").remove(name);
    file.to_string()
}

/// Few rounds, so that many files can be tried: the vector's key under an empty iv and salt.
async fn quick(password: &str) -> String {
    let subtle = Subtle::get().expect("secure");
    let derived = subtle.derive(password, &[], 1).await.expect("derived");
    let (cipher_key, mac_key) = derived.split_at(16);
    let cipher_key = subtle.aes_key("AES-CTR", cipher_key).await.expect("key");
    let plain = key().to_bytes();
    let ciphertext = subtle
        .encrypt(&crypto::ctr(&[0; 16]), &cipher_key, plain.as_slice())
        .await
        .expect("encrypted");
    json!({
        "version": 3,
        "address": hex::encode(key().address().0),
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": { "iv": hex::encode([0; 16]) },
            "ciphertext": hex::encode(&*ciphertext),
            "kdf": "pbkdf2",
            "kdfparams": { "c": 1, "dklen": 32, "prf": "hmac-sha256", "salt": "" },
            "mac": hex::encode(keccak256(&[mac_key, &ciphertext]).0),
        },
    })
    .to_string()
}

#[wasm_bindgen_test]
async fn the_specification_s_keystore_opens() {
    let opened = parts(open(VECTOR_PASSWORD, VECTOR).await);
    assert_eq!(opened, (Some(VECTOR_KEY.to_owned()), None));
    let capital = VECTOR.replace("\"crypto\"", "\"Crypto\"");
    assert_eq!(parts(open(VECTOR_PASSWORD, &capital).await), opened);
    let (code, _) = refusal(open("testpasswor", VECTOR).await);
    assert_eq!(code, "wrong-password");
}

#[wasm_bindgen_test]
async fn key_and_payload_come_back() {
    let file = seal(PASSWORD, Some(&key()), PAYLOAD).await.expect("sealed");
    let whole = (Some(VECTOR_KEY.to_owned()), Some(PAYLOAD.to_owned()));
    assert_eq!(parts(open(PASSWORD, &file).await), whole);
    // What another tool makes of it.
    let keystore = without(&file, "microraiden");
    let opened = parts(open(PASSWORD, &keystore).await);
    assert_eq!(opened, (Some(VECTOR_KEY.to_owned()), None));
    assert!(!file.contains(&VECTOR_KEY[..12]) && !file.contains("records"));

    let parsed: Value = serde_json::from_str(&file).expect("JSON");
    assert_eq!(parsed["version"], 3);
    assert_eq!(parsed["crypto"]["kdfparams"]["c"], 600_000);
    assert_eq!(parsed["microraiden"]["c"], 600_000);
    assert_ne!(
        parsed["microraiden"]["salt"], parsed["crypto"]["kdfparams"]["salt"],
        "one derived key for two ciphers"
    );
    let id = parsed["id"].as_str().expect("an id");
    let places = [8, 13, 18, 23].map(|place| id.as_bytes()[place]);
    assert_eq!((id.len(), places), (36, [b'-'; 4]));
    assert_eq!(id.as_bytes()[14], b'4');
    assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");

    // The password was right for the keystore.
    let cases = [
        edited(&file, "/microraiden/ciphertext", "00".repeat(30)),
        edited(&file, "/microraiden/iv", "00".repeat(12)),
        edited(&file, "/microraiden/c", 1),
    ];
    for damaged in cases {
        assert_eq!(refusal(open(PASSWORD, &damaged).await).0, "corrupt-backup");
    }
    assert_eq!(refusal(open("other", &file).await).0, "wrong-password");
    // The payload belongs to this key only.
    let alone = without(&file, "crypto");
    assert_eq!(refusal(open(PASSWORD, &alone).await).0, "wrong-password");
}

#[wasm_bindgen_test]
async fn a_payload_comes_back_without_a_key() {
    let file = seal(PASSWORD, None, PAYLOAD).await.expect("sealed");
    let opened = parts(open(PASSWORD, &file).await);
    assert_eq!(opened, (None, Some(PAYLOAD.to_owned())));
    let members: Value = serde_json::from_str(&file).expect("JSON");
    assert_eq!(members.as_object().expect("object").len(), 1);
    assert_eq!(refusal(open("other", &file).await).0, "wrong-password");
    let later = edited(&file, "/microraiden/version", 2);
    let (code, _) = refusal(open(PASSWORD, &later).await);
    assert_eq!(code, "backup-unsupported");
    assert!(seal("", None, PAYLOAD).await.is_err());
}

#[wasm_bindgen_test]
async fn damaged_and_foreign_files_are_refused_before_any_work() {
    let file = quick(PASSWORD).await;
    assert!(open(PASSWORD, &file).await.is_ok());
    let params = "/crypto/kdfparams";
    let damaged = [
        String::new(),
        "no JSON".to_owned(),
        "7".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "{\"crypto\":7,\"version\":3}".to_owned(),
        "{\"microraiden\":7}".to_owned(),
        "[".repeat(100_000),
        format!("{file}{}", " ".repeat(MAX_LENGTH)),
        without(&file, "version"),
        edited(&file, &format!("{params}/c"), 0),
        edited(&file, &format!("{params}/c"), 10_000_001),
        edited(&file, &format!("{params}/c"), (1_u64 << 32) + 1),
        edited(&file, &format!("{params}/c"), -1),
        edited(&file, &format!("{params}/c"), "1"),
        edited(&file, &format!("{params}/salt"), "0"),
        edited(&file, "/crypto/cipherparams/iv", "00"),
        edited(&file, "/crypto/cipherparams", Value::Null),
        edited(&file, "/crypto/ciphertext", "é".repeat(32)),
        edited(&file, "/crypto/mac", Value::Null),
        // Right by its mac, and another key all the same.
        edited(&file, "/crypto/cipherparams/iv", "01".repeat(16)),
        edited(&file, "/address", "00".repeat(20)),
    ];
    for text in damaged {
        let short: String = text.chars().take(300).collect();
        let (code, message) = refusal(open(PASSWORD, &text).await);
        assert_eq!(code, "corrupt-backup", "{message}: {short}");
    }
    let unsupported = [
        (SCRYPT.to_owned(), "scrypt"),
        (edited(&file, "/crypto/kdf", "argon2"), "pbkdf2"),
        (edited(&file, "/crypto/cipher", "aes-128-cbc"), "cipher"),
        (
            edited(&file, &format!("{params}/prf"), "hmac-sha512"),
            "prf",
        ),
        (edited(&file, &format!("{params}/dklen"), 64), "dklen"),
        (edited(&file, "/version", 4), "version"),
    ];
    for (text, named) in unsupported {
        let (code, message) = refusal(open(PASSWORD, &text).await);
        assert_eq!(code, "backup-unsupported", "{message}");
        assert!(message.contains(named), "{message}");
    }
    let wrong = edited(&file, "/crypto/mac", "00".repeat(32));
    assert_eq!(refusal(open(PASSWORD, &wrong).await).0, "wrong-password");
    let wrong = edited(&file, "/crypto/ciphertext", "00".repeat(32));
    assert_eq!(refusal(open(PASSWORD, &wrong).await).0, "wrong-password");
}
