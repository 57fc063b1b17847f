//! The connected client: one account, one channel manager, one chain.

use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::prelude::*;

use crate::chain::{ManagerContract, Node, Retrying, fee};
use crate::protocol::{Address, Amount};
use crate::sender::ChannelRecord;
use crate::sender::store::keys::SenderKey;

use super::account::{Account, wrong_network};
use super::browser::Browser;
use super::call_options::Watch;
use super::contract;
use super::convert::{self, Options};
use super::endpoint::Endpoint;
use super::error::Failure;
use super::hash_signer::HashSigner;
use super::injected;
use super::local_key::LocalKey;
use super::persistence::Persistence;
use super::promise::promise;
use super::shown::{Shown, telling};
use super::store::Store;
use super::transport::{Link, WebTransport};
use super::wallet::InjectedWallet;
use super::wallet_state::Frozen;

/// The state shared by the exported objects.
pub(crate) struct Client {
    pub(crate) account: Account,
    pub(crate) contract: ManagerContract,
    pub(crate) confirmations: u64,
    /// The most that a local key offers for gas.
    pub(crate) fees: fee::FeeLimits,
    pub(crate) frozen: Frozen,
    pub(crate) persistence: Persistence,
    pub(crate) shown: Shown,
    /// Where its texts and locks are.
    pub(crate) store: Store,
    link: Link,
}

/// The options of `connect`.
pub(crate) const CONNECT: [&str; 9] = [
    "wallet",
    "account",
    "contract",
    "rpc",
    "rpcUrl",
    "chainId",
    "confirmations",
    "maxFeePerGas",
    "storage",
];

impl Client {
    async fn connect(options: &Options<'_>, watch: &Watch) -> Result<Self, Failure> {
        let wallet = options.get("wallet")?.ok_or_else(no_wallet)?;
        let account = options.address("account")?;
        Self::connect_as(read_wallet(&wallet)?, account, None, options, watch).await
    }

    /// The same with a key, whichever wallet the options name. Without a node the provider's own is asked.
    pub(crate) async fn connect_key(
        key: LocalKey,
        provider: &JsValue,
        options: &Options<'_>,
        watch: &Watch,
    ) -> Result<Rc<Self>, Failure> {
        let (wallet, provider) = (Wallet::Local(key), Some(provider.clone()));
        let connecting = Self::connect_as(wallet, None, provider, options, watch);
        Ok(Rc::new(connecting.await?))
    }

    async fn connect_as(
        wallet: Wallet,
        expected_account: Option<Address>,
        provider: Option<JsValue>,
        options: &Options<'_>,
        watch: &Watch,
    ) -> Result<Self, Failure> {
        let address = options.required_address("contract")?;
        // The name of before, until 0.2.
        let rpc = options.get("rpc")?.or(options.get("rpcUrl")?);
        let nodes = Endpoint::several(rpc.as_ref())?;
        let confirmations = options.whole("confirmations")?.unwrap_or(1).max(1);
        let mut fees = fee::FeeLimits::default();
        if let Some(most) = options.amount("maxFeePerGas")? {
            fees.per_gas = most.into();
        }
        let store = Store::of(options.get("storage")?)?;
        let mut frozen = Frozen::default();
        let for_key = |nodes: Option<_>| {
            let expected = "a node, which an account that is no wallet needs";
            let link = nodes.map(Link::nodes).or(provider.map(Link::Wallet));
            link.ok_or_else(|| Failure::argument("rpc", expected))
        };
        let (account, link) = match wallet {
            Wallet::Local(key) => (Account::Local(key.into_key()), for_key(nodes)?),
            Wallet::Signer(signer) => (Account::Signer(signer), for_key(nodes)?),
            Wallet::Injected(wallet, own) => {
                let account = expected_account.or(own);
                let account = injected::connect(wallet, account, &store, watch).await?;
                let provider = account.provider.clone();
                frozen = Frozen::watching(&provider, account.address);
                (
                    Account::Injected(account),
                    nodes.map_or(Link::Wallet(provider), Link::nodes),
                )
            }
        };
        if expected_account.is_some_and(|expected| expected != account.address()) {
            return Err(Failure::argument("account", "the account of `wallet`"));
        }
        let expected = options.whole("chainId")?;
        let chain = account.chain().await?;
        let contract = contract::find(address, &link, chain, expected, &store, watch).await?;
        if let Some(actual) = chain.filter(|chain| *chain != contract.chain_id) {
            return Err(wrong_network(contract.chain_id, actual));
        }
        frozen.belongs_to(contract.chain_id);
        Ok(Self {
            account,
            contract,
            confirmations,
            fees,
            frozen,
            persistence: Persistence::default(),
            shown: Shown::default(),
            store,
            link,
        })
    }

    /// The account that pays.
    pub(crate) fn address(&self) -> Address {
        self.account.address()
    }

    /// The same contract and chain for another account.
    pub(crate) fn of_account(&self, account: Account, frozen: Frozen) -> Self {
        Self {
            account,
            frozen,
            contract: self.contract,
            confirmations: self.confirmations,
            fees: self.fees,
            persistence: Persistence::default(),
            shown: Shown::default(),
            store: self.store.clone(),
            link: self.link.clone(),
        }
    }

    /// Fails while the wallet is on another account or chain than when the client was connected.
    pub(crate) fn check_frozen(&self) -> Result<(), Failure> {
        self.frozen.check()
    }

    /// The node, for reads on behalf of one call: asked again where a fault may pass.
    pub(crate) fn node(&self, watch: &Watch) -> Node<Retrying<WebTransport>> {
        Node::new(Retrying::new(self.transport(watch)))
    }

    /// The way to it.
    pub(crate) fn transport(&self, watch: &Watch) -> WebTransport {
        WebTransport {
            link: self.link.clone(),
            watch: watch.clone(),
        }
    }
}

enum Wallet {
    Local(LocalKey),
    Signer(HashSigner),
    /// And the account that pays, if the wallet object says which.
    Injected(InjectedWallet, Option<Address>),
}

/// A copy of the signer, so that the caller's object stays usable.
pub(crate) fn read_signer(wallet: &JsValue) -> Option<JsValue> {
    let clone = Reflect::get(wallet, &"__signer".into()).ok()?;
    let clone: Function = clone.dyn_into().ok()?;
    clone.call0(wallet).ok()
}

fn read_wallet(wallet: &JsValue) -> Result<Wallet, Failure> {
    if let Some(own) = read_signer(wallet) {
        return match LocalKey::try_from_js_value(own) {
            Ok(key) => Ok(Wallet::Local(key)),
            Err(other) => InjectedWallet::try_from_js_value(other)
                .map(|wallet| Wallet::Injected(wallet, None))
                .map_err(|_| no_wallet()),
        };
    }
    // A wallet client of viem is a provider with the account that it was made with.
    let account = convert::member(wallet, "account");
    let signer = account.as_ref().and_then(HashSigner::read);
    if let Some(signer) = signer.or_else(|| HashSigner::read(wallet)) {
        return Ok(Wallet::Signer(signer));
    }
    let provider = InjectedWallet::from_provider(wallet.clone()).map_err(|_| no_wallet())?;
    let address = account.and_then(|account| convert::member(&account, "address"));
    let address = address.map(|address| convert::address("account", &address));
    Ok(Wallet::Injected(provider, address.transpose()?))
}

fn no_wallet() -> Failure {
    let expected =
        "a LocalKey, an InjectedWallet, an EIP-1193 provider, or an account with address and sign";
    Failure::argument("wallet", expected)
}

/// A sender connected to one channel manager contract on one chain.
#[wasm_bindgen]
pub struct MicroRaiden {
    pub(crate) inner: Rc<Client>,
}

#[wasm_bindgen]
impl MicroRaiden {
    pub fn connect(options: JsValue) -> Promise {
        promise(async move {
            let options = Options::watched(&options, &CONNECT)?;
            let watch = Watch::begin(&options)?;
            let connecting = Client::connect(&options, &watch);
            let inner = Rc::new(watch.or_abort(connecting).await?);
            // Finish what earlier pages left open, where that needs no waiting. Ignore errors: `openEnds`
            // asks the node again.
            let sender = Browser::sender(&inner, &watch);
            let _ = sender.look_after().await;
            watch.check()?;
            Ok(MicroRaiden { inner }.into())
        })
    }

    #[wasm_bindgen(getter)]
    pub fn sender(&self) -> String {
        self.inner.address().to_string()
    }

    #[wasm_bindgen(getter)]
    pub fn contract(&self) -> String {
        self.inner.contract.manager.address.to_string()
    }

    #[wasm_bindgen(getter)]
    pub fn token(&self) -> String {
        self.inner.contract.token.to_string()
    }

    #[wasm_bindgen(getter)]
    pub fn generation(&self) -> String {
        self.inner.contract.manager.generation.to_string()
    }

    #[wasm_bindgen(getter, js_name = chainId)]
    pub fn chain_id(&self) -> f64 {
        self.inner.contract.chain_id as f64
    }

    #[wasm_bindgen(getter, js_name = challengePeriod)]
    pub fn challenge_period(&self) -> u32 {
        self.inner.contract.challenge_period
    }

    pub fn open(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let options = Options::watched(&options, &["receiver", "deposit"])?;
            let (receiver, deposit) = read_opening(&options)?;
            let sender = Browser::sender(&client, &Watch::begin(&options)?);
            let record = sender.open(receiver, deposit).await?;
            Ok(client.channel(record.id))
        })
    }

    pub fn find(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let options = Options::watched(&options, &["receiver"])?;
            let receiver = options.required_address("receiver")?;
            let sender = Browser::sender(&client, &Watch::begin(&options)?);
            let found = sender.find(receiver).await?;
            Ok(found.map_or(JsValue::UNDEFINED, |record| client.channel(record.id)))
        })
    }

    #[wasm_bindgen(js_name = channelToPayFrom)]
    pub fn channel_to_pay_from(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let options = Options::watched(&options, &["receiver", "price"])?;
            let receiver = options.required_address("receiver")?;
            let price = options.required_amount("price")?;
            let sender = Browser::sender(&client, &Watch::begin(&options)?);
            let id = sender.channel_to_pay_from(receiver, price).await?;
            Ok(id.map_or(JsValue::UNDEFINED, |id| client.channel(id)))
        })
    }

    pub fn channels(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let records = Browser::sender(&client, &Watch::default())
                .records()
                .await?;
            Ok(from_records(&client, records))
        })
    }

    #[wasm_bindgen(getter)]
    pub fn turns(&self) -> String {
        self.inner.store.turns().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn frozen(&self) -> Option<String> {
        let frozen = self.inner.frozen.check().err();
        frozen.map(|failure| failure.code().to_owned())
    }

    pub fn snapshot(&self) -> Result<JsValue, JsValue> {
        Ok(self.inner.snapshot()?)
    }

    pub fn on(&self, event: &JsValue, listener: &JsValue) -> Result<JsValue, JsValue> {
        let event = event.as_string();
        let listener = convert::listener(listener)?;
        match event.as_deref() {
            Some("change") => {
                let contract = &self.inner.contract;
                let key = SenderKey::new(contract, self.inner.address());
                let client = Rc::clone(&self.inner);
                let listener = telling(listener, move || client.snapshot().ok());
                Ok(self.inner.store.listen(&key.records(), listener))
            }
            Some("frozen") => Ok(self.inner.frozen.listeners().add(listener)),
            Some("persisted") => Ok(self.inner.persistence.persisted.add(listener)),
            Some("backup") => {
                let end = self.inner.persistence.backup.add(listener);
                self.inner.suggest_backup(false);
                Ok(end)
            }
            _ => {
                let expected = "\"change\", \"frozen\", \"persisted\" or \"backup\"";
                Err(Failure::argument("event", expected).into())
            }
        }
    }
}

/// The options of an opening: to whom, and how much.
pub(crate) fn read_opening(options: &Options<'_>) -> Result<(Address, Amount), Failure> {
    let receiver = options.required_address("receiver")?;
    Ok((receiver, options.required_amount("deposit")?))
}

pub(crate) fn from_records(client: &Rc<Client>, records: Vec<ChannelRecord>) -> JsValue {
    let channels = records.iter().map(|record| client.channel(record.id));
    channels.collect::<Array>().into()
}
