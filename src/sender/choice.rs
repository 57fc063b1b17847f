//! Which channel to pay in.

use crate::protocol::{Address, Amount};

use super::record::ChannelRecord;

/// What to do in order to pay a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// Pay in this channel.
    Use(&'a ChannelRecord),
    /// This channel has most left, but not enough: add to its deposit.
    TopUp(&'a ChannelRecord),
    /// There is no open channel to this receiver.
    Open,
}

/// Chooses among the sender's channels: one with a pending proof comes first, because that proof
/// is sent again before anything else is signed; else the open channel to the receiver with the
/// least that suffices, so that larger ones stay whole; else the one with most left.
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
