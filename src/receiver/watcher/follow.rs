//! Polling for as long as the receiver sells.

use std::sync::Arc;
use std::time::Duration;

use super::Watcher;
use crate::chain::Transport;
use crate::receiver::Receiver;

impl<T: Transport> Watcher<T> {
    /// Takes its [turn](Self::turn) every `interval` for as long as the future is not dropped, and earlier for
    /// payments in channels that are not known yet.
    pub async fn follow(mut self, interval: Duration) {
        self.follow_on(interval).await;
    }

    /// The same until `end`, and then leaves the chain to another process.
    pub async fn follow_until(mut self, interval: Duration, end: impl Future<Output = ()>) {
        tokio::select! {
            () = self.follow_on(interval) => {}
            () = end => {}
        }
        self.leave().await;
    }

    async fn follow_on(&mut self, interval: Duration) {
        let receiver = Arc::clone(&self.receiver);
        let _guard = StopOnDrop(&receiver);
        let mut urgent = false;
        loop {
            receiver.early_polls.begin();
            // It logs what fails, and tries again.
            let _ = self.take_turn(urgent).await;
            receiver.early_polls.end();
            urgent = receiver.early_polls.rest(interval).await;
        }
    }
}

/// Payments wait for no poll once [`Watcher::follow`] was dropped.
struct StopOnDrop<'a>(&'a Receiver);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.early_polls.stop();
    }
}
