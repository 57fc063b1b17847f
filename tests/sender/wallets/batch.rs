//! Several calls in one confirmation.

use core::cell::RefCell;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use microraiden::json::Value;
use microraiden::protocol::{Address, Hash, Uint256};
use microraiden::sender::wallet::batch::{BatchCall, BatchId, BatchStatus, is_able, send, status};
use microraiden::sender::wallet::typed_data::WalletProvider;
use microraiden::sender::wallet::{WalletError, WalletRefusal};

use super::read;

const FROM: Address = Address([1; 20]);

/// A wallet that gives these answers in turn, as JSON: a value, or an error after `!`.
struct InTurn {
    answers: RefCell<Vec<&'static str>>,
    asked: RefCell<Vec<String>>,
}

impl InTurn {
    fn new(answers: &[&'static str]) -> Self {
        Self {
            answers: RefCell::new(answers.to_vec()),
            asked: RefCell::default(),
        }
    }
}

impl WalletProvider for InTurn {
    async fn request(&self, method: &str, params: &Value) -> Result<Value, WalletError> {
        self.asked.borrow_mut().push(format!("{method} {params}"));
        let answer = self.answers.borrow_mut().remove(0);
        match answer.strip_prefix('!') {
            Some(error) => Err(read(error)),
            None => Ok(Value::parse(answer).expect("JSON")),
        }
    }
}

fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the wallet answers at once"),
    }
}

#[test]
fn only_a_wallet_that_says_so_is_asked() {
    for (answer, able) in [
        (r#"{"0x64": {"atomic": {"status": "supported"}}}"#, true),
        (r#"{"0x64": {"atomic": {"status": "ready"}}}"#, true),
        (r#"{"0x64": {"atomic": {"status": "unsupported"}}}"#, false),
        (r#"{"0x1": {"atomic": {"status": "supported"}}}"#, false),
        (r#"{"0x64": {"atomicBatch": {"supported": true}}}"#, false),
        ("{}", false),
        ("null", false),
        (r#"!{"code": -32601}"#, false),
        (r#"!{"code": 4100}"#, false),
    ] {
        let wallet = InTurn::new(&[answer]);
        assert_eq!(at_once(is_able(&wallet, FROM, 100)), able, "{answer}");
        let asked = format!(r#"wallet_getCapabilities ["{FROM}",["0x64"]]"#);
        assert_eq!(wallet.asked.into_inner(), [asked]);
    }
}

fn sent(answer: &'static str) -> (Result<Option<BatchId>, WalletError>, String) {
    let wallet = InTurn::new(&[answer]);
    let calls = [
        BatchCall {
            to: Address([2; 20]),
            value: Uint256::ZERO,
            data: &[0xa9, 0x05],
        },
        BatchCall {
            to: Address([3; 20]),
            value: Uint256::from(256_u64),
            data: &[],
        },
    ];
    let outcome = at_once(send(&wallet, FROM, 100, &calls));
    (outcome, wallet.asked.into_inner().remove(0))
}

#[test]
fn calls_are_sent_as_one_that_is_atomic() {
    let (outcome, asked) = sent(r#"{"id": "0xaa"}"#);
    assert!(matches!(outcome, Ok(Some(_))), "{outcome:?}");
    let (two, three) = (Address([2; 20]), Address([3; 20]));
    let expected = format!(
        r#"wallet_sendCalls [{{"version":"2.0.0","from":"{FROM}","chainId":"0x64","atomicRequired":true,"calls":[{{"to":"{two}","value":"0x0","data":"0xa905"}},{{"to":"{three}","value":"0x100","data":"0x"}}]}}]"#
    );
    assert_eq!(asked, expected);
}

#[test]
fn a_wallet_that_can_not_is_told_from_one_whose_user_declines() {
    for unable in [
        r#"!{"code": 5700}"#,
        r#"!{"code": 5710}"#,
        r#"!{"code": 5750}"#,
        r#"!{"code": 5760}"#,
        r#"!{"code": -32601}"#,
    ] {
        assert_eq!(sent(unable).0, Ok(None), "{unable}");
    }
    let (declined, _) = sent(r#"!{"code": 4001}"#);
    assert_eq!(
        declined.expect_err("declined").refusal,
        WalletRefusal::Rejected
    );
    // It may have sent something: nothing is sent another way.
    for unclear in [
        r#"!{"code": -32603}"#,
        r#"{"id": ""}"#,
        "{}",
        "null",
        r#"{"id": 7}"#,
    ] {
        assert!(sent(unclear).0.is_err(), "{unclear}");
    }
}

#[test]
fn what_a_wallet_tells_of_calls() {
    let hash = Hash([0xab; 32]);
    let mined = format!(r#"{{"status": 200, "receipts": [{{"transactionHash": "{hash}"}}]}}"#);
    let partly = mined.replace("200", "600");
    let (mined, partly): (&'static str, &'static str) = (mined.leak(), partly.leak());
    let pending = BatchStatus::Pending;
    for (answer, expected) in [
        (mined, BatchStatus::Mined(vec![hash])),
        // Something may have moved: the chain tells.
        (partly, BatchStatus::Mined(vec![hash])),
        (r#"{"status": 200}"#, BatchStatus::Mined(Vec::new())),
        (r#"{"status": 100}"#, pending.clone()),
        (r#"!{"code": 5730}"#, BatchStatus::Unknown),
        (r#"{"status": "CONFIRMED"}"#, pending.clone()),
        (r#"{"status": 400}"#, BatchStatus::Failed),
        (r#"{"status": 500}"#, BatchStatus::Failed),
        (r#"{"status": 600}"#, BatchStatus::Failed),
        ("null", pending.clone()),
        // It may be locked for a while.
        (r#"!{"code": 4100}"#, pending),
    ] {
        let wallet = InTurn::new(&[r#"{"id": "x"}"#, answer]);
        let id = at_once(send(&wallet, FROM, 1, &[]))
            .expect("sent")
            .expect("an id");
        assert_eq!(at_once(status(&wallet, &id)), expected, "{answer}");
        assert_eq!(
            wallet.asked.into_inner()[1],
            r#"wallet_getCallsStatus ["x"]"#
        );
    }
}
