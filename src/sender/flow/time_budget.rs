//! How long a server is waited for.
//!
//! Whoever waits for a server while holding a turn keeps all pages from it. So there is a limit for the
//! answers of one call together: a server that never answers, or answers each of several requests
//! late, ends the call, and what was sent stays pending. Up to its headers an answer counts; a slow body
//! is nobody's turn.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use super::super::payment::PaymentError;
use super::super::world::World;
use super::Sender;

/// The time that the server still has.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeBudget {
    limit: u32,
    left: u64,
}

impl TimeBudget {
    /// So many milliseconds for all answers.
    pub(super) fn new(limit: u32) -> Self {
        let left = limit.into();
        Self { limit, left }
    }
}

impl<W: World> Sender<W> {
    /// Waits for an answer, as long as there is time. One that comes too late is dropped.
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
