//! Two processes over one store, of which one follows the chain.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use microraiden::chain::Node;
use microraiden::protocol::event::signature;
use microraiden::receiver::store::{Batch, LeaseAnswer, LeaseClaim, StoreFuture, Trail};
use microraiden::receiver::{
    AcceptError, ChainStatus, Channel, ChannelKey, MemoryStore, Receiver, Select, Store,
    StoreError, Watcher,
};
use tokio::time::{Instant, sleep, timeout};

use super::chain::{ScriptedNode, receiver_key};
use super::{Setup, setup};
use crate::basics::CONTRACT;

/// A store with a lease, as a process reaches it.
struct Leased {
    kept: Arc<MemoryStore>,
    lease: Arc<Mutex<Option<Held>>>,
    /// Whether this process does not reach the lease.
    lost: Arc<Mutex<bool>>,
    /// Whether it reaches it, and hears no answer.
    deaf: Arc<Mutex<bool>>,
}

struct Held {
    holder: String,
    ends: Instant,
    takeovers: u64,
    report: Option<(String, Instant)>,
}

impl Leased {
    fn answer(&self, claim: LeaseClaim) -> Result<LeaseAnswer, StoreError> {
        let answer = self.decide(claim)?;
        match *self.deaf.lock().expect("no panic") {
            true => Err(StoreError::Unavailable("no answer".to_owned())),
            false => Ok(answer),
        }
    }

    fn decide(&self, claim: LeaseClaim) -> Result<LeaseAnswer, StoreError> {
        if *self.lost.lock().expect("no panic") {
            return Err(StoreError::Unavailable("it is lost".to_owned()));
        }
        let now = Instant::now();
        let mut lease = self.lease.lock().expect("no panic");
        let free = lease
            .as_ref()
            .is_none_or(|held| held.holder == claim.holder || held.ends <= now);
        if !free || !claim.takes {
            let report = lease.as_ref().and_then(|held| held.report.clone());
            let age = report
                .as_ref()
                .map_or(Duration::ZERO, |(_, made)| made.elapsed());
            let report = report.map(|(text, _)| text);
            return Ok(LeaseAnswer::NotHeld { report, age });
        }
        let before = lease.take();
        let (takeovers, report) = before.map_or((0, None), |held| {
            let changed = u64::from(held.holder != claim.holder);
            (held.takeovers + changed, held.report)
        });
        *lease = Some(Held {
            holder: claim.holder,
            ends: now + claim.time,
            takeovers,
            report: claim.report.map(|(text, age)| (text, now - age)).or(report),
        });
        Ok(LeaseAnswer::Held { takeovers })
    }
}

impl Store for Leased {
    fn get(&self, key: ChannelKey) -> StoreFuture<'_, Option<Channel>> {
        self.kept.get(key)
    }

    fn list(
        &self,
        select: Select,
        after: Option<ChannelKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<Channel>> {
        self.kept.list(select, after, limit)
    }

    fn write(&self, batch: Batch) -> StoreFuture<'_, ()> {
        self.kept.write(batch)
    }

    fn trail(&self) -> StoreFuture<'_, Trail> {
        self.kept.trail()
    }

    fn transactions(&self) -> StoreFuture<'_, u64> {
        self.kept.transactions()
    }

    fn lease(&self, claim: LeaseClaim) -> StoreFuture<'_, LeaseAnswer> {
        Box::pin(async move { self.answer(claim) })
    }
}

struct Process {
    setup: Setup,
    lost: Arc<Mutex<bool>>,
    deaf: Arc<Mutex<bool>>,
}

/// Two processes, each with a node of its own at block 10. The first has taken its turn, and leads.
async fn two() -> [Process; 2] {
    let (kept, lease) = (Arc::default(), Arc::default());
    let mut both = [1, 2].map(|_| {
        let Setup { chain, .. } = setup(1);
        let (lost, deaf) = (Arc::default(), Arc::default());
        let store = Leased {
            kept: Arc::clone(&kept),
            lease: Arc::clone(&lease),
            lost: Arc::clone(&lost),
            deaf: Arc::clone(&deaf),
        };
        let receiver = Arc::new(Receiver::new(CONTRACT, receiver_key(), Arc::new(store)));
        let node: Node<ScriptedNode> = Node::new(chain.clone());
        let watcher = Watcher::new(node, Arc::clone(&receiver), 1, 0);
        let setup = Setup {
            chain,
            receiver,
            watcher,
        };
        Process { setup, lost, deaf }
    });
    both[0].setup.chain.log(5, signature::CREATED, None, &[100]);
    // The second one is told nothing by its own node.
    both[1].setup.chain.change(|s| s.offline = true);
    assert_eq!(both[0].setup.watcher.turn().await, Ok(()));
    assert!(both[0].setup.receiver.lease().leads);
    // What it found is told in the background.
    sleep(Duration::from_millis(1)).await;
    both
}

impl Process {
    async fn turn(&mut self) -> bool {
        self.setup.watcher.turn().await.is_ok()
    }

    fn leads(&self) -> bool {
        self.setup.receiver.lease().leads
    }

    fn status(&self) -> ChainStatus {
        self.setup.receiver.status()
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_lead_asks_no_node_and_sells() {
    let [one, mut other] = two().await;
    assert!(other.turn().await);
    assert!(!other.leads());
    assert!(other.setup.pay(1).await.is_ok());
    assert!(one.setup.pay(2).await.is_ok());
    let progress = other.setup.receiver.progress().expect("it is told");
    assert_eq!((progress.newest, progress.synced), (10, Some(10)));
}

/// What the one that leads sees in blocks without enough confirmations counts for all.
#[tokio::test(start_paused = true)]
async fn a_close_request_is_told_before_it_is_confirmed() {
    let [mut one, mut other] = two().await;
    let node = Node::new(one.setup.chain.clone());
    one.setup.watcher.leave().await;
    one.setup.watcher = Watcher::new(node, Arc::clone(&one.setup.receiver), 3, 0);
    one.setup
        .chain
        .log(11, signature::CLOSE_REQUESTED, Some(5), &[0]);
    one.setup.chain.change(|s| s.newest = 11);
    assert_eq!(one.setup.watcher.turn().await, Ok(()));
    sleep(Duration::from_millis(1)).await;
    assert_eq!(other.setup.watcher.turn().await, Ok(()));
    assert!(one.leads() && !other.leads());
    for process in [&one, &other] {
        let refused = process.setup.pay(1).await;
        assert_eq!(refused, Err(AcceptError::NonexistingChannel));
    }
}

/// Who can't renew stops before the lease ends, and another one takes over; who comes back follows.
#[tokio::test(start_paused = true)]
async fn who_can_not_renew_stops_before_another_one_begins() {
    let [mut one, mut other] = two().await;
    *one.lost.lock().expect("no panic") = true;
    other.setup.chain.change(|s| s.offline = false);
    other.setup.chain.log(5, signature::CREATED, None, &[100]);
    let began = Instant::now();
    let mut stopped = None;
    while !other.leads() {
        assert_eq!(other.setup.watcher.turn().await, Ok(()));
        if stopped.is_none() && !one.turn().await {
            stopped = Some(began.elapsed());
        }
        sleep(Duration::from_millis(100)).await;
    }
    let (stopped, taken) = (stopped.expect("it stopped"), began.elapsed());
    assert!(stopped < taken, "{stopped:?} {taken:?}");
    assert!((8..14).contains(&taken.as_secs()), "{taken:?}");
    assert_eq!(other.setup.receiver.lease().takeovers, 1);
    // Both sell, the first by what it knew.
    assert!(one.setup.pay(1).await.is_ok());
    assert!(other.setup.pay(2).await.is_ok());
    sleep(Duration::from_secs(60)).await;
    assert_eq!(one.status(), ChainStatus::StoreUnavailable);
    *one.lost.lock().expect("no panic") = false;
    assert!(other.turn().await);
    assert!(one.turn().await && !one.leads() && other.leads());
    assert_eq!(one.status(), ChainStatus::Ready);
}

/// Who gives the lease back acts no more, even if it does not hear that it has.
#[tokio::test(start_paused = true)]
async fn who_gives_the_lease_back_unheard_does_not_lead() {
    let [mut one, mut other] = two().await;
    other.setup.chain.change(|s| s.offline = false);
    other.setup.chain.log(5, signature::CREATED, None, &[100]);
    *one.deaf.lock().expect("no panic") = true;
    one.setup.watcher.leave().await;
    assert!(!one.leads());
    assert!(other.turn().await && other.leads());
    assert!(!one.turn().await && !one.leads());
}

/// A poll that hangs ends with the lease.
#[tokio::test(start_paused = true)]
async fn a_poll_ends_with_the_lease() {
    let [mut one, _other] = two().await;
    one.setup.chain.change(|s| s.hangs = true);
    *one.lost.lock().expect("no panic") = true;
    let turn = timeout(Duration::from_secs(9), one.setup.watcher.turn());
    assert!(turn.await.expect("it ends").is_err());
}

/// Who follows sells for a minute by what it was told last.
#[tokio::test(start_paused = true)]
async fn what_was_told_stands_for_a_minute() {
    let [one, mut other] = two().await;
    assert!(other.turn().await);
    // The first one renews, and takes no turn.
    for (wait, status) in [(58, ChainStatus::Ready), (3, ChainStatus::Offline)] {
        sleep(Duration::from_secs(wait)).await;
        other.turn().await;
        assert_eq!(other.status(), status);
        assert!(one.leads() && !other.leads());
    }
}

/// Whose nodes are silent leaves the chain to others.
#[tokio::test(start_paused = true)]
async fn who_has_no_node_gives_the_lease_back() {
    let [mut one, mut other] = two().await;
    one.setup.chain.change(|s| s.offline = true);
    other.setup.chain.change(|s| s.offline = false);
    other.setup.chain.log(5, signature::CREATED, None, &[100]);
    let began = Instant::now();
    while !other.leads() {
        one.turn().await;
        other.turn().await;
        sleep(Duration::from_secs(1)).await;
    }
    let taken = began.elapsed().as_secs();
    assert!((30..38).contains(&taken), "{taken}");
    sleep(Duration::from_secs(20)).await;
    assert!(other.turn().await && one.turn().await);
    assert!(!one.leads() && other.leads());
    assert_eq!(one.status(), ChainStatus::Ready);
}
