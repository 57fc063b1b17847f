//! The timeout of a call's requests to a server.
//!
//! A call that waits for a server while it holds a lock keeps all pages from it. So all responses of one call
//! share one time limit: a server that never responds, or responds late to each of several requests, ends the
//! call, and what was sent stays pending. The time counts up to the headers; a body is read without the lock.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use super::super::payment::PaymentError;
use super::super::world::World;
use super::Sender;

/// The time left for the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeBudget {
    limit: u32,
    left: u64,
}

impl TimeBudget {
    /// The limit, in milliseconds, for all responses together.
    pub(super) fn new(limit: u32) -> Self {
        let left = limit.into();
        Self { limit, left }
    }
}

impl<W: World> Sender<W> {
    /// Waits for a response within the time left; drops the request after it.
    pub(super) async fn answer_in_time<T>(
        &self,
        budget: &mut TimeBudget,
        answer: impl Future<Output = T>,
    ) -> Result<T, PaymentError> {
        let start = self.world.now();
        let left = u32::try_from(budget.left).unwrap_or(u32::MAX);
        let (mut answer, mut limit) = (pin!(answer), pin!(self.world.after(left)));
        let answered = poll_fn(|context| {
            if let Poll::Ready(answer) = answer.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            limit.as_mut().poll(context).map(|()| None)
        });
        let answered = answered.await;
        let taken = self.world.now().saturating_sub(start);
        budget.left = budget.left.saturating_sub(taken);
        let milliseconds = budget.limit;
        answered.ok_or(PaymentError::Silent { milliseconds })
    }
}
