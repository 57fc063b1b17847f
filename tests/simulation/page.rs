//! A page of the browser as the world of the sender's flows.

use std::cell::Cell;
use std::rc::Rc;

use microraiden::chain::{Node, fee};
use microraiden::protocol::header::Payment;
use microraiden::protocol::{Amount, ChannelId, CreditReport, Numbered, Signature};
use microraiden::sender::flow::quote::Quote;
use microraiden::sender::numbered::InFlight;
use microraiden::sender::store::journal::Action;
use microraiden::sender::store::keys::LockName;
use microraiden::sender::world::{
    Agreement, ClosingBalance, Fallible, Host, Locks, Progress, Server, Storage,
};
use microraiden::sender::{Limits, Resource, Sender, World};

use super::chance::{breath, never};
use super::model::Shared;
use super::numbered::Asked;
use super::parties::{CONTRACT, IMPOSTOR, receiver, sender};
use super::trouble::Trouble;

/// One page.
#[derive(Clone)]
pub struct Page {
    pub model: Shared,
    /// How often the call that uses it has opened and topped up.
    pub escrowed: Rc<Cell<(u32, u32)>>,
    /// Whether it was told that it deposits.
    pub deposits: Rc<Cell<bool>>,
    /// Whether that call's caller has given up.
    pub gave_up: Rc<Cell<bool>>,
}

/// A held turn, given back when dropped, as the browser does when a page dies.
pub struct Turn {
    model: Shared,
    name: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.model.borrow_mut().locks.remove(&self.name);
    }
}

impl Page {
    pub fn new(model: &Shared) -> Self {
        Self {
            model: model.clone(),
            escrowed: Rc::default(),
            deposits: Rc::default(),
            gave_up: Rc::default(),
        }
    }

    /// What this call is about to send. What an earlier one wrote down is not this one's.
    fn count_escrow(&self, entry: &str) {
        let does = |action: Action| entry.contains(&format!("\"action\":\"{}\"", action.name()));
        let (opened, topped_up) = self.escrowed.get();
        let (opens, tops_up) = (does(Action::Open), does(Action::TopUp));
        let told = self.deposits.get();
        assert!(told || !(opens || tops_up), "a deposit comes untold");
        self.escrowed
            .set((opened + u32::from(opens), topped_up + u32::from(tops_up)));
    }

    pub fn sender(&self) -> Sender<Self> {
        let confirmations = self.model.borrow().chain.confirmations;
        Sender {
            world: self.clone(),
            contract: CONTRACT,
            account: sender().address(),
            confirmations,
            fees: fee::FeeLimits::default(),
        }
    }

    /// Pays for a request and reads the whole response; gives its status.
    pub async fn fetch<R>(&self, request: &R, limits: &Limits) -> Result<u16, Trouble>
    where
        R: Resource<Response = u16, Error = Trouble>,
    {
        let sender = self.sender();
        let fetched = sender.fetch(request, limits).await?;
        if let Some(incomplete) = fetched.incomplete {
            sender.complete_body(incomplete).await?;
        }
        Ok(fetched.response)
    }

    fn take(&self, lock: &LockName) -> Option<Turn> {
        let name = lock.as_str().to_owned();
        let taken = !self.model.borrow_mut().locks.insert(name.clone());
        (!taken).then(|| Turn {
            model: self.model.clone(),
            name,
        })
    }
}

impl Fallible for Page {
    type Error = Trouble;
}

impl Storage for Page {
    async fn read(&self, name: &str) -> Result<Option<String>, Trouble> {
        // Synchronous in a page, a message in a worker.
        if self.model.borrow_mut().chance.percent(20) {
            breath().await;
        }
        Ok(self.model.borrow().storage.get(name).cloned())
    }

    async fn write(&self, name: &str, text: &str) -> Result<(), Trouble> {
        breath().await;
        if self.model.borrow_mut().strikes(|f| f.full_storage) {
            return Err(Trouble::Full);
        }
        let (name, text) = (name.to_owned(), text.to_owned());
        self.model
            .borrow()
            .trace(|| format!("write {name} {}", text.trim()));
        let before = self
            .model
            .borrow_mut()
            .storage
            .insert(name.clone(), text.clone());
        if before.is_none() && name.contains(":journal:") {
            self.count_escrow(&text);
        }
        breath().await;
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), Trouble> {
        breath().await;
        self.model.borrow_mut().storage.remove(name);
        breath().await;
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, Trouble> {
        let model = self.model.borrow();
        let names = model.storage.keys().filter(|name| name.starts_with(prefix));
        Ok(names.cloned().collect())
    }
}

impl Locks for Page {
    type Turn = Turn;

    async fn turn(&self, lock: &LockName) -> Result<Turn, Trouble> {
        loop {
            if let Some(turn) = self.take(lock) {
                return Ok(turn);
            }
            breath().await;
        }
    }

    async fn free_turn(&self, lock: &LockName) -> Result<Option<Turn>, Trouble> {
        Ok(self.take(lock))
    }
}

impl Host for Page {
    fn now(&self) -> u64 {
        let mut model = self.model.borrow_mut();
        model.now += 1;
        model.now
    }

    fn is_hidden(&self) -> bool {
        false
    }

    fn origin(&self) -> String {
        "https://page.example".to_owned()
    }

    fn check(&self) -> Result<(), Trouble> {
        let patience = self.model.borrow().patience;
        if let Some(patience) = patience {
            self.model.borrow_mut().patience = Some(patience.saturating_sub(1));
        }
        if self.gave_up.get()
            || patience == Some(0)
            || self.model.borrow_mut().strikes(|f| f.give_up)
        {
            self.gave_up.set(true);
            return Err(Trouble::Aborted);
        }
        Ok(())
    }

    fn tell(&self, _: Progress<'_>) {}

    async fn agrees(&self, quote: &Quote) -> Result<bool, Trouble> {
        breath().await;
        let mut model = self.model.borrow_mut();
        model.questions.push(quote.clone());
        Ok(!model.declines)
    }

    fn depositing(&self) {
        self.deposits.set(true);
    }

    async fn pause(&self, milliseconds: u32) -> Result<(), Trouble> {
        breath().await;
        let mut model = self.model.borrow_mut();
        model.now += u64::from(milliseconds);
        model.block();
        drop(model);
        self.check()
    }

    async fn after(&self, milliseconds: u32) {
        let end = self.model.borrow().now + u64::from(milliseconds);
        while self.model.borrow().now < end {
            breath().await;
        }
    }
}

impl Server for Page {
    async fn ask_closing(
        &self,
        gateway: &str,
        channel: &ChannelId,
        asked: ClosingBalance<'_>,
        signed: Option<&Signature>,
    ) -> Agreement {
        assert!(
            !gateway.starts_with(IMPOSTOR) || !self.model.borrow().leaked.is_empty(),
            "{gateway} is asked to agree to closing"
        );
        breath().await;
        if self.model.borrow_mut().strikes(|f| f.lose_request) {
            return Agreement::Denied;
        }
        if self.model.borrow_mut().strikes(|f| f.silent) {
            return never().await;
        }
        let answer = self.model.borrow_mut().agree(channel, asked, signed);
        breath().await;
        if self.model.borrow_mut().strikes(|f| f.lose_answer) {
            return Agreement::Denied;
        }
        answer
    }

    async fn ask_outcome(&self, sent: &InFlight, payment: &Payment) -> Option<CreditReport> {
        let of = usize::from(payment.receiver != Some(receiver(0).address()));
        let asked = Asked {
            payment: *payment,
            numbered: Some(Numbered {
                number: sent.number,
                agreed: Amount::ZERO,
            }),
            path: sent.url.clone(),
            of,
        };
        breath().await;
        self.model.borrow_mut().leaves(&asked);
        if self.model.borrow_mut().strikes(|f| f.lose_request) {
            return None;
        }
        let charges = self.model.borrow().charges;
        let reply = self.model.borrow_mut().answer(&asked);
        assert_eq!(
            self.model.borrow().charges,
            charges,
            "a question was charged"
        );
        breath().await;
        if self.model.borrow_mut().strikes(|f| f.lose_answer) {
            return None;
        }
        self.model.borrow_mut().arrives(payment, of, &reply);
        Some(reply.credit)
    }
}

impl World for Page {
    type Transport = Self;

    fn node(&self) -> Node<Self> {
        Node::new(self.clone())
    }
}
