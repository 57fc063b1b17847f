//! Which channel to pay in.

use crate::protocol::{Address, Amount};

use super::record::ChannelRecord;

/// How to pay a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// Pay in this channel.
    Use(&'a ChannelRecord),
    /// No channel has enough left; add to the deposit of this one, which has the most.
    TopUp(&'a ChannelRecord),
    /// There is no open channel to this receiver.
    Open,
}

/// Chooses among the sender's open channels to the receiver: first one with a pending proof, because
/// that proof is resent before anything else is signed; else the one with the least remaining that
/// suffices, which leaves larger ones for larger prices; else the one with the most remaining.
pub fn choose(records: &[ChannelRecord], receiver: Address, price: Amount) -> Choice<'_> {
    let open = || {
        records
            .iter()
            .filter(|record| record.id.receiver == receiver && record.is_usable())
    };
    if let Some(record) = open().find(|record| record.pending().is_some()) {
        return Choice::Use(record);
    }
    let sufficient = open().filter(|record| record.remaining() >= price);
    if let Some(record) = sufficient.min_by_key(|record| record.remaining()) {
        return Choice::Use(record);
    }
    open()
        .max_by_key(|record| record.remaining())
        .map_or(Choice::Open, Choice::TopUp)
}
