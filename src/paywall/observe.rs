//! The outcome of a request, for counting.

use super::receipt::Paid;

/// The outcome of charging for a request to a [`Paywall`](super::Paywall).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestOutcome {
    /// It was paid for.
    Paid(Paid),
    /// It was paid for before, and is served again.
    Repeated(Paid),
    /// It costs nothing.
    Free,
    /// It was not handed on, for the reason that is named by a `code` of
    /// [`AnswerFormat::Problem`](super::AnswerFormat::Problem).
    Refused(&'static str),
}
