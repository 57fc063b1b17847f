//! The receiver with its nodes, and what happens to them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use microraiden::chain::{Failover, ManagerContract};
use microraiden::receiver::{
    AcceptError, ChainStatus, ChannelKey, CloseError, MemoryStore, Receiver, Select, Store,
    StoreExt, WatchError, Watcher,
};

use crate::basics::{CONTRACT, units};
use crate::chance::Chance;
use crate::simulation::books::Books;
use crate::simulation::chain::{CHALLENGE_PERIOD, Deed, Key, ModelChain, id, receiver_key};
use crate::simulation::node::{Faults, FaultyNode, Shared};
use crate::simulation::restored::mark_restored;
use crate::simulation::senders::{DEEPEST, Senders};

pub(crate) struct Shop {
    pub(crate) senders: Senders,
    nodes: Vec<FaultyNode>,
    store: Arc<MemoryStore>,
    receiver: Arc<Receiver>,
    watcher: Watcher<FaultyNode>,
    confirmations: u64,
    /// A copy of the store, with the books of its time.
    backup: Option<(MemoryStore, Books)>,
}

impl Shop {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let confirmations = 1 + chance.below(3);
        let chain = ModelChain::new(now());
        let shared = Shared::new(chain, Chance(chance.next()), confirmations);
        let shared = Rc::new(RefCell::new(shared));
        let nodes: Vec<_> = (0..=chance.below(2))
            .map(|_| FaultyNode::new(&shared))
            .collect();
        let store = Arc::new(MemoryStore::default());
        let (receiver, watcher) = start(&nodes, &store, confirmations);
        Self {
            senders: Senders::new(&shared),
            nodes,
            store,
            receiver,
            watcher,
            confirmations,
            backup: None,
        }
    }

    pub(crate) fn suffer(&mut self, faults: Faults, chance: &mut Chance) {
        let index = chance.below(self.nodes.len() as u64) as usize;
        self.nodes[index].suffer(faults);
    }

    /// One of several nodes follows another branch for a while; the only one that is asked is taken at its
    /// word.
    pub(crate) fn branch(&mut self, chance: &mut Chance) {
        // Two on one branch would agree with each other.
        if self.nodes.len() < 2 || self.nodes.iter().any(FaultyNode::is_on_a_branch) {
            return;
        }
        let index = chance.below(self.nodes.len() as u64) as usize;
        let depth = 1 + chance.below(DEEPEST);
        let mut branch = self.senders.with_chain(|chain| chain.fork(chance));
        branch.reorganise(depth, chance, 60);
        self.nodes[index].follow(Some(branch));
    }

    pub(crate) fn restart(&mut self) {
        (self.receiver, self.watcher) = start(&self.nodes, &self.store, self.confirmations);
        assert_ne!(
            self.receiver.status(),
            ChainStatus::Ready,
            "ready before a look at the chain"
        );
    }

    pub(crate) fn back_up(&mut self) {
        let copy = MemoryStore::clone(&self.store);
        self.backup = Some((copy, self.senders.books.clone()));
    }

    /// The store is lost, and what the copy has takes its place.
    pub(crate) async fn restore(&mut self, chance: &mut Chance) {
        if chance.percent(30) {
            self.senders.reorganise(chance);
        }
        let Some((store, books)) = self.backup.clone() else {
            return;
        };
        self.store = Arc::new(store);
        self.senders.books.go_back(books);
        self.heal();
        self.restart();
        let node = self.nodes[0].clone();
        mark_restored(&mut self.senders, &self.receiver, &mut self.watcher, node).await;
        self.restart();
        self.poll().await;
    }

    pub(crate) async fn poll(&mut self) {
        let polled = self.watcher.poll().await;
        self.senders.note_sent();
        let lowest = self.nodes.iter().filter_map(FaultyNode::lowest_head).min();
        let ready = self.receiver.status() == ChainStatus::Ready;
        match polled {
            Ok(()) if ready => self.compare(lowest.unwrap_or(0)).await,
            // What the last complete poll found holds for a while if no node answers.
            Ok(()) | Err(WatchError::Chain(_)) => {}
            Err(error) => assert!(!ready, "{error}"),
        }
    }

    /// While it is ready, the receiver has the channels of the chain at the confirmed block.
    async fn compare(&mut self, lowest_head: u64) {
        let synced = self.store.synced().await.expect("memory");
        let needed = (lowest_head + 1).checked_sub(self.confirmations);
        let Some(synced) = synced else {
            assert_eq!(needed, None, "ready without a look at the chain");
            return;
        };
        assert!(
            Some(synced.block) >= needed,
            "ready with the events up to {}, while the nodes have {lowest_head}",
            synced.block
        );
        let stored = self.store.all(Select::All).await.expect("memory");
        let shared = self.senders.shared.borrow();
        let block = shared.chain.block(synced.block);
        let Some(block) = block.filter(|block| block.hash == synced.hash) else {
            // A node that is alone with its answer, because the others fail, is taken at its word; and a head
            // behind what was applied says nothing of it.
            let alone = self.nodes.iter().any(FaultyNode::is_on_a_branch)
                && !self.nodes.iter().all(FaultyNode::is_well);
            assert!(
                alone || lowest_head < synced.block,
                "ready at block {} of a chain that the nodes do not agree on; {:?}",
                synced.block,
                self.nodes
            );
            return;
        };
        let books = &mut self.senders.books;
        if let Some(overlooked) = books.compare(stored, &block.state) {
            panic!(
                "{overlooked:?} was overlooked up to block {} at {} confirmations; {:?}",
                synced.block, self.confirmations, self.nodes
            );
        }
    }

    pub(crate) async fn pay(&mut self, chance: &mut Chance) {
        let Some(key) = self.senders.any_channel(chance) else {
            return;
        };
        for _ in 0..=chance.below(3) {
            self.pay_in(key, 1 + chance.below(4)).await;
        }
    }

    async fn pay_in(&mut self, key: Key, price: u64) {
        if self.receiver.status() != ChainStatus::Ready {
            return;
        }
        let books = &mut self.senders.books;
        let (before, known) = (books.promised(key), books.balance(key));
        let payment = Senders::payment(key, before + price);
        match self.receiver.accept(&payment, units(price)).await {
            Ok(accepted) => {
                assert_eq!(accepted.before, units(known));
                assert!(
                    !books.agreed.contains_key(&key),
                    "accepted above an agreement"
                );
                books.accept(key, before + price);
            }
            Err(AcceptError::InvalidAmount(_)) if books.unmarked.contains(&key) => {}
            Err(AcceptError::InvalidAmount(known) | AcceptError::NothingPaid(known)) => {
                panic!("{key:?}: the receiver has {known:?}, and accepted {before}");
            }
            Err(_) => {}
        }
    }

    /// What chance seldom brings together: a deposit is raised, used up, and lower again.
    pub(crate) async fn use_up(&mut self, chance: &mut Chance) {
        let Some(key @ (sender, open_block)) = self.senders.any_channel(chance) else {
            return;
        };
        let added = 1 + chance.below(8);
        let deed = Deed::TopUp { open_block, added };
        self.senders.with_chain(|chain| chain.hand_in(sender, deed));
        for _ in 0..self.confirmations {
            self.senders.mine();
        }
        self.poll().await;
        for _ in 0..10 {
            self.pay_in(key, 1 + chance.below(3)).await;
        }
        self.senders.reorganise(chance);
    }

    /// Likewise: a channel is closed, the receiver has seen it, and the block is taken back.
    pub(crate) async fn come_back(&mut self, chance: &mut Chance) {
        self.agree(chance).await;
        self.senders.settle(chance);
        for _ in 0..self.confirmations {
            self.senders.mine();
        }
        self.poll().await;
        self.senders.reorganise(chance);
    }

    pub(crate) async fn agree(&mut self, chance: &mut Chance) {
        let Some(key) = self.senders.any_channel(chance) else {
            return;
        };
        let (balance, channel) = (self.senders.books.balance(key), id(key.0, key.1));
        let channel = ChannelKey::from(&channel);
        let record = self.store.get(channel).await.expect("memory");
        match self.receiver.sign_close(channel, units(balance)).await {
            Ok(_) => self.senders.books.agree(key, balance, record),
            Err(CloseError::OtherBalance) => panic!("{key:?}: a balance was forgotten"),
            Err(_) => {}
        }
    }

    fn heal(&self) {
        for node in &self.nodes {
            node.suffer(Faults::default());
            node.follow(None);
        }
    }

    /// All nodes work, and the receiver catches up.
    pub(crate) async fn calm_down(&mut self) {
        self.heal();
        // What was sent to nodes on another branch is sent again.
        for _ in 0..6 {
            self.senders.mine();
            self.poll().await;
        }
        assert_eq!(self.receiver.status(), ChainStatus::Ready, "all nodes work");
    }

    /// All senders cheat as far as they can; none gets through with it.
    pub(crate) async fn conclude(&mut self) {
        self.calm_down().await;
        self.senders.all_cheat();
        for _ in 0..CHALLENGE_PERIOD / 2 {
            self.senders.mine();
            self.poll().await;
        }
        self.senders
            .with_chain(|chain| self.senders.books.balance_with(&chain.newest().state));
    }
}

fn start(
    nodes: &[FaultyNode],
    store: &Arc<MemoryStore>,
    confirmations: u64,
) -> (Arc<Receiver>, Watcher<FaultyNode>) {
    over(nodes, Arc::clone(store) as _, confirmations)
}

/// A process that has just begun.
pub(crate) fn over(
    nodes: &[FaultyNode],
    store: Arc<dyn Store>,
    confirmations: u64,
) -> (Arc<Receiver>, Watcher<FaultyNode>) {
    let contract = ManagerContract {
        challenge_period: CHALLENGE_PERIOD,
        ..CONTRACT
    };
    let receiver = Arc::new(Receiver::new(contract, receiver_key(), store));
    let nodes = Failover::new(nodes[0].clone(), nodes[1..].iter().cloned());
    let watcher = Watcher::over(nodes, Arc::clone(&receiver), confirmations, 0);
    (receiver, watcher)
}

pub(crate) fn now() -> u64 {
    let age = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    age.expect("a time after 1970").as_secs()
}
