//! The nodes' heads, and which nodes keep up.

use std::time::Duration;

use tokio::time::Instant;

use super::error::{Inconsistency, WatchError};
use super::source::{Head, Source};
use super::{TOLERANCE, Watcher};
use crate::chain::Transport;

/// Heads up to this many blocks apart are normal.
const NEAR: u64 = 20;
/// The block time is the median of the means of three windows of this many blocks, so that one pause does
/// not make a chain look slow.
const WINDOW: u64 = 50;
/// The block time is measured again after this many blocks.
const MEASURED_FOR: u64 = 1000;

/// The nodes that keep up, and the head that all of them have.
pub(super) struct Heads {
    /// The lowest of their heads.
    pub(super) head: Head,
    /// When that is too old, if there is a limit.
    pub(super) end: Option<Instant>,
    /// Their indices in the list of sources. At least one.
    pub(super) keeping_up: Vec<usize>,
}

/// A block time, and at which block it was measured.
#[derive(Clone, Copy)]
pub(super) struct BlockTime {
    at: u64,
    time: Option<Duration>,
}

impl<T: Transport> Watcher<T> {
    /// Requests the heads of all nodes. The lowest of those that keep up is followed, so that all of them can
    /// be compared. A node whose head is below what was applied does not keep up if another one's is not.
    pub(super) async fn heads(&mut self, applied: u64) -> Result<Heads, WatchError> {
        let (mut answered, highest) = self.request_heads().await?;
        self.show_head(highest, answered.len());
        let limit = self.head_age_limit(&answered).await;
        let near = match limit {
            Some(limit) => NEAR + self.leave_out_stale(&mut answered, highest, limit)?,
            None => NEAR,
        };
        let knows = |head: &Head| head.number.saturating_add(TOLERANCE) >= applied;
        if answered.iter().any(|(_, head)| knows(head)) {
            self.leave_out(&mut answered, knows);
        }
        let lowest = answered.iter().map(|(_, head)| head.number).min();
        let (lowest, highest) = (lowest.unwrap_or(highest.number), highest.number);
        if highest.saturating_sub(lowest) > near {
            // With a known block time a young head can't be far behind.
            if limit.is_some() {
                return Err(Inconsistency::Apart { lowest, highest }.into());
            }
            self.leave_out(&mut answered, |head| highest - head.number <= near);
        }
        let keeping_up = answered.iter().map(|(index, _)| *index).collect();
        let heads = answered.iter().map(|(_, head)| *head);
        let head = heads.min_by_key(|head| head.number);
        let head = head.ok_or(Inconsistency::UnknownBlock(highest))?;
        self.show_head(head, answered.len());
        let young_for = limit.map(|limit| limit.saturating_sub(head.age()));
        let end = young_for.and_then(|time| Instant::now().checked_add(time));
        Ok(Heads {
            head,
            end,
            keeping_up,
        })
    }

    /// The heads of the nodes that answer, and the highest of them.
    async fn request_heads(&mut self) -> Result<(Vec<(usize, Head)>, Head), WatchError> {
        let timed = self.head_age.limit(None).is_some();
        let several = self.sources.len() > 1;
        let all_rest = self.sources.iter().all(Source::rests);
        let mut answered = Vec::new();
        let mut failed = None;
        for (index, source) in self.sources.iter_mut().enumerate() {
            let head = if !several {
                source.look_at_head(timed).await
            } else if source.rests() && !all_rest {
                continue;
            } else {
                source.look_at_head_soon(timed).await
            };
            match head {
                Ok(head) => answered.push((index, head)),
                Err(error) => {
                    if several {
                        source.complain(&error);
                    }
                    failed.get_or_insert(error);
                }
            }
        }
        let heads = answered.iter().map(|(_, head): &(usize, Head)| *head);
        match heads.max_by_key(|head| head.number) {
            Some(highest) => Ok((answered, highest)),
            None => Err(failed.map_or(Inconsistency::UnknownBlock(0).into(), Into::into)),
        }
    }

    /// Leaves out heads older than the limit. Returns how many blocks the limit allows heads to be apart.
    fn leave_out_stale(
        &mut self,
        answered: &mut Vec<(usize, Head)>,
        highest: Head,
        limit: Duration,
    ) -> Result<u64, Inconsistency> {
        let age = highest.age();
        self.leave_out(answered, |head| head.age() <= limit);
        if answered.is_empty() {
            let head = highest.number;
            return Err(Inconsistency::Stale { head, age, limit });
        }
        let block_time = self.block_time.and_then(|measured| measured.time);
        let seconds = block_time.unwrap_or_default().as_secs().max(1);
        Ok(limit.as_secs() / seconds)
    }

    fn leave_out(&self, answered: &mut Vec<(usize, Head)>, keeps_up: impl Fn(&Head) -> bool) {
        let before = answered.len();
        answered.retain(|(_, head)| keeps_up(head));
        let behind = before - answered.len();
        self.receiver.state().faults.behind += behind as u64;
    }

    /// How old a head may be.
    async fn head_age_limit(&mut self, answered: &[(usize, Head)]) -> Option<Duration> {
        self.head_age.limit(None)?;
        // From the node with the highest head, which is the least likely to have stopped.
        let (index, head) = answered.iter().max_by_key(|(_, head)| head.number)?;
        let known = self.block_time.filter(|measured| {
            let valid_for = measured.time.map_or(1, |_| MEASURED_FOR);
            head.number.abs_diff(measured.at) < valid_for
        });
        if known.is_none() {
            let time = match self.sources.get_mut(*index) {
                Some(source) => measure(source, head.number).await,
                None => None,
            };
            let at = head.number;
            self.block_time = Some(BlockTime { at, time });
        }
        let block_time = self.block_time.and_then(|measured| measured.time);
        self.head_age.limit(block_time)
    }
}

/// How long a block takes; `None` if the node does not tell or the chain is too young.
async fn measure<T: Transport>(source: &Source<T>, head: u64) -> Option<Duration> {
    let window = WINDOW.min(head / 3);
    if window == 0 {
        return None;
    }
    let mut times = Vec::new();
    for windows in 0..=3 {
        let header = source.node.header(head - windows * window).await;
        times.push(header.ok()??.timestamp?);
    }
    let between = times.windows(2).map(|pair| pair[0].saturating_sub(pair[1]));
    let mut between: Vec<_> = between.collect();
    between.sort_unstable();
    let median = between.get(1)?;
    let window = u32::try_from(window).ok()?;
    Some(Duration::from_secs(*median) / window)
}
