//! The account's own tokens and ether: asking for them, buying, moving them.

use std::rc::Rc;

use js_sys::{Object, Promise};
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::prelude::*;

use crate::chain::{TokenContract, fee, submit};
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, rules, token};
use crate::sender::store::journal::Action;
use crate::sender::world::{Call, Signer, World};
use crate::sender::{FlowError, Sender};

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
            Ok(convert::from_hash(hash.as_ref()))
        })
    }

    pub fn sweep(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move {
            let options = Options::watched(&options, &["to"])?;
            let to = options.required_address("to")?;
            let contract = &client.contract;
            if !rules::can_be_paid(&contract.manager, contract.token, to) {
                let expected = "an account, not the zero address, the token or the channel manager";
                return Err(Failure::argument("to", expected).into());
            }
            let sender = Browser::sender(&client, &Watch::begin(&options)?);
            sweep(&sender, to).await
        })
    }

    pub fn fund(&self, options: JsValue) -> Promise {
        let client = Rc::clone(&self.inner);
        promise(async move { fund(&client, &options).await })
    }
}

/// Sends all tokens, then the ether that is left after its own gas.
async fn sweep(sender: &Sender<Browser>, to: Address) -> Result<JsValue, JsValue> {
    if !sender.world.signs_alone() {
        let message = "only a local key is swept; a wallet moves its money itself";
        return Err(Failure::new("wallet-unsupported", message).into());
    }
    let done = Object::new();
    let tokens = sender.tokens().await?;
    if tokens > Uint256::ZERO {
        let call = transfer_tokens(sender.contract.token, to, tokens);
        let hash = sender.transact(&call).await?;
        set(&done, "tokensHash", &convert::from_hash(hash.as_ref()));
    }
    set(&done, "tokens", &big_int(&tokens));
    let node = sender.world.node();
    let ether = node
        .ether_balance(sender.account)
        .await
        .map_err(Failure::from)?;
    let offer = fee::suggest(&node, &sender.world.client.fees).await;
    let fee = offer.map_err(Failure::from)?.fee;
    let rest = submit::left_after_transfer(ether, &fee);
    if rest > Uint256::ZERO {
        let hash = sender.transact(&transfer_ether(to, rest)).await?;
        set(&done, "etherHash", &convert::from_hash(hash.as_ref()));
    }
    set(&done, "ether", &big_int(&rest));
    Ok(done.into())
}

/// Sends tokens and ether from an injected wallet to the client's account.
async fn fund(client: &Rc<Client>, options: &JsValue) -> Result<JsValue, JsValue> {
    let options = Options::watched(options, &["from", "tokens", "ether"])?;
    let watch = Watch::begin(&options)?;
    let no_wallet = || Failure::argument("from", "an InjectedWallet");
    let from = options.get("from")?.ok_or_else(no_wallet)?;
    let from = read_signer(&from).and_then(|signer| InjectedWallet::try_from_js_value(signer).ok());
    let tokens = options.amount("tokens")?.map(Uint256::from);
    let ether = options.amount("ether")?.map(Uint256::from);
    let provider = from.ok_or_else(no_wallet)?.into_provider();
    let account = injected::connect(provider.clone(), &watch).await?;
    let frozen = Frozen::watching(&provider, account.address);
    let account = Account::Injected(account);
    account.ready(client.contract.chain_id).await?;
    frozen.belongs_to(client.contract.chain_id);
    let payer = Rc::new(client.of_account(account, frozen));
    let sender = Browser::sender(&payer, &watch);
    let done = Object::new();
    if let Some(required) = tokens.filter(|tokens| *tokens > Uint256::ZERO) {
        let balance = sender.tokens().await?;
        if balance < required {
            return Err(Failure::from(FlowError::InsufficientTokens { balance, required }).into());
        }
        let call = transfer_tokens(client.contract.token, client.address(), required);
        let hash = sender.transact(&call).await?;
        set(&done, "tokensHash", &convert::from_hash(hash.as_ref()));
    }
    if let Some(value) = ether.filter(|ether| *ether > Uint256::ZERO) {
        let hash = sender
            .transact(&transfer_ether(client.address(), value))
            .await?;
        set(&done, "etherHash", &convert::from_hash(hash.as_ref()));
    }
    Ok(done.into())
}

fn transfer_tokens(token: Address, to: Address, amount: Uint256) -> Call {
    Call::new(Action::TransferTokens, token, token::transfer(to, amount))
}

fn transfer_ether(to: Address, value: Uint256) -> Call {
    Call {
        value,
        ..Call::new(Action::TransferEther, to, Vec::new())
    }
}
