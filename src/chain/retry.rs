//! Asks again where a fault may pass.

use core::time::Duration;

use crate::json::Value;

use super::rpc::{Transport, TransportError};
use super::track::LONGEST_PAUSE;

/// The pauses before the second, third and fourth time. Public nodes count requests by the second.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_millis(1000),
    Duration::from_millis(2000),
];

/// Asks up to four times, 3.5 seconds in all or as long as the node's server asks for, where the node is busy,
/// lags, or can't be reached. What changes something is never asked twice, and a node that took its time to
/// say nothing is not asked again either.
#[derive(Clone, Debug)]
pub struct Retrying<T>(pub T);

impl<T: Transport> Transport for Retrying<T> {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let mut pauses = PAUSES.iter();
        loop {
            let answer = self.0.request(method, params.clone()).await;
            let passing = |error: &TransportError| {
                error.is_passing() && !matches!(error, TransportError::TimedOut { .. })
            };
            let Some(error) = answer.as_ref().err().filter(|error| passing(error)) else {
                return answer;
            };
            match pauses.next() {
                Some(pause) if !method.starts_with("eth_send") => {
                    let asked = error.retry_after().unwrap_or(*pause);
                    self.0.pause(asked.clamp(*pause, LONGEST_PAUSE)).await?;
                }
                _ => return answer,
            }
        }
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        self.0.pause(time).await
    }
}
