//! How wallets are asked to sign, and what is remembered of them.

use core::cell::RefCell;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use microraiden::json::Value;
use microraiden::protocol::{Address, ChannelId, Signature, TypedData};
use microraiden::sender::wallet::typed_data::{Form, NotSigned, WalletProvider, sign};
use microraiden::sender::wallet::{Ability, WalletError, WalletRefusal};

use super::read;

use crate::basics::{MANAGER, key, units};

/// A wallet by its rule: what it answers to a method whose account is first or not.
struct Scripted<F> {
    rule: F,
    asked: RefCell<Vec<String>>,
}

impl<F: Fn(&str, bool) -> Answer> WalletProvider for Scripted<F> {
    async fn request(&self, method: &str, params: &Value) -> Result<Value, WalletError> {
        let list = params.as_array().expect("a list");
        let account_first = list[0].as_str().is_some();
        assert_eq!(
            list[usize::from(account_first)].as_array().map(<[_]>::len),
            Some(5)
        );
        self.asked
            .borrow_mut()
            .push(format!("{method} {account_first}"));
        match (self.rule)(method, account_first) {
            Answer::Bytes(bytes) => Ok(microraiden::protocol::hex_text::encode(&bytes).into()),
            Answer::Text(text) => Ok(text.into()),
            Answer::Error(text) => Err(read(text)),
        }
    }
}

enum Answer {
    Bytes(Vec<u8>),
    Text(String),
    Error(&'static str),
}

const UNKNOWN: &str = r#"{"code": -32601}"#;
const INVALID: &str = r#"{"code": -32602}"#;

fn message() -> TypedData {
    let channel = ChannelId {
        sender: account(),
        receiver: Address([9; 20]),
        open_block: 5,
    };
    MANAGER.balance_message(&channel, units(7))
}

fn account() -> Address {
    key(3).address()
}

/// The right signature, 65 bytes with v 27 or 28.
fn right() -> [u8; 65] {
    *key(3).sign_hash(&message().hash()).as_bytes()
}

fn wrong() -> Vec<u8> {
    key(4).sign_hash(&message().hash()).as_bytes().to_vec()
}

type Outcome = Result<(Signature, Form), NotSigned>;

/// Asks a wallet; also returns what it was asked.
fn ask(rule: impl Fn(&str, bool) -> Answer, known: Option<Form>) -> (Outcome, Vec<String>) {
    let asked = RefCell::default();
    let wallet = Scripted { rule, asked };
    let outcome = at_once(sign(&wallet, &message(), account(), known));
    (outcome, wallet.asked.into_inner())
}

/// A scripted wallet keeps nobody waiting.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(work).poll(&mut context) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn signatures_are_read_as_wallets_write_them() {
    let with = |v: u8| {
        let mut bytes = right();
        bytes[64] = v;
        bytes.to_vec()
    };
    let odd = right()[64] - 27;
    let compact = {
        let mut bytes = right()[..64].to_vec();
        bytes[32] |= odd << 7;
        bytes
    };
    // Source, answer.
    let cases = [
        ("protocol", right().to_vec()),
        ("MetaMask/eth-ledger-bridge-keyring#151", with(odd)),
        ("a chain's number in v, as EIP-155 has it", with(37 + odd)),
        ("EIP-2098, ethers-io/ethers.js#2246", compact),
        ("r and s without v", right()[..64].to_vec()),
    ];
    for (source, bytes) in cases {
        let (outcome, _) = ask(|_, _| Answer::Bytes(bytes.clone()), None);
        let (signature, _) = outcome.unwrap_or_else(|error| panic!("{source}: {error:?}"));
        assert_eq!(*signature.as_bytes(), right(), "{source}");
    }
    let digits = microraiden::protocol::hex_text::encode(&right());
    let (outcome, _) = ask(|_, _| Answer::Text(digits[2..].to_owned()), None);
    assert!(outcome.is_ok(), "without 0x");
}

#[test]
fn what_costs_nothing_is_tried_until_a_form_works() {
    let short = ["eth_signTypedData false"];
    let long = ["eth_signTypedData false", "eth_signTypedData_v1 false"];
    let third = [long[0], long[1], "eth_signTypedData true"];
    let all = [long[0], long[1], third[2], "eth_signTypedData_v1 true"];
    let yes = || Answer::Bytes(right().to_vec());
    // Source, what the wallet takes, what it is asked.
    type Takes = fn(&str, bool) -> Result<(), &'static str>;
    let cases: [(&str, Takes, &[&str]); 5] = [
        ("MetaMask", |_, _| Ok(()), &short),
        (
            "only the long name",
            |method, _| {
                if method.ends_with("v1") {
                    Ok(())
                } else {
                    Err(UNKNOWN)
                }
            },
            &long,
        ),
        (
            "coinbase/coinbase-wallet-sdk#60",
            |method, _| {
                let error = r#"{"message": "Cannot read property 'EIP712Domain' of undefined"}"#;
                if method.ends_with("v1") {
                    Ok(())
                } else {
                    Err(error)
                }
            },
            &long,
        ),
        (
            "WalletConnect/walletconnect-monorepo#264",
            |method, first| {
                let short = !method.ends_with("v1");
                if !short {
                    Err(UNKNOWN)
                } else if first {
                    Ok(())
                } else {
                    Err(INVALID)
                }
            },
            &third,
        ),
        (
            "safe-global/safe-react-apps#516",
            |method, first| {
                let long = method.ends_with("v1");
                if !long {
                    Err(UNKNOWN)
                } else if first {
                    Ok(())
                } else {
                    Err(INVALID)
                }
            },
            &all,
        ),
    ];
    for (source, takes, expected) in cases {
        let rule = |method: &str, first| match takes(method, first) {
            Ok(()) => yes(),
            Err(error) => Answer::Error(error),
        };
        let (outcome, asked) = ask(rule, None);
        assert_eq!(asked, expected, "{source}");
        let (_, form) = outcome.unwrap_or_else(|error| panic!("{source}: {error:?}"));
        // What worked is asked first the next time.
        assert_eq!(Form::from_text(&form.to_text()), Some(form), "{source}");
        let (outcome, asked) = ask(rule, Some(form));
        assert!(outcome.is_ok(), "{source}");
        assert_eq!(asked, expected[expected.len() - 1..], "{source}");
    }
}

#[test]
fn the_user_sees_at_most_two_windows() {
    let short = "eth_signTypedData false".to_owned();
    let both = vec![short.clone(), "eth_signTypedData_v1 false".to_owned()];
    // Signed in version 4, and the other method may do better.
    let (outcome, asked) = ask(|_, _| Answer::Bytes(wrong()), None);
    assert_eq!(
        (outcome, asked),
        (Err(NotSigned::OtherSigner), both.clone())
    );
    let better = |method: &str, _| match method {
        "eth_signTypedData" => Answer::Bytes(wrong()),
        _ => Answer::Bytes(right().to_vec()),
    };
    let (outcome, asked) = ask(better, None);
    assert!(outcome.is_ok());
    assert_eq!(asked, both);
    // A form that has worked is the one.
    let known = Form::from_text("eth_signTypedData data first");
    assert!(known.is_some());
    let (outcome, asked) = ask(|_, _| Answer::Bytes(wrong()), known);
    assert_eq!(
        (outcome, asked),
        (Err(NotSigned::OtherSigner), vec![short.clone()])
    );
    // What a user or a device has refused is not asked again.
    for error in [
        r#"{"code": 4001}"#,
        r#"{"code": -32603, "message": "Ledger: Only version 4 of typed data signing is supported"}"#,
        r#"{"code": -32603, "message": "something"}"#,
    ] {
        let (outcome, asked) = ask(|_, _| Answer::Error(error), None);
        assert!(outcome.is_err());
        assert_eq!(asked, vec![short.clone()], "{error}");
    }
}

#[test]
fn accounts_that_cannot_sign_are_told_apart_from_users_who_do_not() {
    let ledger = r#"{"code": -32603, "message": "Keyring Controller signTypedMessage: Error: Ledger: Only version 4 of typed data signing is supported"}"#;
    let incapable = |rule: &dyn Fn(&str, bool) -> Answer| ask(rule, None).0;
    assert!(matches!(
        incapable(&|_, _| Answer::Error(ledger)),
        Err(NotSigned::Incapable(_))
    ));
    assert!(matches!(
        incapable(&|_, _| Answer::Error(UNKNOWN)),
        Err(NotSigned::Incapable(_))
    ));
    // Contracts' signatures: ethereum-attestation-service/eas-contracts#170, Uniswap/interface#7780.
    for length in [0, 66, 300, 469] {
        let (outcome, asked) = ask(|_, _| Answer::Bytes(vec![3; length]), None);
        assert_eq!(outcome, Err(NotSigned::NotASignature), "{length}");
        assert_eq!(asked.len(), 1, "no other form helps");
    }
    let (outcome, _) = ask(|_, _| Answer::Error(r#"{"code": 5000}"#), None);
    assert!(
        matches!(outcome, Err(NotSigned::Refused(error)) if error.refusal == WalletRefusal::Rejected)
    );
}

#[test]
fn what_is_remembered_of_a_wallet_is_read() {
    let day = 24 * 60 * 60 * 1000;
    let unable = Ability::Unable { at: 1000 };
    assert_eq!(
        Ability::from_json(&Ability::Able.to_json(), 9 * day),
        Some(Ability::Able)
    );
    assert_eq!(
        Ability::from_json(&unable.to_json(), 999 + day),
        Some(unable)
    );
    assert_eq!(Ability::from_json(&unable.to_json(), 1000 + day), None);
    for damaged in [
        "",
        "null",
        "{}",
        r#"{"version":2,"able":true}"#,
        r#"{"version":1,"able":false}"#,
    ] {
        assert_eq!(Ability::from_json(damaged, 0), None, "{damaged}");
    }
}
