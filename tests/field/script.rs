//! A node that answers by script, as HTTP: what comes back over the wire is read as it always is.

use std::cell::RefCell;
use std::time::Duration;

use microraiden::chain::rpc::read_response;
use microraiden::chain::{Node, Transport, TransportError};
use microraiden::json::Value;

use super::asks::{Ask, ask};

/// What comes back.
#[derive(Clone, Copy)]
pub enum Http {
    /// Status 200 with this body.
    Body(&'static str),
    /// `result` of a JSON-RPC answer.
    Result(&'static str),
    /// `error` of a JSON-RPC answer.
    Error(&'static str),
    /// A status, `Retry-After` and a body.
    Status(u16, Option<&'static str>, &'static str),
    /// The connection is cut.
    Cut,
}

/// A method and what comes back to it, one after the other, the last for ever.
pub type Answers = &'static [(&'static str, &'static [Http])];

pub struct Script {
    answers: Answers,
    asked: RefCell<Vec<String>>,
    pub paused: RefCell<Vec<Duration>>,
}

impl Script {
    /// How often a method was asked.
    pub fn count(&self, method: &str) -> usize {
        let asked = self.asked.borrow();
        asked.iter().filter(|asked| *asked == method).count()
    }
}

impl Transport for Script {
    async fn request(&self, method: &str, _: Value) -> Result<Value, TransportError> {
        let before = self.count(method);
        self.asked.borrow_mut().push(method.to_owned());
        let (_, list) = (self.answers.iter().find(|(name, _)| *name == method))
            .unwrap_or_else(|| panic!("{method} is not in the script"));
        let rpc = |name, value| format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"{name}\":{value}}}");
        let read =
            |status, after, body: &str| read_response(status, after, Value::parse(body).ok());
        match list[before.min(list.len() - 1)] {
            Http::Body(body) => read(200, None, body),
            Http::Result(result) => read(200, None, &rpc("result", result)),
            Http::Error(error) => read(200, None, &rpc("error", error)),
            Http::Status(status, after, body) => read(status, after, body),
            Http::Cut => Err(TransportError::Unreachable("cut".to_owned())),
        }
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        self.paused.borrow_mut().push(time);
        Ok(())
    }
}

/// The result of a case, in words.
pub fn run(what: Ask, answers: Answers) -> String {
    let node = Node::new(Script {
        answers,
        asked: RefCell::default(),
        paused: RefCell::default(),
    });
    let mut future = std::pin::pin!(ask(what, &node));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(result) => result,
        std::task::Poll::Pending => panic!("the script answers at once"),
    }
}
