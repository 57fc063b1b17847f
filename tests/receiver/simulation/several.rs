//! Several processes of one receiver over one database, of which one at a time leads, by a lease.
//!
//! Time passes only between steps, and with each question to a node or the database.

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use microraiden::receiver::{
    AcceptError, Accepted, ChainStatus, Channel, ChannelKey, CloseError, MemoryStore, Receiver,
    Select, Store, StoreExt,
};
use tokio::time::{Instant, sleep};

use crate::basics::units;
use crate::chance::Chance;
use crate::simulation::books::Books;
use crate::simulation::chain::{CHALLENGE_PERIOD, Key, ModelChain, id};
use crate::simulation::database::Database;
use crate::simulation::node::{Faults, Sent, Shared};
use crate::simulation::process::Process;
use crate::simulation::restored::mark_restored;
use crate::simulation::senders::Senders;
use crate::simulation::shop::now;

/// Between two blocks while the processes recover. Six of them are longer than a lease.
const PAUSE: Duration = Duration::from_secs(4);
/// After so many of them all are ready, also if a reorganisation has to be followed.
const ROUNDS: u32 = 15;
/// The longest pause between two steps, in milliseconds.
const LONGEST_PAUSE: u64 = 2500;
/// After so long without news nothing is sold: a minute after a poll that began just before the last news.
const SILENCE: Duration = Duration::from_secs(90);
/// A leader whose nodes are silent for a little longer gives the lease back.
const SILENT: Duration = Duration::from_secs(28);
/// For so long a process may lead by a lease that the database has lost.
const LOST_LEASE: Duration = Duration::from_secs(10);
/// Two leaders that send within this time do so at the same moment.
const MOMENT: Duration = Duration::from_secs(10);

pub(crate) struct Several {
    pub(crate) senders: Senders,
    database: Arc<Database>,
    processes: Vec<Process>,
    /// When the database lost the lease last.
    lost_lease: Option<Instant>,
    sent: Vec<Sent>,
    backup: Option<(MemoryStore, Books)>,
}

impl Several {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let confirmations = 1 + chance.below(3);
        let shared = Shared::new(ModelChain::new(now()), Chance(chance.next()), confirmations);
        let shared = Rc::new(RefCell::new(shared));
        let database = Arc::new(Database::new(chance));
        let count = 2 + chance.below(2) as usize;
        let processes = (0..count).map(|number| Process::new(number, &shared, &database, chance));
        Self {
            processes: processes.collect(),
            senders: Senders::new(&shared),
            database,
            lost_lease: None,
            sent: Vec::new(),
            backup: None,
        }
    }

    /// What two runs of an episode have in common, if they are alike.
    pub(crate) fn story(&self) -> (u64, u64) {
        let shared = self.senders.shared.borrow();
        (shared.chance.0, shared.chain.head())
    }

    fn any<'a>(&'a mut self, chance: &mut Chance) -> &'a mut Process {
        let index = chance.below(self.processes.len() as u64) as usize;
        &mut self.processes[index]
    }

    /// The receiver of a process that answers.
    fn receiver(&self, chance: &mut Chance) -> Option<Arc<Receiver>> {
        let running: Vec<_> = self
            .processes
            .iter()
            .filter_map(Process::receiver)
            .collect();
        let index = chance.below(running.len() as u64) as usize;
        running.get(index).map(|receiver| Arc::clone(receiver))
    }

    /// Time passes, and everybody goes on.
    pub(crate) async fn rest(&mut self, chance: &mut Chance) {
        sleep(Duration::from_millis(chance.below(LONGEST_PAUSE))).await;
        for process in &mut self.processes {
            process.recover_in_time();
        }
        self.look().await;
    }

    /// What has to be true at every moment.
    async fn look(&mut self) {
        self.processes.iter().for_each(Process::check);
        let sent = self.senders.note_sent();
        let (trespass, leaders) = {
            let shared = self.senders.shared.borrow();
            (shared.trespass.clone(), shared.leaders())
        };
        assert_eq!(trespass, None);
        self.check_leaders(&leaders, Instant::now());
        for sent in sent {
            self.check_sent(&sent);
            self.sent.push(sent);
        }
        self.compare().await;
    }

    fn check_leaders(&self, leaders: &[usize], at: Instant) {
        let lost = self.lost_lease.is_some_and(|lost| at < lost + LOST_LEASE);
        assert!(lost || leaders.len() < 2, "{leaders:?} lead at once");
    }

    /// Two that lead at once send no transactions of different nonces for one request.
    fn check_sent(&self, sent: &Sent) {
        let Sent { closing, by, .. } = sent;
        assert!(sent.leaders.contains(by), "{by} does not lead, and sends");
        self.check_leaders(&sent.leaders, sent.at);
        let recent = self.sent.iter().filter(|other| {
            let by_another = other.by != *by && sent.leaders.contains(&other.by);
            by_another && other.closing.key == closing.key && sent.at < other.at + MOMENT
        });
        for other in recent {
            assert_eq!(
                closing.nonce, other.closing.nonce,
                "{by} and {} close {:?} at once",
                other.by, closing.key
            );
        }
    }

    /// What is stored is what the contract held at the block up to which the chain was read.
    async fn compare(&mut self) {
        let kept = self.database.kept();
        let Some(synced) = kept.synced().await.expect("memory") else {
            return;
        };
        let stored = kept.all(Select::All).await.expect("memory");
        let shared = self.senders.shared.borrow();
        let block = shared.chain.block(synced.block);
        if let Some(block) = block.filter(|block| block.hash == synced.hash) {
            let overlooked = self.senders.books.compare(stored, &block.state);
            assert_eq!(overlooked, None, "up to block {}", synced.block);
        }
    }

    async fn record(&self, key: Key) -> Option<Channel> {
        let key = ChannelKey::from(&id(key.0, key.1));
        self.database.kept().get(key).await.expect("memory")
    }

    pub(crate) async fn pay(&mut self, chance: &mut Chance) {
        let Some(key) = self.senders.any_channel(chance) else {
            return;
        };
        for _ in 0..=chance.below(3) {
            self.pay_in(key, 1 + chance.below(4), chance).await;
        }
    }

    /// Sends a payment to one process, or to two at once: one takes it.
    async fn pay_in(&mut self, key: Key, price: u64, chance: &mut Chance) {
        let Some(one) = self.receiver(chance) else {
            return;
        };
        let other = self.receiver(chance).filter(|_| chance.percent(20));
        let books = &self.senders.books;
        let (before, known) = (books.promised(key), books.balance(key));
        let payment = Senders::payment(key, before + price);
        let again = async {
            match other {
                Some(other) => Some(other.accept(&payment, units(price)).await),
                None => None,
            }
        };
        let (first, second) = tokio::join!(one.accept(&payment, units(price)), again);
        let answers: Vec<_> = Some(first).into_iter().chain(second).collect();
        let taken: Vec<&Accepted> = answers.iter().flatten().collect();
        assert!(taken.len() < 2, "{key:?}: one payment is taken twice");
        let unheard = answers.iter().any(is_unheard);
        let is_stored = unheard && {
            let record = self.record(key).await;
            record.is_some_and(|record| record.balance() == units(before + price))
        };
        self.look().await;
        let books = &mut self.senders.books;
        if let Some(accepted) = taken.first() {
            assert_eq!(accepted.before, units(known));
        }
        if !taken.is_empty() || is_stored {
            assert!(
                !books.agreed.contains_key(&key),
                "accepted above an agreement"
            );
            return books.accept(key, before + price);
        }
        let is_wrong = |answer: &Result<Accepted, AcceptError>| {
            let wrong = |e: &AcceptError| {
                matches!(
                    e,
                    AcceptError::InvalidAmount(_) | AcceptError::NothingPaid(_)
                )
            };
            answer.as_ref().is_err_and(wrong)
        };
        assert!(
            books.unmarked.contains(&key) || !answers.iter().any(is_wrong),
            "{key:?}: {before} was paid and {known} is known: {answers:?}"
        );
    }

    pub(crate) async fn agree(&mut self, chance: &mut Chance) {
        let Some(key) = self.senders.any_channel(chance) else {
            return;
        };
        let Some(receiver) = self.receiver(chance) else {
            return;
        };
        let (balance, channel) = (self.senders.books.balance(key), id(key.0, key.1));
        let before = self.record(key).await;
        let asked = receiver.sign_close(ChannelKey::from(&channel), units(balance));
        let agrees = match asked.await {
            Ok(_) => true,
            Err(CloseError::StoreUnavailable(_)) => {
                let record = self.record(key).await;
                record.is_some_and(|record| record.closing_signature.is_some())
            }
            Err(CloseError::OtherBalance) => panic!("{key:?}: a balance was forgotten"),
            Err(_) => false,
        };
        if agrees {
            self.senders.books.agree(key, balance, before);
        }
    }

    /// What chance seldom brings together: two lead at once, and there is something to do.
    pub(crate) async fn two_lead(&mut self, chance: &mut Chance) {
        for process in &self.processes {
            process.slow_down(true);
        }
        self.senders.request_close(chance);
        self.senders.top_up(chance);
        let confirmations = self.senders.shared.borrow().confirmations;
        for _ in 0..confirmations {
            self.senders.mine();
        }
        for _ in 0..4 {
            self.rest(chance).await;
            self.lose_lease();
        }
        self.rest(chance).await;
        for process in &self.processes {
            process.slow_down(false);
        }
    }

    /// Likewise: the leader gives the lease back, as none of its nodes answers, and does not hear that it has.
    pub(crate) async fn give_up(&mut self, chance: &mut Chance) {
        let Some(leader) = self.processes.iter().position(Process::leads) else {
            return;
        };
        self.processes[leader].hears_nothing();
        sleep(SILENT).await;
        self.processes[leader].cut_off(chance);
        for _ in 0..4 {
            self.rest(chance).await;
        }
        self.processes[leader].hears_again();
        for _ in 0..4 {
            self.rest(chance).await;
        }
    }

    fn lose_lease(&mut self) {
        self.lost_lease = Some(Instant::now());
        self.database.lose_lease();
    }

    pub(crate) async fn befall(&mut self, kind: u64, chance: &mut Chance) {
        match kind {
            0 => self.any(chance).die().await,
            1 => self.any(chance).end().await,
            2 | 3 => self.any(chance).start(),
            4 | 5 => self.any(chance).freeze(chance),
            6 | 7 => self.any(chance).cut_off(chance),
            8 => self.lose_lease(),
            _ => self.any(chance).hears_nothing(),
        }
    }

    pub(crate) fn suffer(&mut self, faults: Faults, chance: &mut Chance) {
        self.any(chance).suffer(faults, chance);
    }

    /// Nobody hears anything of the chain for so long that what is known counts no more.
    pub(crate) async fn fall_silent(&mut self) {
        for process in &mut self.processes {
            process.heal();
            process.hears_nothing();
        }
        sleep(SILENCE).await;
        self.look().await;
        for receiver in self.processes.iter().filter_map(Process::receiver) {
            assert_ne!(
                receiver.status(),
                ChainStatus::Ready,
                "nobody saw the chain"
            );
        }
    }

    pub(crate) async fn back_up(&mut self) {
        self.look().await;
        let copy = MemoryStore::clone(&self.database.kept());
        self.backup = Some((copy, self.senders.books.clone()));
    }

    /// All processes end, and the database is restored from the copy.
    pub(crate) async fn restore(&mut self, chance: &mut Chance) {
        if chance.percent(30) {
            self.senders.reorganise(chance);
        }
        let Some((store, books)) = self.backup.clone() else {
            return;
        };
        for process in &mut self.processes {
            process.die().await;
            process.heal();
        }
        self.look().await;
        self.database.replace(store);
        self.senders.books.go_back(books);
        self.sent.clear();
        let (receiver, mut watcher) = self.processes[0].prepare();
        let node = self.processes[0].node();
        mark_restored(&mut self.senders, &receiver, &mut watcher, node).await;
    }

    /// All run, and what they need works.
    pub(crate) async fn calm_down(&mut self) {
        for process in &mut self.processes {
            process.heal();
            process.start();
        }
        let mut rounds = 0;
        while rounds < 6 || !self.all_sell() {
            rounds += 1;
            assert!(rounds < ROUNDS, "all works, and not all are ready");
            self.senders.mine();
            sleep(PAUSE).await;
            self.look().await;
        }
        // What is long ago is of no interest any more.
        mem::take(&mut self.sent);
    }

    fn all_sell(&self) -> bool {
        let mut receivers = self.processes.iter().filter_map(Process::receiver);
        receivers.all(|receiver| receiver.status() == ChainStatus::Ready)
    }

    pub(crate) async fn conclude(&mut self) {
        self.calm_down().await;
        self.senders.all_cheat();
        for _ in 0..CHALLENGE_PERIOD / 2 {
            self.senders.mine();
            sleep(PAUSE).await;
        }
        self.look().await;
        let books = &self.senders.books;
        self.senders
            .with_chain(|chain| books.balance_with(&chain.newest().state));
    }
}

fn is_unheard(answer: &Result<Accepted, AcceptError>) -> bool {
    matches!(answer, Err(AcceptError::StoreUnavailable(_)))
}
