//! What a service is told about the payment for a request.

use crate::protocol::{Address, Amount, BalanceProof, PaymentNumber};

/// The payment for a request, verified and stored before the service is called. It is in the request's
/// extensions; without it the request was free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// The payment's proof and what it pays for, for the tickets of what it covers.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "paywall"), expect(dead_code, reason = "for tickets"))]
pub(super) struct PaidBy {
    pub(super) proof: BalanceProof,
    pub(super) covers: Amount,
}
