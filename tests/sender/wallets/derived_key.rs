//! A key that a wallet can bring back.

use core::cell::RefCell;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use microraiden::json::Value;
use microraiden::protocol::{Address, Hash, PrivateKey, Signature, hex_text};
use microraiden::sender::wallet::derived_key::{KeyText, NotDerived, Scope, derive};
use microraiden::sender::wallet::typed_data::WalletProvider;
use microraiden::sender::wallet::{WalletError, WalletRefusal};

use super::read;
use crate::basics::key;

/// A wallet that answers by this, told how often it was asked.
struct Signing<F>(RefCell<Vec<String>>, F);

impl<F: Fn(usize, &Hash) -> Result<Value, WalletError>> WalletProvider for Signing<F> {
    async fn request(&self, method: &str, params: &Value) -> Result<Value, WalletError> {
        assert_eq!(method, "personal_sign");
        let list = params.as_array().expect("parameters");
        let texts: Vec<_> = list.iter().filter_map(Value::as_str).collect();
        let [asked, from] = texts[..] else {
            panic!("{params}");
        };
        let bytes = hex_text::decode(asked).expect("hex");
        let text = String::from_utf8(bytes).expect("text");
        assert_eq!(from, account().to_string());
        let hash = text_of("https://shop.example", "default").hash();
        let mut all = self.0.borrow_mut();
        all.push(text);
        (self.1)(all.len(), &hash)
    }
}

fn account() -> Address {
    key(7).address()
}

fn text_of(origin: &str, scope: &str) -> KeyText {
    let scope = Scope::new(scope).expect("a scope");
    KeyText::new(origin, account(), scope).expect("a site")
}

fn derived(
    answer: impl Fn(usize, &Hash) -> Result<Value, WalletError>,
) -> (Result<PrivateKey, NotDerived>, Vec<String>) {
    derived_where(None, answer)
}

/// The same where this account was used before.
fn derived_where(
    used: Option<Address>,
    answer: impl Fn(usize, &Hash) -> Result<Value, WalletError>,
) -> (Result<PrivateKey, NotDerived>, Vec<String>) {
    let is_known = async |key: &PrivateKey| used == Some(key.address());
    let wallet = Signing(RefCell::default(), answer);
    let text = text_of("https://shop.example", "default");
    let outcome = {
        let mut deriving = pin!(derive(&wallet, &text, is_known));
        let mut context = Context::from_waker(Waker::noop());
        match deriving.as_mut().poll(&mut context) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("the wallet answers at once"),
        }
    };
    (outcome, wallet.0.into_inner())
}

/// As a wallet writes it.
fn answer(signature: &Signature) -> Result<Value, WalletError> {
    Ok(hex_text::encode(signature.as_bytes()).into())
}

#[test]
fn the_text_names_the_site_and_warns() {
    let text = text_of("https://shop.example:8443", "archive.2").to_string();
    let expected = format!(
        "shop.example:8443 wants you to sign in with your Ethereum account:\n{}\n\n\
         This makes the key with which you pay on this site. Sign it nowhere else: whoever has this signature can \
         spend what you put into the key. Signing moves nothing and costs nothing.\n\n\
         URI: https://shop.example:8443\nVersion: 1\nChain ID: 1\nNonce: microraiden1\n\
         Issued At: 2026-01-01T00:00:00Z\nResources:\n- urn:microraiden:key:1:archive.2",
        account()
    );
    assert_eq!(text, expected);
    let scope = || Scope::new("default").expect("a scope");
    for origin in [
        "null",
        "",
        "https://",
        "shop.example",
        "https://a b",
        "https://a/b",
        "https://a\nb",
    ] {
        assert_eq!(KeyText::new(origin, account(), scope()), None, "{origin}");
    }
    for text in ["", "A", "a b", "a\n", "ä", &"a".repeat(65)] {
        assert_eq!(Scope::new(text), None, "{text}");
    }
}

#[test]
fn one_wallet_has_one_key_on_a_site() {
    let (made, asked) = derived(|_, hash| answer(&key(7).sign_hash(hash)));
    let made = made.expect("derived");
    // Signed twice, the same text.
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
    // Made by viem 2 (`signMessage`, `keccak256`). Frozen: another value would be another key, and what the first
    // one holds would be lost.
    let hash = "0x47f51bace321d672891677e38a0d09318634c86df59ec90398d4015ca3d7adcb";
    let text = text_of("https://shop.example", "default");
    assert_eq!(text.hash().to_string(), hash);
    let address = "0xe003C650A01F838d34D7d75D8506Ea272EcF149c";
    assert_eq!(made.address().to_string(), address);
    // Whatever a wallet makes of v, and of the two signatures that one r has.
    let forms: [fn(&Signature) -> Vec<u8>; 4] = [
        |signature| {
            let mut bytes = signature.as_bytes().to_vec();
            bytes[64] -= 27;
            bytes
        },
        |signature| {
            let mut bytes = signature.as_bytes()[..64].to_vec();
            bytes[32] |= u8::from(signature.is_y_odd()) << 7;
            bytes
        },
        |signature| high_s(signature),
        |signature| signature.as_bytes().to_vec(),
    ];
    for form in forms {
        let (again, _) = derived(|_, hash| {
            let bytes = form(&key(7).sign_hash(hash));
            Ok(hex_text::encode(&bytes).into())
        });
        assert_eq!(again.expect("derived").to_hex(), made.to_hex());
    }
}

/// The other signature with the same r: n - s, and the other v.
fn high_s(signature: &Signature) -> Vec<u8> {
    const N: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36,
        0x41, 0x41,
    ];
    let mut bytes = signature.as_bytes().to_vec();
    let mut borrow = 0;
    for index in (0..32).rev() {
        let difference = i32::from(N[index]) - i32::from(bytes[32 + index]) - borrow;
        borrow = i32::from(difference < 0);
        bytes[32 + index] = difference.rem_euclid(256) as u8;
    }
    bytes[64] ^= 27 ^ 28;
    bytes
}

#[test]
fn another_site_or_scope_is_another_text() {
    let base = text_of("https://shop.example", "default").hash();
    assert_ne!(text_of("http://shop.example", "default").hash(), base);
    assert_ne!(text_of("https://shop.example:444", "default").hash(), base);
    assert_ne!(text_of("https://shop.example", "other").hash(), base);
}

#[test]
fn a_key_that_was_used_is_signed_for_once() {
    let sign = |_, hash: &Hash| answer(&key(7).sign_hash(hash));
    let (made, _) = derived(sign);
    let made = made.expect("derived").address();
    let (again, asked) = derived_where(Some(made), sign);
    assert_eq!((again.expect("derived").address(), asked.len()), (made, 1));
    // Another one that was used says nothing of this wallet.
    let (_, asked) = derived_where(Some(key(8).address()), sign);
    assert_eq!(asked.len(), 2);
}

#[test]
fn no_key_comes_of_signatures_that_differ_or_are_not_the_accounts() {
    // Another nonce each time, as threshold wallets have: the account's, made by @noble/curves with extra entropy.
    const ANOTHER: &str = "0x6a013559919b342a905d3853dc168a2d4a88053c8c431c70a6f24e33b35cc3da\
         50e6f1720e43c37c359ea7d54d4b3a21ed1c957c16848db6d61312a989ae37531c";
    let (differs, _) = derived(|time, hash| match time {
        1 => answer(&key(7).sign_hash(hash)),
        _ => Ok(ANOTHER.into()),
    });
    assert_eq!(differs.err(), Some(NotDerived::Differs));
    let (other, asked) = derived(|_, hash| answer(&key(8).sign_hash(hash)));
    assert_eq!(
        (other.err(), asked.len()),
        (Some(NotDerived::OtherSigner), 1)
    );
    let (contract, _) = derived(|_, _| Ok("0x1234".into()));
    assert_eq!(contract.err(), Some(NotDerived::OtherSigner));
    let (refused, asked) = derived(|_, _| Err(read(r#"{"code": 4001}"#)));
    let refused = refused.err();
    assert!(
        matches!(&refused, Some(NotDerived::Refused(error)) if error.refusal == WalletRefusal::Rejected),
        "{refused:?}"
    );
    assert_eq!(asked.len(), 1);
}
