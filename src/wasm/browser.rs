//! The browser as the world of the sender's flows.

use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::chain::Node;
use crate::protocol::header::Payment;
use crate::protocol::{ChannelId, CreditReport, Signature};
use crate::sender::flow::quote::Quote;
use crate::sender::numbered::InFlight;
use crate::sender::store::keys::LockName;
use crate::sender::world::{
    Agreement, ClosingBalance, Failing, Fallible, Host, Locks, Progress, Server, Storage,
};
use crate::sender::{Sender, World};

use super::call_options::Watch;
use super::client::Client;
use super::error::Failure;
use super::fetch;
use super::fetch_api::from_quote;
use super::gateway;
use super::store::Turn;
use super::timer::sleep;
use super::transport::WebTransport;

/// The browser, on behalf of one call.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) client: Rc<Client>,
    pub(crate) watch: Watch,
}

impl Browser {
    /// The sender's flows, on behalf of one call.
    pub(crate) fn sender(client: &Rc<Client>, watch: &Watch) -> Sender<Self> {
        Sender {
            contract: client.contract,
            account: client.address(),
            confirmations: client.confirmations,
            fees: client.fees,
            world: Self {
                client: Rc::clone(client),
                watch: watch.clone(),
            },
        }
    }
}

impl Failing for Failure {
    fn caused_by(self, cause: Self) -> Self {
        Self::caused_by(self, cause.into())
    }

    fn means_unable_to_sign(&self) -> bool {
        matches!(self.code(), "wallet-unsupported" | "wrong-signer")
    }
}

impl Fallible for Browser {
    type Error = Failure;
}

/// The origin of the page or worker; empty where there is none.
pub(crate) fn origin() -> String {
    let location = Reflect::get(&js_sys::global(), &"location".into());
    location
        .and_then(|location| Reflect::get(&location, &"origin".into()))
        .ok()
        .and_then(|origin: JsValue| origin.as_string())
        .unwrap_or_default()
}

impl Storage for Browser {
    async fn read(&self, name: &str) -> Result<Option<String>, Failure> {
        self.client.store.read(name, &self.watch).await
    }

    async fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        self.client.store.write(name, text).await
    }

    async fn remove(&self, name: &str) -> Result<(), Failure> {
        self.client.store.remove(name).await
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        self.client.store.names(prefix, &self.watch).await
    }
}

impl Locks for Browser {
    type Turn = Turn;

    async fn turn(&self, lock: &LockName) -> Result<Turn, Failure> {
        self.client.store.turn(lock, &self.watch).await
    }

    async fn free_turn(&self, lock: &LockName) -> Result<Option<Turn>, Failure> {
        let free = self.client.store.free_turn(lock);
        self.watch.or_abort(free).await
    }

    async fn turn_to_tidy(&self, lock: &LockName) -> Result<Turn, Failure> {
        self.client.store.turn(lock, &Watch::default()).await
    }
}

impl Host for Browser {
    fn now(&self) -> u64 {
        js_sys::Date::now() as u64
    }

    fn is_hidden(&self) -> bool {
        let document = Reflect::get(&js_sys::global(), &"document".into());
        document
            .and_then(|document| Reflect::get(&document, &"visibilityState".into()))
            .is_ok_and(|state| state.as_string().as_deref() == Some("hidden"))
    }

    fn origin(&self) -> String {
        origin()
    }

    fn check(&self) -> Result<(), Failure> {
        self.watch.check()?;
        self.client.check_frozen()
    }

    fn check_caller(&self) -> Result<(), Failure> {
        self.watch.check()
    }

    fn tell(&self, progress: Progress<'_>) {
        self.watch.progress(&progress);
    }

    async fn agrees(&self, quote: &Quote) -> Result<bool, Failure> {
        let quote = || from_quote(&self.client, quote);
        self.watch.agrees(quote).await
    }

    fn depositing(&self) {
        self.client.ask_to_persist();
    }

    fn deposited(&self) {
        self.client.suggest_backup(false);
    }

    async fn pause(&self, milliseconds: u32) -> Result<(), Failure> {
        self.watch.sleep(milliseconds.into()).await
    }

    async fn after(&self, milliseconds: u32) {
        sleep(i32::try_from(milliseconds).unwrap_or(i32::MAX)).await;
    }

    fn explain(&self, error: Failure) -> Failure {
        self.watch.explain(error)
    }
}

impl Server for Browser {
    async fn ask_closing(
        &self,
        gateway: &str,
        channel: &ChannelId,
        asked: ClosingBalance<'_>,
        signed: Option<&Signature>,
    ) -> Agreement {
        gateway::ask_closing(gateway, channel, asked, signed, &self.watch)
            .await
            .unwrap_or(Agreement::Denied)
    }

    async fn ask_outcome(&self, sent: &InFlight, payment: &Payment) -> Option<CreditReport> {
        fetch::ask_outcome(sent, payment).await
    }
}

impl World for Browser {
    type Transport = WebTransport;

    fn node(&self) -> Node<WebTransport> {
        Node::new(self.client.transport(&self.watch))
    }
}
