//! The JavaScript class of one channel.

use std::rc::Rc;

use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;

use crate::protocol::ChannelId;
use crate::sender::flow::close::{CloseWish, Closed, Consent};

use super::browser::Browser;
use super::call_options::Watch;
use super::client::Client;
use super::convert::{self, Options};
use super::error::{Failure, big_int, set};
use super::fetch::Template;
use super::promise::promise;
use super::shown::telling;

/// A channel. What it shows is read from the stored record each time, so it includes changes made by other
/// tabs.
#[wasm_bindgen]
pub struct Channel {
    client: Rc<Client>,
    id: ChannelId,
}

impl Channel {
    pub(crate) fn new(client: Rc<Client>, id: ChannelId) -> Self {
        Self { client, id }
    }

    fn shared(&self) -> (Rc<Client>, ChannelId) {
        (Rc::clone(&self.client), self.id)
    }
}

#[wasm_bindgen]
impl Channel {
    #[wasm_bindgen(getter)]
    pub fn sender(&self) -> String {
        self.id.sender.to_string()
    }

    #[wasm_bindgen(getter)]
    pub fn receiver(&self) -> String {
        self.id.receiver.to_string()
    }

    #[wasm_bindgen(getter)]
    pub fn contract(&self) -> String {
        self.client.contract.manager.address.to_string()
    }

    #[wasm_bindgen(getter, js_name = openBlock)]
    pub fn open_block(&self) -> u32 {
        self.id.open_block
    }

    pub fn snapshot(&self) -> Result<JsValue, JsValue> {
        Ok(self.client.channel_snapshot(self.id)?)
    }

    pub fn on(&self, event: &JsValue, listener: &JsValue) -> Result<JsValue, JsValue> {
        let listener = convert::listener(listener)?;
        let (client, id) = self.shared();
        let listener = match event.as_string().as_deref() {
            Some("change") => telling(listener, move || client.channel_snapshot(id).ok()),
            Some("forgotten") => {
                let name = client.record_key(id).name();
                let gone = move || matches!(client.store.peek(&name), Ok(None));
                telling(listener, move || gone().then_some(JsValue::UNDEFINED))
            }
            _ => return Err(Failure::argument("event", "\"change\" or \"forgotten\"").into()),
        };
        let name = self.client.record_key(self.id).name();
        Ok(self.client.store.listen(&name, listener))
    }

    pub fn refresh(&self) -> Promise {
        let (client, id) = self.shared();
        promise(async move {
            Browser::sender(&client, &Watch::default())
                .refresh(id)
                .await?;
            Ok(client.channel(id))
        })
    }

    #[wasm_bindgen(js_name = topUp)]
    pub fn top_up(&self, amount: JsValue, options: JsValue) -> Promise {
        let (client, id) = self.shared();
        promise(async move {
            let amount = convert::amount("amount", &amount)?;
            let watch = Watch::begin(&Options::watched(&options, &[])?)?;
            let hash = Browser::sender(&client, &watch).top_up(id, amount).await?;
            Ok(convert::from_hash(hash.as_ref()))
        })
    }

    pub fn sign(&self, amount: JsValue, options: JsValue) -> Promise {
        let (client, id) = self.shared();
        promise(async move {
            let amount = convert::amount("amount", &amount)?;
            let watch = Watch::begin(&Options::watched(&options, &[])?)?;
            let proof = Browser::sender(&client, &watch).sign(id, amount).await?;
            Ok(convert::from_proof(&proof))
        })
    }

    pub fn confirm(&self, proof: JsValue) -> Promise {
        self.decide(proof, true)
    }

    pub fn rollback(&self, proof: JsValue) -> Promise {
        self.decide(proof, false)
    }

    pub fn reconcile(&self, input: JsValue, init: JsValue) -> Promise {
        let (client, id) = self.shared();
        promise(async move {
            let template = Template::new(&input, &init, &Watch::default()).await?;
            let sender = Browser::sender(&client, template.watch());
            sender.reconcile(id, &template).await?;
            Ok(client.channel(id))
        })
    }

    pub fn close(&self, options: JsValue) -> Promise {
        let (client, id) = self.shared();
        promise(async move {
            let options = Options::watched(&options, &["cooperative", "force", "gateway"])?;
            let sender = Browser::sender(&client, &Watch::begin(&options)?);
            let wish = read_wish(&options)?;
            Ok(from_closed(&sender.close(id, wish).await?))
        })
    }

    pub fn settle(&self, options: JsValue) -> Promise {
        let (client, id) = self.shared();
        promise(async move {
            let watch = Watch::begin(&Options::watched(&options, &[])?)?;
            let hash = Browser::sender(&client, &watch).settle(id).await?;
            Ok(convert::from_hash(hash.as_ref()))
        })
    }

    pub fn forget(&self, options: JsValue) -> Promise {
        let (client, id) = self.shared();
        promise(async move {
            let force = Options::read(&options, &["force"])?.flag("force")?;
            Browser::sender(&client, &Watch::default())
                .forget(id, force.unwrap_or(false))
                .await?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Channel {
    fn decide(&self, proof: JsValue, accepted: bool) -> Promise {
        let (client, id) = self.shared();
        promise(async move {
            let proof = convert::proof(&proof)?;
            let sender = Browser::sender(&client, &Watch::default());
            sender.decide(id, &proof, accepted).await?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

/// How channels are to be closed.
pub(crate) fn read_wish(options: &Options<'_>) -> Result<CloseWish, Failure> {
    Ok(CloseWish {
        consent: match options.flag("cooperative")? {
            None => Consent::Wanted,
            Some(true) => Consent::Required,
            Some(false) => Consent::Waived,
        },
        force: options.flag("force")?.unwrap_or(false),
        gateway: options.text("gateway")?,
    })
}

fn from_closed(closed: &Closed) -> JsValue {
    let object = Object::new();
    set(&object, "cooperative", &closed.cooperative.into());
    set(&object, "hash", &convert::from_hash(closed.hash.as_ref()));
    set(&object, "balance", &big_int(&closed.balance));
    if let Some(block) = closed.settle_block {
        set(&object, "settleBlock", &block.into());
    }
    object.into()
}
