//! A timeout for the pieces of a body.
//!
//! Unlike tower-http's `TimeoutBody` it passes on the body's length and end, and does not fail while the next
//! piece is there, however long nobody asked for it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep};

/// Nothing came for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing came for too long")]
pub(super) struct IdleTimeout;

impl IdleTimeout {
    /// Whether it is the cause of this error.
    pub(super) fn caused(error: &(dyn std::error::Error + 'static)) -> bool {
        let mut causes = core::iter::successors(Some(error), |error| error.source());
        causes.any(|cause| cause.is::<Self>())
    }
}

pin_project! {
    /// A body that fails if its next piece does not come in time. The time counts only while a piece is asked
    /// for.
    pub(super) struct IdleTimeoutBody<B> {
        #[pin]
        body: B,
        #[pin]
        timer: Sleep,
        limit: Duration,
        is_waiting: bool,
    }
}

impl<B> IdleTimeoutBody<B> {
    pub(super) fn new(body: B, limit: Duration) -> Self {
        Self {
            body,
            timer: sleep(limit),
            limit,
            is_waiting: false,
        }
    }
}

impl<B> Body for IdleTimeoutBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        if let Poll::Ready(frame) = this.body.poll_frame(context) {
            *this.is_waiting = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        if !*this.is_waiting {
            *this.is_waiting = true;
            this.timer.as_mut().reset(Instant::now() + *this.limit);
        }
        ready!(this.timer.poll(context));
        Poll::Ready(Some(Err(IdleTimeout.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
