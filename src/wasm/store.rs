//! Where a client keeps its texts and takes its locks: the site's [storage](super::storage) and
//! [locks](super::lock), or a [store](super::given_store) that its program gave.

use core::future::Future;
use core::pin::Pin;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::JsValue;

use crate::sender::store::keys::LockName;

use super::call_options::Watch;
use super::error::Failure;
use super::given_store::GivenStore;
use super::release::Release;
use super::{lock, storage};

/// What a client holds.
#[derive(Clone)]
pub(crate) struct Store(Kind);

#[derive(Clone)]
enum Kind {
    Site,
    Given(Rc<GivenStore>),
}

/// What a store does. Boxed, so that the code of both kinds is in the download once, and not in each flow.
type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + 'a>>;

/// A held lock. Dropping it releases it.
#[expect(dead_code, reason = "a lock is held to be dropped")]
pub(crate) enum Turn {
    Site(lock::Turn),
    Given(Release),
}

impl Store {
    /// Reads the option `storage` of `connect`; without it the site's own is used.
    pub(crate) fn of(option: Option<JsValue>) -> Result<Self, Failure> {
        let given = option.map(GivenStore::of).transpose()?;
        Ok(Self(given.map_or(Kind::Site, Kind::Given)))
    }

    /// The text of a name, as far as it can be read synchronously.
    pub(crate) fn peek(&self, name: &str) -> Result<Option<String>, Failure> {
        match &self.0 {
            Kind::Site => storage::peek(name),
            Kind::Given(store) => Ok(store.peek(name)),
        }
    }

    /// The names with this prefix, as far as they can be listed synchronously.
    pub(crate) fn peek_names(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        match &self.0 {
            Kind::Site => storage::peek_names(prefix),
            Kind::Given(store) => Ok(store.peek_names(prefix)),
        }
    }

    /// Reads a text on behalf of a call.
    pub(crate) fn read<'a>(&'a self, name: &'a str, watch: &'a Watch) -> Work<'a, Option<String>> {
        match &self.0 {
            Kind::Site => Box::pin(storage::read(name, watch)),
            Kind::Given(store) => Box::pin(watch.unless_given_up(store.read(name))),
        }
    }

    pub(crate) fn write<'a>(&'a self, name: &'a str, text: &'a str) -> Work<'a, ()> {
        match &self.0 {
            Kind::Site => Box::pin(storage::write(name, text)),
            Kind::Given(store) => Box::pin(store.write(name, text)),
        }
    }

    pub(crate) fn remove<'a>(&'a self, name: &'a str) -> Work<'a, ()> {
        match &self.0 {
            Kind::Site => Box::pin(storage::remove(name)),
            Kind::Given(store) => Box::pin(store.remove(name)),
        }
    }

    /// Lists names on behalf of a call.
    pub(crate) fn names<'a>(&'a self, prefix: &'a str, watch: &'a Watch) -> Work<'a, Vec<String>> {
        match &self.0 {
            Kind::Site => Box::pin(storage::names(prefix, watch)),
            Kind::Given(store) => Box::pin(watch.unless_given_up(store.list(prefix))),
        }
    }

    /// Calls a function after every change of this name's text. A name that ends in a colon is a prefix. The
    /// returned function removes the listener.
    pub(crate) fn listen(&self, name: &str, call: Function) -> JsValue {
        match &self.0 {
            Kind::Site => storage::listen(name, call),
            Kind::Given(store) => store.changes.listen(name, call),
        }
    }

    /// Asks for what is stored to be kept; whether it is.
    pub(crate) async fn persist(&self) -> bool {
        if let Kind::Given(store) = &self.0
            && let Some(kept) = store.persist().await
        {
            return kept;
        }
        storage::persist().await
    }

    /// Waits for a lock.
    pub(crate) fn turn<'a>(&'a self, name: &'a LockName, watch: &'a Watch) -> Work<'a, Turn> {
        match &self.0 {
            Kind::Site => Box::pin(async { Ok(Turn::Site(lock::take(name, watch).await?)) }),
            Kind::Given(store) => {
                Box::pin(async { Ok(Turn::Given(store.lock(name, watch).await?)) })
            }
        }
    }

    /// Takes a lock if it is free.
    pub(crate) fn free_turn<'a>(&'a self, name: &'a LockName) -> Work<'a, Option<Turn>> {
        match &self.0 {
            Kind::Site => Box::pin(async { Ok(lock::take_free(name).await?.map(Turn::Site)) }),
            Kind::Given(store) => Box::pin(async {
                let free = store.lock_if_free(name).await?;
                Ok(free.map(Turn::Given))
            }),
        }
    }

    /// Whose turns exclude each other.
    pub(crate) fn turns(&self) -> &'static str {
        match &self.0 {
            Kind::Site if lock::across_tabs() => "all-tabs",
            Kind::Site => "this-page",
            Kind::Given(_) => "storage",
        }
    }
}
