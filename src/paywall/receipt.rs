//! What a service is told about the payment for a request.

use crate::protocol::{Address, Amount, BalanceProof, PaymentNumber};

use super::stream::{Stream, Unpaid};

/// The payment for a request, verified and stored before the service is called. It is in the request's
/// extensions; without it the request was free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Who paid. The signature was verified, so this also tells who is asking.
    pub sender: Address,
    /// The block in which the channel was opened, which names it among the sender's channels.
    pub open_block: u32,
    /// What was paid for this request: the price, in token base units. 0 for one that was paid for before.
    pub amount: Amount,
    /// The sum of all payments in the channel, including this one, in token base units.
    pub balance: Amount,
    /// The number of the payment in the channel, if the sender gave it one by the
    /// [credit extension](crate::protocol::credit). The same number comes again with a request that is repeated.
    pub number: Option<PaymentNumber>,
    /// The meter of the answer, if the layer [meters](super::PaywallLayer::metered) it.
    pub(super) stream: Option<Stream>,
}

impl Paid {
    /// Waits until the next interval of a [metered](super::PaywallLayer::metered) answer has begun and is paid
    /// for: call it before what is sent in each interval, the first one included. The answer's price has paid for
    /// the first one, so that returns at once; each other one begins when the one before it is over, and if it is
    /// not paid for by then, the sender has the [grace](super::Metering::grace) to do so.
    ///
    /// After an error the sender is asked for nothing more: end the answer. It is metered for as long as a clone
    /// of this value exists, so keep it in the body.
    ///
    /// ```
    /// # use microraiden::paywall::Paid;
    /// async fn tick(paid: Paid) {
    ///     while paid.charge_more().await.is_ok() {
    ///         // Send what flows in one interval.
    ///     }
    /// }
    /// ```
    pub async fn charge_more(&self) -> Result<(), Unpaid> {
        match &self.stream {
            Some(stream) => stream.charge_more().await,
            None => Err(Unpaid::NotMetered),
        }
    }
}

/// The payment's proof and what it pays for, for the tickets of what it covers.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "paywall"), expect(dead_code, reason = "for tickets"))]
pub(super) struct PaidBy {
    pub(super) proof: BalanceProof,
    pub(super) covers: Amount,
}
