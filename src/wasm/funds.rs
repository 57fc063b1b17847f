//! Moving a person's own tokens and ether between a wallet and a local key.

use std::rc::Rc;

use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::convert::TryFromJsValue;

use crate::chain::fee;
use crate::protocol::amount::Uint256;
use crate::protocol::{Address, token};
use crate::sender::journal::Action;
use crate::sender::world::{Call, World};
use crate::sender::{FlowError, Sender};

use super::account::Account;
use super::browser::Browser;
use super::client::{Client, read_signer};
use super::convert::{self, Options};
use super::error::{Failure, big_int, set};
use super::freeze::Frozen;
use super::wallet::InjectedWallet;
use super::watch::Watch;

/// Gas of a plain transfer of ether.
const TRANSFER_GAS: u64 = 21_000;

/// Sends all tokens, then the ether that is left after its own gas.
pub(crate) async fn sweep(sender: &Sender<Browser>, to: Address) -> Result<JsValue, JsValue> {
    let done = Object::new();
    let tokens = sender.world.tokens().await?;
    if tokens > Uint256::ZERO {
        let call = transfer_tokens(sender.contract.token, to, tokens);
        let hash = sender.transact(&call).await?;
        set(&done, "tokensHash", &convert::from_hash(hash.as_ref()));
    }
    set(&done, "tokens", &big_int(tokens));
    let node = sender.world.node();
    let ether = node
        .ether_balance(sender.account)
        .await
        .map_err(Failure::from)?;
    let fee = fee::suggest(&node).await.map_err(Failure::from)?;
    // A quarter more than the estimate, as every transaction here.
    let cost = fee::worst_cost(&fee, fee::gas_limit(TRANSFER_GAS), Uint256::ZERO);
    let rest = ether.saturating_sub(cost);
    if rest > Uint256::ZERO {
        let hash = sender.transact(&transfer_ether(to, rest)).await?;
        set(&done, "etherHash", &convert::from_hash(hash.as_ref()));
    }
    set(&done, "ether", &big_int(rest));
    Ok(done.into())
}

/// Sends tokens and ether from an injected wallet to the client's account.
pub(crate) async fn fund(client: &Rc<Client>, options: &JsValue) -> Result<JsValue, JsValue> {
    let options = Options::read(options)?;
    let watch = Watch::read(&options)?;
    let no_wallet = || Failure::argument("from", "an InjectedWallet");
    let from = options.get("from")?.ok_or_else(no_wallet)?;
    let from = read_signer(&from).and_then(|signer| InjectedWallet::try_from_js_value(signer).ok());
    let tokens = options.amount("tokens")?.map(Uint256::from);
    let ether = options.amount("ether")?.map(Uint256::from);
    let provider = from.ok_or_else(no_wallet)?.into_provider();
    let account = Account::connect(provider.clone(), &watch).await?;
    account.ready(client.contract.chain_id).await?;
    let frozen = Frozen::watching(&provider, account.address());
    frozen.belongs_to(client.contract.chain_id);
    let payer = Rc::new(client.of_account(account, frozen));
    let sender = Browser::sender(&payer, &watch);
    let done = Object::new();
    if let Some(required) = tokens.filter(|tokens| *tokens > Uint256::ZERO) {
        let balance = sender.world.tokens().await?;
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
