//! What a service learns of the payment for a request.

use crate::protocol::{Address, Amount};

/// The payment for a request: verified, and stored before the service is called. Stands in the
/// request's extensions; a request without it was free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Who paid. The signature was verified, so this also tells who is asking.
    pub sender: Address,
    /// The block in which the channel was opened, which names it among the sender's channels.
    pub open_block: u32,
    /// What was paid for this request: the price, in token base units.
    pub amount: Amount,
    /// All that was paid in the channel so far, this payment included, in token base units.
    pub balance: Amount,
}
