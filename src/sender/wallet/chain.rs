//! How a wallet is asked to go to another chain.

use crate::json::json;

use super::refusal::{WalletError, WalletRefusal};
use super::typed_data::WalletProvider;

/// A chain that a wallet is to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its id.
    pub id: u64,
    /// Its name for people, and the URL of a node, for a wallet that does not know it.
    pub known_as: Option<(String, String)>,
}

/// Asks a wallet to go to a chain (EIP-3326). One that does not know the chain is asked to add it first (EIP-3085), with
/// ether as its coin, where name and node are known.
pub async fn switch(wallet: &impl WalletProvider, chain: &Chain) -> Result<(), WalletError> {
    const SWITCH: &str = "wallet_switchEthereumChain";
    let id = format!("{:#x}", chain.id);
    let to = json!([json!({ "chainId": id.as_str() })]);
    let Err(error) = wallet.request(SWITCH, &to).await else {
        return Ok(());
    };
    let (WalletRefusal::UnknownChain, Some((name, url))) = (error.refusal, &chain.known_as) else {
        return Err(error);
    };
    let coin = json!({ "name": "Ether", "symbol": "ETH", "decimals": 18_u64 });
    let added = json!([json!({
        "chainId": id.as_str(),
        "chainName": name.as_str(),
        "rpcUrls": json!([url.as_str()]),
        "nativeCurrency": coin,
    })]);
    wallet.request("wallet_addEthereumChain", &added).await?;
    // Some wallets go there when they add it, some do not.
    wallet.request(SWITCH, &to).await?;
    Ok(())
}
