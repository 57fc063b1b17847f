//! The account's own tokens and ether: asking for them, buying, moving them.

use std::rc::Rc;

use js_sys::{Object, Promise};
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::prelude::*;

use crate::chain::TokenContract;
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, token};
use crate::sender::flow::funds::Transfers;
use crate::sender::store::journal::Action;
use crate::sender::world::Call;

use super::account::Account;
use super::browser::Browser;
use super::call_options::Watch;
use super::client::{Client, MicroRaiden, read_signer};
use super::convert::{self, Options};
use super::error::{Failure, big_int, set};
use super::injected;
use super::promise::promise;
use super::wallet::InjectedWallet;
use super::wallet_state::Frozen;

#[wasm_bindgen]
impl MicroRaiden {
    #[wasm_bindgen(js_name = tokenInfo)]
    pub fn token_info(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let node = client.node(&Watch::default());
            let token = TokenContract(client.contract.token);
            let info = Object::new();
            let balance = token
                .balance(&node, client.address())
                .await
                .map_err(Failure::from)?;
            client.suggest_backup(balance != Uint256::ZERO);
            let decimals = token.decimals(&node).await.map_err(Failure::from)?;
            set(
                &info,
                "name",
                &token.name(&node).await.unwrap_or_default().into(),
            );
            set(
                &info,
                "symbol",
                &token.symbol(&node).await.unwrap_or_default().into(),
            );
            set(&info, "decimals", &decimals.into());
            set(&info, "balance", &big_int(&balance));
            Ok(info.into())
        })
    }

    #[wasm_bindgen(js_name = etherBalance)]
    pub fn ether_balance(&self) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let node = client.node(&Watch::default());
            let balance = node
                .ether_balance(client.address())
                .await
                .map_err(Failure::from)?;
            client.suggest_backup(balance != Uint256::ZERO);
            Ok(big_int(&balance))
        })
    }

    pub fn mint(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let watch = Watch::begin(&Options::watched(&options, &[])?)?;
            let call = Call {
                action: Action::Mint,
                to: client.contract.token,
                value: Uint256::from(token::MINT_PRICE),
                data: token::mint(),
            };
            let hash = Browser::sender(&client, &watch).transact(&call).await?;
            client.suggest_backup(true);
            Ok(convert::from_hash(hash.as_ref()))
        })
    }

    pub fn sweep(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let options = Options::watched(&options, &["to"])?;
            let to = options.required_address("to")?;
            let sender = Browser::sender(&client, &Watch::begin(&options)?);
            if !sender.can_be_paid(to) {
                let expected = "an account, not the zero address, the token or the channel manager";
                return Err(Failure::argument("to", expected).into());
            }
            let moved = sender.sweep(to).await?;
            let done = from_hashes(&moved);
            set(&done, "tokens", &big_int(&moved.tokens.amount));
            set(&done, "ether", &big_int(&moved.ether.amount));
            Ok(done.into())
        })
    }

    pub fn fund(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move { fund(&client, &options).await })
    }
}

/// Sends tokens and ether from an injected wallet to the client's account.
async fn fund(client: &Rc<Client>, options: &JsValue) -> Result<JsValue, JsValue> {
    let options = Options::watched(options, &["from", "tokens", "ether"])?;
    let watch = Watch::begin(&options)?;
    let no_wallet = || Failure::argument("from", "an InjectedWallet");
    let from = options.get("from")?.ok_or_else(no_wallet)?;
    let from = read_signer(&from).and_then(|signer| InjectedWallet::try_from_js_value(signer).ok());
    let amount = |name| {
        options
            .amount(name)
            .map(|amount| amount.map_or(Uint256::ZERO, Uint256::from))
    };
    let (tokens, ether) = (amount("tokens")?, amount("ether")?);
    let payer = payer(client, from.ok_or_else(no_wallet)?, None, &watch).await?;
    let from = payer.address();
    let ready = payer.account.ready(client.contract.chain_id);
    watch.or_abort(ready).await?;
    let sender = Browser::sender(&payer, &watch);
    let moved = sender.fund(client.address(), tokens, ether).await?;
    client.suggest_backup(true);
    let done = from_hashes(&moved);
    set(&done, "from", &from.to_string().into());
    Ok(done.into())
}

/// A wallet's account, as one that pays at the client's contract.
pub(crate) async fn payer(
    client: &Client,
    wallet: InjectedWallet,
    expected: Option<Address>,
    watch: &Watch,
) -> Result<Rc<Client>, Failure> {
    let connecting = injected::connect(wallet, expected, &client.store, watch);
    let account = watch.or_abort(connecting).await?;
    let frozen = Frozen::watching(&account.provider, account.address);
    frozen.belongs_to(client.contract.chain_id);
    Ok(Rc::new(
        client.of_account(Account::Injected(account), frozen),
    ))
}

pub(crate) fn from_hashes(moved: &Transfers) -> Object {
    let object = Object::new();
    for (name, hash) in [
        ("tokensHash", moved.tokens.hash),
        ("etherHash", moved.ether.hash),
    ] {
        if hash.is_some() {
            set(&object, name, &convert::from_hash(hash.as_ref()));
        }
    }
    object
}
