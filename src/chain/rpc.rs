//! The transport trait and what can go wrong on it.

use core::time::Duration;

use crate::json::{Value, json};

/// Carries one JSON-RPC request to a node or wallet.
#[allow(async_fn_in_trait)] // Futures are not Send in a browser and need not be.
pub trait Transport {
    /// Sends `method` with `params` and returns the answer's `result`.
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError>;

    /// Waits between two looks at the chain. Ends early with [`TransportError::Aborted`] when the
    /// caller has given up.
    async fn pause(&self, time: Duration) -> Result<(), TransportError>;
}

impl<T: Transport> Transport for &T {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        (**self).request(method, params).await
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        (**self).pause(time).await
    }
}

impl<T: Transport> Transport for std::sync::Arc<T> {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        (**self).request(method, params).await
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        (**self).pause(time).await
    }
}

/// Why a request has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No answer came: the network, the node or its HTTP server failed.
    #[error("the node can't be reached: {0}")]
    Unreachable(String),
    /// No answer came in time.
    #[error("the node can't be reached: no answer within {seconds} seconds")]
    TimedOut {
        /// How long it had.
        seconds: u64,
    },
    /// The node's HTTP server, or one before it, answered with a status and no JSON-RPC.
    #[error("the node can't be reached: HTTP status {status}")]
    Status {
        /// The status.
        status: u16,
        /// After what time to ask again, where it says so.
        retry_after: Option<Duration>,
    },
    /// The node or wallet answered with a JSON-RPC error.
    #[error("the node answered with error {code}: {message}")]
    Answer {
        /// The JSON-RPC or EIP-1193 error code.
        code: i64,
        /// Its text.
        message: String,
        /// Its data, for reverted calls the revert data.
        data: Option<Value>,
    },
    /// What came back is no JSON-RPC answer.
    #[error("the node's answer is not JSON-RPC")]
    NotJsonRpc,
    /// The node is on another chain than before, or the chain was begun anew.
    #[error("{}", other_chain(.expected, .actual))]
    OtherChain {
        /// Where it was.
        expected: u64,
        /// Where it is.
        actual: u64,
    },
    /// The caller aborted.
    #[error("aborted")]
    Aborted,
}

impl TransportError {
    /// After what time to ask again, where the node's server says so.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn other_chain(expected: &u64, actual: &u64) -> String {
    if expected == actual {
        format!("the contract is not what it was: chain {actual} was begun anew; connect again")
    } else {
        format!("the node is on chain {actual}, not on chain {expected}; connect again")
    }
}

/// Why a question to the chain has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The request failed.
    #[error("{method}: {source}")]
    Transport {
        /// The JSON-RPC method.
        method: &'static str,
        /// Why.
        source: TransportError,
    },
    /// The result is not of the shape that the method promises.
    #[error("{method}: the node's answer is malformed: {what}")]
    Malformed {
        /// The JSON-RPC method.
        method: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl ChainError {
    pub(super) fn malformed(method: &'static str, what: impl ToString) -> Self {
        Self::Malformed {
            method,
            what: what.to_string(),
        }
    }
}

/// The text of a JSON-RPC 2.0 request.
pub fn request_body(method: &str, params: Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1_u32, "method": method, "params": params }).to_string()
}

/// The result or error of a JSON-RPC answer; `None` if it is neither. Some servers before a node write their
/// errors as a text, or without the envelope.
pub fn read_answer(mut answer: Value) -> Option<Result<Value, TransportError>> {
    let error = match answer.get("error") {
        Some(error) if !error.is_null() => error,
        _ if answer.get("result").is_none() && answer["message"].as_str().is_some() => &answer,
        _ => return answer.take("result").map(Ok),
    };
    let code = &error["code"];
    let code = code.as_i64().or_else(|| code.as_str()?.parse().ok());
    let message = error["message"].as_str().or_else(|| error.as_str());
    Some(Err(TransportError::Answer {
        code: code.unwrap_or(0),
        message: message.unwrap_or("no message").to_owned(),
        data: error.get("data").cloned(),
    }))
}

/// What came over HTTP, where only an answer of status 200 without JSON-RPC is nonsense. A server that says
/// when to ask again is believed.
pub fn read_response(
    status: u16,
    retry_after: Option<&str>,
    body: Option<Value>,
) -> Result<Value, TransportError> {
    let retry_after = retry_after.and_then(|text| text.trim().parse().ok());
    let retry_after = retry_after.map(Duration::from_secs);
    let failed = !(200..300).contains(&status);
    match body.and_then(read_answer) {
        Some(Err(_)) if failed && retry_after.is_some() => Err(TransportError::Status {
            status,
            retry_after,
        }),
        Some(answer) => answer,
        None if failed => Err(TransportError::Status {
            status,
            retry_after,
        }),
        None => Err(TransportError::NotJsonRpc),
    }
}
