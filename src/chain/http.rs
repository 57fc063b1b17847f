//! JSON-RPC over HTTP, natively.

use core::time::Duration;

use crate::json::Value;

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
        let text = str::from_utf8(&answer).map_err(|_| TransportError::NotJsonRpc)?;
        let answer = Value::parse(text).map_err(|_| TransportError::NotJsonRpc)?;
        super::rpc::read_answer(answer).unwrap_or(Err(TransportError::NotJsonRpc))
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        tokio::time::sleep(time).await;
        Ok(())
    }
}

/// The URL may hold an access token, so it is kept out of the text.
fn unreachable(error: reqwest::Error) -> TransportError {
    TransportError::Unreachable(error.without_url().to_string())
}
