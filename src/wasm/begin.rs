//! All that comes before the first payment, and all that comes after the last, in one call each.

use core::cell::RefCell;
use std::rc::Rc;

use js_sys::{Object, Promise};
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::prelude::*;

use crate::protocol::{Address, PrivateKey};
use crate::sender::flow::begin::Lacks;
use crate::sender::store::keys;
use crate::sender::wallet::derived_key::Scope;

use super::account::Account;
use super::browser::Browser;
use super::call_options::Watch;
use super::channel::read_wish;
use super::client::{CONNECT, Client, MicroRaiden, read_opening, read_signer};
use super::convert::Options;
use super::error::{Failure, big_int, set};
use super::funds::{from_hashes, payer};
use super::injected;
use super::key_store::Slot;
use super::local_key::{LocalKey, is_stored, provider_of, read_scope};
use super::policy_api::from_ends;
use super::promise::promise;
use super::wallet::InjectedWallet;

#[wasm_bindgen]
impl MicroRaiden {
    /// `MicroRaiden.begin`: a static method and one of objects can't have one name here.
    #[doc(hidden)]
    #[wasm_bindgen(js_name = __begin, skip_typescript)]
    pub fn begin_with_key(options: JsValue) -> Promise {
        promise(async move {
            let names = [&CONNECT[..], &["scope", "key", "receiver", "deposit"]].concat();
            let options = Options::watched(&options, &names)?;
            let watch = Watch::begin(&options)?;
            let (client, wallet, account) = connect(&options, &watch).await?;
            let channel = begin(&client, Some((wallet, account)), &options, &watch).await?;
            let begun = Object::new();
            set(&begun, "client", &MicroRaiden { inner: client }.into());
            set(&begun, "channel", &channel);
            Ok(begun.into())
        })
    }

    pub fn begin(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let names = ["wallet", "account", "receiver", "deposit"];
            let options = Options::watched(&options, &names)?;
            let watch = Watch::begin(&options)?;
            let account = options.address("account")?;
            let wallet = match options.get("wallet")? {
                Some(wallet) if !matches!(client.account, Account::Injected(_)) => {
                    Some((provider_of(&wallet)?, account))
                }
                _ => None,
            };
            Ok(begin(&client, wallet, &options, &watch).await?)
        })
    }

    pub fn lacks(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let options = Options::watched(&options, &["receiver", "deposit"])?;
            let (receiver, deposit) = read_opening(&options)?;
            let sender = Browser::sender(&client, &Watch::begin(&options)?);
            let Lacks { tokens, ether } = sender.lacks(receiver, deposit).await?;
            let lacks = Object::new();
            set(&lacks, "tokens", &big_int(&tokens));
            set(&lacks, "ether", &big_int(&ether));
            Ok(lacks.into())
        })
    }

    pub fn end(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let names = ["to", "cooperative", "force", "gateway"];
            let options = Options::watched(&options, &names)?;
            let sender = Browser::sender(&client, &Watch::begin(&options)?);
            let to = match options.address("to")? {
                None if !matches!(client.account, Account::Injected(_)) => {
                    let known = sender.payer().await?;
                    let expected =
                        "the account that gets what is left; `begin` was not told a wallet here";
                    Some(known.ok_or_else(|| Failure::argument("to", expected))?)
                }
                to => to,
            };
            if to.is_some_and(|to| !sender.can_be_paid(to)) {
                let expected = "an account, not the zero address, the token or the channel manager";
                return Err(Failure::argument("to", expected).into());
            }
            let left = sender.end(to, read_wish(&options)?).await?;
            let done = from_hashes(&left.moved);
            set(&done, "left", &from_ends(&left.rest));
            set(&done, "tokens", &big_int(&left.moved.tokens.amount));
            set(&done, "ether", &big_int(&left.moved.ether.amount));
            Ok(done.into())
        })
    }
}

async fn begin(
    client: &Rc<Client>,
    wallet: Option<(InjectedWallet, Option<Address>)>,
    options: &Options<'_>,
    watch: &Watch,
) -> Result<JsValue, Failure> {
    let (receiver, deposit) = read_opening(options)?;
    let payer = match wallet {
        Some((wallet, account)) => Some(payer(client, wallet, account, watch).await?),
        None => None,
    };
    let payer = payer.map(|payer| Browser::sender(&payer, watch));
    let sender = Browser::sender(client, watch);
    let record = sender.begin(payer.as_ref(), receiver, deposit).await?;
    client.suggest_backup(false);
    Ok(client.channel(record.id))
}

/// Connects with the key that was given, or with the one that this account of the wallet makes.
async fn connect(
    options: &Options<'_>,
    watch: &Watch,
) -> Result<(Rc<Client>, InjectedWallet, Option<Address>), Failure> {
    let expected = "an InjectedWallet or an EIP-1193 provider";
    let wallet = options.get("wallet")?;
    let wallet = provider_of(&wallet.ok_or_else(|| Failure::argument("wallet", expected))?)?;
    let provider = wallet.clone().into_provider();
    let scope = read_scope(options)?;
    let account = options.address("account")?;
    // Before anybody is asked for anything.
    read_opening(options)?;
    let (client, account) = match options.get("key")? {
        Some(key) => {
            let key = read_signer(&key).and_then(|signer| LocalKey::try_from_js_value(signer).ok());
            let key = key.ok_or_else(|| Failure::argument("key", "a LocalKey"))?;
            let connecting = Client::connect_key(key, &provider, options, watch);
            (watch.or_abort(connecting).await?, account)
        }
        None => {
            let asking = injected::account_of(&provider, account, watch);
            let account = watch.or_abort(asking).await?;
            let deriving = key_of(&provider, account, scope, options, watch);
            (watch.or_abort(deriving).await?, Some(account))
        }
    };
    // As `connect` does.
    let _ = Browser::sender(&client, watch).look_after().await;
    watch.check()?;
    Ok((client, wallet, account))
}

/// The client of the key that an account of a wallet makes: as it is stored here, or derived and stored.
async fn key_of(
    provider: &JsValue,
    account: Address,
    scope: Scope,
    options: &Options<'_>,
    watch: &Watch,
) -> Result<Rc<Client>, Failure> {
    // Other tabs wait, and are not asked for a signature then.
    let slot = Slot::take(Some(&keys::derived_key(account, scope.as_str()))).await?;
    // What can't be read any more is brought back.
    if let Ok(Some(key)) = slot.load().await {
        return Client::connect_key(key.into(), provider, options, watch).await;
    }
    let connected = RefCell::new(None);
    let is_known = async |key: &PrivateKey| {
        if is_stored(key.address()).await {
            return true;
        }
        let connecting = Client::connect_key(key.clone().into(), provider, options, watch);
        let Ok(client) = connecting.await else {
            return false;
        };
        let used = Browser::sender(&client, watch).was_used().await;
        connected.replace(Some(client));
        used.unwrap_or(false)
    };
    let key = injected::derive_key(provider, account, scope, is_known, watch).await?;
    // Where it can't be stored, the next page asks for the signature again.
    let _ = slot.replace(&key).await;
    match connected.into_inner() {
        Some(client) => Ok(client),
        None => Client::connect_key(key.into(), provider, options, watch).await,
    }
}
