//! Getting back what an earlier page, another browser or other software knew.

use std::rc::Rc;

use super::parts::{self, Work};
use crate::json::{Value, json};
use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use crate::sender::{ChannelRecord, Sender};

use super::account::Account;
use super::backup;
use super::browser::Browser;
use super::client::{Client, MicroRaiden, from_records};
use super::convert::{self, Options};
use super::error::Failure;
use super::person;
use super::storage;
use super::watch::Watch;

/// The format of what a backup holds beside the key.
const VERSION: u64 = 1;

#[wasm_bindgen]
impl MicroRaiden {
    /// Searches the chain, from the contract's first block or the one given, for this sender's
    /// channels that have no record here, and takes over the records of the original JavaScript
    /// library. Returns what was found. A found channel's balance is told by its receiver when it
    /// is next paid, or asked by `reconcile`.
    #[wasm_bindgen(unchecked_return_type = "Promise<Channel[]>")]
    pub fn recover(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "RecoverOptions")] options: JsValue,
    ) -> Promise {
        let client = Rc::clone(&self.inner);
        parts::managing(move |part| (part.recover)(client, options))
    }

    /// What earlier pages left unfinished: looks once at each, finishes what needs no waiting, and
    /// reports all.
    #[wasm_bindgen(js_name = openEnds, unchecked_return_type = "Promise<OpenEnd[]>")]
    pub fn open_ends(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        parts::managing(move |part| (part.open_ends)(client))
    }

    /// Waits for all transactions that are under way, looks at all channels, and settles what is due
    /// if the key is a local one.
    #[wasm_bindgen(unchecked_return_type = "Promise<OpenEnd[]>")]
    pub fn resume(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "Watch")] options: JsValue,
    ) -> Promise {
        let client = Rc::clone(&self.inner);
        parts::managing(move |part| (part.resume)(client, options))
    }

    /// The names of stored texts that could not be read and were put aside, whole.
    #[wasm_bindgen(js_name = setAside, unchecked_return_type = "Promise<string[]>")]
    pub fn set_aside(&self) -> Promise {
        parts::managing(move |part| (part.set_aside)())
    }

    /// One encrypted file with the local key, if the account is one, and all channels of this sender
    /// at this contract. With a key it is a Web3 Secret Storage file that other wallets open.
    #[wasm_bindgen(js_name = exportBackup, unchecked_return_type = "Promise<string>")]
    pub fn export_backup(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] password: JsValue,
    ) -> Promise {
        let client = Rc::clone(&self.inner);
        parts::managing(move |part| (part.export_backup)(client, password))
    }

    /// Takes over the channels of a backup; no balance gets lower by it. Returns those that were new
    /// or knew more. Channels of other senders and contracts are left out. The key is read by
    /// `LocalKey.fromBackup`.
    #[wasm_bindgen(js_name = importBackup, unchecked_return_type = "Promise<Channel[]>")]
    pub fn import_backup(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] password: JsValue,
        #[wasm_bindgen(unchecked_param_type = "string")] file: JsValue,
    ) -> Promise {
        let client = Rc::clone(&self.inner);
        parts::managing(move |part| (part.import_backup)(client, password, file))
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

pub(crate) fn recover(client: Rc<Client>, options: JsValue) -> Work {
    Box::pin(async move {
        let options = Options::watched(&options, &["fromBlock"])?;
        let sender = Browser::sender(&client, &Watch::begin(&options)?);
        let mut found = sender.import_legacy().await?;
        found.extend(sender.scan(options.whole("fromBlock")?).await?);
        Ok(from_records(&client, found))
    })
}

pub(crate) fn open_ends(client: Rc<Client>) -> Work {
    Box::pin(async move {
        let ends = Browser::sender(&client, &Watch::default())
            .check_ends()
            .await?;
        Ok(person::from_ends(&ends))
    })
}

pub(crate) fn resume(client: Rc<Client>, options: JsValue) -> Work {
    Box::pin(async move {
        let watch = Watch::begin(&Options::watched(&options, &[])?)?;
        let ends = Browser::sender(&client, &watch).resume().await?;
        Ok(person::from_ends(&ends))
    })
}

pub(crate) fn set_aside() -> Work {
    Box::pin(async move {
        let names = storage::names(crate::sender::flow::book::ASIDE).await?;
        Ok(names
            .into_iter()
            .map(JsValue::from)
            .collect::<Array>()
            .into())
    })
}

pub(crate) fn export_backup(client: Rc<Client>, password: JsValue) -> Work {
    Box::pin(async move {
        let password = convert::text("password", &password)?;
        let sender = Browser::sender(&client, &Watch::default());
        let records = sender.records().await?;
        let texts = records.iter().map(|r| Value::from(r.to_json()));
        let payload = json!({ "version": VERSION, "channels": Value::from_iter(texts) });
        let key = match &client.account {
            Account::Local(key) => Some(key),
            Account::Injected(_) => None,
        };
        let file = backup::seal(&password, key, &payload.to_string()).await?;
        Ok(file.into())
    })
}

pub(crate) fn import_backup(client: Rc<Client>, password: JsValue, file: JsValue) -> Work {
    Box::pin(async move {
        let password = convert::text("password", &password)?;
        let file = convert::text("file", &file)?;
        let (_, payload) = backup::open(&password, &file).await?;
        let sender = Browser::sender(&client, &Watch::default());
        let payload = payload.ok_or_else(|| {
            let message = "the file holds a key only, and no channels";
            Failure::new("corrupt-backup", message)
        })?;
        let mut taken = Vec::new();
        for record in read_payload(&payload)? {
            if belongs(&sender, &record) {
                taken.extend(sender.take_over(&record).await?);
            }
        }
        Ok(from_records(&client, taken))
    })
}
