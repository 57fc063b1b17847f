//! A transport for Anvil, which may mine a block while it answers.

use std::time::Duration;

use microraiden::chain::http::HttpTransport;
use microraiden::chain::{Transport, TransportError};
use microraiden::json::Value;

/// Asks again when the newest block was not the newest any more by the time Anvil looked it up. It
/// says `BlockOutOfRangeError` then (foundry issue 4843); other nodes do not.
#[derive(Clone, Debug)]
pub(crate) struct Patient(pub HttpTransport);

/// Each attempt loses a race of its own.
const ATTEMPTS: u32 = 20;

impl Transport for Patient {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        for _ in 1..ATTEMPTS {
            match self.0.request(method, params.clone()).await {
                Err(TransportError::Answer { message, .. })
                    if message.starts_with("BlockOutOfRangeError") => {}
                answer => return answer,
            }
        }
        self.0.request(method, params).await
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        self.0.pause(time).await
    }
}
