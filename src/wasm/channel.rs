//! One channel as JavaScript sees it.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::protocol::ChannelId;
use crate::sender::{ChannelRecord, ChannelState, RecordKey};

use super::client::Client;
use super::convert::{self, Options};
use super::error::{Failure, big_int};
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

    fn record(&self) -> Result<ChannelRecord, Failure> {
        load(&self.client, self.id)
    }

    /// Changes the stored record in one step.
    fn change<E>(
        &self,
        change: impl FnOnce(&mut ChannelRecord) -> Result<(), E>,
    ) -> Result<(), JsValue>
    where
        Failure: From<E>,
    {
        let mut record = self.record()?;
        change(&mut record).map_err(Failure::from)?;
        Ok(storage::save(&record)?)
    }
}

fn key(client: &Client, id: ChannelId) -> RecordKey {
    RecordKey {
        chain_id: client.contract.chain_id,
        contract: client.contract.manager.address,
        id,
    }
}

fn load(client: &Client, id: ChannelId) -> Result<ChannelRecord, Failure> {
    storage::load(&key(client, id))?.ok_or_else(|| {
        Failure::new(
            "no-channel",
            "this browser has forgotten the channel; find it again",
        )
        .with("openBlock", id.open_block)
    })
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
        Ok(big_int(self.record()?.deposit))
    }

    /// The total that the receiver has acknowledged, in base units.
    #[wasm_bindgen(getter, unchecked_return_type = "bigint")]
    pub fn balance(&self) -> Result<JsValue, JsValue> {
        Ok(big_int(self.record()?.balance()))
    }

    /// What is left to pay with: the deposit less the acknowledged and the pending balance.
    #[wasm_bindgen(getter, unchecked_return_type = "bigint")]
    pub fn remaining(&self) -> Result<JsValue, JsValue> {
        Ok(big_int(self.record()?.remaining()))
    }

    /// Where the channel is in its life, as the contract last said.
    #[wasm_bindgen(getter, unchecked_return_type = "ChannelState")]
    pub fn state(&self) -> Result<String, JsValue> {
        Ok(self.record()?.state.name().to_owned())
    }

    /// The last block of the challenge period, while closing.
    #[wasm_bindgen(getter, js_name = settleBlock, unchecked_return_type = "number | undefined")]
    pub fn settle_block(&self) -> Result<JsValue, JsValue> {
        Ok(match self.record()?.state {
            ChannelState::Closing { settle_block } => settle_block.into(),
            ChannelState::Open | ChannelState::Settled => JsValue::UNDEFINED,
        })
    }

    /// A proof that was signed and whose outcome is not known yet.
    #[wasm_bindgen(getter, unchecked_return_type = "Proof | undefined")]
    pub fn pending(&self) -> Result<JsValue, JsValue> {
        Ok(self
            .record()?
            .pending()
            .map_or(JsValue::UNDEFINED, convert::from_proof))
    }

    /// The URL of the receiver's REST interface, where a server named it.
    #[wasm_bindgen(getter, unchecked_return_type = "string | undefined")]
    pub fn gateway(&self) -> Result<Option<String>, JsValue> {
        Ok(self.record()?.gateway)
    }

    /// Reads deposit and state from the chain again.
    #[wasm_bindgen(unchecked_return_type = "Promise<Channel>")]
    pub fn refresh(&self) -> Promise {
        let (client, id) = (Rc::clone(&self.client), self.id);
        future_to_promise(async move {
            let _turn = client.turn(id.receiver).await?;
            let mut record = load(&client, id)?;
            client.look(&mut record, &Watch::default()).await?;
            storage::save(&record)?;
            Ok(Self::new(Rc::clone(&client), id).into())
        })
    }

    /// Adds to the deposit and returns the transaction's hash.
    #[wasm_bindgen(js_name = topUp, unchecked_return_type = "Promise<Hex>")]
    pub fn top_up(
        &self,
        #[wasm_bindgen(unchecked_param_type = "bigint")] amount: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Watch | undefined")] options: JsValue,
    ) -> Promise {
        let (client, id) = (Rc::clone(&self.client), self.id);
        future_to_promise(async move {
            let amount = convert::amount("amount", &amount)?;
            let watch = Watch::read(&Options::read(&options)?)?;
            let _turn = client.turn(id.receiver).await?;
            let mut record = load(&client, id)?;
            let hash = client.top_up(&mut record, amount, &watch).await?;
            Ok(hash.to_string().into())
        })
    }

    /// Signs the balance increased by `amount`. The proof is stored as pending before it is
    /// returned; `confirm` or `rollback` it when its fate is known.
    #[wasm_bindgen(unchecked_return_type = "Promise<Proof>")]
    pub fn sign(
        &self,
        #[wasm_bindgen(unchecked_param_type = "bigint")] amount: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Watch | undefined")] options: JsValue,
    ) -> Promise {
        let (client, id) = (Rc::clone(&self.client), self.id);
        future_to_promise(async move {
            let amount = convert::amount("amount", &amount)?;
            let watch = Watch::read(&Options::read(&options)?)?;
            let _turn = client.turn(id.receiver).await?;
            let mut record = load(&client, id)?;
            let balance = record.next_balance(amount).map_err(Failure::from)?;
            storage::save(&record)?;
            let proof = client
                .account
                .sign_balance(&client.contract, &id, balance, &watch)
                .await?;
            record.begin(proof).map_err(Failure::from)?;
            storage::save(&record)?;
            Ok(convert::from_proof(&proof))
        })
    }

    /// The receiver accepted the pending proof.
    pub fn confirm(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Proof")] proof: &JsValue,
    ) -> Result<(), JsValue> {
        let proof = convert::proof(proof)?;
        self.change(|record| record.confirm(&proof))
    }

    /// The receiver refused the pending proof, or never saw it.
    pub fn rollback(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Proof")] proof: &JsValue,
    ) -> Result<(), JsValue> {
        let proof = convert::proof(proof)?;
        self.change(|record| record.rollback(&proof))
    }

    /// Closes the channel: at once where the receiver signs, else by a request with the true
    /// balance, after which `settle` pays out when the challenge period is over.
    #[wasm_bindgen(unchecked_return_type = "Promise<Closed>")]
    pub fn close(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CloseOptions | undefined")] options: JsValue,
    ) -> Promise {
        let (client, id) = (Rc::clone(&self.client), self.id);
        future_to_promise(async move {
            let options = Options::read(&options)?;
            let watch = Watch::read(&options)?;
            let cooperative = options.flag("cooperative")?.unwrap_or(true);
            let gateway = options.text("gateway")?;
            let _turn = client.turn(id.receiver).await?;
            let mut record = load(&client, id)?;
            record.gateway = gateway.or(record.gateway);
            Ok(client.close(&mut record, cooperative, &watch).await?.into())
        })
    }

    /// Pays out after the challenge period and returns the transaction's hash.
    #[wasm_bindgen(unchecked_return_type = "Promise<Hex>")]
    pub fn settle(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Watch | undefined")] options: JsValue,
    ) -> Promise {
        let (client, id) = (Rc::clone(&self.client), self.id);
        future_to_promise(async move {
            let watch = Watch::read(&Options::read(&options)?)?;
            let _turn = client.turn(id.receiver).await?;
            let mut record = load(&client, id)?;
            Ok(client.settle(&mut record, &watch).await?.to_string().into())
        })
    }

    /// Removes the stored record. Of a channel that is not settled this loses the knowledge of what
    /// was paid, so it fails with `channel-not-settled` unless `force` is set.
    pub fn forget(
        &self,
        #[wasm_bindgen(unchecked_param_type = "{ force?: boolean } | undefined")] options: &JsValue,
    ) -> Result<(), JsValue> {
        let force = Options::read(options)?.flag("force")?.unwrap_or(false);
        let key = key(&self.client, self.id);
        if !force && self.record()?.state != ChannelState::Settled {
            let message = "the channel is not settled: its deposit is still in the contract";
            return Err(Failure::new("channel-not-settled", message).into());
        }
        Ok(storage::remove(&key.name())?)
    }
}
