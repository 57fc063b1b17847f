//! After a store was restored from a backup, or the database has lost its newest writes.
//!
//! The chain is read again by itself; what was paid since the backup is lost, and only the senders know it. So every
//! channel is marked, and for a marked one:
//!
//! | | rule |
//! |---|---|
//! | a payment of the accepted balance plus the price, or of more | accepted: the sender's signature proves what it has promised, the deposit bounds it. The mark ends |
//! | an agreement to close | refused: it would be for less than the sender owes. Closing alone goes on, and so do disputes, with the proofs that are held |
//! | closing all channels | leaves it out: its proof may be too low |
//!
//! What of a higher proof was charged is not known either. Where payments have no numbers, all of it was. Else up to a
//! quarter of the deposit may be credit: our sender holds to that, and a receiver that claims more than the sender
//! counts would lose it. That quarter is the most that a sender can spend again.

use crate::protocol::Amount;
use crate::protocol::amount::Uint256;

use super::Receiver;
use super::channel::{Channel, CreditTooLow};
use super::store::{Batch, ChannelKey, Edit, EditOutcome, Select, Store, StoreError, StoreExt};

/// Channels that are marked by one write.
const GROUP: usize = 500;
/// The credit of a sender that keeps to our sender's default is at most the deposit, halved so often.
const QUARTER: u32 = 2;

impl Receiver {
    /// Marks every channel that is not agreed to or being closed by the receiver; returns those that are marked and not
    /// settled. Call it before payments are accepted, with the chain read to its head: a channel that was opened since
    /// the backup may have been paid in as well. One that a reorganisation has just taken back is not marked if it comes
    /// again.
    pub async fn mark_restored(&self) -> Result<Vec<Channel>, StoreError> {
        let is_open = |channel: &Channel| !channel.is_left();
        set_marks(self.store(), true, is_open).await
    }

    /// Ends the marks that are left, at the operator's word that nothing was paid in these channels since the backup,
    /// or that it is given up; returns the channels.
    pub async fn end_restored(&self) -> Result<Vec<Channel>, StoreError> {
        set_marks(self.store(), false, |channel| channel.restored).await
    }
}

async fn set_marks(
    store: &dyn Store,
    mark: bool,
    concerns: impl Fn(&Channel) -> bool + Send,
) -> Result<Vec<Channel>, StoreError> {
    let mut channels = store.all(Select::All).await?;
    // A reorganisation may undo a settlement; then the channel is open again.
    let settled = store.all(Select::Reversible).await?;
    channels.extend(
        settled
            .into_iter()
            .filter(|channel| channel.settled.is_some()),
    );
    channels.retain(concerns);
    for group in channels.chunks(GROUP) {
        let edit = |channel: &Channel| {
            let set = move |channel: &mut Channel| {
                channel.restored = mark && !channel.is_left();
                EditOutcome::Changed
            };
            (ChannelKey::from(&channel.id), Edit::of_record(set))
        };
        let edits = group.iter().map(edit).collect();
        let batch = Batch {
            edits,
            ..Batch::default()
        };
        store.write(batch).await?;
    }
    channels.retain(|channel| channel.settled.is_none());
    Ok(channels)
}

/// What counts as charged in a marked channel after a payment by a proof above all that are known. `numbers`: the
/// sender may have numbered payments since the backup.
pub(super) fn charged(
    channel: &Channel,
    offered: Amount,
    price: Amount,
    numbers: bool,
) -> Result<Amount, CreditTooLow> {
    let least = channel.charged().checked_add(price).ok_or(CreditTooLow)?;
    if !numbers && channel.window.newest().is_none() {
        return Ok(least.max(offered));
    }
    let quarter = Uint256::from(channel.deposit).unbounded_shr(QUARTER);
    let credit = Amount::try_from(quarter).map_err(|_| CreditTooLow)?;
    Ok(least.max(offered.saturating_sub(credit.max(price))))
}
