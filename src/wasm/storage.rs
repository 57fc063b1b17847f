//! Channel records in `localStorage`.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Storage;

use crate::protocol::Address;
use crate::sender::{ChannelRecord, RecordKey, StoredError};

use super::error::Failure;

/// `localStorage` of the page. Missing in workers, forbidden in some frames and settings.
pub(crate) fn storage() -> Result<Storage, Failure> {
    let unavailable = || {
        Failure::new(
            "storage-unavailable",
            "this browser does not let the page store anything (localStorage), so a payment could \
             be lost; allow site data for this page",
        )
    };
    Reflect::get(&js_sys::global(), &"localStorage".into())
        .map_err(|error| unavailable().caused_by(error))?
        .dyn_into()
        .map_err(|_| unavailable())
}

pub(crate) fn read(name: &str) -> Result<Option<String>, Failure> {
    storage()?.get_item(name).map_err(|error| {
        Failure::new("storage-unavailable", "localStorage can't be read").caused_by(error)
    })
}

pub(crate) fn write(name: &str, text: &str) -> Result<(), Failure> {
    storage()?.set_item(name, text).map_err(|error: JsValue| {
        Failure::new(
            "storage-full",
            "localStorage is full: nothing was signed or sent",
        )
        .caused_by(error)
    })
}

pub(crate) fn remove(name: &str) -> Result<(), Failure> {
    storage()?.remove_item(name).map_err(|error| {
        Failure::new("storage-unavailable", "localStorage can't be changed").caused_by(error)
    })
}

/// The record of a channel; an unreadable one is an error and stays as it is.
pub(crate) fn load(key: &RecordKey) -> Result<Option<ChannelRecord>, Failure> {
    let name = key.name();
    read(&name)?.map(|text| parse(&name, &text)).transpose()
}

pub(crate) fn save(record: &ChannelRecord) -> Result<(), Failure> {
    write(&record.key().name(), &record.to_json())
}

/// All records of a sender, oldest channel first.
pub(crate) fn list(
    chain_id: u64,
    contract: Address,
    sender: Address,
) -> Result<Vec<ChannelRecord>, Failure> {
    let prefix = RecordKey::prefix(chain_id, contract, sender);
    let storage = storage()?;
    let count = storage.length().unwrap_or(0);
    let names: Vec<String> = (0..count)
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|name| name.starts_with(&prefix))
        .collect();
    let mut records = Vec::with_capacity(names.len());
    for name in names {
        if let Some(text) = read(&name)? {
            records.push(parse(&name, &text)?);
        }
    }
    records.sort_by_key(|record| record.id.open_block);
    Ok(records)
}

fn parse(name: &str, text: &str) -> Result<ChannelRecord, Failure> {
    let record = ChannelRecord::from_json(text).and_then(|record| {
        if record.key().name() == name {
            Ok(record)
        } else {
            Err(StoredError::Misplaced)
        }
    });
    record.map_err(|error| Failure::new("corrupt-record", error).with("key", name))
}
