//! One of the nodes from which the chain is read.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use super::error::{Inconsistency, WatchError};
use crate::chain::{ChainError, Header, LogFilter, Node, PlacedLog, Transport, TransportError};
use crate::protocol::event;
use crate::receiver::Receiver;

/// The most blocks in one request for events.
const MAX_CHUNK: u64 = 100_000;
/// How often a block below the head and its events are requested: behind a load balancer the next answer may
/// come from another node.
const TRIES: u32 = 3;
/// The pause before a retry.
const PAUSE: Duration = Duration::from_millis(300);
/// The timeout of short answers, where there are several nodes.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A node that timed out is not asked for this long.
const BACKOFF: Duration = Duration::from_secs(60);

pub(super) struct Source<T> {
    pub(super) node: Node<Arc<T>>,
    /// Counted from 1; logs name it so, as its URL may hold a secret.
    pub(super) number: usize,
    /// Up to this block its events were compared with those that were applied.
    pub(super) agreed: Option<u64>,
    receiver: Arc<Receiver>,
    /// How many blocks to request events for at once.
    chunk: u64,
    head: Option<Head>,
    rests_until: Option<Instant>,
    /// Whether it was logged that there is something wrong with it.
    is_complained_of: bool,
}

/// A node's newest block.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) number: u64,
    timestamp: Option<u64>,
    /// When it was first seen.
    since: Instant,
}

impl Head {
    /// Its timestamp; if the node does not say, when it was first seen.
    pub(super) fn time(&self) -> Option<SystemTime> {
        match self.timestamp {
            Some(seconds) => UNIX_EPOCH.checked_add(Duration::from_secs(seconds)),
            None => SystemTime::now().checked_sub(self.since.elapsed()),
        }
    }

    /// Its age by its timestamp, or since it was first seen if that is more.
    pub(super) fn age(&self) -> Duration {
        let told = self.time().and_then(|time| time.elapsed().ok());
        told.unwrap_or_default().max(self.since.elapsed())
    }
}

/// Events of a range of blocks.
pub(super) struct LogRange {
    /// The first block.
    pub(super) from: u64,
    /// The last block.
    pub(super) to: Header,
    pub(super) logs: Vec<PlacedLog>,
}

impl<T: Transport> Source<T> {
    pub(super) fn new(transport: Arc<T>, number: usize, receiver: Arc<Receiver>) -> Self {
        Self {
            node: Node::new(transport),
            number,
            agreed: None,
            receiver,
            chunk: MAX_CHUNK,
            head: None,
            rests_until: None,
            is_complained_of: false,
        }
    }

    /// Counts a failure, and logs the first one.
    pub(super) fn complain(&mut self, reason: &dyn core::fmt::Display) {
        self.receiver.state().faults.failed += 1;
        if !core::mem::replace(&mut self.is_complained_of, true) {
            warn!(node = self.number, %reason, "a node is of no use for now");
        }
    }

    /// Logs the end of a failure.
    pub(super) fn is_well(&mut self) {
        if core::mem::take(&mut self.is_complained_of) {
            info!(node = self.number, "a node is of use again");
        }
    }

    /// Whether it timed out within the last minute.
    pub(super) fn rests(&self) -> bool {
        self.rests_until.is_some_and(|until| Instant::now() < until)
    }

    /// [`Self::look_at_head`] with a timeout, where there are several nodes.
    pub(super) async fn look_at_head_soon(&mut self, timed: bool) -> Result<Head, ChainError> {
        let answer = timeout(TIMEOUT, self.look_at_head(timed)).await;
        answer.unwrap_or_else(|_| Err(self.rest()))
    }

    /// A block, with a timeout.
    pub(super) async fn header_soon(&mut self, number: u64) -> Result<Option<Header>, ChainError> {
        let answer = timeout(TIMEOUT, self.node.header(number)).await;
        answer.unwrap_or_else(|_| Err(self.rest()))
    }

    /// Starts the backoff after a timeout.
    fn rest(&mut self) -> ChainError {
        self.rests_until = Some(Instant::now() + BACKOFF);
        ChainError::Transport {
            method: "eth_getBlockByNumber",
            source: TransportError::Unreachable("no answer in time".to_owned()),
        }
    }

    /// Requests the newest block's number, and its timestamp if `timed`.
    pub(super) async fn look_at_head(&mut self, timed: bool) -> Result<Head, ChainError> {
        let number = self.node.block_number().await?;
        let known = self.head.filter(|head| head.number == number);
        let timestamp = match known.and_then(|head| head.timestamp) {
            None if timed => {
                let header = self.node.header(number).await?;
                header.and_then(|header| header.timestamp)
            }
            known => known,
        };
        let before = self.head.filter(|head| head.number >= number);
        let head = Head {
            number,
            timestamp,
            since: before.map_or_else(Instant::now, |head| head.since),
        };
        self.head = Some(head);
        Ok(head)
    }

    /// A block that is not above the head, which the node has to know.
    pub(super) async fn block(&self, number: u64) -> Result<Header, WatchError> {
        for tried in 0..TRIES {
            if tried > 0 {
                self.pause(PAUSE).await?;
            }
            if let Some(header) = self.node.header(number).await? {
                return Ok(header);
            }
            self.receiver.state().faults.unknown += 1;
        }
        Err(Inconsistency::UnknownBlock(number).into())
    }

    pub(super) async fn pause(&self, time: Duration) -> Result<(), ChainError> {
        let paused = self.node.transport().pause(time).await;
        paused.map_err(|source| ChainError::Transport {
            method: "eth_getBlockByNumber",
            source,
        })
    }

    /// The events of as many blocks from `next` on as the node answers for, and if possible those of the
    /// blocks before it from `from` on.
    pub(super) async fn range(
        &mut self,
        mut from: u64,
        next: u64,
        last: u64,
    ) -> Result<LogRange, WatchError> {
        loop {
            let block = last.min(next.saturating_add(self.chunk - 1));
            let to = self.block(block).await?;
            let smallest = block == next && from == next;
            let logs = if smallest {
                self.logs_with_retries(from, block).await
            } else {
                self.logs(from, block).await
            };
            match logs {
                Ok(logs) => {
                    let mut logs = logs;
                    if block == last {
                        self.ask_newest_by_hash(&mut logs, next, &to).await?;
                    }
                    self.chunk = self.chunk.saturating_mul(2).min(MAX_CHUNK);
                    // Events and hash must be of one chain.
                    if self.block(block).await?.hash != to.hash {
                        return Err(Inconsistency::Unsteady(block).into());
                    }
                    return Ok(LogRange { from, to, logs });
                }
                Err(error) => {
                    let blocks = block - next + 1;
                    self.chunk = (blocks / 2).max(1);
                    if !is_refusal(&error) || smallest {
                        return Err(error.into());
                    }
                    from = next;
                    info!(%error, blocks, "asking for the events of fewer blocks");
                }
            }
        }
    }

    /// The events of these blocks, in as many requests as it takes.
    pub(super) async fn all_logs(
        &mut self,
        from: u64,
        to: u64,
    ) -> Result<Vec<PlacedLog>, WatchError> {
        let mut all = Vec::new();
        let mut next = from;
        while next <= to {
            let range = self.range(next, next, to).await?;
            all.extend(range.logs);
            next = range.to.number + 1;
        }
        Ok(all)
    }

    /// The events of these blocks, with retries: behind a load balancer a node that does not know the last
    /// block may answer with an error.
    pub(super) async fn logs_with_retries(
        &self,
        from: u64,
        to: u64,
    ) -> Result<Vec<PlacedLog>, ChainError> {
        for _ in 1..TRIES {
            match self.logs(from, to).await {
                Err(error) if is_refusal(&error) => {
                    self.receiver.state().faults.failed += 1;
                    self.pause(PAUSE).await?;
                }
                answer => return answer,
            }
        }
        self.logs(from, to).await
    }

    /// Replaces the events of the newest two blocks by what the node answers for their hashes. For a range of
    /// numbers a back end that does not know these blocks yet answers `[]`; for a hash it answers with an
    /// error, and is asked again. A node that refuses all the same knows no such request: its answer for the
    /// range stays, and later polls read these blocks again.
    async fn ask_newest_by_hash(
        &self,
        logs: &mut Vec<PlacedLog>,
        next: u64,
        newest: &Header,
    ) -> Result<(), ChainError> {
        let parent = newest.number.checked_sub(1).zip(newest.parent);
        for (number, hash) in parent.into_iter().chain([(newest.number, newest.hash)]) {
            if number < next {
                continue;
            }
            let filter = self.filter(number, number);
            let mut tried = 1;
            let answer = loop {
                match self.node.logs_of_block(&filter, hash).await {
                    Err(error) if is_refusal(&error) && tried < TRIES => {
                        tried += 1;
                        self.pause(PAUSE).await?;
                    }
                    answer => break answer,
                }
            };
            match answer {
                Ok(of_block) => {
                    let from = logs.partition_point(|placed| placed.block < number);
                    let to = logs.partition_point(|placed| placed.block <= number);
                    if logs.get(from..to) != Some(&of_block[..]) {
                        self.receiver.state().faults.short += 1;
                    }
                    logs.splice(from..to, of_block);
                }
                Err(error) if is_refusal(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The receiver's events of these blocks, in one request.
    pub(super) async fn logs(&self, from: u64, to: u64) -> Result<Vec<PlacedLog>, ChainError> {
        self.node.logs(&self.filter(from, to)).await
    }

    fn filter(&self, from: u64, to: u64) -> LogFilter {
        // The receiver is the second indexed argument of these events.
        let receiver = event::address_topic(self.receiver.address());
        LogFilter {
            address: self.receiver.contract().manager.address,
            topics: vec![None, None, Some(receiver)],
            from_block: from,
            to_block: to,
        }
    }
}

/// Whether the node answered, and may answer a smaller request.
fn is_refusal(error: &ChainError) -> bool {
    matches!(
        error,
        ChainError::Transport {
            source: TransportError::Answer { .. }
                | TransportError::Status { .. }
                | TransportError::NotJsonRpc,
            ..
        }
    )
}
