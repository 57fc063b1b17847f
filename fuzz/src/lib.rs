//! The targets, each a module with what it promises, and what they share: inputs as text that a person
//! can read, and a node that answers by a script. The project's tests run the seeds through them.

pub mod cookies;
pub mod headers;
pub mod json;
pub mod logs;
pub mod node;
pub mod proxy;
pub mod records;
pub mod rest;
pub mod settings;
pub mod signatures;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use microraiden::chain::rpc::read_answer;
use microraiden::chain::{Transport, TransportError};
use microraiden::json::Value;

/// The head of a message: lines of `Name: value`.
pub struct Head<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Head<'a> {
    /// Lines without a colon are left out.
    pub fn read(text: &'a str) -> Self {
        Self(
            text.lines()
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name, value.trim()))
                .collect(),
        )
    }

    /// The first value under a name of any case.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }

    /// The lines that HTTP allows.
    pub fn headers(&self) -> http::HeaderMap {
        let read = |(name, value): &(&str, &str)| {
            Some((
                http::HeaderName::from_bytes(name.as_bytes()).ok()?,
                http::HeaderValue::from_bytes(value.as_bytes()).ok()?,
            ))
        };
        self.0.iter().filter_map(read).collect()
    }
}

/// The value of a header that was written.
pub fn written<'a>(headers: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(n, _)| *n == name);
    found.map(|(_, value)| value.as_str())
}

/// A node that gives the answers of a script one after the other, and then none.
pub struct Script(RefCell<VecDeque<Option<Value>>>);

impl Script {
    /// Answers as lines of JSON.
    pub fn read(text: &str) -> Vec<Option<Value>> {
        text.lines().map(|line| Value::parse(line).ok()).collect()
    }

    /// From the first answer on.
    pub fn new(answers: &[Option<Value>]) -> Self {
        Self(RefCell::new(answers.iter().cloned().collect()))
    }
}

impl Transport for Script {
    async fn request(&self, _method: &str, _params: Value) -> Result<Value, TransportError> {
        match self.0.borrow_mut().pop_front() {
            Some(answer) => answer
                .and_then(read_answer)
                .unwrap_or(Err(TransportError::NotJsonRpc)),
            None => Err(TransportError::Unreachable("the script is over".to_owned())),
        }
    }

    async fn pause(&self, _time: Duration) -> Result<(), TransportError> {
        Err(TransportError::Aborted)
    }
}

/// What a future gives that never waits.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a script does not wait"),
    }
}

/// The project's folder, from whichever of its packages this is compiled for.
pub fn project() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_project = |folder: &&Path| folder.join("fuzz").is_dir();
    let found = package.ancestors().find(is_project);
    found.unwrap_or(package).to_owned()
}
