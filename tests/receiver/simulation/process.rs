//! One of several processes of the receiver, each with nodes of its own.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use microraiden::receiver::{Receiver, Watcher};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::Instant;

use crate::chance::Chance;
use crate::simulation::database::{Database, Link, Plight};
use crate::simulation::node::{Faults, FaultyNode, Shared};
use crate::simulation::shop::over;

/// Between two polls.
const INTERVAL: Duration = Duration::from_secs(3);
/// The longest that a process stands still or does not reach the database, in milliseconds.
const LONGEST: u64 = 30_000;

pub(crate) struct Process {
    number: usize,
    shared: Rc<RefCell<Shared>>,
    database: Arc<Database>,
    nodes: Vec<FaultyNode>,
    plight: Arc<Plight>,
    running: Option<Running>,
    /// When it goes on, and reaches the database again.
    recovers: Option<Instant>,
}

struct Running {
    receiver: Arc<Receiver>,
    task: JoinHandle<()>,
    end: oneshot::Sender<()>,
}

impl Process {
    pub(crate) fn new(
        number: usize,
        shared: &Rc<RefCell<Shared>>,
        database: &Arc<Database>,
        chance: &mut Chance,
    ) -> Self {
        let nodes = (0..=chance.below(2)).map(|_| FaultyNode::far(shared, number));
        Self {
            number,
            shared: Rc::clone(shared),
            database: Arc::clone(database),
            nodes: nodes.collect(),
            plight: Arc::default(),
            running: None,
            recovers: None,
        }
    }

    /// A receiver over the database, which nobody else has.
    pub(crate) fn prepare(&self) -> (Arc<Receiver>, Watcher<FaultyNode>) {
        let link = Link {
            database: Arc::clone(&self.database),
            plight: Arc::clone(&self.plight),
        };
        let confirmations = self.shared.borrow().confirmations;
        over(&self.nodes, Arc::new(link), confirmations)
    }

    pub(crate) fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        let (receiver, watcher) = self.prepare();
        let (end, ends) = oneshot::channel();
        let following = watcher.follow_until(INTERVAL, async {
            let _ = ends.await;
        });
        let plight = Arc::clone(&self.plight);
        let task = spawn_local(async move {
            let mut following = pin!(following);
            poll_fn(|context| match plight.holds(context.waker()) {
                true => Poll::Pending,
                false => following.as_mut().poll(context),
            })
            .await;
        });
        let processes = &mut self.shared.borrow_mut().processes;
        processes.insert(self.number, Arc::clone(&receiver));
        self.running = Some(Running {
            receiver,
            task,
            end,
        });
    }

    fn forget(&mut self) -> Option<Running> {
        self.recover();
        self.shared.borrow_mut().processes.remove(&self.number);
        self.running.take()
    }

    /// `kill -9`
    pub(crate) async fn die(&mut self) {
        if let Some(Running { task, .. }) = self.forget() {
            task.abort();
            let ended = task.await;
            assert!(ended.is_err_and(|e| e.is_cancelled()), "a process panicked");
        }
    }

    /// It is asked to end, and does so while others go on.
    pub(crate) async fn end(&mut self) {
        self.recover();
        if let Some(Running { end, task, .. }) = self.running.take() {
            end.send(()).expect("it runs");
            task.await.expect("a process ends");
        }
        self.shared.borrow_mut().processes.remove(&self.number);
    }

    fn falls_ill(&mut self, chance: &mut Chance) {
        let time = Duration::from_millis(chance.below(LONGEST));
        self.recovers = Some(Instant::now() + time);
    }

    pub(crate) fn freeze(&mut self, chance: &mut Chance) {
        self.plight.freeze(true);
        self.falls_ill(chance);
    }

    pub(crate) fn cut_off(&mut self, chance: &mut Chance) {
        self.plight.cut_off(true);
        self.falls_ill(chance);
    }

    pub(crate) fn suffer(&self, faults: Faults, chance: &mut Chance) {
        let index = chance.below(self.nodes.len() as u64) as usize;
        self.nodes[index].suffer(faults);
    }

    /// No node of it answers.
    pub(crate) fn hears_nothing(&self) {
        for node in &self.nodes {
            node.suffer(Faults {
                fail: 100,
                ..Faults::default()
            });
        }
    }

    pub(crate) fn slow_down(&self, slow: bool) {
        self.nodes.iter().for_each(|node| node.slow_down(slow));
    }

    pub(crate) fn leads(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.receiver.lease().leads)
    }

    /// Its nodes answer again.
    pub(crate) fn hears_again(&self) {
        for node in &self.nodes {
            node.suffer(Faults::default());
        }
    }

    fn recover(&mut self) {
        self.plight.freeze(false);
        self.plight.cut_off(false);
        self.recovers = None;
    }

    pub(crate) fn recover_in_time(&mut self) {
        if self.recovers.is_some_and(|at| at <= Instant::now()) {
            self.recover();
        }
    }

    pub(crate) fn heal(&mut self) {
        self.recover();
        self.hears_again();
        self.slow_down(false);
    }

    pub(crate) fn node(&self) -> FaultyNode {
        self.nodes[0].clone()
    }

    /// Its receiver, if it runs and does not stand still.
    pub(crate) fn receiver(&self) -> Option<&Arc<Receiver>> {
        let running = self.running.as_ref().filter(|_| !self.plight.is_frozen());
        running.map(|running| &running.receiver)
    }

    pub(crate) fn check(&self) {
        let ended = |running: &Running| running.task.is_finished();
        assert!(!self.running.as_ref().is_some_and(ended), "a process ended");
    }
}
