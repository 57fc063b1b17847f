//! What a payment seldom needs, behind a table, so that a world may load it when it does.
//!
//! Everything that pays in an open channel calls these flows through [`World::seldom`] and never by
//! name: a call by name would make them part of what every page loads.

use core::future::Future;
use core::pin::Pin;

use crate::protocol::header::Demand;
use crate::protocol::{Amount, ChannelId};

use super::super::journal::StepKey;
use super::super::limits::Limits;
use super::super::payment::{Sent, Verdict};
use super::super::policy::Policy;
use super::super::record::ChannelRecord;
use super::super::spending::Spending;
use super::super::world::World;
use super::Sender;
use super::answer::{Course, Next};

/// A flow under way.
pub(super) type Flow<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>;

/// The flows.
#[allow(clippy::type_complexity)] // Each type is the signature of the method that it calls.
pub struct Seldom<W: World> {
    pub(super) look_after: for<'a> fn(&'a Sender<W>) -> Flow<'a, (), W::Error>,
    pub(super) open: for<'a> fn(
        &'a Sender<W>,
        &'a Demand,
        &'a Limits,
        &'a str,
    ) -> Flow<'a, (ChannelId, bool), W::Error>,
    pub(super) top_up: for<'a> fn(
        &'a Sender<W>,
        &'a mut ChannelRecord,
        Amount,
        Amount,
        &'a str,
    ) -> Flow<'a, bool, W::Error>,
    pub(super) finish: for<'a> fn(&'a Sender<W>, StepKey) -> Flow<'a, (), W::Error>,
    pub(super) answer: for<'a> fn(
        &'a Sender<W>,
        &'a mut ChannelRecord,
        &'a Sent,
        Verdict,
        &'a mut Course,
    ) -> Flow<'a, Next, W::Error>,
    pub(super) mend_named:
        for<'a> fn(&'a Sender<W>, &'a str) -> Flow<'a, Option<ChannelRecord>, W::Error>,
    pub(super) count: for<'a> fn(&'a Sender<W>, &'a Policy, u64) -> Flow<'a, Spending, W::Error>,
    pub(super) mend:
        for<'a> fn(&'a Sender<W>, ChannelId, String) -> Flow<'a, ChannelRecord, W::Error>,
}

impl<W: World> Seldom<W> {
    /// All of them.
    pub const ALL: Self = Self {
        look_after: |sender| Box::pin(sender.look_after_all()),
        open: |sender, demand, limits, origin| Box::pin(sender.open_for(demand, limits, origin)),
        top_up: |sender, record, price, added, origin| {
            Box::pin(sender.top_up_for(record, price, added, origin))
        },
        finish: |sender, key| Box::pin(async move { sender.finish_earlier(key).await.map(|_| ()) }),
        answer: |sender, record, sent, verdict, course| {
            Box::pin(sender.follow_seldom(record, sent, verdict, course))
        },
        mend_named: |sender, name| Box::pin(sender.mend_named(name)),
        count: |sender, policy, at| Box::pin(sender.count_made(policy, at)),
        mend: |sender, id, text| Box::pin(sender.replace_damaged(id, text)),
    };
}
