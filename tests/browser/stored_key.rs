//! The local key at rest: what is stored, and what happens when it is damaged or taken away.

use js_sys::{Function, Promise, Reflect};
use microraiden::wasm::local_key::LocalKey;
use wasm_bindgen::JsValue;
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{ADDRESS, KEY, code, key, rejection};

/// Runs this body, which may return a promise.
async fn js(body: &str, argument: &str) -> JsValue {
    let answer = Function::new_with_args("argument", body)
        .call1(&JsValue::UNDEFINED, &argument.into())
        .expect("no exception");
    JsFuture::from(Promise::resolve(&answer))
        .await
        .expect("no rejection")
}

async fn text(name: &str) -> Option<String> {
    js(
        "return localStorage.getItem('microraiden:key:' + argument)",
        name,
    )
    .await
    .as_string()
}

async fn put(name: &str, text: &str) {
    let body = format!("localStorage.setItem('microraiden:key:{name}', argument)");
    js(&body, text).await;
}

/// Never resolves if the library leaves its database open.
async fn clear_indexed_db() {
    let body = "return new Promise((resolve, reject) => { \
                const request = indexedDB.deleteDatabase('microraiden'); \
                request.onsuccess = resolve; \
                request.onerror = reject; })";
    js(body, "").await;
}

async fn save(key: &LocalKey, name: &str) -> Result<JsValue, JsValue> {
    JsFuture::from(key.save(name.into())).await
}

async fn forget(name: &str) {
    JsFuture::from(LocalKey::forget(name.into()))
        .await
        .expect("storage");
}

/// The address of the stored key.
async fn load(name: &str) -> Result<Option<String>, JsValue> {
    let loaded = JsFuture::from(LocalKey::load(name.into())).await?;
    if loaded.is_undefined() {
        return Ok(None);
    }
    let key = LocalKey::try_from_js_value(loaded).expect("a key");
    Ok(Some(key.address()))
}

#[wasm_bindgen_test]
async fn a_stored_key_is_found_again_and_never_overwritten() {
    let name = "found-again";
    forget(name).await;
    assert_eq!(load(name).await, Ok(None));
    save(&key(), name).await.expect("stored");
    save(&key(), name).await.expect("the same key again");
    let other = LocalKey::create().expect("random");
    let refused = save(&other, name).await.expect_err("refused");
    assert_eq!(code(refused), "key-exists");
    assert_eq!(load(name).await, Ok(Some(ADDRESS.to_owned())));
    forget(name).await;
    assert_eq!(load(name).await, Ok(None));
}

#[wasm_bindgen_test]
async fn of_two_keys_saved_at_once_one_is_refused() {
    let name = "at-once";
    forget(name).await;
    let other = LocalKey::create().expect("random");
    let (one, two) = (key().save(name.into()), other.save(name.into()));
    JsFuture::from(one).await.expect("the first is stored");
    assert_eq!(rejection(two).await, "key-exists");
    assert_eq!(load(name).await, Ok(Some(ADDRESS.to_owned())));
    forget(name).await;
}

/// Nothing of the key in the text, and no two texts alike.
#[wasm_bindgen_test]
async fn the_stored_text_does_not_hold_the_key() {
    let name = "encrypted";
    let random = LocalKey::create().expect("random");
    for key in [key(), random] {
        forget(name).await;
        save(&key, name).await.expect("stored");
        let stored = text(name).await.expect("stored");
        let hex = key.to_hex();
        for digits in hex.as_bytes()[2..].windows(12) {
            let digits = str::from_utf8(digits).expect("hex");
            assert!(!stored.to_lowercase().contains(digits), "{stored}");
        }
        let parsed = js_sys::JSON::parse(&stored).expect("JSON");
        let get = |name: &str| Reflect::get(&parsed, &name.into()).expect("readable");
        assert_eq!(get("version"), 2);
        assert_eq!(get("address").as_string(), Some(key.address()));
        save(&key, name).await.expect("stored");
        assert_ne!(text(name).await, Some(stored), "an iv is used again");
    }
    forget(name).await;
}

#[wasm_bindgen_test]
async fn the_wrapping_key_cannot_be_read_by_a_script() {
    save(&key(), "wrapping").await.expect("stored");
    let body = "return new Promise((resolve) => { \
                const opening = indexedDB.open('microraiden'); \
                opening.onsuccess = () => { const database = opening.result; \
                const get = database.transaction('keys').objectStore('keys').get('wrapping'); \
                get.onsuccess = () => { database.close(); resolve(get.result); }; }; }) \
                .then((key) => crypto.subtle.exportKey('raw', key).catch((error) => \
                `${key.extractable} ${key.algorithm.name} ${key.algorithm.length} ${error.name}`))";
    assert_eq!(js(body, "").await, "false AES-GCM 256 InvalidAccessError");
    forget("wrapping").await;
}

#[wasm_bindgen_test]
async fn a_key_stored_in_plain_text_is_loaded_and_encrypted() {
    let name = "plain";
    for plain in [KEY, &KEY[2..]] {
        put(name, plain).await;
        let other = LocalKey::create().expect("random");
        let refused = save(&other, name).await.expect_err("refused");
        assert_eq!(code(refused), "key-exists");
        assert_eq!(load(name).await, Ok(Some(ADDRESS.to_owned())));
        let stored = text(name).await.expect("stored");
        assert!(!stored.contains(&KEY[2..]), "still in plain text");
        assert_eq!(load(name).await, Ok(Some(ADDRESS.to_owned())));
    }
    put(name, KEY).await;
    save(&key(), name).await.expect("the same key");
    assert!(!text(name).await.expect("stored").contains(&KEY[2..]));
    forget(name).await;
}

#[wasm_bindgen_test]
async fn a_damaged_text_is_named_and_left_alone() {
    let name = "damaged";
    forget(name).await;
    save(&key(), name).await.expect("stored");
    let good = text(name).await.expect("stored");
    let end = good.find("\"iv\"").expect("an iv") - 4; // in the ciphertext, whose order is first
    let digit = &good[end..=end];
    let flipped = if digit == "0" { "1" } else { "0" };
    let other = LocalKey::create().expect("random").address();
    let cases = [
        format!("{}{flipped}{}", &good[..end], &good[end + 1..]),
        good.replace(ADDRESS, &other),
        good.replace("AES-GCM", "AES-XYZ"),
        good.replace("\"version\":2", "\"version\":3"),
        good[..good.len() - 1].to_owned(),
        KEY[..65].to_owned(),
        "0".repeat(64),
        "7".to_owned(),
        String::new(),
        "[".repeat(1000),
        " ".repeat(100_000),
    ];
    for damaged in cases {
        assert_ne!(damaged, good);
        put(name, &damaged).await;
        let error = load(name).await.expect_err(&damaged);
        let details = Reflect::get(&error, &"details".into()).expect("readable");
        let named = Reflect::get(&details, &"key".into()).expect("readable");
        assert_eq!(named, "microraiden:key:damaged");
        assert_eq!(code(error), "corrupt-record", "{damaged}");
        assert_eq!(text(name).await.as_deref(), Some(&*damaged));
        let key = LocalKey::create().expect("random");
        let refused = save(&key, name).await.expect_err("refused");
        assert_eq!(code(refused), "key-exists");
    }
    forget(name).await;
}

#[wasm_bindgen_test]
async fn without_its_wrapping_key_a_key_is_lost_until_it_is_saved_again() {
    let name = "lost";
    forget(name).await;
    save(&key(), name).await.expect("stored");
    let stored = text(name).await;
    clear_indexed_db().await;
    let error = load(name).await.expect_err("lost");
    assert_eq!(code(error), "key-lost");
    assert_eq!(text(name).await, stored);
    save(&key(), name).await.expect("from a backup");
    assert_eq!(load(name).await, Ok(Some(ADDRESS.to_owned())));
    forget(name).await;
}

/// Under several names, so that no lock of the library keeps them apart, and at different speeds, so
/// that the last key is made after the first was used.
#[wasm_bindgen_test]
async fn tabs_that_make_the_wrapping_key_at_once_end_with_one() {
    const NAMES: [&str; 3] = ["tab-1", "tab-2", "tab-3"];
    clear_indexed_db().await;
    let body = "const real = SubtleCrypto.prototype.generateKey; let calls = 0; \
                globalThis.restore = () => { SubtleCrypto.prototype.generateKey = real; }; \
                SubtleCrypto.prototype.generateKey = async function (...call) { \
                await new Promise((resolve) => setTimeout(resolve, 100 * calls++)); \
                return real.apply(this, call); };";
    js(body, "").await;
    let saves = NAMES.map(|name| key().save(name.into()));
    for save in saves {
        JsFuture::from(save).await.expect("stored");
    }
    js("restore()", "").await;
    for name in NAMES {
        assert_eq!(load(name).await, Ok(Some(ADDRESS.to_owned())));
        forget(name).await;
    }
}

/// Hides a property of an object while something is saved and a plain key loaded.
async fn without(object: &str, property: &str) -> String {
    let name = "without";
    put("without-plain", KEY).await;
    forget(name).await;
    let body = format!(
        "globalThis.hidden = Object.getOwnPropertyDescriptor({object}, '{property}'); \
         Object.defineProperty({object}, '{property}', {{ value: undefined, configurable: true }})"
    );
    js(&body, "").await;
    let saved = save(&key(), name).await;
    let loaded = load("without-plain").await;
    let body = format!(
        "if (globalThis.hidden) Object.defineProperty({object}, '{property}', globalThis.hidden); \
         else delete {object}.{property}"
    );
    js(&body, "").await;
    assert_eq!(loaded, Ok(Some(ADDRESS.to_owned())));
    assert_eq!(text("without-plain").await.as_deref(), Some(KEY));
    assert_eq!(text(name).await, None);
    forget("without-plain").await;
    code(saved.expect_err("nothing to encrypt with"))
}

#[wasm_bindgen_test]
async fn where_nothing_can_be_encrypted_nothing_is_stored() {
    assert_eq!(without("crypto", "subtle").await, "insecure-context");
    assert_eq!(
        without("globalThis", "indexedDB").await,
        "storage-unavailable"
    );
}
