//! Asks again where a fault may pass.

use core::time::Duration;

use crate::json::Value;

use super::rpc::{Transport, TransportError};

/// The pauses before the second, third and fourth time. Public nodes count requests by the second.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_millis(1000),
    Duration::from_millis(2000),
];

/// The longest pause, whatever a node's server asks for.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The pause before asking again: what the node's server asks for, else the caller's own.
pub(super) fn pause_after(error: &TransportError, own: Duration) -> Duration {
    error
        .retry_after()
        .unwrap_or(own)
        .clamp(own.min(LONGEST_PAUSE), LONGEST_PAUSE)
}

/// Asks up to four times, 3.5 seconds in all or as long as the node's server asks for, where the node is busy,
/// lags, or can't be reached. What changes something is never asked twice, and a node that took its time to
/// say nothing is not asked again either.
#[derive(Clone, Debug)]
pub struct Retrying<T> {
    transport: T,
    pauses: &'static [Duration],
}

impl<T> Retrying<T> {
    /// Asks again.
    pub const fn new(transport: T) -> Self {
        let pauses = &PAUSES;
        Self { transport, pauses }
    }

    /// Asks once, for a caller who polls. The same type, so that its code is there once.
    pub const fn once(transport: T) -> Self {
        let pauses = &[];
        Self { transport, pauses }
    }
}

impl<T: Transport> Transport for Retrying<T> {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let mut pauses = self.pauses.iter();
        loop {
            let answer = self.transport.request(method, params.clone()).await;
            let passing = |error: &TransportError| {
                error.is_passing() && !matches!(error, TransportError::TimedOut { .. })
            };
            let Some(error) = answer.as_ref().err().filter(|error| passing(error)) else {
                return answer;
            };
            match pauses.next() {
                Some(pause) if !method.starts_with("eth_send") => {
                    self.transport.pause(pause_after(error, *pause)).await?;
                }
                _ => return answer,
            }
        }
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        self.transport.pause(time).await
    }
}
