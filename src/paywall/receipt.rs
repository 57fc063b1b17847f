//! What a service is told about the payment for a request.

use crate::protocol::{Address, Amount, Signature};

/// The payment for a request, verified and stored before the service is called. It is in the request's
/// extensions; without it the request was free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Who paid. The signature was verified, so this also tells who is asking.
    pub sender: Address,
    /// The block in which the channel was opened, which names it among the sender's channels.
    pub open_block: u32,
    /// What was paid for this request: the price, in token base units.
    pub amount: Amount,
    /// The sum of all payments in the channel, including this one, in token base units.
    pub balance: Amount,
}

/// The signature of the payment's proof, for the tickets of what it covers.
#[derive(Clone, Copy)]
pub(super) struct PaidBy(
    #[cfg_attr(not(feature = "paywall"), expect(dead_code, reason = "for tickets"))]
    pub(super)  Signature,
);
