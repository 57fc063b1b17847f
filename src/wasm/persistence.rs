//! Whether what is stored lasts: the browser, or the store that was given, is asked to keep it, and a backup is
//! suggested.
//!
//! Safari deletes what a site's scripts have stored after seven days without a visit, other browsers when the disk
//! is full, unless the site may persist.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Object;

use super::account::Account;
use super::browser::Browser;
use super::call_options::Watch;
use super::client::Client;
use super::error::set;
use super::listeners::Listeners;
use super::promise::soon;

/// What a client has asked and suggested.
#[derive(Default)]
pub(crate) struct Persistence {
    asked: Cell<bool>,
    suggested: Cell<bool>,
    pub(crate) persisted: Listeners,
    pub(crate) backup: Listeners,
}

impl Client {
    /// Asks the browser, once, to keep what is stored, and tells its answer. Nothing waits for that: some
    /// browsers ask the user, who may never answer.
    pub(crate) fn ask_to_persist(&self) {
        if self.persistence.asked.replace(true) {
            return;
        }
        let listeners = self.persistence.persisted.clone();
        let store = self.store.clone();
        soon(async move {
            let event = Object::new();
            set(&event, "persisted", &store.persist().await.into());
            listeners.tell(&event);
        });
    }

    /// Suggests a backup, once, if there is money that none holds. `funded`: the account itself has some.
    pub(crate) fn suggest_backup(self: &Rc<Self>, funded: bool) {
        let persistence = &self.persistence;
        if persistence.suggested.get() || persistence.backup.is_empty() {
            return;
        }
        let client = Rc::clone(self);
        soon(async move {
            let key = matches!(client.account, Account::Local(_));
            let sender = Browser::sender(&client, &Watch::default());
            let lacks = sender.lacks_backup(funded && key).await;
            if lacks.unwrap_or(false) && !client.persistence.suggested.replace(true) {
                let event = Object::new();
                set(&event, "key", &key.into());
                client.persistence.backup.tell(&event);
            }
        });
    }
}
