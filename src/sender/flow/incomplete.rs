//! Bodies of responses that were paid for with a number, until they are complete.
//!
//! The receiver has charged, and the headers are there, but a body may break off, or its page may die. Until it is
//! complete its payment is kept, and the page holds a lock. If that is free, or once the page has seen the body break
//! off, it is one of those that nobody has seen served: the next request for the same resource sends it again.

use crate::protocol::{ChannelId, PaymentNumber};

use super::super::numbered::InFlight;
use super::super::record::ChannelRecord;
use super::super::world::World;
use super::Sender;

/// A response to return to the caller.
#[derive(Debug)]
pub struct Fetched<R, T> {
    /// The response.
    pub response: R,
    /// Its body, if it has to be told [when that is complete](Sender::complete_body).
    pub incomplete: Option<IncompleteBody<T>>,
}

/// A body that was paid for and is on its way. If it is dropped, nobody waits for the body any more.
#[derive(Debug)]
pub struct IncompleteBody<T> {
    id: ChannelId,
    number: PaymentNumber,
    _turn: T,
}

/// A body that was paid for and broke off.
#[derive(Clone, Copy, Debug)]
pub struct BrokenBody {
    id: ChannelId,
    number: PaymentNumber,
}

impl<R, T> Fetched<R, T> {
    /// A response that nobody has to wait for.
    pub(super) fn whole(response: R) -> Self {
        Self {
            response,
            incomplete: None,
        }
    }
}

impl<T> IncompleteBody<T> {
    pub(super) fn new(id: ChannelId, payment: &InFlight, turn: T) -> Self {
        Self {
            id,
            number: payment.number,
            _turn: turn,
        }
    }

    /// It broke off: from here on the next request for the resource sends its payment again.
    pub fn broken(self) -> BrokenBody {
        let Self { id, number, .. } = self;
        BrokenBody { id, number }
    }
}

impl<W: World> Sender<W> {
    /// The body is complete: its payment pays for nothing more.
    pub async fn complete_body(&self, incomplete: IncompleteBody<W::Turn>) -> Result<(), W::Error> {
        let (id, number) = (incomplete.id, incomplete.number);
        self.end_body(id, number, ChannelRecord::complete_body)
            .await
    }

    /// The body broke off: for a while no number leaves that would move the receiver's window past its own.
    pub async fn break_body(&self, broken: BrokenBody) -> Result<(), W::Error> {
        self.end_body(broken.id, broken.number, ChannelRecord::break_body)
            .await
    }

    /// Stores how a body ended, unless it ended before.
    async fn end_body(
        &self,
        id: ChannelId,
        number: PaymentNumber,
        end: fn(&mut ChannelRecord, PaymentNumber) -> bool,
    ) -> Result<(), W::Error> {
        let Some(mut channel) = self.lock_to_tidy(id).await? else {
            return Ok(());
        };
        let mut was_kept = false;
        let changed = channel.with(|record| was_kept = end(record, number));
        match was_kept {
            true => channel.store(changed).await,
            false => Ok(()),
        }
    }

    /// A lock for a body that is about to arrive. `None`: as many as there are locks do.
    pub(super) async fn free_body_slot(
        &self,
        channel: &ChannelRecord,
    ) -> Result<Option<(usize, W::Turn)>, W::Error> {
        for slot in channel.body_slots() {
            let lock = self.key().body_lock(&channel.id, slot);
            if let Some(turn) = self.world.free_turn(&lock).await? {
                return Ok(Some((slot, turn)));
            }
        }
        Ok(None)
    }

    /// The lock of a body that broke off, or whose page is gone. `None`: it is arriving.
    pub(super) async fn broken_body(
        &self,
        id: &ChannelId,
        payment: &InFlight,
    ) -> Result<Option<W::Turn>, W::Error> {
        let lock = self.key().body_lock(id, payment.slot);
        self.world.free_turn(&lock).await
    }
}
