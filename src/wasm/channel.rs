//! One channel as JavaScript sees it.

use std::rc::Rc;

use super::parts::{self, Work};
use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;

use crate::protocol::ChannelId;
use crate::sender::flow::book::read_record;
use crate::sender::flow::closing::{CloseWish, Closed, Consent};
use crate::sender::{ChannelRecord, ChannelState, Forgotten, RecordKey};

use super::browser::Browser;
use super::client::Client;
use super::convert::{self, Options};
use super::error::{Failure, big_int, set};
use super::fetch::Template;
use super::storage;
use super::watch::Watch;

/// A channel. Its properties are read from the stored record each time, so they show what other
/// tabs did, too.
#[wasm_bindgen]
pub struct Channel {
    client: Rc<Client>,
    id: ChannelId,
}

impl Channel {
    pub(crate) fn new(client: Rc<Client>, id: ChannelId) -> Self {
        Self { client, id }
    }

    fn property(&self, property: Property) -> Result<JsValue, JsValue> {
        (parts::here()?.property)(&self.client, self.id, property)
    }

    fn parts(&self) -> (Rc<Client>, ChannelId) {
        (Rc::clone(&self.client), self.id)
    }
}

#[wasm_bindgen]
impl Channel {
    /// The account that pays.
    #[wasm_bindgen(getter, unchecked_return_type = "Address")]
    pub fn sender(&self) -> String {
        self.id.sender.to_string()
    }

    /// The account that is paid.
    #[wasm_bindgen(getter, unchecked_return_type = "Address")]
    pub fn receiver(&self) -> String {
        self.id.receiver.to_string()
    }

    /// The channel manager.
    #[wasm_bindgen(getter, unchecked_return_type = "Address")]
    pub fn contract(&self) -> String {
        self.client.contract.manager.address.to_string()
    }

    /// The block in which the channel was opened.
    #[wasm_bindgen(getter, js_name = openBlock)]
    pub fn open_block(&self) -> u32 {
        self.id.open_block
    }

    /// The confirmed deposit, in base units.
    #[wasm_bindgen(getter, unchecked_return_type = "bigint")]
    pub fn deposit(&self) -> Result<JsValue, JsValue> {
        self.property(Property::Deposit)
    }

    /// The total that was paid, in base units.
    #[wasm_bindgen(getter, unchecked_return_type = "bigint")]
    pub fn balance(&self) -> Result<JsValue, JsValue> {
        self.property(Property::Balance)
    }

    /// The highest balance ever signed and sent: the most that the receiver can claim.
    #[wasm_bindgen(getter, unchecked_return_type = "bigint")]
    pub fn exposure(&self) -> Result<JsValue, JsValue> {
        self.property(Property::Exposure)
    }

    /// What is left to pay with: the deposit less the paid and the pending balance.
    #[wasm_bindgen(getter, unchecked_return_type = "bigint")]
    pub fn remaining(&self) -> Result<JsValue, JsValue> {
        self.property(Property::Remaining)
    }

    /// Whether the balance is known; not yet of a channel that was found on the chain.
    #[wasm_bindgen(getter, js_name = balanceKnown, unchecked_return_type = "boolean")]
    pub fn balance_known(&self) -> Result<JsValue, JsValue> {
        self.property(Property::BalanceKnown)
    }

    /// Where the channel is in its life, as the contract last said.
    #[wasm_bindgen(getter, unchecked_return_type = "ChannelState")]
    pub fn state(&self) -> Result<JsValue, JsValue> {
        self.property(Property::State)
    }

    /// The last block of the challenge period, while closing.
    #[wasm_bindgen(getter, js_name = settleBlock, unchecked_return_type = "number | undefined")]
    pub fn settle_block(&self) -> Result<JsValue, JsValue> {
        self.property(Property::SettleBlock)
    }

    /// A proof that was signed and whose outcome is not known yet.
    #[wasm_bindgen(getter, unchecked_return_type = "Proof | undefined")]
    pub fn pending(&self) -> Result<JsValue, JsValue> {
        self.property(Property::Pending)
    }

    /// The URL of the receiver's REST interface, where a server named it.
    #[wasm_bindgen(getter, unchecked_return_type = "string | undefined")]
    pub fn gateway(&self) -> Result<JsValue, JsValue> {
        self.property(Property::Gateway)
    }

    /// Calls the listener after every change of the stored record, by this page or another tab.
    /// Returns a function that ends it.
    #[wasm_bindgen(unchecked_return_type = "() => void")]
    pub fn on(
        &self,
        #[wasm_bindgen(unchecked_param_type = "\"change\"")] event: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "() => void")] listener: &JsValue,
    ) -> Result<JsValue, JsValue> {
        let event = event.as_string().unwrap_or_default();
        let listener = convert::listener(listener)?;
        (parts::here()?.listen_to_channel)(&self.client, self.id, &event, listener)
    }

    /// Reads deposit and state from the chain again.
    #[wasm_bindgen(unchecked_return_type = "Promise<Channel>")]
    pub fn refresh(&self) -> Promise {
        let (client, id) = self.parts();
        parts::managing(move |part| (part.refresh)(client, id))
    }

    /// Adds to the deposit and returns the transaction's hash.
    #[wasm_bindgen(js_name = topUp, unchecked_return_type = "Promise<Hex>")]
    pub fn top_up(
        &self,
        #[wasm_bindgen(unchecked_param_type = "bigint")] amount: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Watch")] options: JsValue,
    ) -> Promise {
        let (client, id) = self.parts();
        parts::managing(move |part| (part.top_up)(client, id, amount, options))
    }

    /// Signs the balance increased by `amount`. The proof is stored as pending before it is
    /// returned; `confirm` or `rollback` it when its fate is known.
    #[wasm_bindgen(unchecked_return_type = "Promise<Proof>")]
    pub fn sign(
        &self,
        #[wasm_bindgen(unchecked_param_type = "bigint")] amount: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Watch")] options: JsValue,
    ) -> Promise {
        let (client, id) = self.parts();
        parts::hand(move |part| (part.sign)(client, id, amount, options))
    }

    /// The receiver accepted the pending proof.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn confirm(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Proof")] proof: JsValue,
    ) -> Promise {
        self.decide(proof, true)
    }

    /// The receiver refused the pending proof, or never saw it. Fails with `payment-unknown` if a
    /// `fetch` has found it pending and sent it.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn rollback(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Proof")] proof: JsValue,
    ) -> Promise {
        self.decide(proof, false)
    }

    /// Asks the receiver, at a URL that has a price, which balance it has, and adopts what our own
    /// signature proves. Pays nothing.
    #[wasm_bindgen(unchecked_return_type = "Promise<Channel>")]
    pub fn reconcile(
        &self,
        #[wasm_bindgen(unchecked_param_type = "RequestInfo | URL")] input: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "RequestInit")] init: JsValue,
    ) -> Promise {
        let (client, id) = self.parts();
        parts::managing(move |part| (part.reconcile)(client, id, input, init))
    }

    /// Closes the channel: at once where the receiver signs, else by a request with the true
    /// balance, after which `settle` pays out when the challenge period is over. Fails with
    /// `close-refused` where that could cost more than is owed, unless `force` is set. With
    /// `cooperative: true` it never requests: without the receiver's agreement it fails with
    /// `close-not-agreed`, and nothing was sent.
    #[wasm_bindgen(unchecked_return_type = "Promise<Closed>")]
    pub fn close(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "CloseOptions")] options: JsValue,
    ) -> Promise {
        let (client, id) = self.parts();
        parts::managing(move |part| (part.close)(client, id, options))
    }

    /// Pays out after the challenge period and returns the transaction's hash.
    #[wasm_bindgen(unchecked_return_type = "Promise<Hex>")]
    pub fn settle(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "Watch")] options: JsValue,
    ) -> Promise {
        let (client, id) = self.parts();
        parts::managing(move |part| (part.settle)(client, id, options))
    }

    /// Removes the stored record. Of a channel that is not settled this loses the knowledge of what
    /// was paid, so it fails with `channel-not-settled` unless `force` is set.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn forget(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "{ force?: boolean }")] options: JsValue,
    ) -> Promise {
        let (client, id) = self.parts();
        parts::managing(move |part| (part.forget)(client, id, options))
    }
}

impl Channel {
    fn decide(&self, proof: JsValue, accepted: bool) -> Promise {
        let (client, id) = self.parts();
        parts::hand(move |part| (part.decide)(client, id, proof, accepted))
    }
}

/// What the stored record says.
#[derive(Clone, Copy)]
pub(crate) enum Property {
    Deposit,
    Balance,
    Exposure,
    Remaining,
    BalanceKnown,
    State,
    SettleBlock,
    Pending,
    Gateway,
}

fn record_key(client: &Client, id: ChannelId) -> RecordKey {
    RecordKey {
        chain_id: client.contract.chain_id,
        contract: client.contract.manager.address,
        id,
    }
}

fn read_stored(client: &Client, id: ChannelId) -> Result<ChannelRecord, Failure> {
    let name = record_key(client, id).name();
    let open_block = id.open_block;
    let text = storage::peek(&name)?.ok_or(Forgotten { open_block })?;
    read_record(&text).map_err(|e| Failure::new("corrupt-record", e).with("key", name))
}

pub(crate) fn property(
    client: &Client,
    id: ChannelId,
    property: Property,
) -> Result<JsValue, JsValue> {
    let record = read_stored(client, id)?;
    Ok(match property {
        Property::Deposit => big_int(record.deposit),
        Property::Balance => big_int(record.balance()),
        Property::Exposure => big_int(record.exposure()),
        Property::Remaining => big_int(record.remaining()),
        Property::BalanceKnown => record.is_balance_known().into(),
        Property::State => record.state.name().into(),
        Property::SettleBlock => match record.state {
            ChannelState::Closing { settle_block } => settle_block.into(),
            _ => JsValue::UNDEFINED,
        },
        Property::Pending => record
            .pending()
            .map_or(JsValue::UNDEFINED, convert::from_proof),
        Property::Gateway => record.gateway.map_or(JsValue::UNDEFINED, JsValue::from),
    })
}

pub(crate) fn listen(
    client: &Client,
    id: ChannelId,
    event: &str,
    listener: Function,
) -> Result<JsValue, JsValue> {
    if event != "change" {
        return Err(Failure::argument("event", "\"change\"").into());
    }
    let id = storage::listen(&record_key(client, id).name(), listener);
    Ok(Closure::<dyn Fn()>::new(move || storage::unlisten(id)).into_js_value())
}

fn from_closed(closed: &Closed) -> JsValue {
    let object = Object::new();
    set(&object, "cooperative", &closed.cooperative.into());
    set(&object, "hash", &convert::from_hash(closed.hash.as_ref()));
    set(&object, "balance", &big_int(closed.balance));
    if let Some(block) = closed.settle_block {
        set(&object, "settleBlock", &block.into());
    }
    object.into()
}

pub(crate) fn refresh(client: Rc<Client>, id: ChannelId) -> Work {
    Box::pin(async move {
        let sender = Browser::sender(&client, &Watch::default());
        let _turn = sender.channel_turn(id.receiver, id.open_block).await?;
        let mut record = sender.record(id).await?;
        sender.refresh(&mut record).await?;
        Ok(Channel::new(Rc::clone(&client), id).into())
    })
}

pub(crate) fn top_up(client: Rc<Client>, id: ChannelId, amount: JsValue, options: JsValue) -> Work {
    Box::pin(async move {
        let amount = convert::amount("amount", &amount)?;
        let watch = Watch::begin(&Options::watched(&options, &[])?)?;
        let sender = Browser::sender(&client, &watch);
        let hash = sender.top_up(id, amount).await?;
        Ok(convert::from_hash(hash.as_ref()))
    })
}

pub(crate) fn sign(client: Rc<Client>, id: ChannelId, amount: JsValue, options: JsValue) -> Work {
    Box::pin(async move {
        let amount = convert::amount("amount", &amount)?;
        let watch = Watch::begin(&Options::watched(&options, &[])?)?;
        let sender = Browser::sender(&client, &watch);
        let proof = sender.sign(id, amount).await?;
        Ok(convert::from_proof(&proof))
    })
}

pub(crate) fn reconcile(client: Rc<Client>, id: ChannelId, input: JsValue, init: JsValue) -> Work {
    Box::pin(async move {
        let template = Template::new(&input, &init, &Watch::default()).await?;
        let sender = Browser::sender(&client, template.watch());
        sender.reconcile(id, &template).await?;
        Ok(Channel::new(Rc::clone(&client), id).into())
    })
}

pub(crate) fn close(client: Rc<Client>, id: ChannelId, options: JsValue) -> Work {
    Box::pin(async move {
        let options = Options::watched(&options, &["cooperative", "force", "gateway"])?;
        let sender = Browser::sender(&client, &Watch::begin(&options)?);
        let wish = CloseWish {
            consent: match options.flag("cooperative")? {
                None => Consent::Wanted,
                Some(true) => Consent::Required,
                Some(false) => Consent::Waived,
            },
            force: options.flag("force")?.unwrap_or(false),
            gateway: options.text("gateway")?,
        };
        Ok(from_closed(&sender.close(id, wish).await?))
    })
}

pub(crate) fn settle(client: Rc<Client>, id: ChannelId, options: JsValue) -> Work {
    Box::pin(async move {
        let watch = Watch::begin(&Options::watched(&options, &[])?)?;
        let hash = Browser::sender(&client, &watch).settle(id).await?;
        Ok(convert::from_hash(hash.as_ref()))
    })
}

pub(crate) fn forget(client: Rc<Client>, id: ChannelId, options: JsValue) -> Work {
    Box::pin(async move {
        let force = Options::read(&options, &["force"])?
            .flag("force")?
            .unwrap_or(false);
        let sender = Browser::sender(&client, &Watch::default());
        let _turn = sender.channel_turn(id.receiver, id.open_block).await?;
        if !force && sender.record(id).await?.state != ChannelState::Settled {
            let message = "the channel is not settled: its deposit is still in the contract";
            return Err(Failure::new("channel-not-settled", message).into());
        }
        sender.forget(id).await?;
        Ok(JsValue::UNDEFINED)
    })
}

pub(crate) fn decide(client: Rc<Client>, id: ChannelId, proof: JsValue, accepted: bool) -> Work {
    Box::pin(async move {
        let proof = convert::proof(&proof)?;
        let sender = Browser::sender(&client, &Watch::default());
        sender.decide(id, &proof, accepted).await?;
        Ok(JsValue::UNDEFINED)
    })
}
