//! Polling for as long as the receiver sells.

use std::sync::Arc;
use std::time::Duration;

use super::Watcher;
use crate::chain::Transport;
use crate::receiver::Receiver;

impl<T: Transport> Watcher<T> {
    /// Polls every `interval` for as long as the future is not dropped, and earlier for payments in channels
    /// that are not known yet.
    pub async fn follow(mut self, interval: Duration) {
        let receiver = Arc::clone(&self.receiver);
        let _guard = StopOnDrop(&receiver);
        loop {
            receiver.early_polls.begin();
            // It logs what fails, and tries again.
            let _ = self.poll().await;
            receiver.early_polls.end();
            receiver.early_polls.rest(interval).await;
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
