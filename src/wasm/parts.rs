//! The parts of the package, of which all but the first are loaded when they are first needed.
//!
//! | part | loaded by | what lies in it |
//! |---|---|---|
//! | start | `init` | keys, signing and recovering balance proofs, the outlines of the classes |
//! | paying | `connect`, and with all others | connecting to a contract met before, the paying `fetch`, what others share |
//! | hand | `sign`, `confirm`, `rollback` of a channel | paying by hand |
//! | keys | a stored key | storing keys |
//! | wallet | `discover`, `connect` with a wallet | what wallets are asked |
//! | policy | the first payment under a policy | the person's rules |
//! | port | `shareStorage`, `useStorage` | workers' storage |
//! | managing | whatever else is called first | contracts not met before, opening, top up, closing, recovery, backups, funds |
//!
//! The library is compiled as one and taken apart afterwards: what only a part's table leads to goes
//! into its file. Everything else that names a function of a part draws it into the start, so the
//! classes reach them through the tables alone. All parts share one memory.

mod loader;
mod tables;

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::JsValue;

use crate::sender::flow::rules::Rules;
use crate::sender::flow::seldom::Seldom;

use super::browser::Browser;
use super::error::Failure;
use super::promise::promise;
use tables::{Hand, Keys, Managing, Paying, Port, Wallet};

/// What a call does once it is started.
pub(crate) type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// What is loaded later.
#[derive(Clone, Copy)]
enum Part {
    Paying,
    Hand,
    Keys,
    Wallet,
    Policy,
    Port,
    Managing,
}

impl Part {
    #[cfg(feature = "parts")]
    const fn name(self) -> &'static str {
        match self {
            Self::Paying => "paying",
            Self::Hand => "hand",
            Self::Keys => "keys",
            Self::Wallet => "wallet",
            Self::Policy => "policy",
            Self::Port => "port",
            Self::Managing => "managing",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    fn is_here(self) -> bool {
        HERE.get() & self.bit() != 0
    }

    async fn load(self) -> Result<(), Failure> {
        if !self.is_here() {
            loader::load(self).await?;
            HERE.set(HERE.get() | self.bit());
        }
        Ok(())
    }

    /// Starts what needs the part, once it is there. Not generic, so that it is in the download once.
    fn then(self, start: Box<dyn FnOnce() -> Work>) -> Promise {
        if self.is_here() {
            return promise(start());
        }
        promise(async move {
            self.load().await?;
            start().await
        })
    }
}

thread_local! {
    /// A bit for each part that is loaded.
    static HERE: Cell<u8> = const { Cell::new(0) };
}

/// Does what needs the paying part, once it is there.
pub(crate) fn paying(start: impl FnOnce(&'static Paying) -> Work + 'static) -> Promise {
    Part::Paying.then(Box::new(|| start(loader::paying())))
}

/// Does what needs the part that pays by hand, once it is there.
pub(crate) fn hand(start: impl FnOnce(&'static Hand) -> Work + 'static) -> Promise {
    Part::Hand.then(Box::new(|| start(loader::hand())))
}

/// Does what needs the part that keeps keys, once it is there.
pub(crate) fn keys(start: impl FnOnce(&'static Keys) -> Work + 'static) -> Promise {
    Part::Keys.then(Box::new(|| start(loader::keys())))
}

/// Does what needs the part that asks wallets, once it is there.
pub(crate) fn wallet(start: impl FnOnce(&'static Wallet) -> Work + 'static) -> Promise {
    Part::Wallet.then(Box::new(|| start(loader::wallet())))
}

/// Does what needs the part that workers share storage by, once it is there.
pub(crate) fn port(start: impl FnOnce(&'static Port) -> Work + 'static) -> Promise {
    Part::Port.then(Box::new(|| start(loader::port())))
}

/// Does what needs the managing part, once it is there.
pub(crate) fn managing(start: impl FnOnce(&'static Managing) -> Work + 'static) -> Promise {
    Part::Managing.then(Box::new(|| start(loader::managing())))
}

/// The part that asks wallets.
pub(crate) async fn wallet_part() -> Result<&'static Wallet, Failure> {
    Part::Wallet.load().await?;
    Ok(loader::wallet())
}

/// The checks of payments against the person's rules.
pub(crate) async fn rules() -> Result<&'static Rules<Browser>, Failure> {
    Part::Policy.load().await?;
    Ok(&loader::policy().rules)
}

/// The managing part.
pub(crate) async fn managing_part() -> Result<&'static Managing, Failure> {
    Part::Managing.load().await?;
    Ok(loader::managing())
}

/// The flows that a payment seldom needs.
pub(crate) async fn seldom() -> Result<&'static Seldom<Browser>, Failure> {
    Ok(&managing_part().await?.seldom)
}

/// The paying part, for what can't wait: clients and channels exist only once it is there.
pub(crate) fn here() -> Result<&'static Paying, Failure> {
    if Part::Paying.is_here() {
        Ok(loader::paying())
    } else {
        Err(Failure::new("not-loaded", "connect first"))
    }
}
