//! Who signs: a local key or an injected wallet.

use crate::json::{Value, json};
use wasm_bindgen::JsValue;

use crate::chain::{ManagerContract, TransportError};
use crate::protocol::{
    Address, Amount, BalanceProof, ChannelId, Hash, PrivateKey, Signature, TypedData, hex_text,
};
use crate::sender::journal::Action;

use super::error::Failure;
use super::transport::ask_provider;
use super::watch::Watch;

/// An account that can sign.
pub(crate) enum Account {
    Local(PrivateKey),
    Injected { provider: JsValue, address: Address },
}

/// JSON-RPC: the method is not known.
const METHOD_NOT_FOUND: i64 = -32601;
/// EIP-1193: the method is not supported.
const UNSUPPORTED_METHOD: i64 = 4200;

impl Account {
    /// Asks a wallet for its accounts and takes the first.
    pub(crate) async fn connect(provider: JsValue, watch: &Watch) -> Result<Self, Failure> {
        watch.waiting_for_wallet("accounts", None);
        let accounts = ask_provider(&provider, "eth_requestAccounts", &json!([])).await;
        let accounts = accounts.map_err(wallet_failure)?;
        let address = first_account(&accounts).ok_or_else(no_account)?;
        Ok(Self::Injected { provider, address })
    }

    pub(crate) fn address(&self) -> Address {
        match self {
            Self::Local(key) => key.address(),
            Self::Injected { address, .. } => *address,
        }
    }

    pub(crate) fn is_local(&self) -> bool {
        matches!(self, Self::Local(_))
    }

    /// Makes sure that a wallet still stands where it stood when the client was connected.
    pub(crate) async fn ready(&self, chain_id: u64) -> Result<(), Failure> {
        match self.chain().await? {
            Some(actual) if actual != chain_id => Err(wrong_network(chain_id, actual)),
            _ => Ok(()),
        }
    }

    /// The chain that a wallet is on, once it still shows the account. A local key is on all.
    pub(crate) async fn chain(&self) -> Result<Option<u64>, Failure> {
        let Self::Injected { provider, address } = self else {
            return Ok(None);
        };
        let accounts = ask_provider(provider, "eth_accounts", &json!([])).await;
        let accounts = accounts.map_err(wallet_failure)?;
        if !list_accounts(&accounts).any(|account| account == *address) {
            return Err(no_account().with("expected", address.to_string()));
        }
        let answer = ask_provider(provider, "eth_chainId", &json!([])).await;
        let answer = answer.map_err(wallet_failure)?;
        let chain_id = answer
            .as_str()
            .and_then(|text| hex_text::decode_u64(text).ok());
        let malformed = || Failure::new("wallet-error", "the wallet's eth_chainId is malformed");
        chain_id.ok_or_else(malformed).map(Some)
    }

    /// Signs a balance, and makes sure that a wallet's signature is this account's.
    pub(crate) async fn sign_balance(
        &self,
        contract: &ManagerContract,
        channel: &ChannelId,
        balance: Amount,
        watch: &Watch,
    ) -> Result<BalanceProof, Failure> {
        let manager = &contract.manager;
        if let Self::Local(key) = self {
            return Ok(manager.sign_balance(key, channel, balance));
        }
        let message = manager.balance_message(channel, balance);
        let signature = self
            .sign_message(contract.chain_id, &message, None, watch)
            .await?;
        Ok(BalanceProof { balance, signature })
    }

    /// Signs typed data of version 1, and makes sure that a wallet's signature is this account's.
    pub(crate) async fn sign_message(
        &self,
        chain_id: u64,
        message: &TypedData,
        action: Option<Action>,
        watch: &Watch,
    ) -> Result<Signature, Failure> {
        let hash = message.hash();
        let (provider, address) = match self {
            Self::Local(key) => return Ok(key.sign_hash(&hash)),
            Self::Injected { provider, address } => (provider, address),
        };
        self.ready(chain_id).await?;
        watch.waiting_for_wallet("signature", action);
        let answer = sign_typed(provider, &message.wallet_parameters(*address)).await?;
        let signature: Option<Signature> = answer.as_str().and_then(|text| text.parse().ok());
        let signature = signature.ok_or_else(|| {
            Failure::new(
                "wallet-error",
                "the wallet answered something else than a signature",
            )
        })?;
        if signature.recover(&hash) == Ok(*address) {
            return Ok(signature);
        }
        let message = "the wallet's signature is not this account's signature of the message; a \
                       wallet that signs typed data version 1 is needed";
        Err(Failure::new("wrong-signer", message).with("expected", address.to_string()))
    }
}

/// `eth_signTypedData` in its first form; some wallets know it by its longer name only.
async fn sign_typed(provider: &JsValue, params: &Value) -> Result<Value, Failure> {
    match ask_provider(provider, "eth_signTypedData", params).await {
        Err(TransportError::Answer {
            code: METHOD_NOT_FOUND | UNSUPPORTED_METHOD,
            ..
        }) => ask_provider(provider, "eth_signTypedData_v1", params)
            .await
            .map_err(wallet_failure),
        answer => answer.map_err(wallet_failure),
    }
}

/// `eth_sendTransaction`: the wallet fills in nonce and fees, signs and sends.
pub(crate) async fn send_by_wallet(
    provider: &JsValue,
    call: Value,
    action: Action,
    watch: &Watch,
) -> Result<Hash, Failure> {
    watch.waiting_for_wallet("transaction", Some(action));
    let answer = ask_provider(provider, "eth_sendTransaction", &json!([call])).await;
    let answer = answer.map_err(wallet_failure)?;
    answer
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            Failure::new(
                "wallet-error",
                "the wallet answered something else than a transaction hash",
            )
        })
}

pub(crate) fn list_accounts(accounts: &Value) -> impl Iterator<Item = Address> + '_ {
    let list = accounts.as_array().unwrap_or_default();
    list.iter()
        .filter_map(|account| account.as_str()?.parse().ok())
}

fn first_account(accounts: &Value) -> Option<Address> {
    list_accounts(accounts).next()
}

pub(crate) fn no_account() -> Failure {
    Failure::new(
        "no-account",
        "the wallet shows this page no account, or another one than before",
    )
}

pub(crate) fn wrong_network(expected: u64, actual: u64) -> Failure {
    let message =
        format!("the wallet or node is on chain {actual}, the channel on chain {expected}");
    Failure::new("wrong-network", message)
        .with("expected", expected as f64)
        .with("actual", actual as f64)
}

/// What EIP-1193 and the common wallets mean by their codes.
fn wallet_failure(error: TransportError) -> Failure {
    let code = match &error {
        TransportError::Answer { code, .. } => match code {
            4001 => "wallet-rejected",
            4100 => "wallet-unauthorized",
            &UNSUPPORTED_METHOD | &METHOD_NOT_FOUND => "wallet-unsupported",
            4900 | 4901 => "wallet-disconnected",
            -32002 => "wallet-pending",
            _ => "wallet-error",
        },
        TransportError::Aborted => "aborted",
        TransportError::Unreachable(_)
        | TransportError::NotJsonRpc
        | TransportError::OtherChain { .. } => "wallet-error",
    };
    let message = match &error {
        TransportError::Answer { message, .. } => format!("the wallet refused: {message}"),
        other => format!("the wallet failed: {other}"),
    };
    let failure = Failure::new(code, message);
    match error {
        TransportError::Answer { code, .. } => failure.with("walletCode", code as f64),
        _ => failure,
    }
}
