//! How requests end, for those who count.

use super::receipt::Paid;

/// How a request to a [`Paywall`](super::Paywall) ended, as far as charging is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestOutcome {
    /// It was paid for.
    Paid(Paid),
    /// It costs nothing.
    Free,
    /// It was not handed on, for the reason that is named by a `code` of
    /// [`AnswerFormat::Problem`](super::AnswerFormat::Problem).
    Refused(&'static str),
}
