//! JSON-RPC over HTTP, natively.

use core::time::Duration;

use serde_json::Value;

use super::rpc::{Transport, TransportError};

/// A node's HTTP URL. Plain `http://` only: put a node behind TLS on this machine or beside a
/// local proxy.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    url: String,
}

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longer answers are refused.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

impl HttpTransport {
    /// A transport to this URL.
    pub fn new(url: impl Into<String>) -> Result<Self, TransportError> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .build()
            .map_err(unreachable)?;
        Ok(Self {
            client,
            url: url.into(),
        })
    }

    async fn post(&self, body: String) -> Result<Vec<u8>, TransportError> {
        let request = self
            .client
            .post(&self.url)
            .header("Content-Type", "application/json");
        let mut response = request.body(body).send().await.map_err(unreachable)?;
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if answer.len() + chunk.len() > MAX_ANSWER {
                return Err(TransportError::NotJsonRpc);
            }
            answer.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

impl Transport for HttpTransport {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let answer = self.post(super::rpc::request_body(method, params)).await?;
        let answer = serde_json::from_slice(&answer).map_err(|_| TransportError::NotJsonRpc)?;
        let read = super::rpc::read_answer(answer).unwrap_or(Err(TransportError::NotJsonRpc));
        read.map_err(|error| match error {
            TransportError::Answer {
                code,
                message,
                data,
            } => TransportError::Answer {
                code,
                message: without_data(&message),
                data,
            },
            other => other,
        })
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        tokio::time::sleep(time).await;
        Ok(())
    }
}

/// A node's words, without long runs of hex digits and in bounded length: they end up in logs, and
/// nodes repeat what they do not take, signatures and all.
fn without_data(message: &str) -> String {
    const LONGEST: usize = 500;
    const LONGEST_RUN: usize = 64;
    let mut words = String::new();
    let mut rest = message;
    while !rest.is_empty() && words.len() < LONGEST {
        let is_digit = |character: char| character.is_ascii_hexdigit();
        let run = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(run);
        let (other, after) = after.split_at(after.find(is_digit).unwrap_or(after.len()));
        let digits = if run < LONGEST_RUN { digits } else { "…" };
        words.push_str(digits);
        words.extend(other.chars().take(LONGEST));
        rest = after;
    }
    words
}

/// The URL may hold an access token, so it is kept out of the text.
fn unreachable(error: reqwest::Error) -> TransportError {
    TransportError::Unreachable(error.without_url().to_string())
}
