//! The connected client: one account, one channel manager, one chain.

use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::chain::{ManagerContract, Node, TokenContract};
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, Amount, ChannelId, ChannelInfo, token};
use crate::sender::{ChannelRecord, Limits};

use super::account::{Account, wrong_network};
use super::channel::Channel;
use super::convert::Options;
use super::error::{Failure, big_int, set};
use super::fetch::paying_fetch;
use super::local_key::LocalKey;
use super::lock::{self, Turn};
use super::storage;
use super::transact::Plan;
use super::transport::{Link, WebTransport};
use super::wallet::InjectedWallet;
use super::watch::{Action, Watch};

/// What the exported objects share.
pub(crate) struct Client {
    pub(crate) account: Account,
    pub(crate) contract: ManagerContract,
    pub(crate) confirmations: u64,
    link: Link,
}

impl Client {
    async fn connect(options: &JsValue) -> Result<Self, Failure> {
        let options = Options::read(options)?;
        let watch = Watch::read(&options)?;
        let address = options.required_address("contract")?;
        let rpc_url = options.text("rpcUrl")?;
        let confirmations = options.whole("confirmations")?.unwrap_or(1).max(1);
        let wallet = options.get("wallet")?.ok_or_else(no_wallet)?;
        let (account, link) = match read_wallet(&wallet)? {
            Wallet::Local(key) => {
                let url = rpc_url.ok_or_else(|| {
                    Failure::argument("rpcUrl", "the URL of a node, which a local key needs")
                })?;
                (Account::Local(key.into_key()), Link::Http(url))
            }
            Wallet::Injected(wallet) => {
                let provider = wallet.into_provider();
                let account = Account::connect(provider.clone(), &watch).await?;
                (
                    account,
                    rpc_url.map_or(Link::Provider(provider), Link::Http),
                )
            }
        };
        let node = Node::new(WebTransport {
            link: link.clone(),
            watch: watch.clone(),
        });
        if let Some(expected) = options.whole("chainId")? {
            let actual = node.chain_id().await?;
            if actual != expected {
                return Err(wrong_network(expected, actual));
            }
        }
        let contract = ManagerContract::discover(&node, address).await?;
        account.ready(contract.chain_id).await?;
        Ok(Self {
            account,
            contract,
            confirmations,
            link,
        })
    }

    pub(crate) fn sender(&self) -> Address {
        self.account.address()
    }

    /// The node, on behalf of one call.
    pub(crate) fn node(&self, watch: &Watch) -> Node<WebTransport> {
        Node::new(WebTransport {
            link: self.link.clone(),
            watch: watch.clone(),
        })
    }

    /// The turn of the channels to one receiver.
    pub(crate) async fn turn(&self, receiver: Address) -> Result<Turn, Failure> {
        let (chain, contract) = (self.contract.chain_id, self.contract.manager.address);
        lock::take(&format!(
            "pay:{chain}:{contract}:{}:{receiver}",
            self.sender()
        ))
        .await
    }

    pub(crate) fn records(&self) -> Result<Vec<ChannelRecord>, Failure> {
        storage::list(
            self.contract.chain_id,
            self.contract.manager.address,
            self.sender(),
        )
    }

    pub(crate) fn new_record(
        &self,
        receiver: Address,
        open_block: u32,
        deposit: Amount,
    ) -> ChannelRecord {
        let id = ChannelId {
            sender: self.sender(),
            receiver,
            open_block,
        };
        ChannelRecord::new(self.contract.chain_id, self.contract.manager, id, deposit)
    }

    /// Reads the chain into the record, which the caller stores.
    pub(crate) async fn look(
        &self,
        record: &mut ChannelRecord,
        watch: &Watch,
    ) -> Result<Option<ChannelInfo>, Failure> {
        let info = self.contract.info(&self.node(watch), &record.id).await?;
        record.see(info.as_ref());
        Ok(info)
    }
}

enum Wallet {
    Local(LocalKey),
    Injected(InjectedWallet),
}

/// Takes a copy of the signer, so that the caller's object stays usable.
fn read_wallet(wallet: &JsValue) -> Result<Wallet, Failure> {
    let signer = || {
        let clone: Function = Reflect::get(wallet, &"__signer".into())
            .ok()?
            .dyn_into()
            .ok()?;
        clone.call0(wallet).ok()
    };
    match signer().map(LocalKey::try_from_js_value) {
        Some(Ok(key)) => Ok(Wallet::Local(key)),
        Some(Err(other)) => InjectedWallet::try_from_js_value(other)
            .map(Wallet::Injected)
            .map_err(|_| no_wallet()),
        None => Err(no_wallet()),
    }
}

fn no_wallet() -> Failure {
    Failure::argument("wallet", "a LocalKey or an InjectedWallet")
}

/// A sender connected to one channel manager contract on one chain.
#[wasm_bindgen]
pub struct MicroRaiden {
    inner: Rc<Client>,
}

#[wasm_bindgen]
impl MicroRaiden {
    /// Connects an account with a channel manager: asks the wallet for its account, finds out the
    /// contract's generation, and makes sure that wallet and node are on the same chain.
    #[wasm_bindgen(unchecked_return_type = "Promise<MicroRaiden>")]
    pub fn connect(
        #[wasm_bindgen(unchecked_param_type = "ConnectOptions")] options: JsValue,
    ) -> Promise {
        future_to_promise(async move {
            let inner = Rc::new(Client::connect(&options).await?);
            Ok(Self { inner }.into())
        })
    }

    /// The account that pays.
    #[wasm_bindgen(getter, unchecked_return_type = "Address")]
    pub fn sender(&self) -> String {
        self.inner.sender().to_string()
    }

    /// The channel manager.
    #[wasm_bindgen(getter, unchecked_return_type = "Address")]
    pub fn contract(&self) -> String {
        self.inner.contract.manager.address.to_string()
    }

    /// The token of its channels.
    #[wasm_bindgen(getter, unchecked_return_type = "Address")]
    pub fn token(&self) -> String {
        self.inner.contract.token.to_string()
    }

    /// The contract's generation.
    #[wasm_bindgen(getter, unchecked_return_type = "Generation")]
    pub fn generation(&self) -> String {
        self.inner.contract.manager.generation.to_string()
    }

    /// The chain.
    #[wasm_bindgen(getter, js_name = chainId)]
    pub fn chain_id(&self) -> f64 {
        self.inner.contract.chain_id as f64
    }

    /// How many blocks the receiver has to object to a close request.
    #[wasm_bindgen(getter, js_name = challengePeriod)]
    pub fn challenge_period(&self) -> u32 {
        self.inner.contract.challenge_period
    }

    /// The token's name, symbol and decimals, and the account's balance in base units. A token
    /// without a name or symbol has empty ones.
    #[wasm_bindgen(js_name = tokenInfo, unchecked_return_type = "Promise<TokenInfo>")]
    pub fn token_info(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        future_to_promise(async move {
            let node = client.node(&Watch::default());
            let token = TokenContract(client.contract.token);
            let info = Object::new();
            let balance = token
                .balance(&node, client.sender())
                .await
                .map_err(Failure::from)?;
            let decimals = token.decimals(&node).await.map_err(Failure::from)?;
            set(
                &info,
                "name",
                &token.name(&node).await.unwrap_or_default().into(),
            );
            set(
                &info,
                "symbol",
                &token.symbol(&node).await.unwrap_or_default().into(),
            );
            set(&info, "decimals", &decimals.into());
            set(&info, "balance", &big_int(balance));
            Ok(info.into())
        })
    }

    /// The account's ether, in wei.
    #[wasm_bindgen(js_name = etherBalance, unchecked_return_type = "Promise<bigint>")]
    pub fn ether_balance(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        future_to_promise(async move {
            let node = client.node(&Watch::default());
            let balance = node
                .ether_balance(client.sender())
                .await
                .map_err(Failure::from)?;
            Ok(big_int(balance))
        })
    }

    /// Buys 50 demonstration tokens for 0.1 ether and returns the transaction's hash. Other tokens
    /// have no such function, which fails with `rule-violated`.
    #[wasm_bindgen(unchecked_return_type = "Promise<Hex>")]
    pub fn mint(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Watch | undefined")] options: JsValue,
    ) -> Promise {
        let client = Rc::clone(&self.inner);
        future_to_promise(async move {
            let watch = Watch::read(&Options::read(&options)?)?;
            let value = Uint256::from(token::MINT_PRICE);
            let (action, to) = (Action::Mint, client.contract.token);
            let plan = Plan {
                action,
                to,
                value,
                data: token::mint(),
            };
            let receipt = client.transact(plan, &watch).await?;
            Ok(receipt.transaction.to_string().into())
        })
    }

    /// Opens a channel and waits until it is confirmed.
    #[wasm_bindgen(unchecked_return_type = "Promise<Channel>")]
    pub fn open(
        &self,
        #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
    ) -> Promise {
        let client = Rc::clone(&self.inner);
        future_to_promise(async move {
            let options = Options::read(&options)?;
            let (receiver, deposit) = (
                options.required_address("receiver")?,
                options.required_amount("deposit")?,
            );
            let watch = Watch::read(&options)?;
            let _turn = client.turn(receiver).await?;
            let record = client.open(receiver, deposit, &watch).await?;
            Ok(Channel::new(Rc::clone(&client), record.id).into())
        })
    }

    /// The open channel to a receiver: the stored one with most left, else one found on the chain,
    /// else `undefined`.
    #[wasm_bindgen(unchecked_return_type = "Promise<Channel | undefined>")]
    pub fn find(
        &self,
        #[wasm_bindgen(unchecked_param_type = "FindOptions")] options: JsValue,
    ) -> Promise {
        let client = Rc::clone(&self.inner);
        future_to_promise(async move {
            let options = Options::read(&options)?;
            let receiver = options.required_address("receiver")?;
            let watch = Watch::read(&options)?;
            let found = client.find(receiver, &watch).await?;
            let channel = found.map(|record| Channel::new(Rc::clone(&client), record.id));
            Ok(channel.map_or(JsValue::UNDEFINED, JsValue::from))
        })
    }

    /// All channels of this sender that this browser has stored, settled ones included.
    #[wasm_bindgen(unchecked_return_type = "Promise<Channel[]>")]
    pub fn channels(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        future_to_promise(async move {
            let channels = Array::new();
            for record in client.records()? {
                channels.push(&Channel::new(Rc::clone(&client), record.id).into());
            }
            Ok(channels.into())
        })
    }

    /// A `fetch` that pays within the limits given here.
    #[wasm_bindgen(unchecked_return_type = "PayingFetch")]
    pub fn fetch(
        &self,
        #[wasm_bindgen(unchecked_param_type = "FetchOptions")] options: &JsValue,
    ) -> Result<JsValue, JsValue> {
        let options = Options::read(options)?;
        let limits = Limits {
            max_price: options.required_amount("maxPrice")?,
            deposit: options.amount("deposit")?,
            top_up: options.amount("topUp")?,
            receiver: options.address("receiver")?,
        };
        let watch = Watch::read(&options)?;
        Ok(paying_fetch(Rc::clone(&self.inner), limits, watch))
    }
}
