//! Recovers the records of an earlier page, another browser or other software: by scanning the chain, from
//! a backup, or from the original library's records.

use std::rc::Rc;

use crate::json::{Value, json};
use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use crate::sender::store::keys;
use crate::sender::{ChannelRecord, Sender};

use super::account::Account;
use super::backup;
use super::browser::Browser;
use super::call_options::Watch;
use super::client::{MicroRaiden, from_records};
use super::convert::{self, Options};
use super::error::Failure;
use super::policy_api;
use super::promise::promise;

/// The format version of a backup's payload.
const VERSION: u64 = 1;

#[wasm_bindgen]
impl MicroRaiden {
    pub fn recover(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let options = Options::watched(&options, &["fromBlock"])?;
            let sender = Browser::sender(&client, &Watch::begin(&options)?);
            let mut found = sender.import_legacy().await?;
            found.extend(sender.scan(options.whole("fromBlock")?).await?);
            Ok(from_records(&client, found))
        })
    }

    #[wasm_bindgen(js_name = openEnds)]
    pub fn open_ends(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let ends = Browser::sender(&client, &Watch::default())
                .check_ends()
                .await?;
            Ok(policy_api::from_ends(&ends))
        })
    }

    pub fn resume(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let watch = Watch::begin(&Options::watched(&options, &[])?)?;
            let ends = Browser::sender(&client, &watch).resume().await?;
            Ok(policy_api::from_ends(&ends))
        })
    }

    #[wasm_bindgen(js_name = setAside)]
    pub fn set_aside(&self) -> Promise {
        let store = self.inner.store.clone();
        promise(async move {
            let names = store.names(keys::ASIDE, &Watch::default()).await?;
            Ok(names
                .into_iter()
                .map(JsValue::from)
                .collect::<Array>()
                .into())
        })
    }

    #[wasm_bindgen(js_name = exportBackup)]
    pub fn export_backup(&self, password: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let password = convert::text("password", &password)?;
            let sender = Browser::sender(&client, &Watch::default());
            let records = sender.records().await?;
            let texts = records.iter().map(|r| Value::from(r.to_json()));
            let payload = json!({ "version": VERSION, "channels": Value::from_iter(texts) });
            let key = match &client.account {
                Account::Local(key) => Some(key),
                Account::Signer(_) | Account::Injected(_) => None,
            };
            let file = backup::seal(&password, key, &payload.to_string()).await?;
            // If it can't be noted, it is suggested again.
            let _ = sender.note_backup(&records).await;
            Ok(file.into())
        })
    }

    #[wasm_bindgen(js_name = importBackup)]
    pub fn import_backup(&self, password: JsValue, file: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let password = convert::text("password", &password)?;
            let file = convert::text("file", &file)?;
            let (key, payload) = backup::open(&password, &file).await?;
            let sender = Browser::sender(&client, &Watch::default());
            let payload = payload.ok_or_else(|| {
                let message = "the file holds a key only, and no channels";
                Failure::new("corrupt-backup", message)
            })?;
            let mut held = read_payload(&payload)?;
            held.retain(|record| belongs(&sender, record));
            let mut taken = Vec::new();
            for record in &held {
                taken.extend(sender.take_over(record).await?);
            }
            if key.is_some_and(|key| key.address() == sender.account) || !held.is_empty() {
                let _ = sender.note_backup(&held).await;
            }
            Ok(from_records(&client, taken))
        })
    }
}

fn belongs(sender: &Sender<Browser>, record: &ChannelRecord) -> bool {
    record.id.sender == sender.account
        && record.manager == sender.contract.manager
        && record.chain_id == sender.contract.chain_id
}

fn read_payload(payload: &str) -> Result<Vec<ChannelRecord>, Failure> {
    let corrupt = || Failure::new("corrupt-backup", "the backup's list of channels is damaged");
    let value = Value::parse(payload).map_err(|_| corrupt())?;
    match value["version"].as_u64() {
        Some(VERSION) => {}
        Some(_) => {
            let message = "the backup was made by a later version of this library";
            return Err(Failure::new("backup-unsupported", message));
        }
        None => return Err(corrupt()),
    }
    let list = value["channels"].as_array().ok_or_else(corrupt)?;
    let read = list.iter().map(|text| {
        let text = text.as_str().ok_or_else(corrupt)?;
        ChannelRecord::from_backup(text)
            .map_err(|error| corrupt().with("reason", error.to_string()))
    });
    read.collect()
}
