//! How wallets are asked to go to another chain.

use core::cell::RefCell;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use microraiden::json::Value;
use microraiden::sender::wallet::chain::{Chain, switch};
use microraiden::sender::wallet::typed_data::WalletProvider;
use microraiden::sender::wallet::{WalletError, WalletRefusal};

use super::read;

const SWITCH: &str = r#"wallet_switchEthereumChain [{"chainId":"0x64"}]"#;
const ADD: &str = r#"wallet_addEthereumChain [{"chainId":"0x64","chainName":"Gnosis","rpcUrls":["https://node.example"],"nativeCurrency":{"name":"Ether","symbol":"ETH","decimals":18}}]"#;

const UNKNOWN: &str = r#"{"code": 4902, "message": "Unrecognized chain ID"}"#;
/// As MetaMask's app wraps it.
const UNKNOWN_WITHIN: &str = r#"{"code": -32603, "data": {"originalError": {"code": 4902}}}"#;
const REJECTED: &str = r#"{"code": 4001}"#;

/// A wallet that gives these answers in turn: nothing, or an error.
struct InTurn {
    answers: RefCell<Vec<Option<&'static str>>>,
    asked: RefCell<Vec<String>>,
}

impl WalletProvider for InTurn {
    async fn request(&self, method: &str, params: &Value) -> Result<Value, WalletError> {
        self.asked.borrow_mut().push(format!("{method} {params}"));
        match self.answers.borrow_mut().remove(0) {
            None => Ok(Value::Null),
            Some(error) => Err(read(error)),
        }
    }
}

/// What came of it, and what the wallet was asked.
fn ask(
    known_as: Option<(&str, &str)>,
    answers: &[Option<&'static str>],
) -> (Result<(), WalletRefusal>, Vec<String>) {
    let wallet = InTurn {
        answers: RefCell::new(answers.to_vec()),
        asked: RefCell::default(),
    };
    let chain = Chain {
        id: 100,
        known_as: known_as.map(|(name, url)| (name.to_owned(), url.to_owned())),
    };
    let outcome = {
        let mut asking = pin!(switch(&wallet, &chain));
        match asking
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(outcome) => outcome.map_err(|error| error.refusal),
            Poll::Pending => panic!("the wallet answers at once"),
        }
    };
    assert!(wallet.answers.borrow().is_empty(), "not asked to the end");
    (outcome, wallet.asked.into_inner())
}

const GNOSIS: Option<(&str, &str)> = Some(("Gnosis", "https://node.example"));

#[test]
fn a_wallet_that_knows_the_chain_is_asked_once() {
    assert_eq!(ask(GNOSIS, &[None]), (Ok(()), vec![SWITCH.to_owned()]));
}

#[test]
fn a_wallet_that_does_not_know_it_is_asked_to_add_it() {
    for unknown in [UNKNOWN, UNKNOWN_WITHIN] {
        let (outcome, asked) = ask(GNOSIS, &[Some(unknown), None, None]);
        assert_eq!(
            (outcome, asked),
            (
                Ok(()),
                vec![SWITCH.to_owned(), ADD.to_owned(), SWITCH.to_owned()]
            )
        );
    }
}

#[test]
fn without_name_and_node_nothing_is_added() {
    let (outcome, asked) = ask(None, &[Some(UNKNOWN)]);
    assert_eq!(
        (outcome, asked.len()),
        (Err(WalletRefusal::UnknownChain), 1)
    );
}

#[test]
fn who_says_no_is_asked_nothing_more() {
    let (outcome, asked) = ask(GNOSIS, &[Some(REJECTED)]);
    assert_eq!((outcome, asked.len()), (Err(WalletRefusal::Rejected), 1));
    let (outcome, asked) = ask(GNOSIS, &[Some(UNKNOWN), Some(REJECTED)]);
    assert_eq!((outcome, asked.len()), (Err(WalletRefusal::Rejected), 2));
}
