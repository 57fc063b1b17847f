//! What scripts see of a client's channels: one object for each, and frozen values that stay the same objects until
//! something changes.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Reflect, WeakRef};
use wasm_bindgen::prelude::*;

use crate::protocol::ChannelId;
use crate::sender::flow::records::read_record;
use crate::sender::store::keys::SenderKey;
use crate::sender::{ChannelRecord, ChannelState, Forgotten, RecordKey};

use super::channel::Channel;
use super::client::Client;
use super::convert;
use super::error::{Failure, big_int, set};

/// What a client has shown.
#[derive(Default)]
pub(crate) struct Shown {
    /// The objects of its channels; weak, because each of them holds the client.
    objects: RefCell<Vec<(ChannelId, WeakRef)>>,
    channels: RefCell<Vec<OfChannel>>,
    whole: RefCell<Option<Whole>>,
}

struct OfChannel {
    id: ChannelId,
    /// The stored text that the value is of.
    text: String,
    value: JsValue,
}

struct Whole {
    frozen: Option<&'static str>,
    channels: Vec<JsValue>,
    value: JsValue,
}

impl Client {
    pub(crate) fn record_key(&self, id: ChannelId) -> RecordKey {
        RecordKey {
            chain_id: self.contract.chain_id,
            contract: self.contract.manager.address,
            id,
        }
    }

    /// The object of a channel: the same each time, unless it was freed.
    pub(crate) fn channel(self: &Rc<Self>, id: ChannelId) -> JsValue {
        let mut objects = self.shown.objects.borrow_mut();
        objects.retain(|(_, object)| alive(object).is_some());
        let known = objects.iter().find(|(known, _)| *known == id);
        if let Some(object) = known.and_then(|(_, object)| alive(object)) {
            return object;
        }
        let object = JsValue::from(Channel::new(Rc::clone(self), id));
        objects.push((id, WeakRef::new(object.unchecked_ref())));
        object
    }

    /// A channel as it is stored, as far as that can be read synchronously.
    pub(crate) fn channel_snapshot(&self, id: ChannelId) -> Result<JsValue, Failure> {
        let name = self.record_key(id).name();
        let open_block = id.open_block;
        let text = self.store.peek(&name)?.ok_or(Forgotten { open_block })?;
        let mut channels = self.shown.channels.borrow_mut();
        let place = channels.iter().position(|known| known.id == id);
        if let Some(known) = place.and_then(|place| channels.get(place))
            && known.text == text
        {
            return Ok(known.value.clone());
        }
        let record = read_record(&text);
        let record = record.map_err(|e| Failure::new("corrupt-record", e).with("key", name))?;
        let value = self.shown_record(&record);
        let shown = OfChannel {
            id,
            text,
            value: value.clone(),
        };
        if let Some(place) = place {
            channels.swap_remove(place);
        }
        channels.push(shown);
        Ok(value)
    }

    fn shown_record(&self, record: &ChannelRecord) -> JsValue {
        let object = Object::new();
        self.set_places(&object);
        set(&object, "receiver", &record.id.receiver.to_string().into());
        set(&object, "openBlock", &record.id.open_block.into());
        set(&object, "state", &record.state.name().into());
        set(&object, "deposit", &big_int(&record.deposit));
        set(&object, "balance", &big_int(&record.charged()));
        set(&object, "exposure", &big_int(&record.exposure()));
        set(&object, "remaining", &big_int(&record.remaining()));
        let known = record.is_balance_known();
        set(&object, "balanceKnown", &known.into());
        if let Some(pending) = record.pending() {
            let pending = convert::from_proof(pending);
            Object::freeze(pending.unchecked_ref::<Object>());
            set(&object, "pending", &pending);
        }
        let in_flight = u32::try_from(record.in_flight().len()).unwrap_or(u32::MAX);
        set(&object, "inFlight", &in_flight.into());
        if let ChannelState::Closing { settle_block } = record.state {
            set(&object, "settleBlock", &settle_block.into());
        }
        if let Some(gateway) = &record.gateway {
            set(&object, "gateway", &gateway.into());
        }
        Object::freeze(&object).into()
    }

    /// What all of its channels have in common.
    fn set_places(&self, object: &Object) {
        let contract = &self.contract;
        set(object, "sender", &self.address().to_string().into());
        let manager = contract.manager.address.to_string();
        set(object, "contract", &manager.into());
        set(object, "chainId", &(contract.chain_id as f64).into());
    }

    /// The client and all its channels that can be read, the oldest first.
    pub(crate) fn snapshot(&self) -> Result<JsValue, Failure> {
        let records = SenderKey::new(&self.contract, self.address()).records();
        let names = self.store.peek_names(&records)?;
        let mut ids: Vec<ChannelId> = Vec::new();
        for RecordKey { id, .. } in names.iter().filter_map(|n| RecordKey::from_name(n)) {
            let before = |known: &ChannelId| known.open_block <= id.open_block;
            ids.insert(ids.partition_point(before), id);
        }
        let channels = ids.into_iter();
        let channels = channels.filter_map(|id| self.channel_snapshot(id).ok());
        let channels: Vec<JsValue> = channels.collect();
        let frozen = self.frozen.check().err().map(|failure| failure.code());
        let mut whole = self.shown.whole.borrow_mut();
        if let Some(known) = &*whole
            && known.frozen == frozen
            && known.channels == channels
        {
            return Ok(known.value.clone());
        }
        let object = Object::new();
        self.set_places(&object);
        let (token, list) = (self.contract.token, channels.iter().collect::<Array>());
        set(&object, "token", &token.to_string().into());
        if let Some(code) = frozen {
            set(&object, "frozen", &code.into());
        }
        set(&object, "channels", &Object::freeze(&list));
        let value: JsValue = Object::freeze(&object).into();
        *whole = Some(Whole {
            frozen,
            channels,
            value: value.clone(),
        });
        Ok(value)
    }
}

/// The object, unless it was collected or freed.
fn alive(object: &WeakRef) -> Option<JsValue> {
    let object: Object = object.deref()?;
    let pointer = Reflect::get(&object, &"__wbg_ptr".into()).ok()?;
    pointer.is_truthy().then(|| object.into())
}

/// A listener of changes that tells another one a value, where there is one.
pub(crate) fn telling(
    listener: Function,
    value: impl Fn() -> Option<JsValue> + 'static,
) -> Function {
    let tell = Closure::<dyn Fn()>::new(move || {
        if let Some(value) = value() {
            // Ignore what a listener throws.
            let _ = listener.call1(&JsValue::UNDEFINED, &value);
        }
    });
    tell.into_js_value().unchecked_into()
}
