//! A sender's world: what a page has of the browser, with the real chain.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use microraiden::chain::http::HttpTransport;
use microraiden::chain::submit::Draft;
use microraiden::chain::{ManagerContract, Node, Retrying, fee};
use microraiden::json::Value;
use microraiden::protocol::header::{Payment, name};
use microraiden::protocol::{
    Address, Amount, BalanceProof, ChannelId, CloseRequest, CreditReport, Hash, Numbered,
    PrivateKey, Signature,
};
use microraiden::sender::numbered::InFlight;
use microraiden::sender::store::journal::Action;
use microraiden::sender::store::keys::LockName;
use microraiden::sender::world::{
    Agreement, ClosingBalance, Fallible, Host, Locks, NotSent, Progress, Server, Signer, Storage,
};
use microraiden::sender::{Sender, World};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::chain::{CONFIRMATIONS, RestartedChain};
use crate::trouble::Trouble;

/// One sender's page. What it stores outlives the calls that are cut off in the middle.
#[derive(Clone)]
pub(crate) struct Page(Rc<Browser>);

struct Browser {
    key: PrivateKey,
    contract: ManagerContract,
    node: Node<Retrying<HttpTransport>>,
    web: reqwest::Client,
    storage: RefCell<BTreeMap<String, String>>,
    locks: RefCell<BTreeMap<String, Arc<Mutex<()>>>>,
}

impl Page {
    /// A page that asks the node at this URL.
    pub(crate) fn new(
        key: PrivateKey,
        chain: &RestartedChain,
        url: &str,
        web: reqwest::Client,
    ) -> Self {
        let transport = HttpTransport::new(url).expect("a URL");
        Self(Rc::new(Browser {
            key,
            contract: chain.contract,
            node: Node::new(Retrying::new(transport)),
            web,
            storage: RefCell::default(),
            locks: RefCell::default(),
        }))
    }

    pub(crate) fn sender(&self) -> Sender<Self> {
        Sender {
            world: self.clone(),
            contract: self.0.contract,
            account: self.account(),
            confirmations: CONFIRMATIONS,
            fees: fee::FeeLimits::default(),
        }
    }

    pub(crate) fn account(&self) -> Address {
        self.0.key.address()
    }

    pub(crate) fn web(&self) -> &reqwest::Client {
        &self.0.web
    }

    fn lock(&self, lock: &LockName) -> Arc<Mutex<()>> {
        let mut locks = self.0.locks.borrow_mut();
        Arc::clone(locks.entry(lock.as_str().to_owned()).or_default())
    }
}

impl Fallible for Page {
    type Error = Trouble;
}

impl Signer for Page {
    async fn sign(&self, channel: &ChannelId, balance: Amount) -> Result<BalanceProof, Trouble> {
        let manager = self.0.contract.manager;
        Ok(manager.sign_balance(&self.0.key, channel, balance))
    }

    async fn sign_request(&self, request: &CloseRequest) -> Result<Signature, Trouble> {
        Ok(request.sign(&self.0.key))
    }

    fn signs_alone(&self) -> bool {
        true
    }

    async fn sign_transaction(&self, hash: &Hash) -> Result<Signature, Trouble> {
        Ok(self.0.key.sign_hash(hash))
    }

    async fn ready(&self) -> Result<(), Trouble> {
        Ok(())
    }

    async fn send(&self, _: Action, _: &Draft<'_>, _: u64) -> Result<Hash, NotSent<Trouble>> {
        panic!("the key signs");
    }
}

impl Storage for Page {
    async fn read(&self, name: &str) -> Result<Option<String>, Trouble> {
        Ok(self.0.storage.borrow().get(name).cloned())
    }

    async fn write(&self, name: &str, text: &str) -> Result<(), Trouble> {
        let mut storage = self.0.storage.borrow_mut();
        storage.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), Trouble> {
        self.0.storage.borrow_mut().remove(name);
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, Trouble> {
        let storage = self.0.storage.borrow();
        let from = storage.range(prefix.to_owned()..).map(|(name, _)| name);
        Ok(from
            .take_while(|name| name.starts_with(prefix))
            .cloned()
            .collect())
    }
}

impl Locks for Page {
    type Turn = OwnedMutexGuard<()>;

    async fn turn(&self, lock: &LockName) -> Result<Self::Turn, Trouble> {
        Ok(self.lock(lock).lock_owned().await)
    }

    async fn free_turn(&self, lock: &LockName) -> Result<Option<Self::Turn>, Trouble> {
        Ok(self.lock(lock).try_lock_owned().ok())
    }
}

impl Host for Page {
    fn now(&self) -> u64 {
        let age = SystemTime::now().duration_since(UNIX_EPOCH);
        age.expect("a time after 1970").as_millis() as u64
    }

    fn is_hidden(&self) -> bool {
        false
    }

    fn origin(&self) -> String {
        "https://page.example".to_owned()
    }

    fn check(&self) -> Result<(), Trouble> {
        Ok(())
    }

    fn tell(&self, _: Progress<'_>) {}

    async fn pause(&self, milliseconds: u32) -> Result<(), Trouble> {
        tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
        Ok(())
    }

    async fn after(&self, milliseconds: u32) {
        tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
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
        let (sender, block) = (channel.sender, channel.open_block);
        let mut request = self
            .web()
            .delete(format!("{gateway}/channels/{sender}/{block}"))
            .header("Content-Type", "application/json")
            .body(asked.body());
        if let Some(signed) = signed {
            request = request.header(name::REQUEST_SIGNATURE, signed.to_string());
        }
        let Ok(answer) = request.send().await else {
            return Agreement::Denied;
        };
        let status = answer.status();
        if status == 401 {
            return Agreement::SenderUnproven;
        }
        let text = answer.text().await.ok().filter(|_| status == 200);
        let answer = text.and_then(|text| Value::parse(&text).ok());
        let closing = answer.and_then(|a| a["close_signature"].as_str()?.parse().ok());
        closing.map_or(Agreement::Denied, Agreement::Signed)
    }

    async fn ask_outcome(&self, sent: &InFlight, payment: &Payment) -> Option<CreditReport> {
        let numbered = Numbered {
            number: sent.number,
            agreed: Amount::ZERO,
        };
        let method = sent.method.parse().ok()?;
        let mut request = self.web().request(method, &sent.url);
        for (name, value) in payment.headers().into_iter().chain(numbered.headers()) {
            request = request.header(name, value);
        }
        let answer = request.send().await.ok()?;
        let headers = answer.headers();
        Some(CreditReport::read(|name| headers.get(name)?.to_str().ok()))
    }
}

impl World for Page {
    type Transport = Retrying<HttpTransport>;

    fn node(&self) -> Node<Retrying<HttpTransport>> {
        self.0.node.clone()
    }
}
