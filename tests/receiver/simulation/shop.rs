//! The receiver with its nodes, and what happens to them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use microraiden::chain::{Failover, ManagerContract};
use microraiden::protocol::header::Payment;
use microraiden::receiver::{
    AcceptError, ChainStatus, ChannelKey, ChannelStatus, CloseError, MemoryStore, Receiver, Select,
    Store, StoreExt, WatchError, Watcher,
};

use crate::basics::{CONTRACT, MANAGER, units};
use crate::chance::Chance;
use crate::simulation::books::Books;
use crate::simulation::chain::{
    CHALLENGE_PERIOD, Deed, Key, ModelChain, SENDERS, id, receiver_key, sender,
};
use crate::simulation::node::{Faults, FaultyNode, Shared};

/// The most blocks that a reorganisation takes back.
const DEEPEST: u64 = 6;

pub(crate) struct Shop {
    shared: Rc<RefCell<Shared>>,
    nodes: Vec<FaultyNode>,
    store: Arc<MemoryStore>,
    receiver: Arc<Receiver>,
    watcher: Watcher<FaultyNode>,
    confirmations: u64,
    books: Books,
}

impl Shop {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let confirmations = 1 + chance.below(3);
        let shared = Rc::new(RefCell::new(Shared {
            chain: ModelChain::new(now()),
            chance: Chance(chance.next()),
            confirmations,
        }));
        let nodes: Vec<_> = (0..=chance.below(2))
            .map(|_| FaultyNode::new(&shared))
            .collect();
        let store = Arc::new(MemoryStore::default());
        let (receiver, watcher) = start(&nodes, &store, confirmations);
        Self {
            shared,
            nodes,
            store,
            receiver,
            watcher,
            confirmations,
            books: Books::default(),
        }
    }

    fn with_chain<T>(&self, work: impl FnOnce(&mut ModelChain) -> T) -> T {
        work(&mut self.shared.borrow_mut().chain)
    }

    /// A channel that the contract holds, mostly, else one of the newest that it does not.
    fn any_channel(&self, chance: &mut Chance) -> Option<Key> {
        let live = self.with_chain(|chain| chain.newest().state.live.clone());
        let live: Vec<Key> = live
            .iter()
            .filter(|(_, held)| held.request.is_none())
            .map(|(key, _)| *key)
            .collect();
        let newest = self.books.channels.len().saturating_sub(4);
        let among = match chance.percent(15) || live.is_empty() {
            true => &self.books.channels[newest..],
            false => &live[live.len().saturating_sub(3)..],
        };
        let index = chance.below(among.len() as u64) as usize;
        among.get(index).copied()
    }

    /// All that the chain may hold now, for the books.
    fn note_channels(&mut self) {
        let live = self.with_chain(|chain| chain.newest().state.live.clone());
        self.books.see(&live);
    }

    pub(crate) fn mine(&mut self) {
        self.with_chain(ModelChain::mine);
        self.note_channels();
    }

    pub(crate) fn reorganise(&mut self, chance: &mut Chance) {
        let depth = 1 + chance.below(DEEPEST);
        let forget = if chance.percent(60) { 50 } else { 0 };
        self.with_chain(|chain| chain.reorganise(depth, chance, forget));
        self.note_channels();
    }

    pub(crate) fn open(&mut self, chance: &mut Chance) {
        let sender = sender(chance.below(SENDERS.into()) as u8).address();
        let deposit = 3 + chance.below(12);
        self.with_chain(|chain| chain.hand_in(sender, Deed::Open { deposit }));
        self.mine();
    }

    pub(crate) fn top_up(&mut self, chance: &mut Chance) {
        if let Some((sender, open_block)) = self.any_channel(chance) {
            let added = 1 + chance.below(30);
            let deed = Deed::TopUp { open_block, added };
            self.with_chain(|chain| chain.hand_in(sender, deed));
        }
    }

    /// The sender asks to close, with less than it owes as likely as not.
    pub(crate) fn request_close(&mut self, chance: &mut Chance) {
        if let Some((sender, open_block)) = self.any_channel(chance) {
            let balance = chance.below(self.books.balance((sender, open_block)) + 1);
            let deed = Deed::Request {
                open_block,
                balance,
            };
            self.with_chain(|chain| chain.hand_in(sender, deed));
        }
    }

    /// Somebody settles, or uses an agreement, as early as possible.
    pub(crate) fn settle(&mut self, chance: &mut Chance) {
        if let Some(key @ (sender, open_block)) = self.any_channel(chance) {
            let deed = match self.books.agreed.get(&key) {
                Some(balance) => Deed::Close {
                    open_block,
                    balance: *balance,
                },
                None => Deed::Settle { open_block },
            };
            self.with_chain(|chain| chain.hand_in(sender, deed));
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
        let mut branch = self.with_chain(|chain| chain.fork(chance));
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

    pub(crate) async fn poll(&mut self) {
        let polled = self.watcher.poll().await;
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
        let shared = self.shared.borrow();
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
        let mut live = block.state.live.clone();
        for channel in stored {
            let key = (channel.id.sender, channel.id.open_block);
            let held = live.remove(&key);
            match channel.status {
                ChannelStatus::Unconfirmed => assert_eq!(held, None, "{key:?} is confirmed"),
                ChannelStatus::Open | ChannelStatus::Agreed => {
                    let held = held.unwrap_or_else(|| panic!("{key:?} is not on the chain"));
                    assert_eq!(held.request, None, "{key:?} is closing");
                    assert_eq!(channel.deposit, units(held.deposit), "{key:?}");
                    self.books.confirm(key, held.deposit);
                }
                ChannelStatus::Closing { .. } => {
                    assert!(held.is_some_and(|held| held.request.is_some()), "{key:?}");
                }
            }
        }
        assert_eq!(
            live.keys().next(),
            None,
            "a channel was overlooked up to block {} at {} confirmations; {:?}",
            synced.block,
            self.confirmations,
            self.nodes
        );
    }

    pub(crate) async fn pay(&mut self, chance: &mut Chance) {
        let Some(key) = self.any_channel(chance) else {
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
        let before = self.books.balance(key);
        let channel = id(key.0, key.1);
        let signer = (0..SENDERS).map(sender).find(|k| k.address() == key.0);
        let signer = signer.expect("a sender");
        let balance = units(before + price);
        let payment = Payment {
            sender: key.0,
            open_block: key.1,
            proof: MANAGER.sign_balance(&signer, &channel, balance),
            contract: None,
            receiver: None,
        };
        match self.receiver.accept(&payment, units(price)).await {
            Ok(accepted) => {
                assert_eq!(accepted.before, units(before));
                assert!(
                    !self.books.agreed.contains_key(&key),
                    "accepted above an agreement"
                );
                self.books.accept(key, before + price);
            }
            Err(AcceptError::InvalidAmount(known) | AcceptError::NothingPaid(known)) => {
                panic!("{key:?}: the receiver has {known:?}, and accepted {before}");
            }
            Err(_) => {}
        }
    }

    /// What chance seldom brings together: a deposit is raised, used up, and lower again.
    pub(crate) async fn use_up(&mut self, chance: &mut Chance) {
        let Some(key @ (sender, open_block)) = self.any_channel(chance) else {
            return;
        };
        let added = 1 + chance.below(8);
        let deed = Deed::TopUp { open_block, added };
        self.with_chain(|chain| chain.hand_in(sender, deed));
        for _ in 0..self.confirmations {
            self.mine();
        }
        self.poll().await;
        for _ in 0..10 {
            self.pay_in(key, 1 + chance.below(3)).await;
        }
        self.reorganise(chance);
    }

    /// Likewise: a channel is closed, the receiver has seen it, and the block is taken back.
    pub(crate) async fn come_back(&mut self, chance: &mut Chance) {
        self.agree(chance).await;
        self.settle(chance);
        for _ in 0..self.confirmations {
            self.mine();
        }
        self.poll().await;
        self.reorganise(chance);
    }

    pub(crate) async fn agree(&mut self, chance: &mut Chance) {
        let Some(key) = self.any_channel(chance) else {
            return;
        };
        let (balance, channel) = (self.books.balance(key), id(key.0, key.1));
        let asked = units(balance);
        match self
            .receiver
            .sign_close(ChannelKey::from(&channel), asked)
            .await
        {
            Ok(_) => {
                self.books.agreed.insert(key, balance);
            }
            Err(CloseError::OtherBalance) => panic!("{key:?}: a balance was forgotten"),
            Err(_) => {}
        }
    }

    /// All nodes work, and the receiver catches up.
    pub(crate) async fn calm_down(&mut self) {
        for node in &self.nodes {
            node.suffer(Faults::default());
            node.follow(None);
        }
        // What was sent to nodes on another branch is sent again.
        for _ in 0..6 {
            self.mine();
            self.poll().await;
        }
        assert_eq!(self.receiver.status(), ChainStatus::Ready, "all nodes work");
    }

    /// All senders cheat as far as they can; none gets through with it.
    pub(crate) async fn conclude(&mut self) {
        self.calm_down().await;
        for (sender, open_block) in self.books.channels.clone() {
            let deed = Deed::Request {
                open_block,
                balance: 0,
            };
            self.with_chain(|chain| chain.hand_in(sender, deed));
        }
        for _ in 0..CHALLENGE_PERIOD / 2 {
            self.mine();
            self.poll().await;
        }
        self.with_chain(|chain| self.books.balance_with(&chain.newest().state));
    }
}

fn start(
    nodes: &[FaultyNode],
    store: &Arc<MemoryStore>,
    confirmations: u64,
) -> (Arc<Receiver>, Watcher<FaultyNode>) {
    let contract = ManagerContract {
        challenge_period: CHALLENGE_PERIOD,
        ..CONTRACT
    };
    let store: Arc<dyn Store> = Arc::clone(store) as _;
    let receiver = Arc::new(Receiver::new(contract, receiver_key(), store));
    let nodes = Failover::new(nodes[0].clone(), nodes[1..].iter().cloned());
    let watcher = Watcher::over(nodes, Arc::clone(&receiver), confirmations, 0);
    (receiver, watcher)
}

fn now() -> u64 {
    let age = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    age.expect("a time after 1970").as_secs()
}
