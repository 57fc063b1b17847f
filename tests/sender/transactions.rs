//! Transactions, with a node that answers by script.

mod fees;
mod retry;
mod status;
mod submit;
mod track;

use std::cell::RefCell;
use std::time::Duration;

use microraiden::chain::{Node, Sent, Status, Transport, TransportError, status};
use microraiden::json;
use microraiden::protocol::{Address, Hash};
use serde_json::{Value, json};

use crate::json_value;

/// Answers each method by its own list, the last answer for ever.
struct Script {
    answers: RefCell<Vec<(&'static str, Vec<Value>)>>,
    asked: RefCell<Vec<String>>,
    paused: RefCell<Vec<Duration>>,
}

impl Transport for Script {
    async fn request(
        &self,
        method: &str,
        params: json::Value,
    ) -> Result<json::Value, TransportError> {
        let params = json_value::theirs(&params);
        let kind = match params.get(1).and_then(Value::as_str) {
            Some("pending") => "pending",
            _ => method,
        };
        self.asked.borrow_mut().push(method.to_owned());
        let mut answers = self.answers.borrow_mut();
        let list = answers.iter_mut().find(|(name, _)| *name == kind);
        let (_, list) = list.unwrap_or_else(|| panic!("{kind} is not in the script"));
        let answer = if list.len() > 1 {
            list.remove(0)
        } else {
            list[0].clone()
        };
        if answer.get("lost").is_some() {
            return Err(TransportError::Unreachable("by the script".to_owned()));
        }
        if answer.get("late").is_some() {
            return Err(TransportError::TimedOut { seconds: 30 });
        }
        if answer.get("aborted").is_some() {
            return Err(TransportError::Aborted);
        }
        if let Some(status) = answer.get("http").and_then(Value::as_u64) {
            let seconds = answer.get("after").and_then(Value::as_u64);
            return Err(TransportError::Status {
                status: status.try_into().expect("a status"),
                retry_after: seconds.map(Duration::from_secs),
            });
        }
        match answer.get("refused").and_then(Value::as_str) {
            Some(message) => Err(TransportError::Answer {
                code: -32000,
                message: message.to_owned(),
                data: None,
            }),
            None => Ok(json_value::ours(&answer)),
        }
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        self.asked.borrow_mut().push(PAUSE.to_owned());
        self.paused.borrow_mut().push(time);
        Ok(())
    }
}

/// What comes of asking the script, which answers at once.
fn ask<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("the script answers at once"),
    }
}

fn script(answers: Vec<(&'static str, Vec<Value>)>) -> Node<Script> {
    Node::new(Script {
        answers: RefCell::new(answers),
        asked: RefCell::default(),
        paused: RefCell::default(),
    })
}

fn look(answers: Vec<(&'static str, Vec<Value>)>, sent: &Sent) -> (Status, Vec<String>) {
    let node = script(answers);
    let status = ask(status(&node, sent));
    let asked = node.transport().asked.borrow().clone();
    (status.expect("answered"), asked)
}

fn hash() -> Hash {
    Hash([7; 32])
}

fn sent() -> Sent {
    Sent {
        sender: Address([9; 20]),
        hash: Some(hash()),
        nonce: Some(4),
        raw: None,
    }
}

/// What a node says of a transaction of the sender that is in its pool.
fn pending() -> Value {
    json!({ "from": sent().sender.to_string(), "nonce": "0x4", "blockNumber": null })
}

fn receipt(block: u64, success: bool) -> Value {
    json!({
        "transactionHash": hash().to_string(),
        "blockNumber": format!("{block:#x}"),
        "status": if success { "0x1" } else { "0x0" },
        "logs": [],
    })
}

const PAUSE: &str = "pause";
const RECEIPT: &str = "eth_getTransactionReceipt";
const COUNT: &str = "eth_getTransactionCount";
const KNOWN: &str = "eth_getTransactionByHash";
const BLOCK: &str = "eth_blockNumber";
const SEND: &str = "eth_sendRawTransaction";
