//! A sender who pays as fast as it can, keeps exact books, and leaves in its own way.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use microraiden::protocol::{Amount, ChannelId, Uint256};
use microraiden::receiver::{Channel, ChannelKey, Store};
use microraiden::sender::flow::close::{CloseWish, Consent};
use microraiden::sender::limits::{DEFAULT_PRICE_AGE, DEFAULT_TIMEOUT};
use microraiden::sender::store::journal::Action;
use microraiden::sender::store::ledger::{LedgerEntry, Outcome};
use microraiden::sender::world::Call;
use microraiden::sender::{ChannelRecord, Limits, Signer};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::all;
use crate::basics::units;
use crate::chain::RestartedChain;
use crate::page::Page;
use crate::request::{Request, Tally};
use crate::trouble::Trouble;

/// Payments of one deposit, and of one top up.
const PAYMENTS: u64 = 30;
/// Before something is tried again that an outage kept from happening.
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) struct Payer {
    pub(crate) page: Page,
    pub(crate) way: Way,
    origin: String,
    /// How many requests it has under way at once.
    at_once: usize,
    asked: Cell<u64>,
    pub(crate) tally: Rc<Tally>,
    limits: Limits,
    dies: Notify,
    pub(crate) deaths: Cell<u32>,
    pace: Duration,
    troubles: RefCell<BTreeMap<String, u32>>,
}

/// How a sender leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Asks the receiver to agree.
    Together,
    /// Requests closing with half of what it paid.
    Cheating,
    /// Requests closing with what it paid, and settles after the challenge period.
    Alone,
}

/// What came of one sender.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Books {
    pub(crate) served: u64,
    /// Counted by the receiver, but the answer was lost.
    pub(crate) unanswered: u64,
    pub(crate) top_ups: u64,
    /// What the receiver gets in the end.
    pub(crate) due: Uint256,
}

impl Payer {
    /// Pays with such a pause after each payment.
    pub(crate) fn new(page: Page, way: Way, origin: &str, price: u64, pace: Duration) -> Self {
        let deposit = Some(units(PAYMENTS * price));
        Self {
            page,
            way,
            origin: origin.to_owned(),
            at_once: 1,
            asked: Cell::new(0),
            tally: Rc::default(),
            limits: Limits {
                max_price: units(price),
                deposit,
                top_up: deposit,
                receiver: None,
                origins: Vec::new(),
                price_age: DEFAULT_PRICE_AGE,
                repeat: false,
                timeout: DEFAULT_TIMEOUT,
            },
            dies: Notify::new(),
            deaths: Cell::new(0),
            pace,
            troubles: RefCell::default(),
        }
    }

    /// The same with so many requests under way at once.
    pub(crate) fn with_requests(self, at_once: usize) -> Self {
        Self { at_once, ..self }
    }

    /// Cuts off what the page is doing, wherever it is.
    pub(crate) fn die(&self) {
        self.dies.notify_waiters();
        self.deaths.update(|deaths| deaths + 1);
    }

    pub(crate) async fn pay_until(&self, stop: &Cell<bool>) {
        all((0..self.at_once).map(|_| self.pay_one_by_one(stop))).await;
        if self.record().await.uses_numbers() {
            self.agree_on_the_sum().await;
        }
    }

    /// Asks for one resource after the other, for each until it comes or somebody wants another.
    async fn pay_one_by_one(&self, stop: &Cell<bool>) {
        let mut request = self.next_request();
        while !stop.get() {
            let sender = self.page.sender();
            let paid = tokio::select! {
                paid = sender.fetch(&request, &self.limits) => paid.map(|paid| paid.response),
                () = self.dies.notified() => {
                    // Whoever comes back wants the same, or something else.
                    if self.deaths.get().is_multiple_of(2) {
                        request = self.next_request();
                    }
                    continue;
                }
            };
            let pause = if self.was_served(paid) {
                request = self.next_request();
                self.pace
            } else {
                PAUSE
            };
            sleep(pause).await;
        }
        // Whatever is open goes with the next payment. A server that was just started has the chain to read first.
        for _ in 0..600 {
            let paid = self.page.sender().fetch(&request, &self.limits).await;
            if self.was_served(paid.map(|paid| paid.response)) {
                return;
            }
            sleep(PAUSE).await;
        }
        panic!(
            "nothing is served, though all is well again: {}",
            self.told()
        );
    }

    fn next_request(&self) -> Request {
        self.asked.update(|asked| asked + 1);
        Request {
            page: self.page.clone(),
            origin: self.origin.clone(),
            query: self.asked.get(),
            tally: Rc::clone(&self.tally),
        }
    }

    /// Asks the receiver for its sum.
    async fn agree_on_the_sum(&self) {
        let (id, request) = (self.record().await.id, self.next_request());
        for _ in 0..600 {
            match self.page.sender().reconcile(id, &request).await {
                Ok(()) => return,
                Err(trouble) => self.endure(trouble),
            }
            sleep(PAUSE).await;
        }
        panic!("the receiver does not tell its sum: {}", self.told());
    }

    fn was_served(&self, paid: Result<u16, Trouble>) -> bool {
        match paid {
            Ok(200) => return true,
            // The chain or the store is down.
            Ok(status @ (502 | 503)) => self.note(&status.to_string()),
            Ok(status) => panic!("answered {status}"),
            Err(trouble) => self.endure(trouble),
        }
        false
    }

    fn note(&self, trouble: &str) {
        *self
            .troubles
            .borrow_mut()
            .entry(trouble.to_owned())
            .or_default() += 1;
    }

    fn endure(&self, trouble: Trouble) {
        assert!(
            trouble.is_outage(),
            "{trouble:?} of {}",
            self.page.account()
        );
        let name = format!("{trouble:?}");
        let end = name.find([' ', '{']).unwrap_or(name.len());
        self.note(&name[..end]);
    }

    /// How often it was answered so, or something went wrong of this name.
    pub(crate) fn count(&self, trouble: &str) -> u32 {
        let troubles = self.troubles.borrow();
        troubles.get(trouble).copied().unwrap_or(0)
    }

    /// What went wrong, and how often.
    pub(crate) fn told(&self) -> String {
        format!("{:?}", self.troubles.borrow())
    }

    /// The one channel.
    pub(crate) async fn record(&self) -> ChannelRecord {
        let records = self.page.sender().records().await.expect("read");
        assert_eq!(records.len(), 1, "one channel is opened, whatever happens");
        records.into_iter().next().expect("a record")
    }

    /// Compares with what the receiver keeps, to the unit.
    pub(crate) async fn compare(&self, kept: &dyn Store, price: u64) -> Books {
        let record = self.record().await;
        assert_eq!(record.pending(), None);
        assert_eq!(record.in_flight(), []);
        let key = ChannelKey::from(&record.id);
        let kept = kept.get(key).await.expect("read").expect("the channel");
        assert_eq!(kept.proof().as_ref(), record.proof());
        assert_eq!(kept.balance(), record.balance());
        assert_eq!(kept.charged(), record.charged());
        assert_eq!(kept.deposit, record.deposit);
        if !record.uses_numbers() {
            assert_eq!(record.charged(), record.balance());
        }
        let block = record.id.open_block;
        let ledger = self.page.sender().ledger().await.expect("read");
        let mut books = Books::default();
        let tally = self.tally.served.borrow();
        // What the receiver's sum added to payments that counted as refused, and took off those that counted as taken.
        let (mut more, mut less, mut refused) = (0, 0, 0);
        // What was refused, as before a top up is known, another payment may promise again.
        let paid = ledger
            .iter()
            .filter(|entry| entry.outcome == Outcome::Paid)
            .map(|entry| entry.balance)
            .collect::<Vec<_>>();
        for entry in &ledger {
            if entry.url.is_empty() {
                match entry.outcome {
                    Outcome::Taken => more += number(entry.amount) / price,
                    Outcome::Uncounted => less += number(entry.amount) / price,
                    other => panic!("a correction is {other:?}"),
                }
                continue;
            }
            // What counted as taken, and not by the receiver, leaves its balance to a later payment.
            let promised_by = tally.get(&(block, entry.balance));
            let served = promised_by.is_some_and(|served| served.url == entry.url);
            match entry.outcome {
                Outcome::Paid => assert!(served, "paid for nothing: {entry:?}"),
                Outcome::Taken => {}
                Outcome::Refused => {
                    assert!(
                        !served || paid.contains(&entry.balance),
                        "content for what was not counted: {entry:?}"
                    );
                    refused += 1;
                    continue;
                }
                Outcome::Unknown | Outcome::Uncounted => panic!("in doubt: {entry:?}"),
            }
            assert_eq!(entry.amount, units(price));
            books.served += u64::from(served);
            books.unanswered += u64::from(!served);
        }
        for ((_, balance), served) in tally.iter() {
            let is_listed = |entry: &&LedgerEntry| {
                (entry.balance, &entry.url) == (*balance, &served.url)
                    && matches!(entry.outcome, Outcome::Paid | Outcome::Taken)
            };
            let listed = ledger.iter().filter(is_listed).count();
            assert_eq!(
                listed, 1,
                "{served:?} for {balance} in {ledger:?}, {record:?}"
            );
        }
        assert!(more <= refused && less <= books.unanswered, "{ledger:?}");
        assert!(record.uses_numbers() || (more, less) == (0, 0));
        books.unanswered = books.unanswered + more - less;
        let payments = books.served + books.unanswered;
        assert_eq!(record.charged(), units(payments * price), "{ledger:?}");
        let numbers: Vec<_> = tally.values().filter_map(|served| served.number).collect();
        let different = numbers.iter().collect::<BTreeSet<_>>().len();
        assert_eq!(different, numbers.len(), "a number of two payments");
        books.top_ups = number(record.deposit) / (PAYMENTS * price) - 1;
        books.due = self.due(&record, &kept).into();
        books
    }

    /// What the receiver gets: what was charged, and from a sender who cheats by the proof that covers it.
    fn due(&self, record: &ChannelRecord, kept: &Channel) -> Amount {
        if self.way != Way::Cheating {
            return record.charged();
        }
        let claim = kept.claim(kept.deposit).expect("something was paid");
        assert!(claim.balance <= record.exposure());
        claim.balance
    }

    /// Leaves; whatever goes wrong on the way is tried again. Ends when the chain has paid out, or,
    /// where that takes a challenge period, has the request.
    pub(crate) async fn leave(&self, chain: &RestartedChain) {
        let id = self.record().await.id;
        let sender = self.page.sender();
        if self.way == Way::Cheating {
            return self.cheat(chain).await;
        }
        let wish = || CloseWish {
            consent: if self.way == Way::Alone {
                Consent::Waived
            } else {
                Consent::Wanted
            },
            ..CloseWish::default()
        };
        while chain.is_settled(&id).await != Some(true) {
            match sender.close(id, wish()).await {
                Ok(closed) => return self.note(&format!("closed {}", closed.cooperative)),
                Err(Trouble::Rule(rule)) => {
                    // It is closed or closing; an answer that says so was cut off.
                    self.note(&format!("{rule:?}"));
                    let info = chain.contract.info(&chain.node, &id).await;
                    if info.is_ok_and(|info| info.is_some_and(|info| info.settle_block > 0)) {
                        return;
                    }
                }
                Err(trouble) => self.endure(trouble),
            }
            sleep(PAUSE).await;
        }
    }

    /// Requests closing with too little until the receiver's answer has closed the channel.
    async fn cheat(&self, chain: &RestartedChain) {
        let record = self.record().await;
        let (id, manager) = (record.id, record.manager);
        let half = units(number(record.charged()) / 2);
        let proof = self.page.sign(&id, half).await.expect("signed");
        let data = manager.close_request_call(&id, &proof);
        let call = Call::new(Action::Close, manager.address, data);
        loop {
            // A reorganisation may take the request back, and the answer too.
            match chain.contract.info(&chain.node, &id).await {
                Ok(None) => return,
                Ok(Some(info)) if info.settle_block == 0 => {
                    if self.page.sender().transact(&call).await.is_err() {
                        self.note("request");
                    }
                }
                Ok(Some(_)) | Err(_) => {}
            }
            sleep(PAUSE).await;
        }
    }

    /// Settles after the challenge period, where that is left to do.
    pub(crate) async fn settle(&self, chain: &RestartedChain) {
        let id: ChannelId = self.record().await.id;
        if chain.is_settled(&id).await == Some(false) {
            assert_ne!(self.way, Way::Cheating, "the receiver did not answer");
            let settled = self.page.sender().settle(id).await;
            settled.expect("settled");
            self.note("settled");
        }
    }
}

fn number(amount: Amount) -> u64 {
    u64::try_from(Uint256::from(amount)).expect("a small number")
}
