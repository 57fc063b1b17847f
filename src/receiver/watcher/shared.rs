//! Nodes that the watchers of several receivers ask together.
//!
//! Watchers of one chain ask the same: which block is the newest, what a block says of itself, which events
//! there were. One request answers all that ask at the same time:
//!
//! | rule | so that |
//! |---|---|
//! | an answer is for the reads that had begun when it was requested | it is no older than one of their own |
//! | no watcher gets an answer twice, or one that was requested before the one it got last | asking again asks the node again |
//! | events are requested for all receivers of a contract, at most [`RECEIVERS`] at a time, and each gets its own | one request is enough |
//! | requests about one account (balances, nonces, transactions) are never shared | |
//!
//! Each receiver has a watcher, a store and a trail of its own, which see what a node of their own would tell.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::chain::{Failover, Transport, TransportError};
use crate::json::Value;
use crate::protocol::{Address, event};
use crate::receiver::Receiver;

/// How many receivers one request for events names. Nodes limit that; geth takes 1000.
const RECEIVERS: usize = 100;
/// What is asked about the chain, and not about an account.
const SHARED: [&str; 6] = [
    "eth_blockNumber",
    "eth_feeHistory",
    "eth_gasPrice",
    EVENTS,
    "eth_getBlockByNumber",
    "eth_maxPriorityFeePerGas",
];
const EVENTS: &str = "eth_getLogs";
/// How many answers are kept, and for how long, for watchers that will ask the same.
const KEPT: usize = 256;
const KEPT_FOR: Duration = Duration::from_secs(10);
/// An answer with more events is not kept: only those who wait for it get it.
const MOST_EVENTS: usize = 1000;

/// Nodes for several watchers, which poll at the same moments and share what is answered.
pub struct SharedNodes<T> {
    nodes: Failover<Answers<T>>,
    groups: Mutex<Vec<Arc<Group>>>,
    /// Polls are due whole intervals after this.
    began: Instant,
}

/// One of [`SharedNodes`], as one watcher sees it.
pub struct SharedNode<T> {
    node: Answers<T>,
    member: Arc<Member>,
    /// The number of the newest answer that this watcher got.
    seen: Mutex<u64>,
}

/// A watcher among those that share nodes.
pub(super) struct Member {
    /// The receiver, as a topic of events.
    topic: String,
    group: Arc<Group>,
    /// Answers to earlier requests are none for it.
    since: Mutex<Instant>,
    began: Instant,
}

/// Receivers whose events are requested together.
struct Group {
    contract: Address,
    /// As topics of events.
    receivers: Mutex<Vec<String>>,
}

/// What a node answered, or will.
struct Answers<T>(Arc<Inner<T>>);

struct Inner<T> {
    node: T,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// How many requests there were.
    count: u64,
    /// In the order in which they began.
    requests: VecDeque<SharedRequest>,
}

/// A request.
#[derive(Clone)]
struct SharedRequest {
    /// Counted from 1.
    number: u64,
    at: Instant,
    method: &'static str,
    params: Arc<Value>,
    answer: SharedAnswer,
}

type SharedAnswer = Arc<OnceCell<Result<Arc<Value>, TransportError>>>;

impl<T> Clone for Answers<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is complete once it is made.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Clone> SharedNodes<T> {
    /// The same nodes, for watchers that share them.
    pub fn new(nodes: &Failover<T>) -> Self {
        let shared = |node: &T| {
            Answers(Arc::new(Inner {
                node: node.clone(),
                kept: Mutex::default(),
            }))
        };
        Self {
            nodes: nodes.map(shared),
            groups: Mutex::default(),
            began: Instant::now(),
        }
    }

    /// The nodes as the watcher of this receiver sees them.
    pub(super) fn of(&self, receiver: &Receiver) -> (Failover<SharedNode<T>>, Arc<Member>) {
        let topic = event::address_topic(receiver.address()).to_string();
        let member = Arc::new(Member {
            group: self.join(receiver.contract().manager.address, &topic),
            topic,
            since: Mutex::new(Instant::now()),
            began: self.began,
        });
        let nodes = self.nodes.map(|node| SharedNode {
            node: node.clone(),
            member: Arc::clone(&member),
            seen: Mutex::default(),
        });
        (nodes, member)
    }

    fn join(&self, contract: Address, topic: &str) -> Arc<Group> {
        let mut groups = lock(&self.groups);
        let of_contract = groups.iter().filter(|group| group.contract == contract);
        for group in of_contract {
            let mut receivers = lock(&group.receivers);
            if receivers.len() < RECEIVERS {
                receivers.push(topic.to_owned());
                return Arc::clone(group);
            }
        }
        let group = Arc::new(Group {
            contract,
            receivers: Mutex::new(vec![topic.to_owned()]),
        });
        groups.push(Arc::clone(&group));
        group
    }
}

impl Member {
    /// From here on answers count that were requested since then.
    pub(super) fn begin(&self, since: Instant) {
        *lock(&self.since) = since;
    }

    /// The next moment, after this one, at which all of them poll.
    pub(super) fn next(&self, after: Instant, interval: Duration) -> Instant {
        let interval = interval.as_nanos().max(1);
        let passed = after.saturating_duration_since(self.began).as_nanos();
        let left = interval - passed % interval;
        let left = u64::try_from(left).map_or(Duration::MAX, Duration::from_nanos);
        after.checked_add(left).unwrap_or(after)
    }

    /// The same request for the events of all receivers of the group; `None` if it is another request.
    fn widened(&self, params: &Value) -> Option<Value> {
        let receivers = lock(&self.group.receivers);
        if receivers.len() < 2 {
            return None;
        }
        let [filter] = params.as_array()? else {
            return None;
        };
        let [Value::Null, Value::Null, receiver] = filter.get("topics")?.as_array()? else {
            return None;
        };
        if receiver.as_str() != Some(&self.topic) {
            return None;
        }
        let all = receivers.iter().map(|topic| topic.as_str().into());
        let all = Value::Array(all.collect());
        let mut filter = filter.as_object()?.to_vec();
        for (name, value) in &mut filter {
            if name == "topics" {
                *value = Value::Array(vec![Value::Null, Value::Null, all.clone()]);
            }
        }
        Some(Value::Array(vec![Value::Object(filter)]))
    }

    /// The receiver's events among these.
    fn own(&self, events: &Value) -> Value {
        let Some(events) = events.as_array() else {
            return events.clone();
        };
        let is_own = |event: &&Value| {
            let topics = event.get("topics").and_then(Value::as_array);
            let receiver = topics.and_then(|topics| topics.get(2)?.as_str());
            receiver.is_some_and(|receiver| receiver.eq_ignore_ascii_case(&self.topic))
        };
        Value::Array(events.iter().filter(is_own).cloned().collect())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut receivers = lock(&self.group.receivers);
        if let Some(own) = receivers.iter().position(|topic| *topic == self.topic) {
            receivers.swap_remove(own);
        }
    }
}

impl<T> Answers<T> {
    /// The first such request after the one of this number that began since then; else a new one.
    fn find(
        &self,
        method: &'static str,
        params: Value,
        after: u64,
        since: Instant,
    ) -> SharedRequest {
        let mut kept = lock(&self.0.kept);
        let newer = kept.requests.partition_point(|asked| asked.number <= after);
        let mut newer = kept.requests.range(newer..);
        let found = newer
            .find(|asked| asked.at > since && asked.method == method && *asked.params == params);
        if let Some(found) = found {
            return found.clone();
        }
        let at = Instant::now();
        kept.count += 1;
        let asked = SharedRequest {
            number: kept.count,
            at,
            method,
            params: Arc::new(params),
            answer: SharedAnswer::default(),
        };
        let is_old = |asked: &SharedRequest| at.saturating_duration_since(asked.at) > KEPT_FOR;
        while kept.requests.len() >= KEPT || kept.requests.front().is_some_and(is_old) {
            kept.requests.pop_front();
        }
        kept.requests.push_back(asked.clone());
        asked
    }

    fn forget(&self, number: u64) {
        lock(&self.0.kept)
            .requests
            .retain(|asked| asked.number != number);
    }
}

impl<T: Transport> SharedNode<T> {
    async fn ask(&self, method: &'static str, params: Value) -> Result<Arc<Value>, TransportError> {
        let since = *lock(&self.member.since);
        let asked = {
            let mut seen = lock(&self.seen);
            let asked = self.node.find(method, params, *seen, since);
            *seen = asked.number;
            asked
        };
        let node = &self.node.0.node;
        // If whoever has begun gives up, one of those who wait asks instead.
        let request = || async {
            let params = (*asked.params).clone();
            let answer = node.request(method, params).await.map(Arc::new);
            let events = answer.as_ref().ok().and_then(|answer| answer.as_array());
            if events.is_some_and(|events| events.len() > MOST_EVENTS) {
                self.node.forget(asked.number);
            }
            answer
        };
        asked.answer.get_or_init(request).await.clone()
    }
}

impl<T: Transport> Transport for SharedNode<T> {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let Some(method) = SHARED.into_iter().find(|shared| *shared == method) else {
            return self.node.0.node.request(method, params).await;
        };
        if method == EVENTS
            && let Some(widened) = self.member.widened(&params)
        {
            let answer = self.ask(method, widened).await?;
            return Ok(self.member.own(&answer));
        }
        let answer = self.ask(method, params).await?;
        Ok(Arc::unwrap_or_clone(answer))
    }

    async fn pause(&self, time: Duration) -> Result<(), TransportError> {
        self.node.0.node.pause(time).await
    }
}
