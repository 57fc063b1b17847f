//! Polling for as long as the receiver sells.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Watcher;
use crate::chain::Transport;
use crate::receiver::Receiver;
use crate::receiver::early_poll::LEAST_PAUSE;

impl<T: Transport> Watcher<T> {
    /// Takes its [turn](Self::turn) every `interval` for as long as the future is not dropped, and earlier for
    /// payments in channels that are not known yet. Watchers that share nodes and have one interval poll at the
    /// same moments.
    pub async fn follow(mut self, interval: Duration) {
        self.follow_on(interval).await;
    }

    /// The same until `end`, and then leaves the chain to another process.
    pub async fn follow_until(mut self, interval: Duration, end: impl Future<Output = ()>) {
        tokio::select! {
            // Once it is to end, nothing more is begun.
            biased;
            () = end => {}
            () = self.follow_on(interval) => {}
        }
        self.leave().await;
    }

    async fn follow_on(&mut self, interval: Duration) {
        let receiver = Arc::clone(&self.receiver);
        let _guard = StopOnDrop(&receiver);
        let mut urgent = false;
        loop {
            receiver.early_polls.begin();
            if receiver.early_polls.are_awaited() {
                // What others read since the poll was due may be older than the payment.
                self.due = None;
            }
            // It logs what fails, and tries again.
            let _ = self.take_turn(urgent).await;
            receiver.early_polls.end();
            let next = self.next_poll(interval);
            let rest = next.map_or(interval, |next| {
                next.saturating_duration_since(Instant::now())
            });
            urgent = receiver.early_polls.rest(rest).await;
            self.due = next.filter(|next| *next <= Instant::now());
        }
    }

    /// When all that share nodes poll next.
    fn next_poll(&self, interval: Duration) -> Option<Instant> {
        let after = Instant::now() + LEAST_PAUSE.min(interval);
        let member = self.member.as_ref();
        member.map(|member| member.next(after, interval))
    }
}

/// Payments wait for no poll once [`Watcher::follow`] was dropped.
struct StopOnDrop<'a>(&'a Receiver);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.early_polls.stop();
    }
}
