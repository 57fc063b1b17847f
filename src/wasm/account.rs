//! Who signs: a local key, an account of another library, or an injected wallet.

use wasm_bindgen::JsValue;

use crate::chain::ManagerContract;
use crate::protocol::{
    Address, Amount, BalanceProof, ChannelId, Hash, PrivateKey, Signature, TypedData,
};
use crate::sender::is_trial;
use crate::sender::store::journal::Action;

use super::call_options::Watch;
use super::error::Failure;
use super::hash_signer::HashSigner;
use super::store::Store;

/// An account that can sign.
pub(crate) enum Account {
    Local(PrivateKey),
    /// An account of another library.
    Signer(HashSigner),
    Injected(Injected),
}

/// An account of a wallet.
#[derive(Clone)]
pub(crate) struct Injected {
    /// What tells the wallet from others.
    pub(crate) identity: String,
    pub(crate) provider: JsValue,
    /// Where it is noted how the wallet signs.
    pub(crate) store: Store,
    pub(crate) address: Address,
}

impl Account {
    pub(crate) fn address(&self) -> Address {
        match self {
            Self::Local(key) => key.address(),
            Self::Signer(signer) => signer.address,
            Self::Injected(wallet) => wallet.address,
        }
    }

    /// Makes sure that a wallet still stands where it stood when the client was connected.
    pub(crate) async fn ready(&self, chain_id: u64) -> Result<(), Failure> {
        match self.chain().await? {
            Some(actual) if actual != chain_id => Err(wrong_network(chain_id, actual)),
            _ => Ok(()),
        }
    }

    /// The chain that a wallet is on, once it still shows the account. Accounts that sign alone are on all.
    pub(crate) async fn chain(&self) -> Result<Option<u64>, Failure> {
        match self {
            Self::Local(_) | Self::Signer(_) => Ok(None),
            Self::Injected(wallet) => wallet.chain().await.map(Some),
        }
    }

    /// Signs a balance, and makes sure that a wallet's signature is this account's.
    pub(crate) async fn sign_balance(
        &self,
        contract: &ManagerContract,
        channel: &ChannelId,
        balance: Amount,
        watch: &Watch,
    ) -> Result<BalanceProof, Failure> {
        match self {
            Self::Local(key) => Ok(contract.manager.sign_balance(key, channel, balance)),
            Self::Signer(signer) => {
                let hash = contract.manager.balance_message(channel, balance).hash();
                let signature = signer.sign(&hash, watch).await?;
                Ok(BalanceProof { balance, signature })
            }
            Self::Injected(wallet) => {
                let message = contract.manager.balance_message(channel, balance);
                let request = match is_trial(channel) {
                    true => "trial-signature",
                    false => "signature",
                };
                let signature = wallet
                    .sign(contract.chain_id, &message, request, None, watch)
                    .await?;
                Ok(BalanceProof { balance, signature })
            }
        }
    }

    /// Signs a transaction's hash, which a wallet does not.
    pub(crate) async fn sign_hash(&self, hash: &Hash, watch: &Watch) -> Result<Signature, Failure> {
        match self {
            Self::Local(key) => Ok(key.sign_hash(hash)),
            Self::Signer(signer) => signer.sign(hash, watch).await,
            Self::Injected(_) => Err(Failure::new(
                "wallet-unsupported",
                "a wallet signs no hashes",
            )),
        }
    }

    /// Signs typed data of version 1, and makes sure that a wallet's signature is this account's.
    pub(crate) async fn sign_message(
        &self,
        chain_id: u64,
        message: &TypedData,
        action: Action,
        watch: &Watch,
    ) -> Result<Signature, Failure> {
        match self {
            Self::Local(key) => Ok(key.sign_hash(&message.hash())),
            Self::Signer(signer) => signer.sign(&message.hash(), watch).await,
            Self::Injected(wallet) => {
                let action = Some(action);
                wallet
                    .sign(chain_id, message, "signature", action, watch)
                    .await
            }
        }
    }
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
